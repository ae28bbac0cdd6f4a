using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Data;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Recipes;
using DeepLabDsl.Tests.Networks;
using DeepLabDsl.Tests.Support;
using DeepLabDsl.Training;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Training;

/// <summary>Trainings of two ranks, as threads, beside that of one process: the same batches, loss, norms and weights.</summary>
[Collection(TrainingCollection.Name)]
public class RankTests
{
    // Void-heavy in the second half of the batches: the ranks' parts have unlike numbers of labelled pixels.
    private static readonly InMemoryDataset Scenes = Sparse(DemoScenes.CreateDataset("train", 10, width: 48, height: 40));

    public static TheoryData<string> Recipes =>
        ["sgd", "adamw", "class weights", "hard pixels", "dice", "accumulated", "clipped", "bfloat16"];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Two_ranks_learn_the_weights_of_one_process(string name)
    {
        var recipe = RecipeOf(name);

        var alone = Train(recipe, 1)[0];
        var together = Train(recipe, 2);

        Assert.Equal(together[0], together[1]);
        // Sums in another order: 2^-24 each, and twenty steps; in 16 bits, where a map rounds the other way, 2^-8 of it.
        var apart = Apart(alone, together[0]);
        Assert.True(apart < (name == "bfloat16" ? 2e-3 : 2e-6), $"{apart:g3} of the weights apart");
    }

    [Fact]
    public void Two_ranks_repeat_themselves_bit_for_bit() =>
        Assert.Equal(Train(RecipeOf("sgd"), 2)[0], Train(RecipeOf("sgd"), 2)[0]);

    [Fact]
    public void A_norm_of_each_ranks_own_images_is_another()
    {
        var recipe = RecipeOf("sgd");

        Assert.True(Apart(Train(recipe, 1)[0], Train(recipe with { BatchNorm = BatchNormMode.Train }, 2)[0]) > 1e-3);
    }

    [Fact]
    public void Few_images_that_each_rank_normalises_by_are_told()
    {
        var recipe = RecipeOf("sgd") with { Iterations = 1 };
        string[] Warnings(BatchNormMode norms)
        {
            var told = new List<string>();
            Train(recipe with { BatchNorm = norms }, 2, new Listener<TrainingWarning>(w => told.Add(w.Message)));
            return [.. told];
        }

        Assert.Contains("normalises by its own 2 of the 4 images", Assert.Single(Warnings(BatchNormMode.Train)), StringComparison.Ordinal);
        Assert.Empty(Warnings(BatchNormMode.Synchronized));
    }

    private static TrainingRecipe RecipeOf(string name)
    {
        var recipe = LearnerWithoutDropout.Descriptor.Training with
        {
            Iterations = 20,
            Batch = 4,
            BatchNorm = BatchNormMode.Synchronized,
            Seed = 7,
        };
        return name switch
        {
            "adamw" => recipe with { Optimizer = OptimizerKind.AdamW, LearningRate = 1e-3, WeightDecay = 0.01 },
            "class weights" => recipe with { ClassBalance = 0.5 },
            "hard pixels" => recipe with { HardPixels = 0.3, HardThreshold = 0.5 },
            "dice" => recipe with { Dice = 0.5 },
            "accumulated" => recipe with { AccumulationSteps = 2 },
            "clipped" => recipe with { ClipGradNorm = 0.5 },
            "bfloat16" => recipe with { Precision = TrainingPrecision.BFloat16 },
            _ => recipe,
        };
    }

    /// <summary>The state of each rank's network after a training.</summary>
    private static float[][] Train(TrainingRecipe recipe, int ranks, IProgress<TrainingEvent>? listener = null)
    {
        // Made one after the other: each draws its weights from the process's one generator.
        var networks = Enumerable.Range(0, ranks).Select(_ =>
        {
            manual_seed(7).Dispose();
            return new LearnerWithoutDropout();
        }).ToArray();
        var group = new ThreadGroup(ranks);
        var runs = networks.Select((network, rank) => Task.Factory.StartNew(
            () =>
            {
                // Of this thread's operations: with more, sums may be taken in another order.
                set_num_threads(1);
                return new Trainer(network, Scenes, null, recipe, null, group.Ranks[rank]).Run(rank == 0 ? listener : null);
            },
            TaskCreationOptions.LongRunning));
        Task.WaitAll([.. runs.ToArray()]);
        var states = networks.Select(n => ModuleState.Of(n)
            .SelectMany(e => e.Tensor.to(ScalarType.Float32).data<float>().ToArray()).ToArray()).ToArray();
        foreach (var network in networks)
            network.Dispose();
        return states;
    }

    /// <summary>How far two states are apart, of the first's length.</summary>
    private static double Apart(IReadOnlyList<float> one, IReadOnlyList<float> other) =>
        Math.Sqrt(one.Zip(other, (a, b) => Math.Pow(a - b, 2)).Sum() / one.Sum(a => (double)a * a));

    private static InMemoryDataset Sparse(InMemoryDataset source)
    {
        var samples = Enumerable.Range(0, source.Count).Select(source.Load).ToList();
        foreach (var sample in samples.Where((_, i) => i % 2 == 1))
            sample.Labels.Indices.AsSpan(0, sample.Labels.Indices.Length * 3 / 4).Fill(LabelMap.Void);
        return new InMemoryDataset(source.Name, source.Split, source.Classes, samples);
    }
}
