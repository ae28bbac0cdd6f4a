using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// What a training step holds of the forward pass: the maps that gradients are computed from, by what PyTorch's autograd keeps for
/// each operation, and what is there for a moment beside them.
/// </summary>
internal static class TrainingMemory
{
    private const int ValueBytes = sizeof(float);

    private const int PlaceBytes = sizeof(long);

    /// <summary>Bytes for one image in 32 bits, at the input size of the spec.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="live">What feeds its outputs.</param>
    public static long BytesPerImage(FlatGraph graph, ISet<FlatNode> live)
    {
        var kept = new HashSet<FlatNode>();
        var more = 0L;
        foreach (var node in graph.Nodes.Where(n => n.Primitive is not null && live.Contains(n)))
        {
            foreach (var map in KeptBy(node))
                kept.Add(map);
            more += OwnBytes(node);
        }
        // A gradient comes in and another goes out.
        var moment = 2 * graph.Nodes.Where(live.Contains).Max(Bytes);
        // The loss has the scores at the labels' size, their log-softmax and the gradient of each.
        var scores = graph.Outputs.Sum(o => 4 * Bytes(o));
        return kept.Sum(Bytes) + more + moment + scores;
    }

    /// <summary>The maps of the network that its gradient reads.</summary>
    private static IEnumerable<FlatNode> KeptBy(FlatNode node)
    {
        switch (node.Primitive!.Op.Name)
        {
            case "conv" or "depthwise_conv" when IsPadded(node):
                return [];
            case "conv" or "depthwise_conv" or "batch_norm" or "avg_pool" or "max_pool" or "hard_swish" or "hard_sigmoid":
                return node.Inputs.Take(1);
            case "relu" or "relu6" or "sigmoid":
                return [node];
            case "multiply" or "max":
                return node.Inputs;
            default:
                return [];
        }
    }

    /// <summary>What it keeps that is no map of the network: padded copies, places of maxima, what dropout drew, relu6's copies, the steps of a CRF.</summary>
    private static long OwnBytes(FlatNode node) => node.Primitive!.Op.Name switch
    {
        "conv" or "depthwise_conv" when IsPadded(node) => Bytes(node.Inputs[0]),
        "max_pool" => Values(node) * PlaceBytes,
        "dropout" => Bytes(node),
        // Its gradient reads what it was before; in place that is a copy.
        "relu6" => Bytes(node),
        // As seen: filters' results, messages and probabilities of each step are some fifteen maps.
        "crf" => 15 * Bytes(node) * node.Primitive.Attributes["iterations"].Int,
        _ => 0,
    };

    private static bool IsPadded(FlatNode node) => ShapeInference.PadsAtRunTime(node.Primitive!) && node.Primitive!.Pair("kernel") != (1, 1);

    private static long Bytes(FlatNode node) => Values(node) * ValueBytes;

    private static long Values(FlatNode node) => (long)node.Shape.Channels * node.Shape.Height * node.Shape.Width;
}
