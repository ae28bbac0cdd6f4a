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
    /// <exception cref="UnusableDataException">A sample can't be used.</exception>
    public static LabelStatistics Of(ISegmentationDataset dataset)
    {
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
