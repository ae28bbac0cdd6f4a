using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Threading;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Host.Commands;

/// <summary><c>train</c>: trains a network on a dataset.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var network = SharedOptions.Network();
        var data = SharedOptions.Data();
        var folder = new Option<string>("--out") { Description = "The run's folder: weights, log, curve.", Required = true, HelpName = "RUN" };
        var force = new Option<bool>("--force") { Description = "Overwrite a run that is there already." };
        var dataset = SharedOptions.Dataset();
        var trainSplit = new Option<string>("--train-split") { Description = "What it learns from.", DefaultValueFactory = _ => "train", HelpName = "NAME" };
        var valSplit = new Option<string>("--val-split") { Description = "What it is scored on.", DefaultValueFactory = _ => "val", HelpName = "NAME" };
        var weights = new WeightsOptions(description: "Weights to start from: a file in any format, or the folder of a run (its best).");
        var epochs = new Option<int?>("--epochs") { Description = "Ends after as many passes over the data.", HelpName = "N" };
        var iterations = new Option<int?>("--iterations") { Description = "Ends after as many steps.", HelpName = "N" };
        var minutes = new Option<double?>("--minutes") { Description = "Ends after as much time; the learning rate reaches zero then.", HelpName = "T" };
        var batch = new Option<int>("--batch") { Description = "Images a step.", DefaultValueFactory = _ => 8, HelpName = "N" };
        var rate = new Option<double>("--lr") { Description = "Learning rate at the start.", DefaultValueFactory = _ => 0.05, HelpName = "X" };
        var warmUp = new Option<int>("--warm-up") { Description = "Steps over which the learning rate grows from zero.", DefaultValueFactory = _ => 0, HelpName = "N" };
        var decay = new Option<double>("--weight-decay") { Description = "Weight decay.", DefaultValueFactory = _ => 1e-4, HelpName = "X" };
        var balance = new Option<double>("--class-balance") { Description = "How much rare classes count more: 0 not at all, 1 as much as common ones.", DefaultValueFactory = _ => 0.0, HelpName = "X" };
        var crop = new Option<string>("--crop") { Description = "Height and width of the crops.", DefaultValueFactory = _ => "256x256", HelpName = "HxW" };
        var scale = new Option<double[]>("--scale") { Description = "Least and greatest random scale.", DefaultValueFactory = _ => [0.5, 2.0], AllowMultipleArgumentsPerToken = true, Arity = new ArgumentArity(2, 2), HelpName = "MIN MAX" };
        var jitter = new Option<double>("--jitter") { Description = "How far brightness, contrast and saturation are changed.", DefaultValueFactory = _ => 0.0, HelpName = "X" };
        var evaluations = new Option<int>("--evaluations") { Description = "How often the validation split is scored in the course of the run.", DefaultValueFactory = _ => 4, HelpName = "N" };
        var seed = new Option<ulong>("--seed") { Description = "Decides weights, order and transforms.", DefaultValueFactory = _ => 0ul, HelpName = "N" };
        var workers = new Option<int>("--workers") { Description = "Threads that prepare samples.", DefaultValueFactory = _ => 1, HelpName = "N" };
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        return new Command("train", "Train a network on a dataset.")
        {
            network, data, folder, force, dataset, trainSplit, valSplit, weights.File, weights.NameMap, weights.Partial, weights.Entry, epochs, iterations, minutes, batch, rate, warmUp, decay, balance,
            crop, scale, jitter, evaluations, seed, workers, device, threads,
        }.Does(result =>
        {
            var descriptor = SharedOptions.FindNetwork(result.GetRequiredValue(network));
            var source = result.GetRequiredValue(data);
            var train = SegmentationDataset.Open(source, result.GetRequiredValue(trainSplit), result.GetValue(dataset));
            var validation = SegmentationDataset.Open(source, result.GetRequiredValue(valSplit), result.GetValue(dataset));
            var (height, width) = SharedOptions.ParseSize("--crop", result.GetRequiredValue(crop));
            var scales = result.GetRequiredValue(scale);
            if (!(scales[0] > 0 && scales[0] <= scales[1]))
                throw new UserException("--scale needs two numbers above 0, the lesser first");
            var limits = (Epochs: result.GetValue(epochs), Iterations: result.GetValue(iterations), Minutes: result.GetValue(minutes));
            var amount = result.GetValue(jitter);
            var options = new TrainingOptions
            {
                Epochs = limits is (null, null, null) ? 30 : limits.Epochs,
                Iterations = limits.Iterations,
                Minutes = limits.Minutes,
                BatchSize = result.GetValue(batch),
                LearningRate = result.GetValue(rate),
                WarmUp = result.GetValue(warmUp),
                WeightDecay = result.GetValue(decay),
                ClassBalance = result.GetValue(balance),
                Evaluations = result.GetValue(evaluations),
                Seed = result.GetValue(seed),
                Workers = result.GetValue(workers),
                Transform = new TrainingTransform
                {
                    CropHeight = height,
                    CropWidth = width,
                    MinScale = scales[0],
                    MaxScale = scales[1],
                    Jitter = new ColorJitter(amount, amount, amount),
                    Normalizer = new ImageNormalizer(descriptor.Mean, descriptor.Deviation),
                },
            };
            options.Validate();
            var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), result.GetValue(threads));
            var facts = new Dictionary<string, string>
            {
                ["data"] = Path.GetFullPath(source),
                ["train"] = $"{train.Split}, {train.Count} images",
                ["validation"] = $"{validation.Split}, {validation.Count} images",
                ["device"] = on.ToString(),
            };
            Train(descriptor, train, validation, options, on, result.GetRequiredValue(folder), result.GetValue(force), weights.Open(result), facts);
        });
    }

    /// <summary>Trains, shows the course and the scores, and leaves a run behind, or nothing where it never began.</summary>
    public static TrainingResult Train(
        NetworkDescriptor descriptor, ISegmentationDataset train, ISegmentationDataset validation, TrainingOptions options, Device device,
        string folder, bool overwrite, WeightsSource? weights, IReadOnlyDictionary<string, string> facts)
    {
        NativeHeap.KeepFreedBlocks();
        manual_seed((long)options.Seed);
        using var network = weights is null
            ? (SegmentationNetwork)descriptor.Create(train.Classes.Count).to(device)
            : weights.Build(descriptor, train.Classes.Count, device);
        var run = new RunFolder(folder, descriptor, train.Classes, overwrite);
        using var stop = new CancellationTokenSource();
        ConsoleCancelEventHandler onCancel = (_, e) =>
        {
            // The first Ctrl-C ends the run in order, the second at once.
            e.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        };
        Console.CancelKeyPress += onCancel;
        var began = false;
        try
        {
            using var observer = new TrainingView();
            var trainer = new Trainer(network, train, validation, options, device, run, observer);
            run.WriteConfig(options, facts);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{descriptor.Name} ({Output.Millions(descriptor.Parameters)}) on {train.Name}: {train.Count} images to learn from, {validation.Count} to score on"));
            began = true;
            var result = trainer.Run(stop.Token);
            observer.Dispose();
            Summarize(train.Classes, result, folder);
            return result;
        }
        catch (Exception) when (!began && run.IsNew)
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
        finally
        {
            Console.CancelKeyPress -= onCancel;
        }
    }

    private static void Summarize(ClassSet classes, TrainingResult result, string folder)
    {
        if (result.Best is { } best)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"best, at iteration {best.Iteration}:"));
            Output.Scores(classes, best.Result);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(result.WasStopped ? "stopped after" : "done:")} {result.Iterations} iterations, {result.Epochs} epochs, {result.Elapsed.TotalMinutes:0.0} minutes, {result.ImagesPerSecond:0.0} images/s -> {folder}"));
    }
}
