using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Compiler;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Tools;

/// <summary>
/// Makes the boxes of a drawing out of a graph of hundreds of primitives: a stage of the backbone is one box, so is a
/// block without branches, and so is a run of the same weights at another scale; norms, activations and dropout go with
/// what they follow; what has branches is opened up.
/// </summary>
internal sealed class DiagramBuilder
{
    private readonly FlatGraph _graph;
    private readonly Dictionary<object, DiagramNode> _byKey = [];
    private readonly Dictionary<FlatNode, DiagramNode> _byNode = [];
    private readonly List<DiagramNode> _nodes = [];

    private DiagramBuilder(FlatGraph graph) => _graph = graph;

    /// <summary>The boxes; what feeds one comes before it.</summary>
    public static IReadOnlyList<DiagramNode> Build(FlatGraph graph)
    {
        var builder = new DiagramBuilder(graph);
        builder.Assign();
        builder.Connect();
        builder.Describe();
        return builder._nodes;
    }

    private void Assign()
    {
        foreach (var node in _graph.Nodes)
        {
            var box = BoxOf(node);
            box.Primitives.Add(node);
            box.Group ??= node.Steps.Select(s => s.Layer).FirstOrDefault(l => l.Kind == LayerKind.Block && l.Scopes.Any(HasBranches));
            _byNode.Add(node, box);
        }
        foreach (var (output, source) in _graph.Graph.Outputs.Zip(_graph.Outputs, (o, n) => (o, n)))
        {
            if (_byNode[source].Kind == DiagramKind.Output)
                continue;
            var box = Add(new DiagramNode(DiagramKind.Output, output.Name));
            Link(_byNode[source], box);
        }
    }

    private DiagramNode BoxOf(FlatNode node)
    {
        if (node.IsInput)
            return Add(new DiagramNode(DiagramKind.Input, "input"));
        var steps = node.Steps;
        if (node.Scale is { } scale)
            return Box(scale, DiagramKind.Run, scale);
        if (steps.Count > 1 && steps[1].Layer.Scope is { IsBackbone: true } backbone)
        {
            var layer = steps[1].Layer;
            if (layer.IsStage)
                return StageBox(node, layer);
            if (backbone.Layers.TakeWhile(l => !l.IsStage).Contains(layer))
                return Box(steps[0].Layer, DiagramKind.Stem, backbone.Path + " (stem)");
        }
        foreach (var block in steps.Select(s => s.Layer).Where(l => l.Kind == LayerKind.Block && l.Scopes.Count > 0))
        {
            if (!block.Scopes.Any(HasBranches))
                return Box(block, DiagramKind.Layer, block.Path);
        }
        if (steps[0].Layer.IsOutput)
            return Add(new DiagramNode(DiagramKind.Output, steps[0].Layer.Id.Substring("output.".Length)));
        if (IsPointwise(node))
            return _byNode[node.Inputs[0]];
        var kind = node.Operation switch
        {
            ResizeBy or ResizeTo => DiagramKind.Resize,
            Graph.Add or Multiply or Maximum or Mean or Concatenate => DiagramKind.Join,
            _ => DiagramKind.Layer,
        };
        return Add(new DiagramNode(kind, node.Path));
    }

    /// <summary>A stage; one of a single unit goes with the one before where nothing changes but the weights.</summary>
    private DiagramNode StageBox(FlatNode node, Layer stage)
    {
        if (_byKey.TryGetValue(stage, out var known))
            return known;
        var source = node.Sources.First();
        if (!source.IsInput && _byNode[source] is { Kind: DiagramKind.Stage } box
            && box.Primitives[0].Steps[1].Layer is var first && stage.Scopes.Count == 1 && first.Scopes.Count == 1
            && stage.Definition == first.Definition
            && _graph.ResultOf(stage).Shape is var shape
            && (shape.Channels, shape.Height, shape.Width) == (source.Shape.Channels, source.Shape.Height, source.Shape.Width)
            && source.Readers.All(r => r.Steps.Count > 1 && r.Steps[1].Layer == stage))
        {
            _byKey.Add(stage, box);
            return box;
        }
        return Box(stage, DiagramKind.Stage, stage.Path);
    }

    private static bool IsInStage(FlatNode node) => node.Steps.Count > 1 && node.Steps[1].Layer.IsStage;

    private DiagramNode Box(object key, DiagramKind kind, string name)
    {
        if (!_byKey.TryGetValue(key, out var box))
            _byKey.Add(key, box = Add(new DiagramNode(kind, name)));
        return box;
    }

    private DiagramNode Add(DiagramNode box)
    {
        _nodes.Add(box);
        return box;
    }

    private static bool HasBranches(Scope scope) =>
        scope.InputCount > 1 || scope.Layers.Any(l => l.Kind == LayerKind.Parallel || l.Scopes.Any(HasBranches));

    private static bool IsPointwise(FlatNode node) =>
        node.Inputs.Count == 1 && !node.IsWindow && !node.IsResampling && node.Shape.Channels == node.Inputs[0].Shape.Channels;

