using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;

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
        var own = live.Where(n => !n.IsInput).Sum(n => Keep(n, kept));
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
        switch (node.Operation)
        {
            case Convolution { Window: { IsSame: true, IsPoint: false } }:
                // The map with its border is another map.
                return Bytes(node.Inputs[0]);
            case Convolution or BatchNorm or AveragePool or Activation { Kind: ActivationKind.HardSwish or ActivationKind.HardSigmoid }:
                kept.Add(node.Inputs[0]);
                return 0;
            case MaxPool:
                kept.Add(node.Inputs[0]);
                // The places of the maxima.
                return node.Shape.Values * PlaceBytes;
            case Activation { Kind: ActivationKind.Relu or ActivationKind.Sigmoid }:
                kept.Add(node);
                return 0;
            case Activation { Kind: ActivationKind.Relu6 }:
                kept.Add(node);
                // Its gradient reads what it was before; in place that is a copy.
                return Bytes(node);
            case Multiply or Maximum:
                kept.UnionWith(node.Inputs);
                return 0;
            case Dropout:
                // What it drew.
                return Bytes(node);
            case MeanFieldCrf crf:
                // As seen: filters' results, messages and probabilities of each step are some fifteen maps.
                return 15 * Bytes(node) * crf.Iterations;
            default:
                return 0;
        }
    }

    private static long Bytes(FlatNode node) => node.Shape.Values * ValueBytes;
}
