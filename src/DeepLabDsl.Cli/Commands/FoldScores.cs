using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>eval --folds</c>: scores the runs of a cross-validation, each on the fold that it has held out.</summary>
internal sealed class FoldScores
{
    private readonly List<(Fold Fold, string Folder, EvaluationResult Result)> _folds = [];
    private readonly ClassSet _classes;

    private FoldScores(ClassSet classes, EvaluationResult whole)
    {
        _classes = classes;
        Whole = whole;
    }

    /// <summary>The scores on one confusion matrix of all folds: every image once, by the network that has not seen it.</summary>
    public EvaluationResult Whole { get; }

    /// <summary>The classes.</summary>
    public ClassSet Classes => _classes;

    /// <summary>Scores runs.</summary>
    /// <param name="folders">Their folders, in any order.</param>
    /// <param name="find">Finds the network of a run.</param>
    /// <param name="options">How images are predicted.</param>
    /// <param name="open">Opens the images that a run has held out.</param>
    /// <param name="device">Where networks run.</param>
    /// <param name="progress">Is told after each image.</param>
    /// <exception cref="UserException">A folder is no run of a fold, or folds don't belong together, are doubled or missing.</exception>
    public static FoldScores Run(
        IReadOnlyList<string> folders, Func<RunConfig, NetworkDescriptor> find, Func<NetworkDescriptor, PredictionOptions> options,
        Func<string, RunConfig, SegmentationDataset> open, Device device, IProgress<ImageProgress> progress)
    {
        var runs = folders.Select(f => (Folder: f, Config: RunConfig.Read(f))).Select(r => (r.Folder, r.Config, Fold:
            RunImages.FoldOf(r.Folder, r.Config.Facts)
            ?? throw new UserException($"{r.Folder}: holds no fold out; such runs are made by 'train --fold k/n'")))
            .OrderBy(r => r.Fold.Number).ToList();
        Require(runs);
        var scored = new List<(Fold, string, EvaluationResult)>();
        EvaluationTally? all = null;
        ClassSet? classes = null;
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        var elapsed = TimeSpan.Zero;
        foreach (var (folder, config, fold) in runs)
        {
            var samples = open(folder, config);
            classes ??= samples.Classes;
            if (!samples.Classes.Names.SequenceEqual(classes.Names))
                throw new UserException($"{folder}: has other classes than {runs[0].Folder}");
            for (var i = 0; i < samples.Count; i++)
            {
                var path = samples.GetInfo(i).ImagePath!;
                if (!seen.TryAdd(path, folder) && seen[path] != folder)
                    throw new UserException($"{folder}: holds out {path}, and {seen[path]} does too: the two divide different data");
            }
            var descriptor = find(config);
            var weights = new WeightsSource(SharedOptions.OpenWeights(folder));
            using var built = weights.Build(descriptor, classes.Count, device);
            var predictor = new Predictor(
                built, options(descriptor), SharedOptions.Normalizer(samples.Normalizer, weights.File, descriptor));
            var result = Evaluator.Run(predictor, samples, progress: progress);
            scored.Add((fold, folder, result));
            elapsed += result.Elapsed;
            var own = new EvaluationTally(
                result.Confusion, result.ImageScores.Select(s => s with { Index = s.Index + (all?.Images.Count ?? 0) }), null);
            all ??= new EvaluationTally(classes.Count, null);
            all.Merge(own);
        }
        var scores = new FoldScores(classes!, all!.Finish(elapsed));
        scores._folds.AddRange(scored);
        return scores;
    }

