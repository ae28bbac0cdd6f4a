using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Evaluation;

namespace DeepLabDsl.Tests.Evaluation;

/// <summary>How far scores can be trusted.</summary>
public class ScoreStatisticsTests
{
    [Fact]
    public void The_interval_is_as_wide_as_the_spread_of_images_makes_it()
    {
        var random = new SeededRandom(3);
        int[] hits = [.. Enumerable.Range(0, 200).Select(_ => random.Next(20, 81))];

        var interval = ScoreStatistics.Interval(Evaluation(hits))!;

        // Of two classes one is never there: the mIoU is half the mean share of hits, and its standard error known.
        var mean = hits.Average();
        var error = Math.Sqrt(hits.Average(h => (h - mean) * (h - mean)) / hits.Length) / 200;
        Assert.Equal(mean / 200 - 1.96 * error, interval.Low, 0.1 * error);
        Assert.Equal(mean / 200 + 1.96 * error, interval.High, 0.1 * error);
        Assert.Equal((200, false), (interval.Units, interval.AreGroups));
        Assert.Equal(interval, ScoreStatistics.Interval(Evaluation(hits)));
    }

    [Fact]
    public void Groups_are_drawn_whole_where_there_are_enough_and_widen_the_interval()
    {
        // Twelve films of ten equal frames each.
        var random = new SeededRandom(4);
        int[] films = [.. Enumerable.Range(0, 12).Select(_ => random.Next(20, 81))];
        int[] hits = [.. films.SelectMany(f => Enumerable.Repeat(f, 10))];

        var images = ScoreStatistics.Interval(Evaluation(hits))!;
        var groups = ScoreStatistics.Interval(Evaluation(hits, i => $"film {i / 10}"))!;
        var few = ScoreStatistics.Interval(Evaluation(hits, i => $"film {i / 40}"))!;

        Assert.Equal((12, true), (groups.Units, groups.AreGroups));
        Assert.InRange((groups.High - groups.Low) / (images.High - images.Low), 2.5, 4);
        Assert.Equal(images, few);
    }

    [Fact]
    public void A_difference_that_every_image_shows_is_more_than_chance_and_one_that_few_show_is_not()
    {
        var random = new SeededRandom(5);
        int[] first = [.. Enumerable.Range(0, 60).Select(_ => random.Next(20, 81))];
        int[] better = [.. first.Select(h => h + 2)];
        int[] shuffled = [.. first.Select((h, i) => h + (i % 2 == 0 ? 15 : -14))];

        var clear = ScoreStatistics.Compare(Evaluation(first), Evaluation(better))!;
        var vague = ScoreStatistics.Compare(Evaluation(first), Evaluation(shuffled))!;

        // Far less than the images themselves differ, and seen in pairs all the same.
        Assert.Equal(0.01, clear.Difference, 1e-9);
        Assert.True(clear.IsMoreThanChance);
        Assert.Equal(0, clear.OtherSign);
        Assert.Equal(0.0025, vague.Difference, 1e-9);
        Assert.False(vague.IsMoreThanChance);
        Assert.InRange(vague.OtherSign, 0.2, 0.6);
        Assert.Throws<ArgumentException>(() => ScoreStatistics.Compare(Evaluation(first), Evaluation(first[1..])));
    }

    [Fact]
    public void Each_group_is_scored_on_its_own_images()
    {
        var groups = ScoreStatistics.ByGroup(Evaluation([100, 100, 50, 30], i => i < 2 ? "b" : "a"));

        // In a the second class is predicted, never rightly.
        Assert.Equal([("a", 2, 0.2, 0.4), ("b", 2, 1.0, 1.0)], groups.Select(g => (g.Group, g.Images, g.MeanIoU, g.PixelAccuracy)));
        Assert.Empty(ScoreStatistics.ByGroup(Evaluation([1, 2], i => i == 0 ? "a" : null)));
    }

    [Fact]
    public void One_image_has_no_interval() => Assert.Null(ScoreStatistics.Interval(Evaluation([50])));

    // Images of a hundred pixels of one class, some of which are predicted as the other.
    private static EvaluationResult Evaluation(IReadOnlyList<int> hits, Func<int, string?>? group = null)
    {
        var all = new ConfusionMatrix(2);
        var images = new List<ImageScore>();
        for (var i = 0; i < hits.Count; i++)
        {
            var own = new ConfusionMatrix(2);
            byte[] prediction = [.. Enumerable.Range(0, 100).Select(p => (byte)(p < hits[i] ? 0 : 1))];
            own.Add(new byte[100], prediction);
            all.Merge(own);
            images.Add(new ImageScore(i, $"image {i}", own.Score().MeanIoU, own.Score().PixelAccuracy)
            {
                Group = group?.Invoke(i),
                Counts = ImageCounts.Of(own),
            });
        }
        return new EvaluationResult(all, all.Score(), hits.Count, TimeSpan.Zero) { ImageScores = images };
    }
}
