using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Reports;
using Spectre.Console;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>compare</c>: several runs side by side.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("run")
        {
            Description = "The folders of two or more runs, or files that 'eval --out' wrote.",
            Arity = new ArgumentArity(2, 100),
        };
        var output = new Option<string?>("--out")
        {
            Description = "Takes a page with the table and a chart of the courses; of runs.",
            HelpName = "FILE.html",
        };
        var json = CommandOptions.Flag("--json", "Print JSON.");
        return new Command(
            "compare",
            "Compare runs: what they came to, what differs in their recipes, and whether a difference is more than chance; with --out "
            + "their courses in one chart.")
        {
            runs, output, json,
        }
            .Does(result =>
            {
                var names = result.GetRequiredValue(runs);
                if (names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
                    throw new UserException($"{twice.Key} is named twice; name two different ones");
                // A file is the scores alone: there is no course and no recipe.
                var comparison = names.Any(File.Exists) ? null : RunComparison.Read(names);
                var shown = comparison?.Names ?? names;
                if (result.GetValue(output) is { } path)
                    (comparison ?? throw new UserException("--out draws the courses of runs; name folders of runs alone")).Write(path);
                var differences = Differences(names, shown);
                if (result.GetValue(json))
                {
                    var data = shown.Select((name, i) =>
                        (name, comparison?.Rows.ToDictionary(r => r.Name, r => (object?)r.Values[i]) ?? []))
                        .ToDictionary(r => r.name, r => r.Item2);
                    foreach (var (name, _, difference) in differences)
                        data[name]["difference"] = difference is null ? null : AsData(shown[0], difference);
                    Console.WriteLine(JsonSerializer.Serialize(data, Output.Json));
                    return;
                }
                if (comparison is not null)
                {
                    var table = Output.Table(["", .. comparison.Names.Select(n => ">" + n)]);
                    foreach (var (name, values) in comparison.Rows)
                        table.AddRow([name.Cell(), .. values.Select(v => v.Cell())]);
                    AnsiConsole.Write(table);
                }
                foreach (var (_, text, _) in differences)
                    Console.WriteLine(text);
                if (result.GetValue(output) is { } written)
                    Console.WriteLine($"look at {written}");
            });
    }

    // Each run against the first one, where both were scored image by image on the same images.
    private static List<(string Name, string Text, ScoreDifference? Difference)> Differences(
        IReadOnlyList<string> paths, IReadOnlyList<string> names)
    {
        var scores = paths.Select(p => File.Exists(p)
            ? EvaluationPart.ReadWhole(p)
            : Path.Combine(p, EvaluationPart.ScoresName) is var kept && File.Exists(kept)
                ? EvaluationPart.ReadWhole(kept)
                : ((EvaluationPart Part, EvaluationResult Result)?)null).ToList();
        var differences = new List<(string, string, ScoreDifference?)>();
        for (var i = 1; i < paths.Count; i++)
        {
            var unscored = scores[0] is null ? names[0] : scores[i] is null ? names[i] : null;
            if (unscored is not null || scores[0] is not { } first || scores[i] is not { } second)
            {
                differences.Add((
                    names[i],
                    $"{names[0]} and {names[i]}: {unscored} has no {EvaluationPart.ScoresName}, so whether they differ by chance is not "
                    + $"known; 'report {unscored}' writes it", null));
            }
            else if (!first.Part.Classes.SequenceEqual(second.Part.Classes)
                || first.Part.Question.GetValueOrDefault("image list") != second.Part.Question.GetValueOrDefault("image list")
                || !first.Result.ImageScores.Select(s => s.Name).SequenceEqual(second.Result.ImageScores.Select(s => s.Name)))
            {
                differences.Add((
                    names[i],
                    $"{names[0]} and {names[i]}: were scored on other images or classes: their scores can't be compared image by image",
                    null));
            }
            else
            {
                var difference = ScoreStatistics.Compare(first.Result, second.Result);
                differences.Add((
                    names[i],
                    difference is null
                        ? $"{names[0]} and {names[i]}: their images were not counted one by one; score them with 'eval --out' or 'report'"
                        : Describe(names[0], names[i], first.Result, second.Result, difference),
                    difference));
            }
        }
        return differences;
    }

    private static string Describe(
        string first, string second, EvaluationResult before, EvaluationResult after, ScoreDifference difference) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{second} less {first}: mIoU {100 * difference.Difference:+0.0;-0.0;0.0} points "
            + $"({Output.Percent(before.Scores.MeanIoU)}, {Output.Percent(after.Scores.MeanIoU)}), 95 % interval "
            + $"{100 * difference.Interval.Low:+0.0;-0.0;0.0} to {100 * difference.Interval.High:+0.0;-0.0;0.0} "
            + $"({Output.Drawn(difference.Interval)}, the same for both): ")
        + (difference.IsMoreThanChance ? "more than the choice of images explains" : "the choice of images alone may explain it");

    private static Dictionary<string, object?> AsData(string first, ScoreDifference difference) => new()
    {
        ["to"] = first,
        ["mean_iou"] = Output.Finite(difference.Difference),
        ["low"] = Output.Finite(difference.Interval.Low),
        ["high"] = Output.Finite(difference.Interval.High),
        ["units"] = difference.Interval.Units,
        ["of"] = difference.Interval.AreGroups ? "groups" : "images",
        ["other_sign"] = difference.OtherSign,
        ["more_than_chance"] = difference.IsMoreThanChance,
    };
}
