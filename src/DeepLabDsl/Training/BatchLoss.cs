using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>
/// The loss of a batch: cross entropy over every supervised output, void left out, classes weighted, hard pixels picked; and soft Dice.
/// </summary>
/// <param name="recipe">Says how.</param>
/// <param name="weights">Weights of the classes <c>[classes]</c>; null: all alike.</param>
internal sealed class BatchLoss(TrainingRecipe recipe, Tensor? weights)
{
    /// <summary>The sum over the outputs, each with its factor; null where no pixel that counts is labelled.</summary>
    /// <param name="output">What the network gave.</param>
    /// <param name="labels">Classes <c>[N, H, W]</c>; void is 255.</param>
    /// <exception cref="TrainingException">The network has no output with a loss.</exception>
    public Tensor? Of(SegmentationOutput output, Tensor labels)
    {
        Tensor? sum = null;
        var isSupervised = false;
        foreach (var supervised in output.Supervised)
        {
            if (supervised.LossWeight == 0)
                continue;
            isSupervised = true;
            var (logits, truth) = SegmentationLoss.Fit(supervised, labels);
            // Small maps can miss every labelled pixel.
            if (truth.numel() < labels.numel() && Labelled(truth).sum().Number() == 0)
                continue;
            var scores = logits.to(ScalarType.Float32);
            var loss = CrossEntropy(scores, truth);
            if (recipe.Dice > 0)
                loss = Layers.Add(loss, DiceLoss.Of(DiceLoss.SumsOf(scores, truth)).Scale(recipe.Dice));
            var scaled = supervised.LossWeight == 1 ? loss : loss.Scale(supervised.LossWeight);
            sum = sum is null ? scaled : Layers.Add(sum, scaled);
        }
        return isSupervised ? sum : throw new TrainingException("The network has no output with a loss.");
    }

    /// <summary>
    /// The same over the pixels of all ranks: each output's sum of losses here is divided by what is counted on all, so that the
    /// gradients of the ranks add up to that of one mean. Hard pixels are the hardest of all ranks together.
    /// </summary>
    /// <param name="output">What the network gave for this rank's images.</param>
    /// <param name="labels">Their classes <c>[N, H, W]</c>; void is 255.</param>
    /// <param name="ranks">The ranks.</param>
    /// <returns>This rank's part, and the value of the whole; null where no pixel that counts is labelled on any rank.</returns>
    /// <exception cref="TrainingException">The network has no output with a loss.</exception>
    public (Tensor Part, double Whole)? OfAll(SegmentationOutput output, Tensor labels, RankGroup ranks)
    {
        var heads = output.Supervised.Where(s => s.LossWeight != 0).ToList();
        if (heads.Count == 0)
            throw new TrainingException("The network has no output with a loss.");
        var sums = new double[2 * heads.Count];
        var parts = new List<Tensor>();
        var regions = new List<DiceLoss.Sums>();
        for (var i = 0; i < heads.Count; i++)
        {
            var (logits, truth) = SegmentationLoss.Fit(heads[i], labels);
            var scores = logits.to(ScalarType.Float32);
            var (losses, count) = SumOf(scores, truth, ranks);
            parts.Add(losses);
            if (recipe.Dice > 0)
                regions.Add(DiceLoss.SumsOf(scores, truth));
            (sums[2 * i], sums[2 * i + 1]) = (losses.detach().Number(), count);
        }
        ranks.Sum(sums);
        Tensor? part = null;
        var whole = 0.0;
        for (var i = 0; i < heads.Count; i++)
        {
            // Small maps can miss every labelled pixel.
            if (sums[2 * i + 1] == 0)
                continue;
            var scaled = parts[i].Scale(heads[i].LossWeight / sums[2 * i + 1]);
            whole += heads[i].LossWeight * sums[2 * i] / sums[2 * i + 1];
            if (recipe.Dice > 0)
            {
                var (region, value) = DiceLoss.OfAll(regions[i], ranks);
                scaled = Layers.Add(scaled, region.Scale(heads[i].LossWeight * recipe.Dice));
                whole += heads[i].LossWeight * recipe.Dice * value;
            }
            part = part is null ? scaled : Layers.Add(part, scaled);
        }
        return part is null ? null : (part, whole);
    }

    /// <summary>The weighted losses of this rank's pixels that count, and the sum of their weights.</summary>
    private (Tensor Losses, double Count) SumOf(Tensor logits, Tensor labels, RankGroup ranks)
    {
        var valid = Labelled(labels);
        if (recipe.HardPixels == 1)
        {
            var sum = nn.functional.cross_entropy(
                logits, labels, weights, ignore_index: LabelMap.Void, reduction: nn.Reduction.Sum);
            return (sum, (weights is null ? valid : WeightsOf(labels, valid).masked_select(valid)).sum(ScalarType.Float64).Number());
        }
        var losses = nn.functional.cross_entropy(logits, labels, null, ignore_index: LabelMap.Void, reduction: nn.Reduction.None);
        var known = losses.detach().masked_select(valid);
        double[] all = [known.shape[0]];
        ranks.Sum(all);
        if (all[0] == 0)
            return (losses.sum(), 0);
        var count = Math.Max(1, (long)Math.Ceiling(recipe.HardPixels * all[0]));
        var least = ranks.Largest(known.data<float>().ToArray(), count);
        if (recipe.HardThreshold > 0)
            least = Math.Min(least, MathF.BitIncrement((float)-Math.Log(recipe.HardThreshold)));
        using var bound = least.ToScalar();
        var share = losses.detach().ge(bound).logical_and(valid).to(ScalarType.Float32);
        if (weights is not null)
            share = share.mul(WeightsOf(labels, valid));
        return (losses.mul(share).sum(), share.sum(ScalarType.Float64).Number());
    }

    private Tensor WeightsOf(Tensor labels, Tensor valid) =>
        weights!.take(labels.masked_fill(valid.logical_not(), TensorArithmetic.Zero));

    private Tensor CrossEntropy(Tensor logits, Tensor labels)
    {
        if (recipe.HardPixels == 1)
            return nn.functional.cross_entropy(logits, labels, weights, ignore_index: LabelMap.Void);
        // Which pixels are hard is decided by the plain loss: minus the logarithm of their class's probability.
        var losses = nn.functional.cross_entropy(logits, labels, null, ignore_index: LabelMap.Void, reduction: nn.Reduction.None);
        var valid = Labelled(labels);
        var known = losses.detach().masked_select(valid);
        var count = Math.Max(1, (int)Math.Ceiling(recipe.HardPixels * known.shape[0]));
        var hard = losses.detach().ge(known.topk(count, sorted: false).values.min());
        if (recipe.HardThreshold > 0)
        {
            using var minimum = (-Math.Log(recipe.HardThreshold)).ToScalar();
            hard = hard.logical_or(losses.detach().gt(minimum));
        }
        var share = hard.logical_and(valid).to(ScalarType.Float32);
        if (weights is not null)
            share = share.mul(WeightsOf(labels, valid));
        return losses.mul(share).sum().div(share.sum());
    }

    private static Tensor Labelled(Tensor labels)
    {
        using var nothing = ((long)LabelMap.Void).ToScalar();
        return labels.ne(nothing);
    }
}
