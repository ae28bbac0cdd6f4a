using System.Collections.Generic;

namespace DeepLabDsl.Graph;

/// <summary>An operation in a network: what it does and what feeds it. Its result is one map.</summary>
public sealed class Node
{
    /// <summary>Makes the node that the input of a network is.</summary>
    /// <param name="shape">Its shape.</param>
    public Node(MapShape shape)
    {
        (Operation, Inputs, Shape) = (new Input(), [], shape);
    }

    /// <summary>Makes a node.</summary>
    /// <param name="index">Its place in an order in which inputs come first.</param>
    /// <param name="operation">What it does.</param>
    /// <param name="inputs">What feeds it, in order; at least one.</param>
    /// <param name="layer">Where in the spec it stands; null for what a pass has made.</param>
    public Node(int index, Operation operation, IReadOnlyList<Node> inputs, Layer? layer)
    {
        (Index, Operation, Inputs, Layer) = (index, operation, inputs, layer);
        Shape = MapShape.Of(operation, inputs);
    }

    /// <summary>Its place in the graph; what feeds it comes before it.</summary>
    public int Index { get; }

    /// <summary>What it does.</summary>
    public Operation Operation { get; }

    /// <summary>What feeds it, in order.</summary>
    public IReadOnlyList<Node> Inputs { get; }

    /// <summary>The shape of its result.</summary>
    public MapShape Shape { get; }

    /// <summary>The layer of the spec that it is; null for the input and for what a pass has made.</summary>
    public Layer? Layer { get; }

    /// <summary>The state-dict path of its layer; <c>input</c> for the input.</summary>
    public string Path => Layer?.Path ?? (Operation is Input ? "input" : $"node{Index}");

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Operation.GetType().Name} {Shape}";
}
