using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Data;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Networks;
using DeepLabDsl.Reports;
using DeepLabDsl.Tools;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>report</c>: one HTML page of a run.</summary>
internal static class ReportCommand
{
    private const int ShownImages = 4;

    public static Command Create(NetworkOptions networks)
    {
        var run = new Argument<string>("run") { Description = "The run's folder." };
        var output = new Option<string?>("--out")
        {
            Description = "Takes the page; default: report.html in the run's folder.",
            HelpName = "FILE.html",
        };
        var data = new Option<string?>("--data")
        {
            Description = "The dataset's folder, where it is not the one that the run was trained on.",
            HelpName = "DIR",
        };
        var dataset = SharedOptions.Dataset();
        var split = new Option<string?>("--split")
        {
            Description = "The split to score; default: the run's validation split.",
            HelpName = "NAME",
        };
        var prediction = new PredictionArguments();
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        var command = new Command(
            "report", "Write one HTML page of a run: curves, classes, confusion, best and worst images, recipe, machine.")
        {
            run, output, data, dataset, split, device, threads,
        };
        prediction.AddTo(command);
        networks.AddTo(command);
        return command.Does(result =>
        {
            var folder = result.GetRequiredValue(run);
            var (name, facts) = ReadConfig(folder);
            var descriptor = networks.Find(result, name, facts);
            var samples = RunImages.OpenValidation(
                folder, facts, result.GetValue(data), result.GetValue(dataset), result.GetValue(split));
            var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), result.GetValue(threads));
            var weights = new WeightsSource(SharedOptions.OpenWeights(folder));
            using var built = weights.Build(descriptor, samples.Classes.Count, on);
            var normalizer = SharedOptions.Normalizer(samples.Normalizer, weights.File, descriptor);
            var predictor = new Predictor(built, prediction.Read(result, descriptor), normalizer);
            using var progress = new ProgressLine("scoring");
            var scored = Evaluator.Run(predictor, samples, progress: progress);
            progress.Dispose();
            var path = result.GetValue(output) ?? Path.Combine(folder, RunReport.FileName);
            Write(path, folder, descriptor, samples, scored, predictor);
            EvaluationPart.WriteTo(folder, descriptor, samples, scored);
            Console.WriteLine($"mIoU {Output.Percent(scored.Scores.MeanIoU)} -> {path}");
        });
    }

    /// <summary>Writes the report of a run whose best weights are scored into its folder.</summary>
    /// <returns>The page.</returns>
    public static string Write(
        string folder, NetworkDescriptor network, ISegmentationDataset samples, EvaluationResult result, Device device)
    {
        var weights = new WeightsSource(SharedOptions.OpenWeights(folder));
        using var built = weights.Build(network, samples.Classes.Count, device);
        var path = Path.Combine(folder, RunReport.FileName);
        var normalizer = SharedOptions.Normalizer(samples.Normalizer, weights.File, network);
        Write(path, folder, network, samples, result, new Predictor(built, normalizer: normalizer));
        EvaluationPart.WriteTo(folder, network, samples, result);
        return path;
    }

    /// <summary>Writes the report of a run that is scored.</summary>
    /// <param name="path">The page.</param>
    /// <param name="folder">The run.</param>
    /// <param name="network">The network.</param>
    /// <param name="samples">What was scored.</param>
    /// <param name="result">The scores.</param>
    /// <param name="predictor">Predicts the images that are shown.</param>
    public static void Write(
        string path, string folder, NetworkDescriptor network, ISegmentationDataset samples, EvaluationResult result, Predictor predictor)
    {
        var ranked = result.ImageScores.Where(s => double.IsFinite(s.MeanIoU)).OrderBy(s => s.MeanIoU).ToList();
        var count = Math.Min(ShownImages, ranked.Count / 2);
        ReportSample Show(ImageScore score)
        {
            var sample = samples.Load(score.Index);
            return new ReportSample(score, sample.Image, sample.Labels, predictor.Predict(sample));
        }
        RunReport.Write(path, new RunReportContent
        {
            Folder = folder,
            Network = network,
            Classes = samples.Classes,
            Scored = $"{samples.Split} ({result.Images} images)",
            Result = result,
            Worst = [.. Apart(ranked, count, samples.Count).Select(Show)],
            Best = [.. Apart(Enumerable.Reverse(ranked), count, samples.Count).Select(Show)],
            Drawing = NetworkDrawing.Svg(InspectCommand.Report(network, null, null)),
            Machine = Machine.Describe(),
        });
    }

    // Neighbours in a dataset are often frames of one scene: one of them says what all do.
    private static List<ImageScore> Apart(IEnumerable<ImageScore> ranked, int count, int all)
    {
        var chosen = new List<ImageScore>();
        foreach (var score in ranked)
        {
            if (chosen.Count < count && chosen.TrueForAll(c => Math.Abs(c.Index - score.Index) > all / 40))
                chosen.Add(score);
        }
        return chosen;
    }

    private static (string Network, Dictionary<string, string> Facts) ReadConfig(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return (json.RootElement.GetProperty("network").GetString()!,
                json.RootElement.GetProperty("facts").EnumerateObject().ToDictionary(f => f.Name, f => f.Value.ToString()));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserException($"{folder}: is no run: it has no config.json; name the folder that 'train --out' made");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UserException($"{path}: is damaged: {e.Message}");
        }
    }
}
