using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Distributed;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;
using Spectre.Console;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>train</c>: trains a network on a dataset, or goes on with a run.</summary>
internal sealed class TrainCommand
{
    private const double MinimumNormMomentum = 0.01;

    private readonly NetworkOptions _networks;

    private readonly Argument<string?> _network = new("network")
    {
        Description = SharedOptions.Network().Description,
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _data = SharedOptions.Data();

    private readonly Option<string?> _folder = new("--out")
    {
        Description = "The run's folder: weights, checkpoints, log, curve.",
        HelpName = "RUN",
    };

    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "Goes on with a run from its last checkpoint; with --threads 1 bit for bit as if it had never ended (not one "
            + "that ends by --minutes).",
        HelpName = "RUN",
    };

    private readonly Option<bool> _print =
        CommandOptions.Flag("--print-config", "Print the effective recipe and where each value comes from, and do nothing.");

    private readonly Option<bool> _force = CommandOptions.Flag("--force", "Overwrite a run that is there already.");
    private readonly Option<string?> _dataset = SharedOptions.Dataset();

    private readonly Option<string> _trainSplit = new("--train-split")
    {
        Description = "What it learns from.",
        DefaultValueFactory = _ => "train",
        HelpName = "NAME",
    };

    private readonly Option<string> _valSplit = new("--val-split")
    {
        Description = "What it is scored on.",
        DefaultValueFactory = _ => "val",
        HelpName = "NAME",
    };

    private readonly Option<string?> _fold = CommandOptions.Text(
        "--fold",
        "Cross-validation: divides --train-split into n folds of whole groups, learns from all but the k-th and is scored on it. "
        + "--val-split is left alone.", "k/n");

    private readonly WeightsOptions _weights =
        new(description: "Weights to start from: a file in any format, or the folder of a run (its best).");

    private readonly Option<string> _device = SharedOptions.Device();
    private readonly Option<int?> _threads = SharedOptions.Threads();
    private readonly RecipeOptions _recipe = new();
    private readonly Option<string?> _distributed = RankJob.Option();

    private readonly Option<string?> _logs = new("--rank-logs")
    {
        Description = "Under mpirun: takes what each rank says, as rank-0000.log and so on.",
        HelpName = "DIR",
    };

    private TrainCommand(NetworkOptions networks)
    {
        _networks = networks;
        _data.Required = false;
    }

    public static Command Create(NetworkOptions networks) => new TrainCommand(networks).Build();

    private Command Build()
    {
        var command = new Command("train", "Train a network on a dataset by the recipe of its spec; every value can be given here too.")
        {
            _network, _data, _folder, _resume, _print, _force, _dataset, _trainSplit, _valSplit, _fold, _weights.File, _weights.NameMap,
            _weights.Partial, _weights.Entry, _device, _threads, _distributed, _logs,
        };
        foreach (var option in _recipe.All)
            command.Add(option);
        _networks.AddTo(command);
        return command.Returns(result =>
        {
            using var signals = new StopSignals();
            if (result.GetValue(_print))
                return Start(result, signals, null);
            var ranks = RankJob.Join(result.GetValue(_distributed), signals.Token, result.GetValue(_logs));
            var code = Start(result, signals, ranks);
            RankJob.Leave();
            return code;
        });
    }

