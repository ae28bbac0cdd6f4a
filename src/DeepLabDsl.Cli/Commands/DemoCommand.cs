using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Rendering;
using DeepLabDsl.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Commands;

/// <summary>
/// <c>demo</c>: from nothing to masks worth looking at, without a download. It fine-tunes for so many steps, whatever the machine, so
/// that the result is everywhere the same; only the time differs.
/// </summary>
internal static class DemoCommand
{
    private const string Network = "demo";
    private const int TrainScenes = 240;
    private const int ValidationScenes = 48;
    private const int ShownScenes = 5;
    private const string Seed = "1";
    private const string SheetName = "demo.png";

    /// <summary>What it starts from; docs/demo.md says how it was made.</summary>
    public static string PretrainedWeights => Path.Combine(AppContext.BaseDirectory, "Demo", "by-day.safetensors");

    public static Command Create()
    {
        var folder = CommandOptions.TextOr("--out", "demo-out", "Takes the run and the pictures.", "DIR");
        var iterations = CommandOptions.Count("--iterations", "How many steps it trains; default: the spec's.", "N");
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        return new Command("demo", "Draw small scenes, fine-tune a small network on them, score it and draw its masks; no data needed.")
        {
            folder, iterations, device, threads, Scenes(),
        }.Returns(result =>
        {
            var descriptor = NetworkSet.Zoo.Find(Network);
            var given = new Dictionary<string, string> { ["seed"] = Seed };
            if (result.GetValue(iterations) is { } count)
                given["iterations"] = count.ToString(CultureInfo.InvariantCulture);
            var recipe = RecipeOptions.Effective(descriptor, given);
            var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), result.GetValue(threads));
            return Run(descriptor, recipe, on, result.GetRequiredValue(folder));
        });
    }

    private static int Run(NetworkDescriptor descriptor, EffectiveRecipe recipe, Device device, string folder)
    {
        // A demo is run again and again: its own folder may be overwritten, any other not.
        var isOwn = File.Exists(Path.Combine(folder, SheetName));
        if (!isOwn && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new UserException($"{folder}: holds something that is not a demo's; name another folder with --out");

        Console.WriteLine(
            $"drawing {TrainScenes} scenes to learn from and {ValidationScenes} to be scored on: "
            + "by day, in the evening, under clouds, at dusk");
        var train = DemoScenes.CreateDataset("train", TrainScenes);
        var validation = DemoScenes.CreateDataset("val", ValidationScenes);
        var weights = new WeightsSource(SharedOptions.OpenWeights(PretrainedWeights));
        Console.WriteLine(
            "starting from weights that were pretrained on scenes of other seeds, by day alone; now it learns the other hours");
        var (before, earlier) = Score(descriptor, weights, validation, device);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"before: mIoU {Output.Percent(before.Scores.MeanIoU)}; {recipe.Recipe.Iterations} steps follow, the same on every machine"));

        var facts = new Dictionary<string, string> { ["data"] = "drawn scenes", ["weights"] = PretrainedWeights };
        using var signals = new StopSignals();
        var end = TrainCommand.Train(descriptor, train, validation, recipe, device, folder, isOwn, weights, facts, signals);
        if (end.Result.WasStopped)
        {
            Console.WriteLine($"stopped after {Output.Count(end.Result.Iterations, "step")}; 'demo' begins anew");
            return end.ExitCode;
        }
        var after = end.Result.Best!.Result;
        Compare(validation.Classes, before.Scores, after.Scores);
        Draw(descriptor, validation, earlier, device, folder);
        TellWhatNext(folder, ReportCommand.Write(folder, descriptor, validation, after, device));
        return 0;
    }

    /// <summary>The scores of the weights that it starts from, and their masks of the scenes that are shown.</summary>
    private static (EvaluationResult Scores, IReadOnlyList<LabelMap> Shown) Score(
        NetworkDescriptor descriptor, WeightsSource weights, InMemoryDataset validation, Device device)
    {
        using var network = weights.Build(descriptor, validation.Classes.Count, device);
        var predictor = new Predictor(network);
        using var progress = new ProgressLine("scoring");
        var scores = Evaluator.Run(predictor, validation, progress: progress);
        return (scores, [.. Enumerable.Range(0, ShownScenes).Select(i => predictor.Predict(validation.Load(i).Image))]);
    }

    private static void Compare(ClassSet classes, SegmentationScores before, SegmentationScores after)
    {
        var table = Output.Table("class", ">IoU before", ">after");
        for (var c = 0; c < classes.Count; c++)
            table.AddRow(classes[c].Name.Cell(), Output.Percent(before.IoU[c]), Output.Percent(after.IoU[c]));
        table.AddRow("mean (mIoU)", Output.Percent(before.MeanIoU), Output.Percent(after.MeanIoU));
        AnsiConsole.Write(table);
    }

    private static void Draw(
        NetworkDescriptor descriptor, InMemoryDataset validation, IReadOnlyList<LabelMap> earlier, Device device, string folder)
    {
        using var network = new WeightsSource(SharedOptions.OpenWeights(folder)).Build(descriptor, null, device);
        var predictor = new Predictor(network);
        var sheet = new ContactSheet(validation.Classes, "DeepLabDsl demo: scenes that the network has not seen") { TileWidth = 256 };
        for (var i = 0; i < ShownScenes; i++)
        {
            var sample = validation.Load(i);
            var labels = predictor.Predict(sample.Image);
            sheet.Add(sample.Name, sample.Image, sample.Labels, labels, earlier[i]);
            var name = Path.Combine(folder, $"scene{i}");
            ImageFile.WritePng(name + ".png", sample.Image);
            ImageFile.WritePng(name + "_mask.png", MaskRenderer.Colorize(labels, validation.Classes));
            ImageFile.WritePng(name + "_overlay.png", MaskRenderer.Overlay(sample.Image, labels, validation.Classes));
        }
        sheet.Write(Path.Combine(folder, SheetName));
    }

    private static void TellWhatNext(string folder, string report)
    {
        Console.WriteLine(
            $"look at {Path.Combine(folder, SheetName)}: scenes that the network has not seen, their truth, its masks before and after");
        Console.WriteLine($"""

            what next, each behind '{ThisProgram.Start}':
              the run             {folder}: weights, recipe, log; {report} shows its curves, its best and worst scenes
              a picture of yours  predict {Network} --weights {folder} --out masks PICTURE.jpg   (it knows drawn scenes alone)
              data of yours       train deeplabv3-mobilenet-v2 --data DIR --out runs/first       (docs/data.md, docs/training.md)
              a project of yours  docs/language.md: your own networks, compiled into your own classes
            """);
    }

    private static Command Scenes()
    {
        var folder = CommandOptions.RequiredText("--out", "Takes the scenes.", "DIR");
        var train = CommandOptions.CountOr("--train", TrainScenes, "Scenes to learn from.", "N");
        var validation = CommandOptions.CountOr("--val", ValidationScenes, "Scenes to score on.", "N");
        var seed = CommandOptions.CountOr("--seed", 0, "Decides everything in them; 0: the demo's.", "N");
        var hours = CommandOptions.Word<DemoHours>("--hours", "When they are seen: at all hours (the default), or by day alone.");
        return new Command("scenes", "Only draw scenes, with their truth, into a folder that train and eval take by --data.")
        {
            folder, train, validation, seed, hours,
        }.Does(result =>
        {
            foreach (var count in new[] { train, validation })
            {
                if (result.GetValue(count) < 1)
                    throw new UserException($"{count.Name} must be 1 or more");
            }
            if (result.GetValue(seed) < 0)
                throw new UserException("--seed must be 0 or more");
            InMemoryDataset Split(string name, Option<int> count) =>
                DemoScenes.CreateDataset(
                    name, result.GetValue(count), (ulong)result.GetValue(seed), hours: result.GetValue(hours) ?? DemoHours.All);
            var target = result.GetRequiredValue(folder);
            if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
                throw new UserException($"{target}: holds something already; name another folder with --out");
            DemoScenes.Write(target, [Split("train", train), Split("val", validation)]);
            Console.WriteLine($"{result.GetValue(train)} scenes to learn from, {result.GetValue(validation)} to be scored on -> {target}");
        });
    }
}
