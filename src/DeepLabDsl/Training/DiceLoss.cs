using System.Linq;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>
/// Soft Dice over the labelled pixels of a batch: one minus the mean, over the classes that the labels show, of
/// <c>2 * shared / (predicted + true)</c>. Shared is the sum of the class's probabilities where it is true, predicted their sum
/// everywhere, true its number of pixels. Unlike cross entropy it counts each class alike, and a class's pixels by how many it has.
/// </summary>
internal static class DiceLoss
{
    private static readonly long[] Pixels = [0, 2, 3];

    /// <summary>What the loss is computed of: the sums of each class, [classes] each.</summary>
    /// <param name="Shared">Probabilities of the class where it is true.</param>
    /// <param name="Predicted">Its probabilities.</param>
    /// <param name="True">Its pixels.</param>
    public readonly record struct Sums(Tensor Shared, Tensor Predicted, Tensor True);

    /// <summary>The sums of a batch.</summary>
    /// <param name="logits">Logits <c>[N, classes, H, W]</c>, 32 bits.</param>
    /// <param name="labels">Classes <c>[N, H, W]</c>; void is <see cref="LabelMap.Void"/>.</param>
    public static Sums SumsOf(Tensor logits, Tensor labels)
    {
        using var nothing = ((long)LabelMap.Void).ToScalar();
        var isVoid = labels.eq(nothing);
        var counted = isVoid.logical_not().to(ScalarType.Float32).unsqueeze(1);
        // Void pixels are class 0 here, and write a zero there.
        var truth = zeros_like(logits.detach());
        truth.scatter_(1, labels.masked_fill(isVoid, TensorArithmetic.Zero).unsqueeze(1), counted);
        var probabilities = nn.functional.softmax(logits, 1);
        return new Sums(
            probabilities.mul(truth).sum(Pixels), probabilities.mul(counted).sum(Pixels), truth.sum(Pixels));
    }

    /// <summary>The loss of a batch.</summary>
    /// <param name="sums">Its sums.</param>
    /// <returns>A scalar from 0 to 1; 0 where no pixel is labelled.</returns>
    public static Tensor Of(Sums sums)
    {
        var shown = sums.True.gt(TensorArithmetic.Zero);
        var count = shown.sum().Number();
        if (count == 0)
            return sums.Shared.sum().Scale(0);
        // A class that is shown has a pixel or more, so that nothing is divided by zero.
        var scores = sums.Shared.masked_select(shown).div(Layers.Add(sums.Predicted, sums.True).masked_select(shown));
        // One minus the mean, in a form that needs no number beside the tensors.
        return scores.Scale(2).neg().add(ones_like(scores.detach()), TensorArithmetic.One).mean();
    }

    /// <summary>The loss of the batch that all ranks have together.</summary>
    /// <param name="own">The sums of this rank's images.</param>
    /// <param name="ranks">The ranks.</param>
    /// <returns>
    /// What has this rank's part of the loss's gradient, which is that of a sum over the ranks: a factor for each class's sums here,
    /// from the sums of all. And the value of the loss.
    /// </returns>
    public static (Tensor Part, double Whole) OfAll(Sums own, RankGroup ranks)
    {
        var classes = (int)own.True.shape[0];
        var all = new double[3 * classes];
        var values = cat([own.Shared, own.Predicted, own.True]).detach().to(ScalarType.Float64).data<double>();
        values.CopyTo(all, 0);
        ranks.Sum(all);
        var count = all.Skip(2 * classes).Count(t => t > 0);
        var (byShared, byPredicted, score) = (new float[classes], new float[classes], 0.0);
        for (var c = 0; c < classes; c++)
        {
            if (all[2 * classes + c] == 0)
                continue;
            var sum = all[classes + c] + all[2 * classes + c];
            score += 2 * all[c] / sum;
            byShared[c] = (float)(-2 / (count * sum));
            byPredicted[c] = (float)(2 * all[c] / (count * sum * sum));
        }
        var device = own.Shared.device;
        var part = Layers.Add(own.Shared.mul(tensor(byShared).to(device)).sum(), own.Predicted.mul(tensor(byPredicted).to(device)).sum());
        return (part, count == 0 ? 0 : 1 - score / count);
    }
}
