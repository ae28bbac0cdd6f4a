using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Data;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using Spectre.Console;

namespace DeepLabDsl.Cli.Commands;

/// <summary>
/// <c>dataset check</c>: what is in a dataset's folder and what is wrong with it; <c>dataset list</c>: the shipped definitions.
/// </summary>
internal static class DatasetCommand
{
    private const int ShownProblems = 40;

    public static Command Create() => new("dataset", "Look at datasets before training on them.") { Check(), List() };

    private static Command List() =>
        new Command("list", "The dataset definitions that come with the library.").Does(_ =>
        {
            var table = Output.Table("dataset", ">classes", "images", "labels");
            foreach (var definition in DatasetDefinition.Shipped.Select(n => DatasetDefinition.Find(".", n)))
            {
                table.AddRow(
                    definition.Name, $"{definition.Classes.Count}", definition.Images[0].Text.Cell(), definition.Labels.Text.Cell());
            }
            AnsiConsole.Write(table);
        });

    private static Command Check()
    {
        var folder = new Argument<string>("dir") { Description = "The dataset's folder." };
        var dataset = SharedOptions.Dataset();
        var sheet = new Option<string>("--sheet")
        {
            Description = "Takes a picture of images with their labels.",
            DefaultValueFactory = _ => "dataset-check.png",
            HelpName = "FILE.png",
        };
        var relatives = new Option<string>("--leakage-sheet")
        {
            Description = "Takes a picture of images beside their close relatives in other splits, where there are any.",
            DefaultValueFactory = _ => "dataset-leakage.png",
            HelpName = "FILE.png",
        };
        var json = CommandOptions.Flag(
            "--json", "Print JSON; pictures are drawn only where --sheet and --leakage-sheet ask for them.");
        var command = new Command(
            "check",
            "Read every file of a dataset: splits, sizes, classes, what splits know of one another, and whatever is wrong, by name. "
            + "Exit code 1 where something is.")
        {
            folder, dataset, sheet, relatives, json,
        };
        command.SetAction(result =>
        {
            var isData = result.GetValue(json);
            using var progress = new ProgressLine(isData ? null : "reading");
            var report = DatasetCheck.Run(result.GetRequiredValue(folder), result.GetValue(dataset), progress);
            progress.Dispose();
            var wantsSheet = !isData || result.GetResult(sheet) is { Implicit: false };
            var drawn = wantsSheet ? DatasetCheck.DrawSheet(report) : null;
            if (drawn is not null)
                ImageFile.WritePng(result.GetRequiredValue(sheet), drawn);
            var wantsRelatives = !isData || result.GetResult(relatives) is { Implicit: false };
            var pairs = wantsRelatives ? DatasetCheck.DrawRelatives(report) : null;
            if (pairs is not null)
                ImageFile.WritePng(result.GetRequiredValue(relatives), pairs);
            if (isData)
            {
                Console.WriteLine(JsonSerializer.Serialize(AsData(report), Output.Json));
            }
            else
            {
                List<string> drawings = [.. drawn is null ? [] : new[] { result.GetRequiredValue(sheet) },
                    .. pairs is null ? [] : new[] { result.GetRequiredValue(relatives) }];
                Show(report, drawings.Count == 0 ? null : string.Join(" and ", drawings));
            }
            return report.IsUsable ? 0 : 1;
        });
        return command;
    }

    private static void Show(DatasetReport report, string? sheet)
    {
        var classes = report.Definition.Classes;
        Console.WriteLine(
            $"{report.Definition.Name} in {report.Directory}: {classes.Count} classes; {report.Definition.Images[0]} with "
            + $"{report.Definition.Labels}");
        if (report.Splits.Count > 0)
        {
            Console.WriteLine(
                $"splits: {string.Join(", ", report.Splits.Select(s => $"{s.Name} {s.Images}"))}"
                + (report.ImagesInNoSplit > 0 ? $"; {report.ImagesInNoSplit} images are in none" : ""));
        }
        if (report.Splits.Any(s => s.Images > 0))
            ShowContent(report, classes);
        if (report.UnknownLabels.Count > 0)
        {
            var frequent = report.UnknownLabels.OrderByDescending(u => u.Value).Take(20).Select(u => $"{u.Key} ({u.Value} pixels)");
            Console.WriteLine($"labels that mean nothing: {string.Join(", ", frequent)}{(report.UnknownLabels.Count > 20 ? ", ..." : "")}");
        }
        foreach (var split in report.Splits.Where(s => s.Groups is not null))
            Console.WriteLine(DescribeGroups(split));
        foreach (var problem in report.Problems.Take(ShownProblems))
            Console.WriteLine($"{(problem.IsError ? "error" : "warning")}: {problem.Message}");
        if (report.Problems.Count > ShownProblems)
            Console.WriteLine($"... and {report.Problems.Count - ShownProblems} more; --json lists all");
        var errors = report.Problems.Count(p => p.IsError);
        Console.WriteLine(
            $"{Number(errors, "error")}, {Number(report.Problems.Count - errors, "warning")}{(sheet is null ? "" : $"; look at {sheet}")}");
    }

