using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Evaluation;

/// <summary>What the IoU of each class needs to know of an image's confusion matrix.</summary>
/// <param name="Hits">Pixels of each class that were predicted right.</param>
/// <param name="Truth">Pixels of each class in the truth.</param>
/// <param name="Predicted">Pixels of each class in the prediction, where the truth is not void.</param>
internal sealed record ImageCounts(IReadOnlyList<long> Hits, IReadOnlyList<long> Truth, IReadOnlyList<long> Predicted)
{
    /// <summary>Those of a matrix.</summary>
    public static ImageCounts Of(ConfusionMatrix matrix)
    {
        var classes = matrix.Classes;
        var (hits, truth, predicted) = (new long[classes], new long[classes], new long[classes]);
        for (var t = 0; t < classes; t++)
        {
            hits[t] = matrix[t, t];
            for (var p = 0; p < classes; p++)
            {
                truth[t] += matrix[t, p];
                predicted[p] += matrix[t, p];
            }
        }
        return new ImageCounts(hits, truth, predicted);
    }

    /// <summary>The counts of all of some images together.</summary>
    /// <param name="images">The images; at least one.</param>
    public static ImageCounts Sum(IReadOnlyCollection<ImageCounts> images)
    {
        return new ImageCounts(Of(i => i.Hits), Of(i => i.Truth), Of(i => i.Predicted));

        long[] Of(Func<ImageCounts, IReadOnlyList<long>> which)
        {
            var sum = new long[which(images.First()).Count];
            foreach (var image in images)
            {
                for (var c = 0; c < sum.Length; c++)
                    sum[c] += which(image)[c];
            }
            return sum;
        }
    }

    /// <summary>The IoU of each class; NaN for a class that is neither in the truth nor predicted.</summary>
    public IReadOnlyList<double> IoU => [.. Hits.Select((h, c) => (double)h / (Truth[c] + Predicted[c] - h))];

    /// <summary>The mean over the classes that are in the truth or predicted.</summary>
    public double MeanIoU => IoU.Where(v => !double.IsNaN(v)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Pixels that were predicted right, of all.</summary>
    public double PixelAccuracy => Hits.Sum() / (double)Truth.Sum();

    /// <inheritdoc/>
    public bool Equals(ImageCounts? other) =>
        other is not null && Hits.SequenceEqual(other.Hits) && Truth.SequenceEqual(other.Truth) && Predicted.SequenceEqual(other.Predicted);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Hits.Sum(), Truth.Sum(), Predicted.Sum());
}
