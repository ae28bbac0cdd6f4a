using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Inference;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Names;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl;

/// <summary>
/// Trains networks, as the command <c>train</c> does: into the folder of a run, which <see cref="Segmenter.Load"/>, the commands and
/// <c>Resume</c> take.
/// </summary>
/// <example>
/// <code>
/// var dataset = SegmentationDataset.Open("fields");
/// var network = DeepLabV3MobileNetV2.Descriptor;
/// var result = SegmentationTrainer.Train(network, dataset, "runs/fields", network.Training with { Epochs = 20 });
/// Console.WriteLine($"mIoU {result.BestScore!.MeanIoU:P1}");
/// </code>
/// </example>
public static class SegmentationTrainer
{
    private const string ValidationSplit = "val";

    /// <summary>Trains a network on a dataset, and scores it on the split <c>val</c> of the same dataset.</summary>
    /// <param name="network">The network, such as <c>DeepLabV3MobileNetV2.Descriptor</c>; it is built for the dataset's classes.</param>
    /// <param name="dataset">What it learns from.</param>
    /// <param name="folder">The run's folder: weights, checkpoints, log, curve. Must not exist or be empty.</param>
    /// <param name="recipe">How it is trained; null: as the network's spec says. Without an end it is trained for 30 epochs.</param>
    /// <param name="options">Device and weights to start from; null: the CPU, from random weights.</param>
    /// <param name="progress">Is told of the course on the training's thread, which waits for it.</param>
    /// <param name="cancellationToken">Ends the training after the step in hand; the run can then be resumed.</param>
    /// <exception cref="DeepLabDslException">
    /// Data, weights or network do not fit together, or the training can't go on; the message says why.
    /// </exception>
    /// <exception cref="ArgumentException">The recipe does not make sense.</exception>
    public static TrainingResult Train(
        NetworkDescriptor network, SegmentationDataset dataset, string folder, TrainingRecipe? recipe = null,
        SegmentationTrainerOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return Train(network, dataset, dataset.OpenSplit(ValidationSplit), folder, recipe, options, progress, cancellationToken);
    }

    /// <summary>Trains a network on images from anywhere.</summary>
    /// <param name="network">The network; it is built for the dataset's classes.</param>
    /// <param name="train">What it learns from.</param>
    /// <param name="validation">What it is scored on; null: it is not, and its last weights are its best.</param>
    /// <param name="folder">The run's folder: weights, checkpoints, log, curve. Must not exist or be empty.</param>
    /// <param name="recipe">How it is trained; null: as the network's spec says. Without an end it is trained for 30 epochs.</param>
    /// <param name="options">Device and weights to start from; null: the CPU, from random weights.</param>
    /// <param name="progress">Is told of the course on the training's thread, which waits for it.</param>
    /// <param name="cancellationToken">Ends the training after the step in hand; the run can then be resumed.</param>
    /// <exception cref="DeepLabDslException">
    /// Data, weights or network do not fit together, or the training can't go on; the message says why.
    /// </exception>
    /// <exception cref="ArgumentException">The recipe does not make sense.</exception>
    public static TrainingResult Train(
        NetworkDescriptor network, ISegmentationDataset train, ISegmentationDataset? validation, string folder,
        TrainingRecipe? recipe = null, SegmentationTrainerOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new SegmentationTrainerOptions();
        recipe = EffectiveRecipe.Limited(recipe ?? network.Training);
        var device = Devices.Open(options.Device, options.Threads);
        var start = options.StartFrom is { } path ? TrainedWeights.Open(path) : null;
        manual_seed((long)recipe.Seed).Dispose();
        using var module = network.Create(train.Classes.Count);
        if (start is not null)
        {
            var match = WeightsFile.Load(module, start, NameMap.For(network), options.Partial);
            foreach (var note in Notes(match))
                progress?.Report(new TrainingWarning(note));
        }
        module.to(device);
        using var run = RunFolder.Create(folder, network, train.Classes, options.Overwrite);
        Trainer trainer;
        try
        {
            trainer = new Trainer(module, train, validation, recipe, run);
            run.Describe(recipe, train, validation, device, Facts(options, start));
        }
        catch (Exception) when (run.IsNew)
        {
            // What never began leaves nothing behind.
            run.Dispose();
            Directory.Delete(folder, recursive: true);
            throw;
        }
        return trainer.Run(progress, cancellationToken);
    }