    private int Start(ParseResult result, StopSignals signals, ICommunicator? ranks)
    {
        if (result.GetValue(_resume) is { } old)
            return GoOn(result, old, signals, ranks);
        var descriptor = _networks.Find(
            result, result.GetValue(_network) ?? throw new UserException("name a network ('list' shows them), or --resume RUN"));
        var effective = _recipe.Effective(descriptor, result);
        if (result.GetValue(_print))
        {
            Print(descriptor, effective);
            return 0;
        }
        var source = result.GetValue(_data) ?? throw new UserException("--data DIR is missing: the dataset's folder");
        var target = result.GetValue(_folder) ?? throw new UserException("--out RUN is missing: the folder that takes the run");
        RankJob.TellOfLoss(signals.Token, target);
        var fold = RunImages.ReadFold(result.GetValue(_fold));
        var (train, validation) = OpenData(result, source, fold, ranks);
        var on = Device(result.GetRequiredValue(_device), result.GetValue(_threads), ranks);
        var facts = Facts(train, validation, on);
        Note(result, source, fold, facts);
        var start = _weights.Open(result);
        if (start is not null)
            facts["weights"] = Path.GetFullPath(start.File.Path);
        return Finish(
            Train(descriptor, train, validation, effective, on, target, result.GetValue(_force), start, facts, signals, ranks),
            descriptor, train.Classes, validation, on, target, ranks);
    }

    private int GoOn(ParseResult result, string run, StopSignals signals, ICommunicator? ranks)
    {
        if (_recipe.Given(result) is [var (key, _), ..])
        {
            throw new UserException(
                $"--resume goes on with the run's own recipe; '{key}' can't be changed. Start a new run with --weights {run} for that.");
        }
        if (result.GetValue(_fold) is not null)
            throw new UserException("--resume RUN takes the fold from the run; leave --fold out");
        if (result.GetValue(_network) is not null || result.GetValue(_folder) is not null)
            throw new UserException("--resume RUN takes network and folder from the run; leave them out");
        return Resume(
            result, _networks, run, result.GetValue(_data),
            result.GetResult(_device) is { Implicit: false } ? result.GetValue(_device) : null,
            result.GetValue(_threads), signals, ranks);
    }

    /// <summary>What it learns from, and what it is scored on.</summary>
    private (SegmentationDataset Train, SegmentationDataset Validation) OpenData(
        ParseResult result, string source, Fold? fold, ICommunicator? ranks)
    {
        if (fold is null)
        {
            return (SegmentationDataset.Open(source, result.GetRequiredValue(_trainSplit), result.GetValue(_dataset)),
                SegmentationDataset.Open(source, result.GetRequiredValue(_valSplit), result.GetValue(_dataset)));
        }
        if (result.GetResult(_valSplit) is { Implicit: false })
            throw new UserException("--fold scores on the fold that is held out; leave --val-split out");
        var (train, validation) = SegmentationDataset.OpenFold(
            source, result.GetRequiredValue(_trainSplit), fold.Value, result.GetValue(_dataset));
        if (train.Definition.Groups is null && ranks is null or { Rank: 0 })
        {
            Console.Error.WriteLine(
                "warning: the dataset file says no groups, so that each image is its own: neighbouring frames of a film come into "
                + "different folds, and scores flatter. Say 'groups', such as '{film}_{frame}', in the dataset file");
        }
        return (train, validation);
    }

    /// <summary>What a run is gone on with, and scored by later.</summary>
    private void Note(ParseResult result, string source, Fold? fold, Dictionary<string, string> facts)
    {
        facts["data"] = Path.GetFullPath(source);
        facts["train_split"] = result.GetRequiredValue(_trainSplit);
        if (fold is { } number)
            facts[RunImages.FoldFact] = number.ToString();
        else
            facts["val_split"] = result.GetRequiredValue(_valSplit);
        if (result.GetValue(_dataset) is { } definition)
            facts["dataset"] = File.Exists(definition) ? Path.GetFullPath(definition) : definition;
        if (result.GetValue(_threads) is { } count)
            facts["threads"] = count.ToString(CultureInfo.InvariantCulture);
        _networks.Note(result, facts);
    }

    /// <summary>The device; ranks on one machine share its cores where nothing else is said.</summary>
    private static Device Device(string name, int? threads, ICommunicator? ranks)
    {
        if (ranks is null)
            return SharedOptions.OpenDevice(name, threads);
        if (name != "cpu")
            throw new UserException("several ranks train on CPUs; leave --device cuda out, or train on one rank");
        return SharedOptions.OpenDevice(name, RankJob.Threads(threads));
    }

