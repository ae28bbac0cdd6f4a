using System.Collections.Generic;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// The scores of a segmentation, computed on one <see cref="ConfusionMatrix"/> of a whole set (never averaged over
/// images). All are fractions from 0 to 1; one that divides by nothing is NaN.
/// </summary>
public sealed record SegmentationScores
{
    /// <summary>Intersection over union of each class; NaN for a class that is neither in the truth nor predicted.</summary>
    public required IReadOnlyList<double> IoU { get; init; }

    /// <summary>Pixels of each class that were predicted right, of its pixels in the truth; NaN for a class without any.</summary>
    public required IReadOnlyList<double> ClassAccuracy { get; init; }

    /// <summary>Pixels of each class in the truth.</summary>
    public required IReadOnlyList<long> TruthPixels { get; init; }

    /// <summary>Pixels of each class in the prediction (where the truth is not void).</summary>
    public required IReadOnlyList<long> PredictedPixels { get; init; }

    /// <summary>Pixels of void in the truth, which count nowhere.</summary>
    public long VoidPixels { get; init; }

    /// <summary>
    /// The mean of <see cref="IoU"/> over the classes that are in the truth or predicted: what is called mIoU. On a set that has
    /// every class it is the mean over all.
    /// </summary>
    public required double MeanIoU { get; init; }

    /// <summary>The mean of <see cref="IoU"/> over all classes, where a class that is nowhere counts as 0.</summary>
    public required double MeanIoUOverAllClasses { get; init; }

    /// <summary>Pixels that were predicted right, of all.</summary>
    public required double PixelAccuracy { get; init; }

    /// <summary>The mean of <see cref="ClassAccuracy"/> over the classes in the truth.</summary>
    public required double MeanAccuracy { get; init; }

    /// <summary>The mean of <see cref="IoU"/> weighted with each class's part of the truth.</summary>
    public required double FrequencyWeightedIoU { get; init; }
}