    /// <summary>Goes on with a run from its newest checkpoint, by its own recipe.</summary>
    /// <param name="network">The network that is trained.</param>
    /// <param name="dataset">What it learns from: the dataset that the run was begun with.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="options">Device and threads; what it starts from and whether it may overwrite does not matter.</param>
    /// <param name="progress">Is told of the course on the training's thread, which waits for it.</param>
    /// <param name="cancellationToken">Ends the training after the step in hand; the run can then be resumed.</param>
    /// <exception cref="DeepLabDslException">The folder holds no run, or one of another network or dataset.</exception>
    public static TrainingResult Resume(
        NetworkDescriptor network, SegmentationDataset dataset, string folder, SegmentationTrainerOptions? options = null,
        IProgress<TrainingEvent>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return Resume(network, dataset, dataset.OpenSplit(ValidationSplit), folder, options, progress, cancellationToken);
    }

    /// <summary>Goes on with a run on images from anywhere.</summary>
    /// <param name="network">The network that is trained.</param>
    /// <param name="train">What it learns from: the images that the run was begun with.</param>
    /// <param name="validation">What it is scored on; null: it is not.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="options">Device and threads; what it starts from and whether it may overwrite does not matter.</param>
    /// <param name="progress">Is told of the course on the training's thread, which waits for it.</param>
    /// <param name="cancellationToken">Ends the training after the step in hand; the run can then be resumed.</param>
    /// <exception cref="DeepLabDslException">The folder holds no run, or one of another network or dataset.</exception>
    public static TrainingResult Resume(
        NetworkDescriptor network, ISegmentationDataset train, ISegmentationDataset? validation, string folder,
        SegmentationTrainerOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new SegmentationTrainerOptions();
        var config = RunConfig.Read(folder);
        if (!string.Equals(config.Network, network.Name, StringComparison.OrdinalIgnoreCase))
            throw new TrainingException($"{folder}: is a run of {config.Network}, not of {network.Name}.");
        if (!config.Classes.SequenceEqual(train.Classes.Names))
        {
            throw new TrainingException(
                $"{folder}: was begun with other classes than {train.Name} has: {string.Join(", ", config.Classes)}.");
        }
        var count = train.Count.ToString(CultureInfo.InvariantCulture);
        if (config.Facts.GetValueOrDefault("train_images", count) is { } before && before != count)
        {
            throw new TrainingException(
                $"{folder}: was begun with {before} images, and {train.Name}/{train.Split} has {count} now: it can't be gone on with.");
        }
        var device = Devices.Open(options.Device, options.Threads);
        using var run = RunFolder.Open(folder, network, train.Classes);
        using var module = network.Create(train.Classes.Count);
        module.to(device);
        return new Trainer(module, train, validation, config.Recipe.Recipe, run).Resume(progress, cancellationToken);
    }

    /// <summary>Trains on a thread of its own.</summary>
    /// <inheritdoc cref="Train(NetworkDescriptor, SegmentationDataset, string, TrainingRecipe?, SegmentationTrainerOptions?,
    /// IProgress{TrainingEvent}?, CancellationToken)"/>
    public static Task<TrainingResult> TrainAsync(
        NetworkDescriptor network, SegmentationDataset dataset, string folder, TrainingRecipe? recipe = null,
        SegmentationTrainerOptions? options = null, IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellationToken = default) => Task.Factory.StartNew(
            () => Train(network, dataset, folder, recipe, options, progress, cancellationToken), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static Dictionary<string, string> Facts(SegmentationTrainerOptions options, WeightsFile? start)
    {
        var facts = new Dictionary<string, string>();
        if (options.Threads is { } threads)
            facts["threads"] = threads.ToString(CultureInfo.InvariantCulture);
        if (start is not null)
            facts["weights"] = Path.GetFullPath(start.Path);
        return facts;
    }

    /// <summary>What of the weights was not taken as it is.</summary>
    private static IEnumerable<string> Notes(WeightsMatch match) =>
    [
        .. match.Adapted.Select(l => $"{match.File.Path}: {l}"),
        .. match.Differences.Count == 0
            ? Enumerable.Empty<string>()
            : [$"{match.File.Path}: {match.Fitting} tensors loaded, the network keeps its first values where the file differs: "
                + string.Join("; ", match.Lines)],
    ];
}