    private static void ShowContent(DatasetReport report, ClassSet classes)
    {
        Console.WriteLine(
            $"sizes: {string.Join(", ", report.Sizes.Take(5).Select(s => $"{s.Key.Width}x{s.Key.Height} ({s.Value})"))}"
            + (report.Sizes.Count > 5 ? $" and {report.Sizes.Count - 5} more" : ""));
        if (report.Mean.Count > 0)
            Console.WriteLine($"mean {Numbers(report.Mean)}, std {Numbers(report.Std)} (scale 0 to 1)");

        if (report.OrientedImages > 0)
        {
            Console.WriteLine(
                $"orientation: {Output.Count(report.OrientedImages, "image")} with EXIF's, "
                + $"{(report.Definition.Orientation == PictureOrientation.Apply ? "read as viewers show them" : "read as stored")}");
        }

        var table = Output.Table(["class", .. report.Splits.SelectMany(s => new[] { $">{s.Name}", ">images" }), ">weight"]);
        var weights = report.MedianFrequencyWeights;
        for (var c = 0; c < classes.Count; c++)
        {
            table.AddRow([
                classes[c].Name.Cell(),
                .. report.Splits.SelectMany(s => new[] { Share(s.ClassPixels[c], s.LabelledPixels), $"{s.ImagesWithClass[c]}" }),
                double.IsFinite(weights[c]) ? weights[c].ToString("0.###", CultureInfo.InvariantCulture) : "-"]);
        }
        table.AddRow(
            [report.Definition.Coding.IsVoidDefault ? "void (255, as none is stated)" : "void",
            .. report.Splits.SelectMany(s => new[] { Share(s.VoidPixels, s.LabelledPixels + s.VoidPixels), "" }), ""]);
        AnsiConsole.Write(table);
        Console.WriteLine(
            "shares are of the labelled pixels (void, the ignore index: of all); weight: median frequency over frequency, "
            + "for a loss that hears rare classes");
    }

    private static string DescribeGroups(SplitReport split)
    {
        var names = split.Groups!.Take(8).Select(g => $"{VisibleText.Of(g.Key)} ({g.Value})");
        var text = $"groups of {split.Name}: {string.Join(", ", names)}{(split.Groups!.Count > 8 ? ", ..." : "")}";
        return split.AskedShare is { } asked
            ? string.Create(CultureInfo.InvariantCulture,
                $"{text}; {100 * split.ShareOfAll:0.0} % of all images, and {100 * asked:0.#} % were asked for: groups stay whole")
            : text;
    }

    private static string Number(int count, string what) => count switch { 0 => $"no {what}s", 1 => $"1 {what}", _ => $"{count} {what}s" };

    private static string Numbers(IEnumerable<double> values) =>
        $"[{string.Join(", ", values.Select(v => v.ToString("0.###", CultureInfo.InvariantCulture)))}]";

    private static string Share(long part, long all) =>
        all == 0 ? "-" : (100.0 * part / all).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    private static Dictionary<string, object?> AsData(DatasetReport report)
    {
        var names = report.Definition.Classes.Names.ToArray();
        return new()
        {
            ["dataset"] = report.Definition.Name,
            ["usable"] = report.IsUsable,
            ["classes"] = names,
            ["splits"] = report.Splits.ToDictionary(s => s.Name, s => new Dictionary<string, object>
            {
                ["images"] = s.Images,
                ["groups"] = s.Groups ?? new Dictionary<string, int>(),
                ["pixels"] = names.Zip(s.ClassPixels).ToDictionary(p => p.First, p => p.Second),
                ["void_pixels"] = s.VoidPixels,
                ["images_with"] = names.Zip(s.ImagesWithClass).ToDictionary(p => p.First, p => p.Second),
            }),
            ["images_with_orientation"] = report.OrientedImages,
            ["images_in_no_split"] = report.ImagesInNoSplit,
            ["sizes"] = report.Sizes.Select(s => new[] { s.Key.Width, s.Key.Height, s.Value }).ToArray(),
            ["mean"] = report.Mean.Select(Finite).ToArray(),
            ["std"] = report.Std.Select(Finite).ToArray(),
            ["class_weights"] = names.Zip(report.MedianFrequencyWeights).ToDictionary(p => p.First, p => Finite(p.Second)),
            ["unknown_labels"] = report.UnknownLabels,
            ["compared_images"] = report.ComparedImages,
            ["leakage"] = report.Leakage.Select(l => new Dictionary<string, object>
            {
                ["split"] = l.Split,
                ["source"] = l.Source,
                ["images"] = l.Images,
                ["images_with_relative"] = l.Relations.Count,
                ["shared_groups"] = l.SharedGroups,
                ["images_of_shared_groups"] = l.ImagesOfSharedGroups,
                ["relatives"] = l.Relations.Select(r => new Dictionary<string, object>
                {
                    ["image"] = r.Image,
                    ["relative"] = r.Relative,
                    ["kind"] = r.Kinship.ToString().ToLowerInvariant(),
                    ["places"] = r.Places,
                    ["share"] = Math.Round(r.Share, 3),
                }).ToArray(),
            }).ToArray(),
            ["problems"] = report.Problems.Select(p => new Dictionary<string, object>
            {
                ["severity"] = p.IsError ? "error" : "warning",
                ["kind"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Fault.ToString()),
                ["message"] = p.Message,
                ["files"] = p.Files,
            }).ToArray(),
        };
    }

    private static double? Finite(double value) => double.IsFinite(value) ? Math.Round(value, 6) : null;
}
