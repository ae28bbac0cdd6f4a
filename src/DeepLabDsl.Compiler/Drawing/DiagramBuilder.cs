using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

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
    public static IReadOnlyList<DiagramNode> Build(LoweredNetwork network)
    {
        var builder = new DiagramBuilder(new FlatGraph(network));
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
            box.Group ??= node.Frames.Select(f => f.Item).FirstOrDefault(i => i.Layer?.Kind == LayerKind.Block && i.Calls.Any(c => HasBranches(c.Callee)));
            _byNode.Add(node, box);
        }
        foreach (var (output, source) in _graph.Network.Outputs.Zip(_graph.Outputs, (o, n) => (o.Output, n)))
        {
            if (_byNode[source].Kind == DiagramKind.Output)
                continue;
            var box = Add(new DiagramNode(DiagramKind.Output, output.Name));
            Link(_byNode[source], box);
        }
    }

    private DiagramNode BoxOf(FlatNode node)
    {
        if (node.Primitive is not { } primitive)
            return Add(new DiagramNode(DiagramKind.Input, "input"));
        var frames = node.Frames;
        if (frames.Select(f => f.Item.Scale).FirstOrDefault(s => s is not null) is { } scale)
            return Box(scale, DiagramKind.Run, scale);
        if (frames.Count > 1 && IsBackbone(frames[1].Module))
        {
            var (item, backbone) = (frames[1].Item, frames[1].Module);
            if (item.IsStage)
                return StageBox(node, item, backbone);
            if (backbone.Items.TakeWhile(i => !i.IsStage).Contains(item))
                return Box(frames[0].Item, DiagramKind.Stem, backbone.Path + " (stem)");
        }
        foreach (var frame in frames.Where(f => f.Item.Calls.Count > 0))
        {
            if (frame.Item.Layer?.Kind == LayerKind.Block && !frame.Item.Calls.Any(c => HasBranches(c.Callee)))
                return Box(frame.Item, DiagramKind.Layer, ModuleBuilder.Join(frame.Module.Path, frame.Item.Key));
        }
        if (frames[0].Item.IsOutput)
            return Add(new DiagramNode(DiagramKind.Output, frames[0].Item.Id.Substring("output.".Length)));
        if (IsPointwise(node))
            return _byNode[node.Inputs[0]];
        var kind = primitive.Op.Name switch
        {
            "resize" => DiagramKind.Resize,
            _ when primitive.Op.MaximumInputs > 1 => DiagramKind.Join,
            _ => DiagramKind.Layer,
        };
        return Add(new DiagramNode(kind, node.Path));
    }

    /// <summary>A stage; one of a single unit goes with the one before where nothing changes but the weights.</summary>
    private DiagramNode StageBox(FlatNode node, Item item, Module backbone)
    {
        if (_byKey.TryGetValue(item, out var known))
            return known;
        var source = node.Sources.First();
        if (source.Primitive is not null && _byNode[source] is { Kind: DiagramKind.Stage } box
            && box.Primitives[0].Frames[1].Item is var first && item.Calls.Count == 1 && first.Calls.Count == 1 && item.Layer!.Block == first.Layer!.Block
            && item.Output!.Shape is var shape && (shape.Channels, shape.Height, shape.Width) == (source.Shape.Channels, source.Shape.Height, source.Shape.Width)
            && source.Readers.All(r => r.Frames.Count > 1 && r.Frames[1].Item == item))
        {
            _byKey.Add(item, box);
            return box;
        }
        return Box(item, DiagramKind.Stage, ModuleBuilder.Join(backbone.Path, item.Key));
    }

    private static bool IsInStage(FlatNode node) => node.Frames.Count > 1 && node.Frames[1].Item.IsStage;

    private static bool IsBackbone(Module module) => module.Definition?.Kind == DefinitionKind.Backbone;

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

    private static bool HasBranches(Module module) =>
        module.Inputs.Count > 1 || module.Items.Any(i => i.Layer?.Kind == LayerKind.Parallel || i.Calls.Any(c => HasBranches(c.Callee)));

    private static bool IsPointwise(FlatNode node) => node.Inputs.Count == 1 && !node.IsWindow && !node.IsResampling && node.Shape.Channels == node.Inputs[0].Shape.Channels;

    private void Connect()
    {
        foreach (var box in _nodes)
        {
            foreach (var source in box.Primitives.SelectMany(p => p.Sources).Distinct().Where(s => _byNode[s] != box).ToList())
            {
                var from = _byNode[source];
                Link(from, box);
                if (from.Kind == DiagramKind.Stage && IsInStage(source) && source != from.Primitives.Last(IsInStage))
                    box.Taps[from] = source.Path.Substring(source.Frames[1].Module.Path.Length + 1);
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
                    box.Detail += last.Frames.Count == 1 && last.Frames[0].Item.IsOutput ? ", resized" : "";
                    break;
                case DiagramKind.Run:
                    box.Title = $"{box.Name}: the same weights";
                    box.Detail = $"on {box.Primitives[0].Shape.Height} x {box.Primitives[0].Shape.Width}, gives {box.Detail}";
                    break;
                case DiagramKind.Join:
                    box.Title = last.Primitive!.Op.Name;
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
        var items = inside.Select(p => p.Frames[1].Item).Distinct().ToList();
        var units = inside.GroupBy(p => (items.IndexOf(p.Frames[1].Item), p.Frames[1].Unit)).OrderBy(g => g.Key).ToList();
        var name = items.Count == 1 ? items[0].Key : $"{items[0].Key} to {items[items.Count - 1].Key}";
        box.Title = $"{name}: {(units.Count > 1 ? units.Count + " x " : "")}{Words(items[0].Layer!.Block!)}";
        if (Rates(inside).Count > 0)
            box.Cells.AddRange(units.Select(u => new DiagramCell(Rates(u))));
    }

    private static void DescribeLayer(DiagramNode box)
    {
        // The block counts where the box is one; below it, what stands outside of it is not meant.
        var blocks = box.Primitives.SelectMany(p => p.Frames).Where(f => f.Item.Layer?.Kind == LayerKind.Block && !f.Item.Calls.Any(c => HasBranches(c.Callee)))
            .Select(f => f.Item).Distinct().ToList();
        var windows = box.Primitives.Where(p => p.IsWindow).ToList();
        var own = windows.Where(w => w.Primitive!.Pair("kernel") != (1, 1)).DefaultIfEmpty(windows.FirstOrDefault()).First();
        if (box.Kind == DiagramKind.Stem)
            box.Title = "stem: " + string.Join(", ", windows.Select(Window));
        else if (box.Primitives.Any(p => p.Primitive?.Op.Name == "global_avg_pool") && blocks.Count > 0)
            box.Title = Words(blocks[0].Layer!.Block!);
        else if (windows.Count > 1 && blocks.Count > 0)
            box.Title = $"{Words(blocks[0].Layer!.Block!)} {(own is null ? "" : Size(own))}";
        else if (own is not null)
            box.Title = Window(own);
        else
            box.Title = Words(box.Primitives[0].Primitive!.Op.Name);
        if (windows.Any(w => w.IsConvolution && Rates([w]).Count > 0) && box.Kind == DiagramKind.Layer)
            box.Cells.Add(new DiagramCell(Rates(windows)));
    }

    /// <summary>The rates of the convolutions of more than one tap.</summary>
    private static List<int> Rates(IEnumerable<FlatNode> nodes) => nodes.Where(n => n.IsConvolution && n.Primitive!.Pair("kernel") != (1, 1))
        .Select(n => n.Window()).Select(w => System.Math.Max(w.Vertical.Rate, w.Horizontal.Rate)).ToList();

    private static string Window(FlatNode node)
    {
        var stride = node.Primitive!.Pair("stride");
        return $"{Size(node)} {Words(node.Primitive.Op.Name).Replace("depthwise conv", "depthwise")}{(stride == (1, 1) ? "" : " /" + stride.Vertical.ToString(CultureInfo.InvariantCulture))}";
    }

    private static string Size(FlatNode node)
    {
        var (vertical, horizontal) = node.Primitive!.Pair("kernel");
        return string.Format(CultureInfo.InvariantCulture, "{0}x{1}", vertical, horizontal);
    }

    /// <summary>A name as words.</summary>
    public static string Words(string name) => name.Replace('_', ' ').Replace('-', ' ');
}
