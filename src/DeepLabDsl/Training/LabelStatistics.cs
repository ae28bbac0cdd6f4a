using System;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;

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
        var classes = dataset.Classes.Count;
        // Pixels of each class, and for each image whether each class is on it; exact, being whole numbers far below 2^53.
        var counts = new double[classes * (dataset.Count + 1)];
        if (ranks is null)
        {
            Count();
        }
        else
        {
            ranks.Guarded(Count);
            ranks.Sum(counts);
        }
        return new LabelStatistics(
            [.. counts.Take(classes).Select(c => (long)c)],
            [.. counts.Skip(classes).Chunk(classes).Select(image => image.Select(c => c > 0).ToArray())]);

        void Count()
        {
            foreach (var i in (ranks?.Shard ?? Shard.Whole).Of(dataset.Count))
            {
                var own = new long[256];
                foreach (var label in dataset.Load(i).Labels.Indices)
                    own[label]++;
                for (var c = 0; c < classes; c++)
                {
                    counts[c] += own[c];
                    counts[(i + 1) * classes + c] = own[c];
                }
            }
        }
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
