using System;
using System.IO;
using System.Linq;
using System.Threading;
using DeepLabDsl.Errors;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Cli.Tests;

/// <summary><c>SegmentationTrainer</c> does what <c>train</c> does.</summary>
[Collection(Host.Collection)]
public sealed class SegmentationTrainerTests : IDisposable
{
    private static readonly TrainingRecipe Recipe =
        DemoNetwork.Descriptor.Training with { Epochs = null, Iterations = 8, Batch = 2, Crop = 48, Evaluations = 1, CheckpointEvery = 1 };

    private static readonly SegmentationTrainerOptions OneThread = new() { Threads = 1 };

    private readonly SceneFolder _scenes = new(train: 4, validation: 2);

    public void Dispose() => _scenes.Dispose();

    [Fact]
    public void It_trains_bit_for_bit_as_the_command_and_goes_on_after_a_stop()
    {
        Host.Succeed(
            "train", "demo", "--data", _scenes.Data, "--out", _scenes.In("command"), "--iterations", "8", "--batch", "2", "--crop", "48",
            "--evaluations", "1", "--threads", "1");
        var dataset = SegmentationDataset.Open(_scenes.Data);
        using var stop = new CancellationTokenSource();
        var folder = _scenes.In("library");

        var part = SegmentationTrainer.Train(
            DemoNetwork.Descriptor, dataset, folder, Recipe, OneThread, new StopAtFirst(stop), stop.Token);
        var result = SegmentationTrainer.Resume(DemoNetwork.Descriptor, dataset, folder, OneThread);

        Assert.True(part.WasStopped);
        Assert.InRange(part.Iterations, 5, 7);
        Assert.Equal((8, false), (result.Iterations, result.WasStopped));
        Assert.Equal(Numbers("command"), Numbers("library"));
        using var segmenter = Segmenter.Load(folder);
        Assert.Equal(("demo", 8), (segmenter.Network, segmenter.Classes.Count));
        Assert.Contains("mIoU", Host.Succeed("compare", _scenes.In("command"), folder), StringComparison.Ordinal);
    }

    [Fact]
    public async System.Threading.Tasks.Task It_starts_from_weights_and_says_what_does_not_fit()
    {
        var dataset = SegmentationDataset.Open(_scenes.Data);
        var (first, second) = (_scenes.In("first"), _scenes.In("second"));
        await SegmentationTrainer.TrainAsync(DemoNetwork.Descriptor, dataset, first, Recipe with { Iterations = 1 }, OneThread);

        var result = SegmentationTrainer.Train(
            DemoNetwork.Descriptor, dataset, null, second, Recipe with { Iterations = 1 }, OneThread with { StartFrom = first });

        Assert.Null(result.Best);
        Assert.EndsWith("best.safetensors", RunConfig.Read(second).Facts["weights"], StringComparison.Ordinal);
        Assert.Contains("holds something already", Fault(first, DemoNetwork.Descriptor), StringComparison.Ordinal);
        Assert.Contains("fewer than one batch", Fault(_scenes.In("third"), DemoNetwork.Descriptor, Recipe with { Batch = 50 }),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_scenes.In("third")));
        Assert.Contains("is a run of demo, not of hdc-resnet101", Assert.Throws<TrainingException>(() =>
            SegmentationTrainer.Resume(HdcResNet101.Descriptor, dataset, first)).Message, StringComparison.Ordinal);
        Assert.Contains("'dawn'", Assert.Throws<UnusableDataException>(() => dataset.OpenSplit("dawn")).Message,
            StringComparison.Ordinal);

        string Fault(string folder, Networks.NetworkDescriptor network, TrainingRecipe? recipe = null)
        {
            var message = Assert.ThrowsAny<DeepLabDslException>(() =>
                SegmentationTrainer.Train(network, dataset, folder, recipe ?? Recipe, OneThread)).Message;
            Assert.DoesNotContain("--", message, StringComparison.Ordinal);
            return message;
        }
    }

    private byte[][] Numbers(string run) =>
        [.. Weights.WeightsFile.Open(Path.Combine(_scenes.In(run), RunFolder.LastName)).Tensors.OrderBy(t => t.Name, StringComparer.Ordinal)
            .Select(t =>
            {
                using var tensor = t.Load();
                return tensor.bytes.ToArray();
            })];

    private sealed class StopAtFirst(CancellationTokenSource stop) : IProgress<TrainingEvent>
    {
        public void Report(TrainingEvent value) => stop.Cancel();
    }
}
