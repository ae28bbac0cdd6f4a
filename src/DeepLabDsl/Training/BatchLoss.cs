using System;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>The loss of a batch: over every supervised output, void left out, classes weighted, hard pixels picked.</summary>
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
            var loss = CrossEntropy(logits.to(ScalarType.Float32), truth);
            var scaled = supervised.LossWeight == 1 ? loss : loss.Scale(supervised.LossWeight);
            sum = sum is null ? scaled : Layers.Add(sum, scaled);
        }
        return isSupervised ? sum : throw new TrainingException("The network has no output with a loss.");
    }

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
            share = share.mul(weights.take(labels.masked_fill(valid.logical_not(), TensorArithmetic.Zero)));
        return losses.mul(share).sum().div(share.sum());
    }

    private static Tensor Labelled(Tensor labels)
    {
        using var nothing = ((long)LabelMap.Void).ToScalar();
        return labels.ne(nothing);
    }
}
