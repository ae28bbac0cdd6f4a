using System.Collections.Generic;

namespace DeepLabDsl.Graph;

/// <summary>An operation in a network: what it does and what feeds it. Its result is one map.</summary>
public sealed class Node
{
    private readonly Node[]? _all;
    private MapShape? _shape;

    /// <summary>Makes the node that the input of a network is.</summary>
    /// <param name="shape">Its shape.</param>
    public Node(MapShape shape)
    {
        (Operation, Inputs, _shape) = (new Input(), [], shape);
    }

    /// <summary>Makes a node.</summary>
    /// <param name="index">Its place in an order in which inputs come first.</param>
    /// <param name="operation">What it does.</param>
    /// <param name="inputs">What feeds it, in order; at least one.</param>
    /// <param name="layer">Where in the spec it stands; null for what a pass has made.</param>
    public Node(int index, Operation operation, IReadOnlyList<Node> inputs, Layer? layer)
    {
        (Index, Operation, Inputs, Layer) = (index, operation, inputs, layer);
        _shape = MapShape.Of(operation, inputs);
    }

    /// <summary>Makes a node of a stored graph, whose shapes are worked out when somebody asks for one.</summary>
    /// <param name="all">All nodes by their places; those before this one are there.</param>
    /// <param name="index">Its place.</param>
    /// <param name="operation">What it does.</param>
    /// <param name="inputs">What feeds it.</param>
    /// <param name="layer">Where in the spec it stands.</param>
    internal Node(Node[] all, int index, Operation operation, Node[] inputs, Layer layer)
    {
        (_all, Index, Operation, Inputs, Layer) = (all, index, operation, inputs, layer);
    }

    /// <summary>Its place in the graph; what feeds it comes before it.</summary>
    public int Index { get; }

    /// <summary>What it does.</summary>
    public Operation Operation { get; }

    /// <summary>What feeds it, in order.</summary>
    public IReadOnlyList<Node> Inputs { get; }

    /// <summary>The shape of its result.</summary>
    public MapShape Shape => _shape ?? Found();

    /// <summary>The layer of the spec that it is; null for the input and for what a pass has made.</summary>
    public Layer? Layer { get; }

    /// <summary>The state-dict path of its layer; <c>input</c> for the input.</summary>
    public string Path => Layer?.Path ?? (Operation is Input ? "input" : $"node{Index}");

    /// <summary>Works out the shapes up to this one in the order of the data, so that no recursion is deep.</summary>
    private MapShape Found()
    {
        for (var i = 1; i <= Index; i++)
        {
            var node = _all![i];
            node._shape ??= MapShape.Of(node.Operation, node.Inputs);
        }
        return _shape!;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Operation.GetType().Name} {Shape}";
}