    /// <summary>Trains, shows the course, and leaves a run behind, or nothing where it never began.</summary>
    /// <returns>What came of it, and the exit code: 0, or 128 and the number of the signal that stopped it.</returns>
    public static (TrainingResult Result, int ExitCode) Train(
        NetworkDescriptor descriptor, ISegmentationDataset train, ISegmentationDataset validation, EffectiveRecipe recipe, Device device,
        string folder, bool overwrite, WeightsSource? weights, IReadOnlyDictionary<string, string> facts, StopSignals signals,
        ICommunicator? ranks = null)
    {
        manual_seed((long)recipe.Recipe.Seed).Dispose();
        using var network = weights?.Build(descriptor, train.Classes.Count, device)
            ?? (SegmentationNetwork)descriptor.Create(train.Classes.Count).to(device);
        var isFirst = ranks is null or { Rank: 0 };
        if (isFirst && weights is null && Warning(recipe.Recipe, network) is { } warning)
            Console.Error.WriteLine($"warning: {warning}");
        using var run = isFirst ? RunFolder.Create(folder, descriptor, train.Classes, overwrite) : null;
        var began = false;
        try
        {
            return Watch(descriptor, recipe.Recipe, train, validation, device, null, signals, isFirst, view =>
            {
                var trainer = new Trainer(network, train, validation, recipe.Recipe, run, ranks);
                run?.WriteConfig(recipe, facts);
                began = true;
                return () => trainer.Run(view, signals.Token);
            });
        }
        catch (Exception) when (!began && run is { IsNew: true })
        {
            run.Dispose();
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Goes on with a run.</summary>
    private static int Resume(
        ParseResult result, NetworkOptions networks, string folder, string? data, string? device, int? threads,
        StopSignals signals, ICommunicator? ranks)
    {
        RankJob.TellOfLoss(signals.Token, folder);
        var config = RunConfig.Read(folder);
        var facts = config.Facts;
        var descriptor = networks.Find(result, config.Network, config.Facts);
        var source = data ?? facts.GetValueOrDefault("data")
            ?? throw new UserException($"{folder}: the run does not say where its data is; give --data DIR");
        var (train, validation) = RunImages.Open(folder, source, facts);
        if (Text(train.Count) != facts.GetValueOrDefault("train_images"))
        {
            throw new UserException(
                $"{source}: {train.Split} has {train.Count} images now and had {facts.GetValueOrDefault("train_images")} when the run was "
                + "started: it can't be gone on with");
        }
        if (!config.Classes.SequenceEqual(train.Classes.Names))
            throw new UserException($"{source}: has other classes than the run: {string.Join(", ", train.Classes.Names)}");
        var count = threads
            ?? (int.TryParse(facts.GetValueOrDefault("threads"), NumberStyles.None, CultureInfo.InvariantCulture, out var saved)
                ? saved
                : null);
        var on = Device(device ?? facts.GetValueOrDefault("device", "cpu"), count, ranks);
        var isFirst = ranks is null or { Rank: 0 };
        using var run = isFirst ? RunFolder.Open(folder, descriptor, train.Classes) : null;
        using var network = (SegmentationNetwork)descriptor.Create(train.Classes.Count).to(on);
        var end = Watch(descriptor, config.Recipe.Recipe, train, validation, on, folder, signals, isFirst, view =>
        {
            var trainer = new Trainer(network, train, validation, config.Recipe.Recipe, run, ranks);
            return () => trainer.Resume(view, signals.Token);
        });
        return Finish(end, descriptor, train.Classes, validation, on, folder, ranks);
    }

    private static (TrainingResult Result, int ExitCode) Watch(
        NetworkDescriptor descriptor, TrainingRecipe recipe, ISegmentationDataset train, ISegmentationDataset validation,
        Device device, string? resumed, StopSignals signals, bool isFirst, Func<TrainingView, Func<TrainingResult>> prepare)
    {
        if (isFirst && MemoryCheck.Warning(descriptor, recipe, train.Classes.Count, device) is { } shortage)
            Console.Error.WriteLine($"warning: {shortage}");
        var title = $"{descriptor.Name} ({Output.Millions(descriptor.Parameters)}) on {train.Name}";
        var view = new TrainingView(AnsiConsole.Console, title, train.Classes);
        var start = prepare(view);
        Console.WriteLine(
            $"{title}: {train.Count} images to learn from, {validation.Count} to score "
            + $"on{(resumed is null ? "" : $"; goes on with {resumed}")}");
        var result = view.Watch(start);
        return (result, result.WasStopped ? signals.ExitCode : 0);
    }

    /// <summary>Shows the scores and writes the report.</summary>
    /// <returns>The exit code.</returns>
    private static int Finish(
        (TrainingResult Result, int ExitCode) end, NetworkDescriptor descriptor, ClassSet classes, ISegmentationDataset validation,
        Device device, string folder, ICommunicator? ranks)
    {
        Summarize(classes, end.Result, folder);
        if (ranks is { Rank: > 0 })
            return end.ExitCode;
        if (end.Result.Best is { } best)
            Console.WriteLine($"look at {ReportCommand.Write(folder, descriptor, validation, best.Result, device)}");
        return end.ExitCode;
    }

    private static Dictionary<string, string> Facts(ISegmentationDataset train, ISegmentationDataset validation, Device device) => new()
    {
        ["train"] = $"{train.Split}, {train.Count} images",
        ["validation"] = $"{validation.Split}, {validation.Count} images",
        ["train_images"] = Text(train.Count),
        ["device"] = device.type == DeviceType.CUDA ? "cuda" : "cpu",
    };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>What of a paper's recipe goes wrong without the weights that the paper starts from.</summary>
    private static string? Warning(TrainingRecipe recipe, SegmentationNetwork network)
    {
        if (recipe.BatchNorm == BatchNormMode.Frozen || network.modules().Any(m => m is FrozenBatchNorm2d))
            return "batch norms are frozen, and without --weights they have seen nothing: the network will hardly learn";
        var momentum = recipe.NormMomentum ?? network.modules().OfType<BatchNorm2d>().Select(n => n.momentum).Min();
        return momentum is null or >= MinimumNormMomentum
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"norm_momentum {momentum} moves batch norms' statistics so slowly that from random weights they need some "
                + $"{3 / momentum:0} steps; without --weights and as many, give --norm-momentum 0.1");
    }

    private static void Print(NetworkDescriptor descriptor, EffectiveRecipe effective)
    {
        var table = Output.Table("key", "value", "from");
        foreach (var (name, value, origin) in effective.Lines())
            table.AddRow(name, value.Cell(), origin.Cell());
        AnsiConsole.Write(table);
        Console.WriteLine($"the recipe of {descriptor.Name}; each key is an option too: learning_rate is --learning-rate");
    }

    private static void Summarize(ClassSet classes, TrainingResult result, string folder)
    {
        if (result.Best is { } best)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"best, at iteration {best.Iteration}:"));
            Output.Scores(classes, best.Result);
        }
        else if (result.BestScore is { } score)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"best, before the run was resumed: mIoU {Output.Percent(score.MeanIoU)} at iteration {score.Iteration}"));
        }
        var extent = string.Create(CultureInfo.InvariantCulture,
            $"{Output.Count(result.Iterations, "iteration")}, {Output.Count(result.Epochs, "epoch")}, "
            + $"{result.Elapsed.TotalMinutes:0.0} minutes");
        if (!result.WasStopped && result.ImagesPerSecond == 0)
        {
            Console.WriteLine(
                $"{folder} had reached its end already: {extent}; more of the same is a new run: train --weights {folder} --out DIR");
            return;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(result.WasStopped ? "stopped after" : "done:")} {extent}, {result.ImagesPerSecond:0.0} images/s -> {folder}"));
        if (result.WasStopped)
            Console.WriteLine($"go on with: train --resume {folder}");
    }
}
