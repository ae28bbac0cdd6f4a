using System;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Training;

/// <summary>How often classes occur in a dataset.</summary>
internal sealed class LabelStatistics
{
    private LabelStatistics(long[] pixels, bool[][] presence)
    {
        Pixels = pixels;
        Presence = presence;
    }

    /// <summary>Pixels of each class.</summary>
    public long[] Pixels { get; }

    /// <summary>For each image, whether each class is on it.</summary>
    public bool[][] Presence { get; }

    /// <summary>Counts every label.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="ranks">Those that count together, each a part; null: all is counted here.</param>
    /// <exception cref="UnusableDataException">A sample can't be used.</exception>
    public static LabelStatistics Of(ISegmentationDataset dataset, RankGroup? ranks = null)
    {
        if (ranks is not null)
            return OfAll(dataset, ranks);
        var pixels = new long[dataset.Classes.Count];
        var presence = new bool[dataset.Count][];
        for (var i = 0; i < dataset.Count; i++)
        {
            var counts = new long[256];
            foreach (var label in dataset.Load(i).Labels.Indices)
                counts[label]++;
            presence[i] = [.. counts.Take(pixels.Length).Select(c => c > 0)];
            for (var c = 0; c < pixels.Length; c++)
                pixels[c] += counts[c];
        }
        return new LabelStatistics(pixels, presence);
    }

    private static LabelStatistics OfAll(ISegmentationDataset dataset, RankGroup ranks)
    {
        var classes = dataset.Classes.Count;
        // Pixels of each class, and for each image whether each class is on it.
        var counts = new double[classes * (dataset.Count + 1)];
        ranks.Guarded(() =>
        {
            foreach (var i in ranks.Shard.Of(dataset.Count))
            {
                foreach (var label in dataset.Load(i).Labels.Indices)
                {
                    if (label >= classes)
                        continue;
                    counts[label]++;
                    counts[(i + 1) * classes + label] = 1;
                }
            }
        });
        ranks.Sum(counts);
        return new LabelStatistics(
            [.. counts.Take(classes).Select(c => (long)c)],
            [.. Enumerable.Range(1, dataset.Count).Select(i => counts.Skip(i * classes).Take(classes).Select(c => c > 0).ToArray())]);
    }

    /// <summary>
    /// A weight for each class: its share of the pixels to the power of minus <paramref name="balance"/>, of mean 1 over pixels.
    /// </summary>
    /// <param name="balance">0: all 1; 1: all classes count alike.</param>
    public float[] ClassWeights(double balance)
    {
        var total = (double)Pixels.Sum();
        // A class that never occurs can't be weighted, and does not matter to the loss.
        var weights = Pixels.Select(c => c == 0 ? 1.0 : Math.Pow(c / total, -balance)).ToArray();
        var mean = Pixels.Zip(weights, (c, w) => c / total * w).Sum();
        return [.. weights.Select(w => (float)(w / mean))];
    }
}