    private void Connect()
    {
        foreach (var box in _nodes)
        {
            foreach (var source in box.Primitives.SelectMany(p => p.Sources).Distinct().Where(s => _byNode[s] != box).ToList())
            {
                var from = _byNode[source];
                Link(from, box);
                if (from.Kind == DiagramKind.Stage && IsInStage(source) && source != from.Primitives.Last(IsInStage))
                    box.Taps[from] = source.Path.Substring(source.Steps[1].Layer.Scope.Path.Length + 1);
            }
        }
        // A box of many primitives may have been begun before what feeds it was.
        var ordered = new List<DiagramNode>();
        var seen = new HashSet<DiagramNode>();
        foreach (var box in _nodes)
            Visit(box);
        _nodes.Clear();
        _nodes.AddRange(ordered);

        void Visit(DiagramNode box)
        {
            if (!seen.Add(box))
                return;
            foreach (var input in box.Inputs)
                Visit(input);
            ordered.Add(box);
        }
    }

    private static void Link(DiagramNode source, DiagramNode reader)
    {
        if (reader.Inputs.Contains(source))
            return;
        reader.Inputs.Add(source);
        source.Readers.Add(reader);
    }

    private void Describe()
    {
        foreach (var box in _nodes)
        {
            var last = box.Primitives.Count > 0 ? box.Primitives[box.Primitives.Count - 1] : box.Inputs[0].Primitives.Last();
            var shape = last.Shape;
            box.Stride = shape.Jump;
            box.Detail = string.Format(CultureInfo.InvariantCulture, "{0} x {1} x {2}", shape.Channels, shape.Height, shape.Width);
            switch (box.Kind)
            {
                case DiagramKind.Input or DiagramKind.Output:
                    box.Title = box.Name;
                    box.Detail += last.Steps.Count == 1 && last.Steps[0].Layer.IsOutput ? ", resized" : "";
                    break;
                case DiagramKind.Run:
                    box.Title = $"{box.Name}: the same weights";
                    box.Detail = $"on {box.Primitives[0].Shape.Height} x {box.Primitives[0].Shape.Width}, gives {box.Detail}";
                    break;
                case DiagramKind.Join:
                    box.Title = last.Layer.Definition;
                    break;
                case DiagramKind.Resize:
                    box.Title = "resize";
                    break;
                case DiagramKind.Stage:
                    DescribeStage(box);
                    break;
                default:
                    DescribeLayer(box);
                    break;
            }
        }
    }

    private static void DescribeStage(DiagramNode box)
    {
        // An activation behind the stage is drawn with it and is no unit of it.
        var inside = box.Primitives.Where(IsInStage).ToList();
        var layers = inside.Select(p => p.Steps[1].Layer).Distinct().ToList();
        var units = inside.GroupBy(p => (layers.IndexOf(p.Steps[1].Layer), p.Steps[1].Unit)).OrderBy(g => g.Key).ToList();
        var name = layers.Count == 1 ? layers[0].Key : $"{layers[0].Key} to {layers[layers.Count - 1].Key}";
        box.Title = $"{name}: {(units.Count > 1 ? units.Count + " x " : "")}{Words(layers[0].Definition)}";
        if (Rates(inside).Count > 0)
            box.Cells.AddRange(units.Select(u => new DiagramCell(Rates(u))));
    }

    private static void DescribeLayer(DiagramNode box)
    {
        // The block counts where the box is one; below it, what stands outside of it is not meant.
        var blocks = box.Primitives.SelectMany(p => p.Steps).Select(s => s.Layer)
            .Where(l => l.Kind == LayerKind.Block && !l.Scopes.Any(HasBranches))
            .Distinct().ToList();
        var windows = box.Primitives.Where(p => p.IsWindow).ToList();
        var own = windows.Where(w => !w.Taps!.IsPoint).DefaultIfEmpty(windows.FirstOrDefault()).First();
        if (box.Kind == DiagramKind.Stem)
            box.Title = "stem: " + string.Join(", ", windows.Select(Window));
        else if (box.Primitives.Any(p => p.Operation is GlobalAveragePool) && blocks.Count > 0)
            box.Title = Words(blocks[0].Definition);
        else if (windows.Count > 1 && blocks.Count > 0)
            box.Title = $"{Words(blocks[0].Definition)} {(own is null ? "" : Size(own))}";
        else if (own is not null)
            box.Title = Window(own);
        else
            box.Title = Words(box.Primitives[0].Layer.Definition);
        if (windows.Any(w => w.IsConvolution && Rates([w]).Count > 0) && box.Kind == DiagramKind.Layer)
            box.Cells.Add(new DiagramCell(Rates(windows)));
    }

    /// <summary>The rates of the convolutions of more than one tap.</summary>
    private static List<int> Rates(IEnumerable<FlatNode> nodes) => nodes.Where(n => n.IsConvolution && !n.Taps!.IsPoint)
        .Select(n => n.Window()).Select(w => System.Math.Max(w.Vertical.Rate, w.Horizontal.Rate)).ToList();

    private static string Window(FlatNode node)
    {
        var (vertical, horizontal) = (node.Taps!.Vertical.Stride, node.Taps.Horizontal.Stride);
        var stride = (vertical, horizontal) == (1, 1) ? "" : " /" + vertical.ToString(CultureInfo.InvariantCulture);
        return $"{Size(node)} {Words(node.Layer.Definition).Replace("depthwise conv", "depthwise")}{stride}";
    }

    private static string Size(FlatNode node)
    {
        var (vertical, horizontal) = (node.Taps!.Vertical.Kernel, node.Taps.Horizontal.Kernel);
        return string.Format(CultureInfo.InvariantCulture, "{0}x{1}", vertical, horizontal);
    }

    /// <summary>A name as words.</summary>
    public static string Words(string name) => name.Replace('_', ' ').Replace('-', ' ');
}
