using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Graph;

/// <summary>An output of a network.</summary>
/// <param name="Name">Its name in the spec.</param>
/// <param name="Node">What gives it.</param>
/// <param name="LossWeight">Its weight in the loss; null: it is not trained by itself.</param>
/// <param name="IsLossAtOutput">Whether the loss is taken at the output's size, and not at the labels'.</param>
/// <param name="AlignsCorners">Whether resizing it keeps corner pixels in their place.</param>
/// <param name="Source">The layer of the spec that it is taken from.</param>
/// <param name="Span">The place of that name.</param>
public sealed record GraphOutput(
    string Name, Node Node, double? LossWeight, bool IsLossAtOutput, bool AlignsCorners, string Source, SourceSpan Span);

/// <summary>
/// A network: its operations with all that they mean, its weights, its outputs, for any number of classes and any size of the
/// input. Everything that reads networks reads this.
/// </summary>
public sealed class NetworkGraph
{
    /// <summary>Makes a graph.</summary>
    public NetworkGraph()
    {
    }

    /// <summary>Makes a stored graph: in one step, since each property set by itself is one more method to compile.</summary>
    internal NetworkGraph(
        string name, string className, string summary, int classes, int height, int width, int outputStride, Scope root,
        IReadOnlyList<Node> nodes, IReadOnlyList<GraphOutput> outputs)
    {
        (Name, ClassName, Summary, Classes) = (name, className, summary, classes);
        (ReferenceHeight, ReferenceWidth, OutputStride) = (height, width, outputStride);
        (Root, Nodes, Outputs) = (root, nodes, outputs);
    }

    /// <summary>The name in the spec.</summary>
    public string Name { get; init; } = "";

    /// <summary>The generated class.</summary>
    public string ClassName { get; init; } = "";

    /// <summary>What the spec says of it.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The number of classes that the spec names.</summary>
    public int Classes { get; init; }

    /// <summary>Rows of the input for which counts are stated; any other will do.</summary>
    public int ReferenceHeight { get; init; }

    /// <summary>Columns of the input for which counts are stated.</summary>
    public int ReferenceWidth { get; init; }

    /// <summary>Ratio of the input's side to the backbone's last map; 1 for a network without one.</summary>
    public int OutputStride { get; init; }

    /// <summary>The operations; what feeds one comes before it, the input first.</summary>
    public IReadOnlyList<Node> Nodes { get; init; } = [];

    /// <summary>The outputs in the order of the spec.</summary>
    public IReadOnlyList<GraphOutput> Outputs { get; init; } = [];

    /// <summary>The layers of the spec that the nodes are.</summary>
    public Scope Root { get; init; } = null!;

    /// <summary>The network's input.</summary>
    public Node Input => Nodes[0];

    /// <summary>Channels of the input.</summary>
    public int InputChannels => Input.Shape.Channels.Constant;

    /// <summary>The weights, each once, in the order of the nodes that first use them.</summary>
    public IEnumerable<Weight> Weights => Nodes.SelectMany(n => n.Operation.Weights).Distinct();

    /// <summary>The nodes that feed an output, and those that give one.</summary>
    public ISet<Node> Live() => Live(Outputs.Select(o => o.Node));

    /// <summary>Some nodes, and all that feed them.</summary>
    /// <param name="nodes">The nodes.</param>
    public static ISet<Node> Live(IEnumerable<Node> nodes)
    {
        var live = new HashSet<Node>();
        var open = new Stack<Node>(nodes);
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

    /// <summary>The same network of other nodes.</summary>
    /// <param name="nodes">What feeds one comes before it, the input first.</param>
    /// <param name="outputs">What gives each output, in their order.</param>
    internal NetworkGraph With(IReadOnlyList<Node> nodes, IReadOnlyList<Node> outputs) => new()
    {
        Name = Name,
        ClassName = ClassName,
        Summary = Summary,
        Classes = Classes,
        ReferenceHeight = ReferenceHeight,
        ReferenceWidth = ReferenceWidth,
        OutputStride = OutputStride,
        Root = Root,
        Nodes = nodes,
        Outputs = [.. Outputs.Zip(outputs, (o, n) => o with { Node = n })],
    };
}
