using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Makes the one graph of a network out of its modules: a node for each operation, in no module, with what feeds it and where it
/// comes from.
/// </summary>
internal sealed class GraphBuilder
{
    private readonly LoweredNetwork _network;
    private readonly WeightPool _weights = new();
    private readonly List<Node> _nodes = [];
    private readonly Places _places;
    private readonly List<(Instance Instance, Item Item)> _layers = [];

    private GraphBuilder(LoweredNetwork network)
    {
        _network = network;
        _places = new Places(network);
    }

    public static NetworkGraph Build(LoweredNetwork network) => new GraphBuilder(network).Build();

    private NetworkGraph Build()
    {
        var definition = _network.Definition;
        var input = new Node(new MapShape(definition.InputChannels, Side.Input(Axis.Vertical), Side.Input(Axis.Horizontal)));
        _nodes.Add(input);
        var root = new Instance(_network.Root, new Scope(null, 0) { InputCount = 1, Suppressions = definition.Suppressions }, [],
            _ => input);
        Announce(root);
        Walk(root);
        foreach (var (instance, item) in _layers)
            instance.Layers[item].Result = Resolve(instance, item.Output!);
        return new NetworkGraph
        {
            Name = definition.Name,
            ClassName = definition.ClassName,
            Summary = definition.Summary,
            Classes = _network.Classes,
            ReferenceHeight = definition.ReferenceHeight,
            ReferenceWidth = definition.ReferenceWidth,
            OutputStride = _network.OutputStride,
            Root = root.Scope,
            Nodes = _nodes,
            Outputs = [.. _network.Outputs.Select(o => new GraphOutput(
                o.Output.Name, Resolve(root, o.Port), o.Output.LossWeight, o.Output.IsLossAtOutput, _network.AlignsCorners(o.Output),
                o.Output.From.Path, o.Output.From.Span))],
        };
    }

    /// <summary>Makes the layers of a module, and of all that they are made of.</summary>
    private void Announce(Instance instance)
    {
        var layers = new List<Layer>();
        foreach (var item in instance.Module.Items.Where(i => i.IsPresent))
        {
            IReadOnlyList<Frame> frames = [.. instance.Frames, new Frame(instance.Module, item)];
            var layer = new Layer(instance.Scope)
            {
                Id = item.Id,
                Key = item.Key,
                Member = item.Member,
                Kind = KindOf(item),
                Definition = item.Primitive?.Op.Name ?? item.Layer?.Block ?? item.Calls.FirstOrDefault()?.Callee.Definition?.Name ?? "",
                IsStage = item.IsStage,
                IsOutput = item.IsOutput,
                IsList = item.IsList,
                Scale = item.Scale,
                Span = item.Span,
                RateSpan = item.IsStage ? _places.OfStage(item) : _places.Of(frames, "rate"),
                StrideSpan = _places.Of(frames, "stride"),
                Suppressions = item.Layer?.Suppressions ?? [],
            };
            layers.Add(layer);
            instance.Layers.Add(item, layer);
            _layers.Add((instance, item));
            layer.Scopes = [.. item.Calls.Select((call, unit) => Announce(instance, call, layer, unit, frames))];
        }
        instance.Scope.Layers = layers;
    }

    private Scope Announce(Instance outer, Call call, Layer layer, int unit, IReadOnlyList<Frame> frames)
    {
        var scope = new Scope(layer, unit)
        {
            Path = call.Callee.Path,
            InputCount = call.Callee.Inputs.Count,
            Suppressions = call.Callee.Definition?.Suppressions ?? [],
        };
        var inner = new Instance(call.Callee, scope, frames, i => Resolve(outer, call.Inputs[i]));
        outer.Inner.Add(call, inner);
        Announce(inner);
        return scope;
    }

    private static LayerKind KindOf(Item item) => item.Calls.FirstOrDefault()?.Callee.Definition?.Kind == DefinitionKind.Backbone
        ? LayerKind.Backbone
        : item.Layer?.Kind ?? LayerKind.Added;

    /// <summary>Visits every item in the order written, so that what has no reader is there too and no recursion is deep.</summary>
    private void Walk(Instance instance)
    {
        foreach (var item in instance.Module.Items.Where(i => i.IsPresent))
        {
            if (item.Primitive is not null)
                NodeOf(instance, item);
            foreach (var call in item.Calls)
                Walk(instance.Inner[call]);
        }
    }

    private Node NodeOf(Instance instance, Item item)
    {
        var layer = instance.Layers[item];
        if (layer.Node is { } node)
            return node;
        Node[] inputs = [.. item.Inputs.Select(p => Resolve(instance, p))];
        node = new Node(_nodes.Count, Operations.Of(item.Primitive!, layer.Path, inputs, _weights, _network.Definition), inputs, layer);
        _nodes.Add(node);
        layer.Node = node;
        return node;
    }

    private Node Resolve(Instance instance, Port port)
    {
        while (port.Item is { IsPresent: false } off)
            port = off.Inputs[0];
        if (port.Item is not { } item)
            return instance.Input(instance.Module.Inputs.IndexOf(port));
        if (item.Primitive is not null)
            return NodeOf(instance, item);
        var inner = instance.Inner[item.Calls[port.Unit]];
        return Resolve(inner, inner.Module.Outputs[port.Result]);
    }

    /// <summary>One use of a module.</summary>
    private sealed class Instance(Module module, Scope scope, IReadOnlyList<Frame> frames, Func<int, Node> input)
    {
        public Module Module { get; } = module;

        public Scope Scope { get; } = scope;

        /// <summary>The way to it, the root first.</summary>
        public IReadOnlyList<Frame> Frames { get; } = frames;

        public Func<int, Node> Input { get; } = input;

        public Dictionary<Item, Layer> Layers { get; } = [];

        public Dictionary<Call, Instance> Inner { get; } = [];
    }
}

/// <summary>One step from the network's root down to a layer.</summary>
/// <param name="Module">The module.</param>
/// <param name="Item">Its item that the path goes through.</param>
internal readonly record struct Frame(Module Module, Item Item);
