using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Crf;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.IO;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>eval</c>: scores weights on a dataset.</summary>
internal static class EvalCommand
{
    public static Command Create(NetworkOptions networks)
    {
        var network = new Argument<string?>("network")
        {
            Description = SharedOptions.NetworkOrModel().Description,
            Arity = ArgumentArity.ZeroOrOne,
        };
        var weights = new WeightsOptions();
        var data = SharedOptions.Data();
        data.Required = false;
        var dataset = SharedOptions.Dataset();
        var split = new Option<string>("--split")
        {
            Description = "The split to score on.",
            DefaultValueFactory = _ => "val",
            HelpName = "NAME",
        };
        var prediction = new PredictionArguments();
        var print = CommandOptions.Flag(
            "--print-config", "Print how images are predicted and where each value comes from, and do nothing.");
        var json = CommandOptions.Flag("--json", "Print JSON, with the confusion matrix and each image's score.");
        var refine = new CrfArguments("Score a dense CRF on top of the network too.");
        var boundaries = CommandOptions.Word<BoundarySource>(
            "--boundaries",
            "Score near boundaries too: mIoU in bands of 1 to 40 pixels, F of outlines. Bands are measured from void pixels (VOC's "
            + "trimap) or from edges of classes.");
        var plot = new Option<string?>("--trimap-plot")
        {
            Description = "With --boundaries: draws mIoU against the width of the band.",
            HelpName = "FILE.svg",
        };
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        var engine = PredictionEngine.Option();
        var shard = SharedOptions.Shard("Score every n-th image only, from the i-th on, and write its counts to --out.");
        var target = new Option<string?>("--out")
        {
            Description = "Takes what was counted, of every image: for 'compare', and of a shard for --merge.",
            HelpName = "FILE.json",
        };
        var merge = CommandOptions.Texts(
            "--merge", "Score nothing: add up the counts of all shards, exactly. Missing, doubled and foreign ones are named.",
            "PART.json");
        var folds = CommandOptions.Texts(
            "--folds",
            "Cross-validation: scores the runs of 'train --fold k/n', each on the fold that it has held out; mean and spread of each "
            + "class.",
            "RUN");
        var command = new Command("eval", "Score weights on a dataset: IoU of each class, mIoU, accuracies.")
        {
            network, weights.File, weights.NameMap, weights.Partial, weights.Entry, data, dataset, split, boundaries, plot, print, json,
            engine, device, threads, shard, target, merge, folds,
        };
        prediction.AddTo(command);
        refine.AddTo(command);
        networks.AddTo(command);
        return command.Does(result =>
        {
            if (result.GetValue(merge) is { Length: > 0 } files)
            {
                if (result.GetValue(network) is not null || result.GetValue(data) is not null || result.GetValue(shard) is not null)
                    throw new UserException("--merge reads what shards have counted; leave out the network, --data and --shard");
                var parts = files.Select(f => (Path: f, Part: EvaluationPart.Read(f))).ToList();
                Finish(Named(parts[0].Part), EvaluationPart.Merge(parts), null, result.GetValue(json), result.GetValue(plot));
                return;
            }
            if (result.GetValue(folds) is { Length: > 0 } runs)
            {
                Option[] foreign = [weights.File, weights.NameMap, weights.Partial, weights.Entry, split, boundaries, plot, print, engine,
                    shard];
                if (result.GetValue(network) is not null || foreign.Any(o => result.GetResult(o) is { Implicit: false }))
                {
                    throw new UserException(
                        "--folds takes networks, weights and splits from the runs; beside it there are --data, --dataset, --scales, "
                        + "--flip, --window, --device, --threads, --json and --out");
                }
                ScoreFolds(result, runs);
                return;
            }
            var name = result.GetValue(network)
                ?? throw new UserException("name a network ('list' shows them), or --merge PART.json ..., or --folds RUN ...");
            if (result.GetValue(print))
            {
                prediction.Print(result, networks.Find(result, name));
                return;
            }
            var descriptor = PredictionEngine.IsModel(name) ? null : networks.Find(result, name);
            if (descriptor is not null && result.GetValue(weights.File) is null)
                throw new UserException("--weights FILE is missing: a file of weights, or the folder of a run");
            var samples = SegmentationDataset.Open(result.GetValue(data) ?? throw new UserException(
                "--data DIR is missing: the dataset's folder"), result.GetRequiredValue(split), result.GetValue(dataset));
            var ranks = RankJob.JoinShards(result.GetValue(shard));
            using var opened = PredictionEngine.Open(
                result, name, descriptor, weights, prediction, engine, result.GetRequiredValue(device),
                RankJob.Threads(result.GetValue(threads)), null, samples);
            var isData = result.GetValue(json);
            var bands = result.GetValue(boundaries);
            if (result.GetValue(plot) is not null && bands is null)
                throw new UserException("--trimap-plot needs --boundaries");
            var own = SharedOptions.ReadShard(result.GetValue(shard));
            var part = result.GetValue(target);
            if (own is not null && part is null)
                throw new UserException("--shard i/n needs --out PART.json, which takes the shard's counts");
            if (own is not null && (isData || result.GetValue(plot) is not null))
                throw new UserException("--json and --trimap-plot are of the whole score: give them to 'eval --merge'");
            using var refiner = refine.Open(result, RankJob.Threads(result.GetValue(threads)), opened.Crf);
            if (!isData && ranks is not { Rank: > 0 })
                Console.WriteLine(opened.Choice);
            using var progress = new ProgressLine(isData || ranks is { Rank: > 0 } ? null : "evaluating");
            var share = ranks is null ? own : new Shard(ranks.Rank + 1, ranks.Size);
            var watch = Stopwatch.StartNew();
            var scored = Evaluator.Run(opened.Predictor, samples, refiner, bands, progress, shard: share);
            progress.Dispose();
            byte[] Counts(Shard shard, EvaluationResult counted) => EvaluationPart.Of(
                shard, samples, Question(result, descriptor, opened, prediction, refiner, bands), counted).ToBytes();
            if (ranks is not null)
            {
                var parts = RankJob.Gather(ranks, Counts(share!.Value, scored))
                    .Select((p, rank) => ($"rank {rank}", EvaluationPart.Parse(p))).ToList();
                var merged = EvaluationPart.Merge(parts) with { Elapsed = watch.Elapsed };
                if (ranks.Rank == 0)
                {
                    if (part is not null)
                        AtomicFile.Write(part, stream => stream.Write(Counts(Shard.Whole, merged)));
                    Finish(samples.Classes, merged, null, isData, result.GetValue(plot));
                }
                RankJob.Leave();
                return;
            }
            if (part is not null)
                AtomicFile.Write(part, stream => stream.Write(Counts(own ?? Shard.Whole, scored)));
            if (own is { } i)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"shard {i} of {samples.Name}/{samples.Split}: {scored.Images} of {samples.Count} images in "
                    + $"{scored.Elapsed.TotalSeconds:0.0} s -> {part}"));
                return;
            }
            Finish(samples.Classes, scored, refiner, isData, result.GetValue(plot));
        });

        void ScoreFolds(ParseResult result, string[] runs)
        {
            var isData = result.GetValue(json);
            var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), result.GetValue(threads));
            using var progress = new ProgressLine(isData ? null : "evaluating");
            SegmentationDataset? last = null;
            var scores = FoldScores.Run(
                runs, config => networks.Find(result, config.Network, config.Facts), descriptor => prediction.Read(result, descriptor),
                (folder, config) => last = RunImages.OpenValidation(
                    folder, config.Facts, result.GetValue(data), result.GetValue(dataset), null),
                on, progress);
            progress.Dispose();
            if (isData)
                Console.WriteLine(JsonSerializer.Serialize(scores.AsData(), Output.Json));
            else
                scores.Show();
            if (result.GetValue(target) is not { } path)
                return;
            var bytes = EvaluationPart.OfAll(last!, scores.Whole).ToBytes();
            AtomicFile.Write(path, stream => stream.Write(bytes));
        }
    }

    /// <summary>What a score depends on beside the data, so that parts of different evaluations are not added up.</summary>
    private static Dictionary<string, string> Question(
        ParseResult result, NetworkDescriptor? descriptor, PredictionEngine engine, PredictionArguments prediction, CrfRefiner? refiner,
        BoundarySource? boundaries)
    {
        var options = descriptor is null ? prediction.Read(result, new PredictionOptions()) : prediction.Read(result, descriptor);
        return new Dictionary<string, string>
        {
            ["network"] = descriptor?.Name ?? "that of the model",
            ["weights"] = Sha256.OfFile(engine.WeightsPath),
            ["scales"] = string.Join(", ", options.Scales.Select(s => s.ToString(CultureInfo.InvariantCulture))),
            ["flip"] = options.Flip ? "true" : "false",
            ["window"] = options.Window is { } window ? $"{window.Height}x{window.Width}" : "none",
            ["overlap"] = options.Overlap.ToString(CultureInfo.InvariantCulture),
            ["blend"] = options.Blend.ToString(),
            ["engine"] = engine.Choice.Kind.ToString(),
            ["crf"] = refiner is null
                ? "none"
                : $"{refiner.Options.Iterations} iterations of {string.Join(" and ", refiner.Options.Terms)}",
            ["boundaries"] = boundaries?.ToString() ?? "none",
        };
    }

    /// <summary>The classes of a part; colours are nobody's here.</summary>
    private static ClassSet Named(EvaluationPart part) =>
        new("merged", [.. part.Classes.Select(n => new SegmentationClass(n, default))]);

    private static void Finish(ClassSet classes, EvaluationResult scored, CrfRefiner? refiner, bool isData, string? plot)
    {
        if (isData)
            Console.WriteLine(JsonSerializer.Serialize(BoundaryOutput.AsData(classes, scored), Output.Json));
        else
            Show(classes, scored, refiner);
        if (plot is null)
            return;
        if (scored.Boundaries is null)
            throw new UserException("--trimap-plot needs --boundaries");
        TrimapPlot.Write(plot, BoundaryOutput.Curves(scored));
    }

    private static void Show(ClassSet classes, EvaluationResult scored, CrfRefiner? refiner)
    {
        Output.Scores(classes, scored);
        if (scored.Refined is { } refined)
        {
            Console.WriteLine(refiner is null ? "\nwith the CRF:" : string.Create(CultureInfo.InvariantCulture,
                $"\nwith the CRF ({refiner.Elapsed.TotalMilliseconds / scored.Images:0} ms an image):"));
            Output.Scores(classes, refined);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"mIoU before {100 * scored.Scores.MeanIoU:0.00} %, after {100 * refined.Scores.MeanIoU:0.00} %: "
                + $"{100 * (refined.Scores.MeanIoU - scored.Scores.MeanIoU):+0.00;-0.00;0.00} points"));
        }
        BoundaryOutput.Show(classes, scored);
    }
}
