using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Threading.Tasks;
using DeepLabDsl.Data;

namespace DeepLabDsl.Evaluation;

/// <summary>Where a score would lie with other images of the same kind.</summary>
/// <param name="Low">The lower end of the 95 % interval.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Units">How many images, or groups, were drawn from.</param>
/// <param name="AreGroups">Whether whole groups were drawn, and not images.</param>
public sealed record ScoreInterval(double Low, double High, int Units, bool AreGroups);

/// <summary>How the images of one group came out: of one film, place or the like.</summary>
/// <param name="Group">The group's name.</param>
/// <param name="Images">The number of images.</param>
/// <param name="MeanIoU">The mIoU on one confusion matrix of the group.</param>
/// <param name="PixelAccuracy">Its pixels that were predicted right.</param>
/// <param name="IoU">The IoU of each class; NaN for a class that is neither in the truth nor predicted.</param>
public sealed record GroupScore(string Group, int Images, double MeanIoU, double PixelAccuracy, IReadOnlyList<double> IoU);

/// <summary>How much of the difference of two mIoU is chance.</summary>
/// <param name="Difference">The second mIoU less the first.</param>
/// <param name="Interval">The 95 % interval of the difference.</param>
/// <param name="OtherSign">
/// The share of resamples in which the difference has the other sign or is none: small where the one network is better whichever
/// images are drawn.
/// </param>
public sealed record ScoreDifference(double Difference, ScoreInterval Interval, double OtherSign)
{
    /// <summary>Whether the interval does not hold 0.</summary>
    public bool IsMoreThanChance => Interval.Low > 0 || Interval.High < 0;
}

/// <summary>
/// How far scores can be trusted: the bootstrap (Efron and Tibshirani 1993, chapters 8 and 13). Images are drawn with replacement, as
/// many as there are, again and again; each time the mIoU is computed on the sum of their confusion matrices; the middle 95 % of these are
/// the interval. Where there are enough groups, whole groups are drawn: images of one film vary together. The draws follow from a fixed
/// seed: the same scores have the same interval, on any machine and any number of threads.
/// </summary>
public static class ScoreStatistics
{
    /// <summary>How often images are drawn.</summary>
    public const int Resamples = 2000;

    /// <summary>Fewer groups than these say nothing of how groups vary; images are drawn then.</summary>
    public const int LeastGroups = 10;

    private const ulong Seed = 20170613;
    private const double Tail = 0.025;

    /// <summary>The 95 % interval of the mIoU.</summary>
    /// <param name="result">An evaluation.</param>
    /// <returns>Null where its images were not counted one by one, or there is only one.</returns>
    public static ScoreInterval? Interval(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (Units(result.ImageScores) is not { } units)
            return null;
        var means = Draw(units.Counts.Count, units.Counts);
        return new ScoreInterval(Quantile(means, Tail), Quantile(means, 1 - Tail), units.Counts.Count, units.AreGroups);
    }

    /// <summary>Compares two evaluations of the same images: the same draws for both, so that what is hard for both cancels.</summary>
    /// <param name="first">The one.</param>
    /// <param name="second">The other.</param>
    /// <returns>Null where images were not counted one by one, or there is only one.</returns>
    /// <exception cref="ArgumentException">They are not of the same images.</exception>
    public static ScoreDifference? Compare(EvaluationResult first, EvaluationResult second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (!first.ImageScores.Select(i => i.Name).SequenceEqual(second.ImageScores.Select(i => i.Name)))
            throw new ArgumentException("The two evaluations are not of the same images.", nameof(second));
        if (Units(first.ImageScores) is not { } one || Units(second.ImageScores) is not { } other
            || one.Counts.Count != other.Counts.Count)
            return null;
        var (before, after) = (Draw(one.Counts.Count, one.Counts), Draw(one.Counts.Count, other.Counts));
        var differences = before.Zip(after, (b, a) => a - b).ToArray();
        var difference = second.Scores.MeanIoU - first.Scores.MeanIoU;
        var interval = new ScoreInterval(
            Quantile(differences, Tail), Quantile(differences, 1 - Tail), one.Counts.Count, one.AreGroups);
        return new ScoreDifference(
            difference, interval, differences.Count(d => difference >= 0 ? d <= 0 : d >= 0) / (double)differences.Length);
    }

