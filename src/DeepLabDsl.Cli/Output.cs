using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Evaluation;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using Spectre.Console;

namespace DeepLabDsl.Cli;

/// <summary>How results are shown.</summary>
internal static class Output
{
    public static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>A plain table; a head that begins with <c>&gt;</c> is of numbers, to the right.</summary>
    public static Table Table(params string[] heads)
    {
        // A pipe has no width: lines are as long as they need to be.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 200;
        var table = new Table().Border(TableBorder.Simple);
        foreach (var head in heads)
        {
            var column = new TableColumn(head.TrimStart('>'));
            table.AddColumn(head.StartsWith('>') ? column.RightAligned() : column);
        }
        return table;
    }

    /// <summary>A text as a cell of a table: what it holds is neither markup nor anything that acts on a terminal.</summary>
    public static string Cell(this string text) => VisibleText.Of(text).EscapeMarkup();

    /// <summary>A number of things: "1 epoch", "2 epochs".</summary>
    public static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    public static string Millions(long count) => (count / 1e6).ToString("0.00", CultureInfo.InvariantCulture) + " M";

    public static string Giga(long count) => (count / 1e9).ToString("0.00", CultureInfo.InvariantCulture);

    public static string Percent(double share) =>
        double.IsNaN(share) ? "-" : (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    /// <summary>The classes' scores and their means.</summary>
    public static void Scores(ClassSet classes, EvaluationResult result)
    {
        var table = Table("class", ">IoU", ">accuracy", ">pixels");
        var scores = result.Scores;
        for (var c = 0; c < classes.Count; c++)
        {
            table.AddRow(
                classes[c].Name.Cell(), Percent(scores.IoU[c]), Percent(scores.ClassAccuracy[c]),
                scores.TruthPixels[c].ToString("N0", CultureInfo.InvariantCulture));
        }
        AnsiConsole.Write(table);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"mIoU {Percent(scores.MeanIoU)}, pixel accuracy {Percent(scores.PixelAccuracy)}, mean accuracy "
            + $"{Percent(scores.MeanAccuracy)}, frequency-weighted IoU {Percent(scores.FrequencyWeightedIoU)}"));
        if (ScoreStatistics.Interval(result) is { } interval)
            Console.WriteLine($"95 % interval of mIoU: {Describe(interval, scores.MeanIoU)}");
        Groups(result);
        if (CollapseCheck.Describe(scores, classes) is { } warning)
            Console.WriteLine($"warning: {warning}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Images} images in {result.Elapsed.TotalSeconds:0.0} s ({result.Images / result.Elapsed.TotalSeconds:0.0} images/s)"));
    }

    /// <summary>An interval in words.</summary>
    public static string Describe(ScoreInterval interval, double score) => string.Create(CultureInfo.InvariantCulture,
        $"{Percent(interval.Low)} to {Percent(interval.High)} (-{100 * (score - interval.Low):0.0}, +{100 * (interval.High - score):0.0} "
        + $"points; {Drawn(interval)})");

    /// <summary>What an interval was drawn from, in words.</summary>
    public static string Drawn(ScoreInterval interval) => string.Create(CultureInfo.InvariantCulture,
        $"{ScoreStatistics.Resamples} draws of {interval.Units} {(interval.AreGroups ? "groups" : "images")}");

    /// <summary>The scores of each group, where there are several.</summary>
    private static void Groups(EvaluationResult result)
    {
        var groups = ScoreStatistics.ByGroup(result);
        if (groups.Count == 0)
            return;
        const int Shown = 30;
        var table = Table("group", ">images", ">mIoU", ">pixel accuracy");
        // Of many groups, those that came out worst.
        foreach (var group in groups.Count > Shown ? groups.OrderBy(g => g.MeanIoU).Take(Shown) : groups)
            table.AddRow(group.Group.Cell(), $"{group.Images}", Percent(group.MeanIoU), Percent(group.PixelAccuracy));
        AnsiConsole.Write(table);
        if (groups.Count > Shown)
            Console.WriteLine($"the {Shown} lowest of {groups.Count} groups; --json lists all");
        if (groups.Count < ScoreStatistics.LeastGroups)
        {
            Console.WriteLine(
                $"{Count(groups.Count, "group")}: too few to say how groups vary. Images of one group are alike, so on another group the "
                + "score may lie far outside the interval");
        }
    }

    /// <summary>The same as data.</summary>
    public static Dictionary<string, object?> ScoresAsData(ClassSet classes, EvaluationResult result)
    {
        var scores = result.Scores;
        return new()
        {
            ["mean_iou"] = Finite(scores.MeanIoU),
            ["pixel_accuracy"] = Finite(scores.PixelAccuracy),
            ["mean_accuracy"] = Finite(scores.MeanAccuracy),
            ["frequency_weighted_iou"] = Finite(scores.FrequencyWeightedIoU),
            ["iou"] = classes.Names.Zip(scores.IoU).ToDictionary(c => c.First, c => Finite(c.Second)),
            ["accuracy"] = classes.Names.Zip(scores.ClassAccuracy).ToDictionary(c => c.First, c => Finite(c.Second)),
            ["confusion"] = Enumerable.Range(0, classes.Count)
                .Select(t => Enumerable.Range(0, classes.Count).Select(p => result.Confusion[t, p]).ToArray()).ToArray(),
            ["mean_iou_interval"] = ScoreStatistics.Interval(result) is { } interval
                ? new { interval.Low, interval.High, interval.Units, of = interval.AreGroups ? "groups" : "images" }
                : null,
            ["per_group"] = ScoreStatistics.ByGroup(result).Select(g => new
            {
                g.Group,
                g.Images,
                mean_iou = Finite(g.MeanIoU),
                pixel_accuracy = Finite(g.PixelAccuracy),
                iou = classes.Names.Zip(g.IoU).ToDictionary(c => c.First, c => Finite(c.Second)),
            }).ToArray(),
            ["warning"] = CollapseCheck.Describe(scores, classes),
            ["per_image"] = result.ImageScores
                .Select(i => new { i.Name, mean_iou = Finite(i.MeanIoU), pixel_accuracy = Finite(i.PixelAccuracy) }).ToArray(),
            ["images"] = result.Images,
            ["seconds"] = Math.Round(result.Elapsed.TotalSeconds, 3),
        };
    }

    /// <summary>JSON has no NaN: a score of nothing is null.</summary>
    public static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
