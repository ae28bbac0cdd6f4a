using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Training;

/// <summary>A dataset whose images come up more often than once an epoch where a recipe says so.</summary>
internal sealed class RepeatedDataset : ISegmentationDataset
{
    // Keeps the draw of fractions apart from the streams of the samples.
    private const ulong Stream = 0x7265706561;

    private readonly ISegmentationDataset _source;
    private readonly int[] _indices;

    private RepeatedDataset(ISegmentationDataset source, int[] indices)
    {
        _source = source;
        _indices = indices;
    }

    public string Name => _source.Name;

    public string Split => _source.Split;

    public ClassSet Classes => _source.Classes;

    public ImageNormalizer? Normalizer => _source.Normalizer;

    public ChannelFormat? Format => _source.Format;

    public int Count => _indices.Length;

    public int Channels => _source.Channels;

    public SampleInfo GetInfo(int index) => _source.GetInfo(_indices[index]);

    public SegmentationSample Load(int index) => _source.Load(_indices[index]);

    /// <summary>Repeats images by a recipe: each as often as the most wanted class on it, a fraction being a chance.</summary>
    /// <param name="source">The dataset.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="statistics">The dataset's labels.</param>
    /// <exception cref="TrainingException">The recipe names a class that the dataset does not have.</exception>
    public static RepeatedDataset Of(ISegmentationDataset source, TrainingRecipe recipe, LabelStatistics statistics)
    {
        var names = source.Classes.Names.ToList();
        var factors = new double[names.Count];
        for (var c = 0; c < factors.Length; c++)
        {
            var share = statistics.Presence.Count(p => p[c]) / (double)source.Count;
            factors[c] = share > 0 && share < recipe.BalanceImages ? Math.Sqrt(recipe.BalanceImages / share) : 1;
        }
        foreach (var (name, times) in recipe.Repeat)
        {
            var index = names.FindIndex(n => string.Equals(n, name, StringComparison.OrdinalIgnoreCase));
            if (index < 0)
            {
                throw new TrainingException(
                    $"'repeat' names the class '{name}', which {source.Name} does not have. It has {string.Join(", ", names)}.");
            }
            factors[index] = Math.Max(factors[index], times);
        }
        var indices = new List<int>();
        for (var i = 0; i < source.Count; i++)
        {
            var factor = Enumerable.Range(0, factors.Length).Where(c => statistics.Presence[i][c]).Select(c => factors[c]).DefaultIfEmpty(1)
                .Max();
            var times = (int)Math.Floor(factor);
            if (SeededRandom.ForSample(recipe.Seed ^ Stream, 0, i).NextDouble() < factor - times)
                times++;
            indices.AddRange(Enumerable.Repeat(i, times));
        }
        return new RepeatedDataset(source, [.. indices]);
    }
}
