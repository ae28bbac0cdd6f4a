using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>One step from the network's root down to a primitive.</summary>
/// <param name="Module">The module.</param>
/// <param name="Item">Its item that the path goes through.</param>
/// <param name="Unit">Which unit of the item.</param>
internal readonly record struct Frame(Module Module, Item Item, int Unit);

/// <summary>A primitive of the whole network, in no module, with what feeds it.</summary>
internal sealed class FlatNode(int index, Primitive? primitive, Shape shape, IReadOnlyList<FlatNode> inputs, IReadOnlyList<Frame> frames)
{
    /// <summary>Its place in an order in which inputs come first.</summary>
    public int Index { get; } = index;

    /// <summary>Null for the network's input.</summary>
    public Primitive? Primitive { get; } = primitive;

    public Shape Shape { get; } = shape;

    public IReadOnlyList<FlatNode> Inputs { get; } = inputs;

    /// <summary>The way to it, the root first.</summary>
    public IReadOnlyList<Frame> Frames { get; } = frames;

    public Item? Item => Frames.Count == 0 ? null : Frames[Frames.Count - 1].Item;

    /// <summary>The state-dict path.</summary>
    public string Path => Frames.Count == 0
        ? "input"
        : ModuleBuilder.Join(Frames[Frames.Count - 1].Module.Path, Item!.Key);

    public List<FlatNode> Readers { get; } = [];

    /// <summary>
    /// The inputs whose values it takes: of what a resize is brought to the size of, nothing but the size; of a CRF's picture, nothing
    /// but who is like whom.
    /// </summary>
    public IEnumerable<FlatNode> Sources => Primitive?.Op.Name is "resize" or "crf" ? Inputs.Take(1) : Inputs;

    /// <summary>Whether its pixels stand elsewhere than those that feed it, so that offsets lose their meaning.</summary>
    public bool IsResampling => !IsWindow && Primitive is not null
        && (Shape.Height != Inputs[0].Shape.Height || Shape.Width != Inputs[0].Shape.Width || Primitive.Op.Name is "resize" or "global_avg_pool" or "crf");

    public bool IsWindow => Primitive is { Op.Name: "conv" or "depthwise_conv" or "max_pool" or "avg_pool" };

    public bool IsConvolution => Primitive is { Op.Name: "conv" or "depthwise_conv" };

    /// <summary>Taps, stride, rate and padding of a window on each axis.</summary>
    public (WindowAxis Vertical, WindowAxis Horizontal) Window()
    {
        var primitive = Primitive!;
        var (kernel, stride, padding) = (primitive.Pair("kernel"), primitive.Pair("stride"), ShapeInference.Padding(primitive));
        var rate = primitive.Attributes.ContainsKey("rate") ? primitive.Pair("rate") : (1, 1);
        return (
            new WindowAxis(kernel.Vertical, stride.Vertical, rate.Item1, padding.Vertical, primitive.Input.Height, primitive.Output.Height),
            new WindowAxis(kernel.Horizontal, stride.Horizontal, rate.Item2, padding.Horizontal, primitive.Input.Width, primitive.Output.Width));
    }
}

/// <summary>A window on one axis.</summary>
internal readonly record struct WindowAxis(int Kernel, int Stride, int Rate, int Padding, int Input, int Output);

/// <summary>A network as one graph of primitives: what the analyses read.</summary>
internal sealed class FlatGraph
{
    private readonly List<FlatNode> _nodes = [];
    private readonly Instance _root;

    public FlatGraph(LoweredNetwork network)
    {
        Network = network;
        Input = Add(null, network.Root.Inputs[0].Shape, [], []);
        _root = new Instance(network.Root, [], _ => Input);
        Walk(_root);
        Outputs = network.Outputs.Select(o => Resolve(_root, o.Port)).ToList();
    }

    public LoweredNetwork Network { get; }

    public FlatNode Input { get; }

    /// <summary>All primitives and the input; what feeds one comes before it.</summary>
    public IReadOnlyList<FlatNode> Nodes => _nodes;

    /// <summary>What gives the network's outputs, in their order.</summary>
    public IReadOnlyList<FlatNode> Outputs { get; }

    /// <summary>What gives the result of an item of the root, or of the backbone where that is the path's first part.</summary>
    public FlatNode ResultOf(IReadOnlyList<Frame> frames)
    {
        var at = _root;
        foreach (var frame in frames.Take(frames.Count - 1))
            at = Enter(at, frame.Item, frame.Unit);
        return Resolve(at, frames[frames.Count - 1].Item.Output!);
    }

    /// <summary>What feeds the outputs, and they.</summary>
    public HashSet<FlatNode> Live()
    {
        var live = new HashSet<FlatNode>();
        var open = new Stack<FlatNode>(Outputs);
        while (open.Count > 0)
        {
            if (open.Pop() is var node && live.Add(node))
            {
                foreach (var input in node.Inputs)
                    open.Push(input);
            }
        }
        return live;
    }

    private FlatNode Add(Primitive? primitive, Shape shape, IReadOnlyList<FlatNode> inputs, IReadOnlyList<Frame> frames)
    {
        var node = new FlatNode(_nodes.Count, primitive, shape, inputs, frames);
        foreach (var input in inputs.Distinct())
            input.Readers.Add(node);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Visits every item in the order written, so that what has no reader is there too and no recursion is deep.</summary>
    private void Walk(Instance instance)
    {
        foreach (var item in instance.Module.Items.Where(i => i.IsPresent))
        {
            if (item.Primitive is not null)
                Node(instance, item);
            for (var unit = 0; unit < item.Calls.Count; unit++)
                Walk(Enter(instance, item, unit));
        }
    }

    private FlatNode Node(Instance instance, Item item)
    {
        if (instance.Nodes.TryGetValue(item, out var node))
            return node;
        var inputs = item.Inputs.Select(p => Resolve(instance, p)).ToList();
        node = Add(item.Primitive, item.Primitive!.Output, inputs, [.. instance.Frames, new Frame(instance.Module, item, 0)]);
        instance.Nodes.Add(item, node);
        return node;
    }

    private FlatNode Resolve(Instance instance, Port port)
    {
        while (port.Item is { IsPresent: false } off)
            port = off.Inputs[0];
        if (port.Item is not { } item)
            return instance.Input(instance.Module.Inputs.IndexOf(port));
        if (item.Primitive is not null)
            return Node(instance, item);
        var inner = Enter(instance, item, port.Unit);
        return Resolve(inner, inner.Module.Outputs[port.Result]);
    }

    private Instance Enter(Instance instance, Item item, int unit)
    {
        var call = item.Calls[unit];
        if (!instance.Inner.TryGetValue(call, out var inner))
        {
            inner = new Instance(call.Callee, [.. instance.Frames, new Frame(instance.Module, item, unit)], i => Resolve(instance, call.Inputs[i]));
            instance.Inner.Add(call, inner);
        }
        return inner;
    }

    private sealed class Instance(Module module, IReadOnlyList<Frame> frames, System.Func<int, FlatNode> input)
    {
        public Module Module { get; } = module;

        public IReadOnlyList<Frame> Frames { get; } = frames;

        public System.Func<int, FlatNode> Input { get; } = input;

        public Dictionary<Item, FlatNode> Nodes { get; } = [];

        public Dictionary<Call, Instance> Inner { get; } = [];
    }
}
