using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using DeepLabDsl.Crf;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Evaluation;

/// <summary>How one image came out.</summary>
/// <param name="Index">Its index in the dataset.</param>
/// <param name="Name">Its name.</param>
/// <param name="MeanIoU">The mean IoU over the classes that are in its truth or prediction; NaN where it is all void.</param>
/// <param name="PixelAccuracy">Its pixels that were predicted right, of all that are not void.</param>
public sealed record ImageScore(int Index, string Name, double MeanIoU, double PixelAccuracy)
{
    /// <summary>The film, place or the like that it comes from; null: nothing says.</summary>
    public string? Group { get; init; }

    /// <summary>What was counted of it; null where only its scores are known.</summary>
    internal ImageCounts? Counts { get; init; }
}

/// <summary>What an evaluation found.</summary>
/// <param name="Confusion">One matrix for the whole set.</param>
/// <param name="Scores">Its scores.</param>
/// <param name="Images">The number of images.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record EvaluationResult(ConfusionMatrix Confusion, SegmentationScores Scores, int Images, TimeSpan Elapsed)
{
    /// <summary>How each image came out, in the dataset's order. These show where a network fails; their mean is not the mIoU.</summary>
    public IReadOnlyList<ImageScore> ImageScores { get; init; } = [];

    /// <summary>Scores near boundaries, where they were asked for.</summary>
    public BoundaryScores? Boundaries { get; init; }

    /// <summary>The same of the predictions after a dense CRF, where one was given.</summary>
    public EvaluationResult? Refined { get; init; }

    /// <summary>The counts that the scores were computed from; null where the result was not counted image by image.</summary>
    internal EvaluationTally? Tally { get; init; }
}

/// <summary>Scores a network on a dataset, image by image at full size.</summary>
public static class Evaluator
{
    /// <summary>Predicts every image and compares it with its labels; void pixels do not count.</summary>
    /// <param name="predictor">The network.</param>
    /// <param name="dataset">The images and labels.</param>
    /// <param name="refiner">A dense CRF that is scored beside the network; null: none.</param>
    /// <param name="boundaries">What scores near boundaries are measured from; null: there are none.</param>
    /// <param name="progress">Is told after each image, on the caller's thread.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <param name="shard">The part of the images that is scored; null: all. A part may be void altogether.</param>
    /// <exception cref="UnusableDataException">A sample can't be used, the message names it; or all of them are void.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static EvaluationResult Run(
        IImagePredictor predictor, ISegmentationDataset dataset, CrfRefiner? refiner = null, BoundarySource? boundaries = null,
        IProgress<ImageProgress>? progress = null, CancellationToken cancellationToken = default, Shard? shard = null)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(dataset);
        var watch = Stopwatch.StartNew();
        var plain = new EvaluationTally(dataset.Classes.Count, boundaries);
        var refined = refiner is null ? null : new EvaluationTally(dataset.Classes.Count, boundaries);
        var own = (shard ?? Shard.Whole).Of(dataset.Count);
        // The next image is decoded while this one is predicted.
        var next = own.Count > 0 ? Task.Run(() => dataset.Load(own[0]), cancellationToken) : null;
        for (var place = 0; place < own.Count; place++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var i = own[place];
            var sample = next!.GetAwaiter().GetResult();
            var following = place + 1;
            if (following < own.Count)
                next = Task.Run(() => dataset.Load(own[following]), cancellationToken);
            if (refiner is null)
            {
                plain.Add(i, sample, predictor.Predict(sample), dataset.GetInfo(i).Group);
            }
            else
            {
                var (before, after) = predictor.Predict(sample, refiner);
                plain.Add(i, sample, before, dataset.GetInfo(i).Group);
                refined!.Add(i, sample, after, dataset.GetInfo(i).Group);
            }
            progress?.Report(new ImageProgress(following, own.Count));
        }
        if (shard is null)
            plain.RequirePixels(dataset.Name, dataset.Split);
        var elapsed = watch.Elapsed;
        return plain.Finish(elapsed) with { Refined = refined?.Finish(elapsed) };
    }
}
