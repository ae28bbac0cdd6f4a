using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using DeepLabDsl.Data;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;
using DeepLabDsl.Tests.Networks;
using DeepLabDsl.Training;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Training;

/// <summary>Trainings of a network of a few layers on drawn scenes, each in a folder of its own.</summary>
internal sealed class LearnerRun : IDisposable
{
    private static readonly InMemoryDataset Scenes = DemoScenes.CreateDataset("train", 10, width: 48, height: 40);
    private static readonly InMemoryDataset Unseen = DemoScenes.CreateDataset("val", 2, width: 48, height: 40);
    private readonly TemporaryFolder _folder = new();

    public LearnerRun(TrainingRecipe recipe) => Recipe = recipe with { Seed = 7, CheckpointMinutes = 0 };

    public static TrainingRecipe Base => Learner.Descriptor.Training with { Evaluations = 2, CheckpointEvery = 3 };

    public static ClassSet Classes => Scenes.Classes;

    public TrainingRecipe Recipe { get; }

    public string Path => _folder.Path;

    public string Checkpoints => System.IO.Path.Combine(Path, "checkpoints");

    public List<string> Warnings { get; } = [];

    /// <summary>Trains from the start, or up to an iteration, after which it is asked to stop.</summary>
    public TrainingResult Start(int? stopAfter = null, ISegmentationDataset? train = null, IProgress<TrainingEvent>? progress = null) =>
        Run(stopAfter, train, (trainer, stop) => trainer.Run(progress, stop));

    /// <summary>Goes on from the newest checkpoint, in a new network.</summary>
    public TrainingResult Resume(int? stopAfter = null) => Run(
        stopAfter, null, (trainer, stop) => trainer.Resume(new Listener<TrainingWarning>(w => Warnings.Add(w.Message)), stop));

    /// <summary>What of the log does not depend on the machine.</summary>
    public IReadOnlyList<string> Log() => File.ReadAllLines(System.IO.Path.Combine(Path, "log.jsonl")).Select(line =>
    {
        using var json = JsonDocument.Parse(line);
        return string.Join(
            ", ",
            json.RootElement.EnumerateObject()
                .Where(p => p.Name is "iteration" or "epoch" or "loss" or "learning_rate" or "mean_iou" or "iou"));
    }).ToList();

    public byte[] Bytes(string name) => File.ReadAllBytes(System.IO.Path.Combine(Path, name));

    public void Dispose() => _folder.Dispose();

    private TrainingResult Run(int? stopAfter, ISegmentationDataset? train, Func<Trainer, CancellationToken, TrainingResult> run)
    {
        set_num_threads(1);
        manual_seed(7).Dispose();
        using var network = new Learner();
        using var folder = RunFolder.Open(Path, Learner.Descriptor, Scenes.Classes);
        using var stop = new CancellationTokenSource();
        // Samples are asked for in order, one batch ahead at most where the training's own thread prepares them.
        ISegmentationDataset data = stopAfter is { } count
            ? new StoppingDataset(train ?? Scenes, stop, count * Recipe.Batch * Recipe.AccumulationSteps)
            : train ?? Scenes;
        return run(new Trainer(network, data, Unseen, Recipe, folder), stop.Token);
    }

    /// <summary>Asks for a stop once so many samples were loaded.</summary>
    private sealed class StoppingDataset(ISegmentationDataset source, CancellationTokenSource stop, int samples) : ISegmentationDataset
    {
        private int _loaded;

        public string Name => source.Name;

        public string Split => source.Split;

        public ClassSet Classes => source.Classes;

        public int Count => source.Count;

        public SampleInfo GetInfo(int index) => source.GetInfo(index);

        public SegmentationSample Load(int index)
        {
            if (Interlocked.Increment(ref _loaded) >= samples)
                stop.Cancel();
            return source.Load(index);
        }
    }
}
