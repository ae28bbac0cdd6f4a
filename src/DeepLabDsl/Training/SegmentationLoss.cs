using System;
using System.Linq;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>The loss of one output: cross entropy over pixels, void ones left out.</summary>
public static class SegmentationLoss
{
    /// <summary>The mean over pixels, after logits are brought to the labels' size or labels to the logits'.</summary>
    /// <param name="output">Logits <c>[N, classes, h, w]</c> and where they meet the labels.</param>
    /// <param name="labels">Classes <c>[N, H, W]</c>, int64; void is <see cref="LabelMap.Void"/>.</param>
    /// <param name="weights">Weight of each class, [classes]; null: all alike.</param>
    /// <returns>A scalar; NaN where every pixel is void.</returns>
    public static Tensor CrossEntropy(SupervisedOutput output, Tensor labels, Tensor? weights = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var (logits, sized) = Fit(output, labels);
        return nn.functional.cross_entropy(logits, sized, weights, ignore_index: LabelMap.Void);
    }

    /// <summary>
    /// Labels of another size, each pixel the nearest of the old: at corners kept in place, every eighth of 321 for 41, as
    /// Caffe's Interp shrinks them; else at half-pixel centres, as imaging libraries do.
    /// </summary>
    /// <param name="labels">Classes <c>[N, H, W]</c>.</param>
    /// <param name="height">The new H.</param>
    /// <param name="width">The new W.</param>
    /// <param name="alignCorners">Whether corner pixels keep their place.</param>
    public static Tensor ResizeLabels(Tensor labels, long height, long width, bool alignCorners = false)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.shape[^2] == height && labels.shape[^1] == width)
            return labels.alias();
        using var scope = NewDisposeScope();
        var rows = Nearest(labels.shape[^2], height, alignCorners).to(labels.device);
        var columns = Nearest(labels.shape[^1], width, alignCorners).to(labels.device);
        return labels.index_select(1, rows).index_select(2, columns).MoveToOuterDisposeScope();
    }

    /// <summary>Logits and labels at one size.</summary>
    internal static (Tensor Logits, Tensor Labels) Fit(SupervisedOutput output, Tensor labels) => output.AtOutput
        ? (output.Logits, ResizeLabels(labels, output.Logits.shape[^2], output.Logits.shape[^1], output.AlignCorners))
        : (Layers.Resize(output.Logits, to: labels, output.AlignCorners), labels);

    private static Tensor Nearest(long from, long to, bool alignCorners) => tensor(Enumerable.Range(0, (int)to).Select(i => alignCorners
        ? to == 1 ? 0 : (i * (from - 1) + (to - 1) / 2) / (to - 1)
        : Math.Min((long)((i + 0.5) * from / to), from - 1)).ToArray());
}
