using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace DeepLabDsl;

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
}

/// <summary>Scores a network on a dataset, image by image at full size.</summary>
public static class Evaluator
{
    /// <summary>Predicts every image and compares it with its labels; void pixels do not count.</summary>
    /// <param name="predictor">The network.</param>
    /// <param name="dataset">The images and labels.</param>
    /// <param name="progress">Is told the number of images done.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="DataException">A sample can't be used; the message names it.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static EvaluationResult Run(
        Predictor predictor, ISegmentationDataset dataset, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(dataset);
        var watch = Stopwatch.StartNew();
        var confusion = new ConfusionMatrix(dataset.Classes.Count);
        var images = new List<ImageScore>(dataset.Count);
        // The next image is decoded while this one is predicted.
        var next = Task.Run(() => dataset.Load(0), cancellation);
        for (var i = 0; i < dataset.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var sample = next.GetAwaiter().GetResult();
            var following = i + 1;
            if (following < dataset.Count)
                next = Task.Run(() => dataset.Load(following), cancellation);
            var own = new ConfusionMatrix(dataset.Classes.Count);
            own.Add(sample.Labels.Indices, predictor.Predict(sample).Indices);
            confusion.Merge(own);
            var score = own.Score();
            images.Add(new ImageScore(i, sample.Name, score.MeanIoU, score.PixelAccuracy));
            progress?.Invoke(following);
        }
        return new EvaluationResult(confusion, confusion.Score(), dataset.Count, watch.Elapsed) { ImageScores = images };
    }
}
