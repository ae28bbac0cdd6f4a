using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler;

/// <summary>One step from the network's root down to a node.</summary>
/// <param name="Layer">The layer that the path goes through.</param>
/// <param name="Unit">Which unit of it.</param>
internal readonly record struct Step(Layer Layer, int Unit);

/// <summary>A node of a network at one size of the input, with those that read it.</summary>
internal sealed class FlatNode
{
    public FlatNode(Node node, GraphMaps maps, IReadOnlyList<FlatNode> inputs)
    {
        (Node, Inputs) = (node, inputs);
        Shape = maps[node];
        Steps = node.Layer is { } layer ? [.. layer.Way().Select(s => new Step(s.Layer, s.Unit))] : [];
        MultiplyAdds = maps.MultiplyAdds(node);
        SpaceToBatchMultiplyAdds = maps.SpaceToBatchMultiplyAdds(node);
        // Runs at other scales have the weights of the layers that they run again.
        Parameters = Scale is null ? node.Operation.Weights.Where(w => w.IsParameter).Sum(w => w.Count(maps.Classes)) : 0;
    }

    public Node Node { get; }

    public Operation Operation => Node.Operation;

    /// <summary>Its place in an order in which inputs come first.</summary>
    public int Index => Node.Index;

    public bool IsInput => Operation is Input;

    public Map Shape { get; }

    public IReadOnlyList<FlatNode> Inputs { get; }

    /// <summary>The way to it, the outermost layer first; none to the input.</summary>
    public IReadOnlyList<Step> Steps { get; }

    public Layer Layer => Node.Layer!;

    /// <summary>The state-dict path.</summary>
    public string Path => Node.Path;

    public List<FlatNode> Readers { get; } = [];

    /// <summary>Values that it learns, or holds frozen.</summary>
    public long Parameters { get; }

    /// <summary>Multiply-accumulates of one image.</summary>
    public long MultiplyAdds { get; }

    /// <summary>The same as TensorFlow counts dense atrous convolutions.</summary>
    public long SpaceToBatchMultiplyAdds { get; }

    /// <summary>The run at another scale that it is a part of; null: none.</summary>
    public string? Scale => Steps.Select(s => s.Layer.Scale).FirstOrDefault(s => s is not null);

    /// <summary>
    /// The inputs whose values it takes: of what a resize is brought to the size of, nothing but the size; of a CRF's picture, nothing
    /// but who is like whom.
    /// </summary>
    public IEnumerable<FlatNode> Sources => Operation is ResizeTo or MeanFieldCrf ? Inputs.Take(1) : Inputs;

    public bool IsResize => Operation is ResizeBy or ResizeTo;

    /// <summary>Whether it resizes so that corner pixels keep their place.</summary>
    public bool AlignsCorners => Operation is ResizeBy { AlignCorners: true } or ResizeTo { AlignCorners: true };

    /// <summary>Whether its pixels stand elsewhere than those that feed it, so that offsets lose their meaning.</summary>
    public bool IsResampling => !IsWindow && !IsInput
        && (Shape.Height != Inputs[0].Shape.Height || Shape.Width != Inputs[0].Shape.Width || IsResize
            || Operation is GlobalAveragePool or MeanFieldCrf);

    public bool IsWindow => Taps is not null;

    public bool IsConvolution => Operation is Convolution;

    /// <summary>Whether it is a convolution whose taps stand some pixels apart.</summary>
    public bool IsAtrous => Operation is Convolution { Window.IsAtrous: true };

    /// <summary>Whether it is a batch norm that trains on maps of one value a channel.</summary>
    public bool NormalizesOneValue => Operation is BatchNorm { IsFrozen: false } && Shape is { Height: 1, Width: 1 };

    /// <summary>Where the taps of a convolution or a pooling are; null for what is neither.</summary>
    public Window? Taps => Operation switch
    {
        Convolution c => c.Window,
        MaxPool p => p.Window,
        AveragePool p => p.Window,
        _ => null,
    };

    /// <summary>Taps, stride, rate and padding of a window on each axis.</summary>
    public (WindowOnMap Vertical, WindowOnMap Horizontal) Window()
    {
        var (window, input) = (Taps!, Inputs[0].Shape);
        return (Of(window.Vertical, input.Height, Shape.Height), Of(window.Horizontal, input.Width, Shape.Width));

        static WindowOnMap Of(WindowAxis axis, int input, int output) =>
            new(axis.Kernel, axis.Stride, axis.Rate, (int)axis.Border(input).Before, input, output);
    }
}

/// <summary>A window on one axis of a map.</summary>
internal readonly record struct WindowOnMap(int Kernel, int Stride, int Rate, int Padding, int Input, int Output);

/// <summary>A network at one size of the input: what the analyses read.</summary>
internal sealed class FlatGraph
{
    private readonly List<FlatNode> _nodes = [];

    /// <exception cref="InputSizeException">The network can't take an input of that size.</exception>
    public FlatGraph(NetworkGraph graph, GraphMaps maps)
    {
        (Graph, Maps) = (graph, maps);
        foreach (var node in graph.Nodes)
        {
            var flat = new FlatNode(node, maps, [.. node.Inputs.Select(Of)]);
            foreach (var input in flat.Inputs.Distinct())
                input.Readers.Add(flat);
            _nodes.Add(flat);
        }
        Outputs = [.. graph.Outputs.Select(o => Of(o.Node))];
    }

    public NetworkGraph Graph { get; }

    public GraphMaps Maps { get; }

    public FlatNode Input => _nodes[0];

    /// <summary>All nodes and the input; what feeds one comes before it.</summary>
    public IReadOnlyList<FlatNode> Nodes => _nodes;

    /// <summary>What gives the network's outputs, in their order.</summary>
    public IReadOnlyList<FlatNode> Outputs { get; }

    public FlatNode Of(Node node) => _nodes[node.Index];

    /// <summary>What gives the result of a layer.</summary>
    public FlatNode ResultOf(Layer layer) => Of(layer.Result);

    /// <summary>What feeds the outputs, and they.</summary>
    public HashSet<FlatNode> Live() => [.. Graph.Live().Select(Of)];
}
