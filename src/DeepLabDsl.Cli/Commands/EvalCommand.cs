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
internal sealed class EvalCommand
{
    private readonly NetworkOptions _networks;

    private readonly Argument<string?> _network = new("network")
    {
        Description = SharedOptions.NetworkOrModel().Description,
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly WeightsOptions _weights = new();
    private readonly Option<string> _data = SharedOptions.Data();
    private readonly Option<string?> _dataset = SharedOptions.Dataset();

    private readonly Option<string> _split = new("--split")
    {
        Description = "The split to score on.",
        DefaultValueFactory = _ => "val",
        HelpName = "NAME",
    };

    private readonly PredictionArguments _prediction = new();

    private readonly Option<bool> _print = CommandOptions.Flag(
        "--print-config", "Print how images are predicted and where each value comes from, and do nothing.");

    private readonly Option<bool> _json = CommandOptions.Flag("--json", "Print JSON, with the confusion matrix and each image's score.");
    private readonly CrfArguments _refine = new("Score a dense CRF on top of the network too.");

    private readonly Option<BoundarySource?> _boundaries = CommandOptions.Word<BoundarySource>(
        "--boundaries",
        "Score near boundaries too: mIoU in bands of 1 to 40 pixels, F of outlines. Bands are measured from void pixels (VOC's "
        + "trimap) or from edges of classes.");

    private readonly Option<string?> _plot = new("--trimap-plot")
    {
        Description = "With --boundaries: draws mIoU against the width of the band.",
        HelpName = "FILE.svg",
    };

    private readonly Option<string> _device = SharedOptions.Device();
    private readonly Option<int?> _threads = SharedOptions.Threads();
    private readonly Option<EngineKind?> _engine = PredictionEngine.Option();

    private readonly Option<string?> _shard =
        SharedOptions.Shard("Score every n-th image only, from the i-th on, and write its counts to --out.");

    private readonly Option<string?> _target = new("--out")
    {
        Description = "Takes what was counted, of every image: for 'compare', and of a shard for --merge.",
        HelpName = "FILE.json",
    };

    private readonly Option<string[]> _merge = CommandOptions.Texts(
        "--merge", "Score nothing: add up the counts of all shards, exactly. Missing, doubled and foreign ones are named.", "PART.json");

    private readonly Option<string[]> _folds = CommandOptions.Texts(
        "--folds",
        "Cross-validation: scores the runs of 'train --fold k/n', each on the fold that it has held out; mean and spread of each class.",
        "RUN");

    private EvalCommand(NetworkOptions networks)
    {
        _networks = networks;
        _data.Required = false;
    }

    public static Command Create(NetworkOptions networks) => new EvalCommand(networks).Build();

    private Command Build()
    {
        var command = new Command("eval", "Score weights on a dataset: IoU of each class, mIoU, accuracies.")
        {
            _network, _weights.File, _weights.NameMap, _weights.Partial, _weights.Entry, _data, _dataset, _split, _boundaries, _plot,
            _print, _json, _engine, _device, _threads, _shard, _target, _merge, _folds,
        };
        _prediction.AddTo(command);
        _refine.AddTo(command);
        _networks.AddTo(command);
        return command.Does(Run);
    }

    private void Run(ParseResult result)
    {
        if (result.GetValue(_merge) is { Length: > 0 } files)
        {
            Merge(result, files);
            return;
        }
        if (result.GetValue(_folds) is { Length: > 0 } runs)
        {
            ScoreFolds(result, runs);
            return;
        }
        var name = result.GetValue(_network)
            ?? throw new UserException("name a network ('list' shows them), or --merge PART.json ..., or --folds RUN ...");
        if (result.GetValue(_print))
            _prediction.Print(result, _networks.Find(result, name));
        else
            Score(result, name);
    }

    private void Merge(ParseResult result, string[] files)
    {
        if (result.GetValue(_network) is not null || result.GetValue(_data) is not null || result.GetValue(_shard) is not null)
            throw new UserException("--merge reads what shards have counted; leave out the network, --data and --shard");
        var parts = files.Select(f => (Path: f, Part: EvaluationPart.Read(f))).ToList();
        Finish(Named(parts[0].Part), EvaluationPart.Merge(parts), null, result.GetValue(_json), result.GetValue(_plot));
    }

    private void ScoreFolds(ParseResult result, string[] runs)
    {
        Option[] foreign =
            [_weights.File, _weights.NameMap, _weights.Partial, _weights.Entry, _split, _boundaries, _plot, _print, _engine, _shard];
        if (result.GetValue(_network) is not null || foreign.Any(o => result.GetResult(o) is { Implicit: false }))
        {
            throw new UserException(
                "--folds takes networks, weights and splits from the runs; beside it there are --data, --dataset, --scales, "
                + "--flip, --window, --device, --threads, --json and --out");
        }
        var isData = result.GetValue(_json);
        var on = SharedOptions.OpenDevice(result.GetRequiredValue(_device), result.GetValue(_threads));
        using var progress = new ProgressLine(isData ? null : "evaluating");
        SegmentationDataset? last = null;
        var scores = FoldScores.Run(
            runs, config => _networks.Find(result, config.Network, config.Facts), descriptor => _prediction.Read(result, descriptor),
            (folder, config) => last = RunImages.OpenValidation(
                folder, config.Facts, result.GetValue(_data), result.GetValue(_dataset), null),
            on, progress);
        progress.Dispose();
        if (isData)
            Console.WriteLine(JsonSerializer.Serialize(scores.AsData(), Output.Json));
        else
            scores.Show();
        if (result.GetValue(_target) is not { } path)
            return;
        var bytes = EvaluationPart.OfAll(last!, scores.Whole).ToBytes();
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    private void Score(ParseResult result, string name)
    {
        var descriptor = PredictionEngine.IsModel(name) ? null : _networks.Find(result, name);
        if (descriptor is not null && result.GetValue(_weights.File) is null)
            throw new UserException("--weights FILE is missing: a file of weights, or the folder of a run");
        var samples = SegmentationDataset.Open(
            result.GetValue(_data) ?? throw new UserException("--data DIR is missing: the dataset's folder"),
            result.GetRequiredValue(_split), result.GetValue(_dataset));
        var ranks = RankJob.JoinShards(result.GetValue(_shard));
        using var opened = PredictionEngine.Open(
            result, name, descriptor, _weights, _prediction, _engine, result.GetRequiredValue(_device),
            RankJob.Threads(result.GetValue(_threads)), null, samples);
        var own = ReadShard(result);
        using var refiner = _refine.Open(result, RankJob.Threads(result.GetValue(_threads)), opened.Crf);
        var isSilent = result.GetValue(_json) || ranks is { Rank: > 0 };
        if (!isSilent)
            Console.WriteLine(opened.Choice);
        using var progress = new ProgressLine(isSilent ? null : "evaluating");
        var bands = result.GetValue(_boundaries);
        var share = ranks is null ? own : new Shard(ranks.Rank + 1, ranks.Size);
        var watch = Stopwatch.StartNew();
        var scored = Evaluator.Run(opened.Predictor, samples, refiner, bands, progress, shard: share);
        progress.Dispose();
        byte[] Counts(Shard shard, EvaluationResult counted) => EvaluationPart.Of(
            shard, samples, Question(result, descriptor, opened, _prediction, refiner, bands), counted).ToBytes();
        if (ranks is not null)
        {
            var parts = RankJob.Gather(ranks, Counts(share!.Value, scored))
                .Select((p, rank) => ($"rank {rank}", EvaluationPart.Parse(p))).ToList();
            var merged = EvaluationPart.Merge(parts) with { Elapsed = watch.Elapsed };
            if (ranks.Rank == 0)
                Deliver(result, samples, merged, null, null, Counts);
            RankJob.Leave();
            return;
        }
        Deliver(result, samples, scored, own, refiner, Counts);
    }

    /// <summary>Which images this process scores; null: all.</summary>
    private Shard? ReadShard(ParseResult result)
    {
        if (result.GetValue(_plot) is not null && result.GetValue(_boundaries) is null)
            throw new UserException("--trimap-plot needs --boundaries");
        var own = SharedOptions.ReadShard(result.GetValue(_shard));
        if (own is not null && result.GetValue(_target) is null)
            throw new UserException("--shard i/n needs --out PART.json, which takes the shard's counts");
        if (own is not null && (result.GetValue(_json) || result.GetValue(_plot) is not null))
            throw new UserException("--json and --trimap-plot are of the whole score: give them to 'eval --merge'");
        return own;
    }

    private void Deliver(
        ParseResult result, SegmentationDataset samples, EvaluationResult scored, Shard? shard, CrfRefiner? refiner,
        Func<Shard, EvaluationResult, byte[]> counts)
    {
        var part = result.GetValue(_target);
        if (part is not null)
            AtomicFile.Write(part, stream => stream.Write(counts(shard ?? Shard.Whole, scored)));
        if (shard is { } i)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"shard {i} of {samples.Name}/{samples.Split}: {scored.Images} of {samples.Count} images in "
                + $"{scored.Elapsed.TotalSeconds:0.0} s -> {part}"));
            return;
        }
        Finish(samples.Classes, scored, refiner, result.GetValue(_json), result.GetValue(_plot));
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