    /// <summary>The scores of each group, in the order of the names; empty where not every image has a group.</summary>
    /// <param name="result">An evaluation.</param>
    public static IReadOnlyList<GroupScore> ByGroup(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.ImageScores.Count == 0 || result.ImageScores.Any(i => i.Group is null || i.Counts is null))
            return [];
        return [.. result.ImageScores.GroupBy(i => i.Group!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g =>
            {
                var sum = ImageCounts.Sum([.. g.Select(i => i.Counts!)]);
                return new GroupScore(g.Key, g.Count(), sum.MeanIoU, sum.PixelAccuracy, sum.IoU);
            })];
    }

    private static (IReadOnlyList<ImageCounts> Counts, bool AreGroups)? Units(IReadOnlyList<ImageScore> images)
    {
        if (images.Count < 2 || images.Any(i => i.Counts is null))
            return null;
        var groups = images.All(i => i.Group is not null)
            ? images.GroupBy(i => i.Group!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).ToList()
            : [];
        return groups.Count >= LeastGroups
            ? ([.. groups.Select(g => ImageCounts.Sum([.. g.Select(i => i.Counts!)]))], true)
            : ([.. images.Select(i => i.Counts!)], false);
    }

    // The mIoU of each resample. Which units it takes depends on its number and the number of units alone.
    private static double[] Draw(int count, IReadOnlyList<ImageCounts> units)
    {
        var classes = units[0].Hits.Count;
        var rows = units.Select(u => (double[])[.. u.Hits.Concat(u.Truth).Concat(u.Predicted).Select(v => (double)v)]).ToArray();
        var means = new double[Resamples];
        Parallel.For(
            0, Resamples, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => (Times: new int[count], Sum: new double[3 * classes]),
            (r, _, work) =>
            {
                Array.Clear(work.Times);
                Array.Clear(work.Sum);
                var random = SeededRandom.ForSample(Seed, 0, r);
                for (var i = 0; i < count; i++)
                    work.Times[random.Next(0, count)]++;
                for (var i = 0; i < count; i++)
                {
                    if (work.Times[i] > 0)
                        Add(work.Sum, rows[i], work.Times[i]);
                }
                means[r] = MeanIoU(work.Sum, classes);
                return work;
            },
            _ => { });
        return means;
    }

    // Whole numbers far below 2^53: nothing is rounded, in whatever order they are added.
    private static void Add(double[] sum, double[] row, double times)
    {
        var c = 0;
        for (; c <= sum.Length - Vector<double>.Count; c += Vector<double>.Count)
            (new Vector<double>(sum, c) + times * new Vector<double>(row, c)).CopyTo(sum, c);
        for (; c < sum.Length; c++)
            sum[c] += times * row[c];
    }

    private static double MeanIoU(double[] sums, int classes)
    {
        var (total, defined) = (0.0, 0);
        for (var c = 0; c < classes; c++)
        {
            var union = sums[classes + c] + sums[2 * classes + c] - sums[c];
            if (union <= 0)
                continue;
            total += sums[c] / union;
            defined++;
        }
        return total / defined;
    }

    private static double Quantile(double[] values, double part)
    {
        var sorted = values.Where(double.IsFinite).Order().ToArray();
        if (sorted.Length == 0)
            return double.NaN;
        var at = part * (sorted.Length - 1);
        var low = (int)at;
        return sorted[low] + (at - low) * (sorted[Math.Min(low + 1, sorted.Length - 1)] - sorted[low]);
    }
}
