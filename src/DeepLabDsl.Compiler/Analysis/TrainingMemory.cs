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
    public static long BytesPerImage(FlatGraph graph)
    {
        var live = graph.Live();
        var kept = new HashSet<FlatNode>();
        var own = live.Where(n => n.Primitive is not null).Sum(n => Keep(n, kept));
        // A gradient comes in and another goes out.
        var moment = 2 * live.Max(Bytes);
        // The loss has the scores at the labels' size, their log-softmax and the gradient of each.
        var scores = graph.Outputs.Sum(o => 4 * Bytes(o));
        return kept.Sum(Bytes) + own + moment + scores;
    }

    /// <summary>Adds the maps of the network that an operation's gradient reads.</summary>
    /// <returns>Bytes of what it keeps that is no map of the network.</returns>
    private static long Keep(FlatNode node, HashSet<FlatNode> kept)
    {
        switch (node.Primitive!.Op.Name)
        {
            case "conv" or "depthwise_conv" when IsPadded(node):
                return Bytes(node.Inputs[0]);
            case "conv" or "depthwise_conv" or "batch_norm" or "avg_pool" or "hard_swish" or "hard_sigmoid":
                kept.Add(node.Inputs[0]);
                return 0;
            case "max_pool":
                kept.Add(node.Inputs[0]);
                // The places of the maxima.
                return Values(node) * PlaceBytes;
            case "relu" or "sigmoid":
                kept.Add(node);
                return 0;
            case "relu6":
                kept.Add(node);
                // Its gradient reads what it was before; in place that is a copy.
                return Bytes(node);
            case "multiply" or "max":
                kept.UnionWith(node.Inputs);
                return 0;
            case "dropout":
                // What it drew.
                return Bytes(node);
            case "crf":
                // As seen: filters' results, messages and probabilities of each step are some fifteen maps.
                return 15 * Bytes(node) * node.Primitive.Attributes["iterations"].Int;
            default:
                return 0;
        }
    }

    private static bool IsPadded(FlatNode node) => ShapeInference.PadsAtRunTime(node.Primitive!) && node.Primitive!.Pair("kernel") != (1, 1);

    private static long Bytes(FlatNode node) => Values(node) * ValueBytes;

    private static long Values(FlatNode node) => (long)node.Shape.Channels * node.Shape.Height * node.Shape.Width;
}