    /// <summary>A column a fold, the mean and the spread over the folds (the sample's standard deviation).</summary>
    public void Show()
    {
        var table = Output.Table(["class", .. _folds.Select(f => $">fold {f.Fold}"), ">mean", ">spread"]);
        for (var c = 0; c < _classes.Count; c++)
            Add(_classes[c].Name, [.. _folds.Select(f => f.Result.Scores.IoU[c])]);
        Add("mIoU", [.. _folds.Select(f => f.Result.Scores.MeanIoU)]);
        Add("pixel accuracy", [.. _folds.Select(f => f.Result.Scores.PixelAccuracy)]);
        table.AddRow(["images", .. _folds.Select(f => $"{f.Result.Images}"), $"{Whole.Images}", ""]);
        AnsiConsole.Write(table);
        var (mean, spread) = MeanAndSpread([.. _folds.Select(f => f.Result.Scores.MeanIoU)]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"mIoU {Output.Percent(mean)} over {_folds.Count} folds, spread {100 * spread:0.0} points; "
            + $"on one confusion matrix of all {Whole.Images} images {Output.Percent(Whole.Scores.MeanIoU)}"));

        void Add(string name, double[] values)
        {
            var (average, deviation) = MeanAndSpread(values);
            table.AddRow([name.Cell(), .. values.Select(Output.Percent), Output.Percent(average), Points(deviation)]);
        }
    }

    /// <summary>The same as data.</summary>
    public Dictionary<string, object?> AsData()
    {
        var (mean, spread) = MeanAndSpread([.. _folds.Select(f => f.Result.Scores.MeanIoU)]);
        return new()
        {
            ["mean_iou"] = Output.Finite(mean),
            ["spread"] = Output.Finite(spread),
            ["iou"] = Enumerable.Range(0, _classes.Count).ToDictionary(c => _classes[c].Name, c =>
            {
                var (average, deviation) = MeanAndSpread([.. _folds.Select(f => f.Result.Scores.IoU[c])]);
                return new { mean = Output.Finite(average), spread = Output.Finite(deviation) };
            }),
            ["folds"] = _folds.Select(f => new
            {
                fold = f.Fold.ToString(),
                run = f.Folder,
                scores = Output.ScoresAsData(_classes, f.Result),
            }).ToArray(),
            ["all_images"] = Output.ScoresAsData(_classes, Whole),
        };
    }

    /// <summary>The mean of what is a number, and the standard deviation of the sample; NaN where there are too few.</summary>
    internal static (double Mean, double Spread) MeanAndSpread(IReadOnlyList<double> values)
    {
        var numbers = values.Where(double.IsFinite).ToList();
        var mean = numbers.DefaultIfEmpty(double.NaN).Average();
        return (mean, numbers.Count < 2
            ? double.NaN
            : Math.Sqrt(numbers.Sum(v => (v - mean) * (v - mean)) / (numbers.Count - 1)));
    }

    private static void Require(List<(string Folder, RunConfig Config, Fold Fold)> runs)
    {
        var (first, config, count) = (runs[0].Folder, runs[0].Config, runs[0].Fold.Count);
        foreach (var (folder, other, fold) in runs)
        {
            if (fold.Count != count)
                throw new UserException($"{folder}: is fold {fold}, and {first} is fold {runs[0].Fold}: they divide otherwise");
            if (other.Network != config.Network)
                throw new UserException($"{folder}: is of {other.Network}, and {first} of {config.Network}");
        }
        foreach (var twice in runs.GroupBy(r => r.Fold.Number).Where(g => g.Count() > 1))
            throw new UserException($"fold {twice.Key}/{count} is there twice: {string.Join(", ", twice.Select(r => r.Folder))}");
        var missing = Enumerable.Range(1, count).Except(runs.Select(r => r.Fold.Number)).ToList();
        if (missing.Count > 0)
        {
            throw new UserException(
                $"of {count} folds {string.Join(", ", missing.Select(m => $"{m}/{count}"))} {(missing.Count == 1 ? "is" : "are")} missing: "
                + $"train {(missing.Count == 1 ? "it" : "them")} with 'train --fold', and name the run too");
        }
    }

    private static string Points(double spread) =>
        double.IsNaN(spread) ? "-" : (100 * spread).ToString("0.0", CultureInfo.InvariantCulture);
}
