using System;
using System.Linq;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl;

/// <summary>The cross entropy of a batch: over every supervised output, void left out, classes weighted, hard pixels picked.</summary>
/// <param name="recipe">Says how.</param>
/// <param name="weights">Weights of the classes <c>[classes]</c>; null: all alike.</param>
internal sealed class SegmentationLoss(TrainingRecipe recipe, Tensor? weights)
{
    /// <summary>The sum over the outputs, each with its factor; null where no pixel that counts is labelled.</summary>
    /// <param name="output">What the network gave.</param>
    /// <param name="labels">Classes <c>[N, H, W]</c>; void is 255.</param>
    /// <exception cref="TrainingException">The network has no output with a loss.</exception>
    public Tensor? Of(SegmentationOutput output, Tensor labels)
    {
        Tensor? sum = null;
        var outputs = output.Supervised.Where(o => o.LossWeight > 0).ToList();
        if (outputs.Count == 0)
            throw new TrainingException("The network has no output with a loss.");
        foreach (var (_, logits, factor) in outputs)
        {
            var (scores, truth) = Fit(logits, labels);
            if (recipe.LossAt == LossPlace.Logits && !truth.ne(LabelMap.Void).any().ToBoolean())
                continue;
            var loss = CrossEntropy(scores.to(ScalarType.Float32), truth);
            var scaled = factor == 1 ? loss : loss.mul(factor);
            sum = sum is null ? scaled : sum.add(scaled);
        }
        return sum;
    }

    private (Tensor Logits, Tensor Labels) Fit(Tensor logits, Tensor labels)
    {
        var (height, width) = (labels.shape[^2], labels.shape[^1]);
        if (logits.shape[^2] == height && logits.shape[^1] == width)
            return (logits, labels);
        return recipe.LossAt == LossPlace.Labels
            ? (nn.functional.interpolate(logits, [height, width], mode: InterpolationMode.Bilinear, align_corners: false), labels)
            : (logits, labels.index_select(1, Places(height, logits.shape[^2], labels)).index_select(2, Places(width, logits.shape[^1], labels)));
    }

    /// <summary>The nearest pixels where corners keep their place: every eighth of 321 for 41, as Caffe's Interp shrinks by 8.</summary>
    private static Tensor Places(long from, long to, Tensor labels)
    {
        var step = to > 1 ? (from - 1.0) / (to - 1) : 0;
        return tensor(Enumerable.Range(0, (int)to).Select(i => (long)Math.Round(i * step)).ToArray()).to(labels.device);
    }

    private Tensor CrossEntropy(Tensor logits, Tensor labels)
    {
        if (recipe is { HardPixels: >= 1 })
            return nn.functional.cross_entropy(logits, labels, weights, ignore_index: LabelMap.Void);
        // Which pixels are hard is decided by the plain loss, minus the logarithm of their class's probability.
        var losses = nn.functional.cross_entropy(logits, labels, null, ignore_index: LabelMap.Void, reduction: nn.Reduction.None);
        var valid = labels.ne(LabelMap.Void);
        var known = losses.detach().masked_select(valid);
        var count = Math.Max(1, (long)Math.Ceiling(recipe.HardPixels * known.shape[0]));
        var least = known.topk((int)count, sorted: false).values.min();
        var hard = losses.detach().ge(least);
        if (recipe.HardThreshold > 0)
            hard = hard.logical_or(losses.detach().gt(-Math.Log(recipe.HardThreshold)));
        var share = hard.logical_and(valid).to(ScalarType.Float32);
        if (weights is not null)
            share = share.mul(weights.take(labels.masked_fill(valid.logical_not(), 0)));
        return losses.mul(share).sum().div(share.sum());
    }
}
