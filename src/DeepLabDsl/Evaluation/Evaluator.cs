using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace DeepLabDsl;

/// <summary>What an evaluation found.</summary>
/// <param name="Confusion">One matrix for the whole set.</param>
/// <param name="Scores">Its scores.</param>
/// <param name="Images">The number of images.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record EvaluationResult(ConfusionMatrix Confusion, SegmentationScores Scores, int Images, TimeSpan Elapsed);

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
        // The next image is decoded while this one is predicted.
        var next = Task.Run(() => dataset.Load(0), cancellation);
        for (var i = 0; i < dataset.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var sample = next.GetAwaiter().GetResult();
            var following = i + 1;
            if (following < dataset.Count)
                next = Task.Run(() => dataset.Load(following), cancellation);
            confusion.Add(sample.Labels.Indices, predictor.Predict(sample.Image).Indices);
            progress?.Invoke(following);
        }
        return new EvaluationResult(confusion, confusion.Score(), dataset.Count, watch.Elapsed);
    }
}
