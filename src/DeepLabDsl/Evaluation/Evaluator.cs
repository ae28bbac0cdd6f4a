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
public sealed record ImageScore(int Index, string Name, double MeanIoU, double PixelAccuracy);

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
    /// <exception cref="UnusableDataException">A sample can't be used, the message names it; or all of them are void.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static EvaluationResult Run(
        IImagePredictor predictor, ISegmentationDataset dataset, CrfRefiner? refiner = null, BoundarySource? boundaries = null,
        IProgress<ImageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(dataset);
        var watch = Stopwatch.StartNew();
        var plain = new Tally(dataset.Classes.Count, boundaries);
        var refined = refiner is null ? null : new Tally(dataset.Classes.Count, boundaries);
        // The next image is decoded while this one is predicted.
        var next = Task.Run(() => dataset.Load(0), cancellationToken);
        for (var i = 0; i < dataset.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var sample = next.GetAwaiter().GetResult();
            var following = i + 1;
            if (following < dataset.Count)
                next = Task.Run(() => dataset.Load(following), cancellationToken);
            if (refiner is null)
            {
                plain.Add(i, sample, predictor.Predict(sample));
            }
            else
            {
                var (before, after) = predictor.Predict(sample, refiner);
                plain.Add(i, sample, before);
                refined!.Add(i, sample, after);
            }
            progress?.Report(new ImageProgress(following, dataset.Count));
        }
        if (plain.Pixels == 0)
        {
            throw new UnusableDataException(
                $"Every pixel of split '{dataset.Split}' of {dataset.Name} is void: there is nothing to score. "
                + "Are its label maps those of a test set?");
        }
        var elapsed = watch.Elapsed;
        return plain.Finish(elapsed) with { Refined = refined?.Finish(elapsed) };
    }

    /// <summary>What is counted of one kind of predictions.</summary>
    private sealed class Tally(int classes, BoundarySource? boundaries)
    {
        private readonly ConfusionMatrix _confusion = new(classes);
        private readonly List<ImageScore> _images = [];
        private readonly BoundaryEvaluation? _boundaries = boundaries is { } source ? new BoundaryEvaluation(classes, source) : null;

        /// <summary>Pixels that are not void.</summary>
        public long Pixels => _confusion.Total;

        public void Add(int index, SegmentationSample sample, LabelMap prediction)
        {
            var own = new ConfusionMatrix(classes);
            own.Add(sample.Labels.Indices, prediction.Indices);
            _confusion.Merge(own);
            var score = own.Score();
            _images.Add(new ImageScore(index, sample.Name, score.MeanIoU, score.PixelAccuracy));
            _boundaries?.Add(sample.Labels, prediction);
        }

        public EvaluationResult Finish(TimeSpan elapsed) =>
            new(_confusion, _confusion.Score(), _images.Count, elapsed) { ImageScores = _images, Boundaries = _boundaries?.Score() };
    }
}
