using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Recipes;
using DeepLabDsl.Tests.Networks;
using DeepLabDsl.Training;
using DeepLabDsl.Weights.Formats;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Training;

/// <summary>What a training does and when it gives up.</summary>
[Collection(TrainingCollection.Name)]
public class TrainerTests(ITestOutputHelper output)
{
    private static readonly InMemoryDataset Scenes = DemoScenes.CreateDataset("train", 8, width: 48, height: 40);

    [Fact]
    public void Learning_lowers_the_loss()
    {
        var recipe = LearnerRun.Base with { Iterations = 60, LearningRate = 0.05, LrMultipliers = new Dictionary<string, double>() };
        using var run = new LearnerRun(recipe);
        var steps = new List<TrainingStep>();

        run.Start(progress: new Listener<TrainingStep>(steps.Add));

        Assert.True(steps[^1].Loss < 0.75 * steps[0].Loss, string.Join(", ", steps.Select(s => s.Loss)));
    }

    [Fact]
    public void A_training_that_is_over_before_it_began_takes_a_step()
    {
        using var run = new LearnerRun(LearnerRun.Base with { Iterations = null, Minutes = 1e-9 });

        Assert.Equal(1, run.Start().Iterations);
        Assert.True(File.Exists(Path.Combine(run.Path, RunFolder.BestName)));
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_the_run_with_step_images_and_checkpoint()
    {
        // The first step makes weights so large that the next overflows.
        using var run = new LearnerRun(LearnerRun.Base with { LearningRate = 1e30, LossLimit = double.MaxValue, CheckpointEvery = 1 });

        var fault = Assert.Throws<TrainingException>(() => run.Start());

        Assert.Matches("at iteration [1-9]", fault.Message);
        Assert.Contains("train-0", fault.Message, StringComparison.Ordinal);
        Assert.Contains("The last good checkpoint is " + run.Checkpoints, fault.Message, StringComparison.Ordinal);
        using var scope = NewDisposeScope();
        foreach (var file in Directory.GetFiles(run.Checkpoints, "*.safetensors").Select(SafeTensors.Open))
        {
            Assert.All(
                file.Tensors.Where(t => t.Type == ScalarType.Float32), t => Assert.True(t.Load().isfinite().all().item<bool>(), t.Name));
        }
    }

    [Fact]
    public void A_loss_above_the_limit_has_exploded()
    {
        using var run = new LearnerRun(LearnerRun.Base with { LossLimit = 0.5 });

        var fault = Assert.Throws<TrainingException>(() => run.Start());

        Assert.Contains("exploded", fault.Message, StringComparison.Ordinal);
        Assert.Contains("iteration-00000000", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Frozen_norms_and_layers_of_rate_zero_stay_as_they_are()
    {
        using var network = new Learner();
        var before = Copy(network);
        var recipe = LearnerRun.Base with
        {
            BatchNorm = BatchNormMode.Frozen,
            LrMultipliers = new Dictionary<string, double> { ["classifier"] = 0, ["classifier.2"] = 1 },
        };

        new Trainer(network, Scenes, null, recipe).Run();

        var same = Copy(network).Where(p => p.Value.SequenceEqual(before[p.Key])).Select(p => p.Key).Order();
        Assert.Equal(
            ["classifier.1.bias", "classifier.1.weight", "norm.bias", "norm.num_batches_tracked", "norm.running_mean", "norm.running_var",
            "norm.weight"], same);
    }

    /// <summary>A run that a program began without a word is told by its folder as one of the command line is.</summary>
    [Fact]
    public void A_run_describes_itself()
    {
        using var run = new LearnerRun(LearnerRun.Base with { Iterations = 1, LearningRate = 0.0123 });

        run.Start();

        var config = RunConfig.Read(run.Path);
        Assert.Equal((Learner.Descriptor.Name, "train"), (config.Network, config.Facts["train_split"]));
        Assert.Equal((0.0123, "program"), (config.Recipe.Recipe.LearningRate, config.Recipe.Origins["learning_rate"]));
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_no_start()
    {
        using var network = new Learner();
        using (no_grad())
            network.parameters().First().fill_(float.NaN);

        var fault = Assert.Throws<TrainingException>(() => new Trainer(network, Scenes, null, LearnerRun.Base));

        Assert.Contains("hold NaN or an infinity", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("learning rate", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_one_class_nothing_can_be_learnt()
    {
        var classes = new ClassSet("one", [new SegmentationClass("object", new Rgb(255, 0, 0))]);
        using var network = new Learner(1);

        var fault =
            Assert.Throws<TrainingException>(() => new Trainer(
                network,
                new InMemoryDataset("one", "train", classes, [new SegmentationSample("a", new RgbImage(4, 4), new LabelMap(4, 4))]), null,
                LearnerRun.Base));

        Assert.Contains("'classes: { background: [0, 0, 0], object: [255, 0, 0] }'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_that_does_not_run_leaves_its_folder_as_it_was()
    {
        using var folder = new TemporaryFolder();
        using var network = new Learner();
        using var run = RunFolder.Open(folder.Path, Learner.Descriptor, Scenes.Classes);
        var scenes = new NormalizedScenes();
        var before = Directory.GetFileSystemEntries(folder.Path);

        var trainer = new Trainer(network, scenes, null, LearnerRun.Base with { Iterations = 1 }, run);

        Assert.Null(run.Normalizer);
        Assert.Equal(before, Directory.GetFileSystemEntries(folder.Path));
        trainer.Run();
        Assert.Same(scenes.Normalizer, run.Normalizer);
    }

    [Fact]
    public void A_training_leaves_the_programs_generator_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var network = new Learner();
        manual_seed(3).Dispose();
        var expected = rand(4);
        manual_seed(3).Dispose();

        new Trainer(network, Scenes, null, LearnerRun.Base with { Iterations = 2 }).Run();

        Assert.True(expected.equal(rand(4)).all().item<bool>());
    }

    [Fact]
    public void Norm_momentum_is_the_papers()
    {
        using var network = new Learner();
        new Trainer(network, Scenes, null, LearnerRun.Base with { Iterations = 1, NormMomentum = 0.0003 }).Run();

        Assert.Equal(0.0003, network.Norm.momentum!.Value);
    }

    [Theory]
    [InlineData("nowhere=1", "'lr_multipliers' names 'nowhere'")]
    [InlineData("conv=0, norm=0, classifier=0, early=0", "nothing to train")]
    public void Rates_that_fit_nothing_are_refused(string rates, string message)
    {
        using var network = new Learner();
        var recipe = RecipeKey.Find("lr_multipliers").Set(LearnerRun.Base, rates);

        Assert.Contains(
            message, Assert.Throws<TrainingException>(() => new Trainer(network, Scenes, null, recipe).Run()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_are_the_caffe_recipes()
    {
        using var network = new Learner();

        var groups = ParameterGroups.Of(network, Learner.Descriptor.Training)
            .ToDictionary(g => string.Join(" ", g.Names), g => (g.RateFactor, g.DecayFactor));

        Assert.Equal((10, 1), groups["classifier.2.weight"]);
        Assert.Equal((20, 0), groups["classifier.2.bias"]);
        Assert.Equal((0.5, 1), groups["conv.weight"]);
        Assert.Equal((1, 0), groups["conv.bias"]);
        Assert.Equal((2, 0), groups["classifier.1.bias early.bias"]);
        Assert.Equal((1, 1), groups["norm.weight norm.bias classifier.1.weight early.weight"]);
    }

    [Fact]
    public void An_unknown_class_to_repeat_is_named()
    {
        using var run = new LearnerRun(LearnerRun.Base with { Repeat = new Dictionary<string, double> { ["zebra"] = 2 } });

        Assert.Contains("'zebra'", Assert.Throws<TrainingException>(() => run.Start()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Class_balance_weighs_the_loss_by_the_frequencies()
    {
        var balanced = Loss(new TrainingRecipe { ClassBalance = 0.5 });

        Assert.Equal(
            Loss(new TrainingRecipe { ClassWeights = [.. LabelStatistics.Of(Scenes).ClassWeights(0.5).Select(w => (double)w)] }), balanced);
        Assert.NotEqual(Loss(new TrainingRecipe()), balanced);
    }

    [Fact]
    public void Noise_reaches_the_network()
    {
        // All other draws are the same.
        Assert.NotEqual(Loss(new TrainingRecipe()), Loss(new TrainingRecipe { Noise = 0.1 }));
        Assert.Equal(Loss(new TrainingRecipe()), Loss(new TrainingRecipe { Noise = 0 }));
    }

    [Fact]
    public void Repeated_images_make_an_epoch_longer()
    {
        // Eight images, two a step; each has some sky, two have a person.
        var scenes = new InMemoryDataset(
            "scenes", "train", Scenes.Classes, Enumerable.Range(0, 8).Select(i => Scenes.Load(i)).Select((s, i) =>
            s with
            {
                Labels = new LabelMap(48, 40, [.. s.Labels.Indices.Select((l, at) => l == 7 || at == 0 ? (byte)(i < 2 ? 7 : 0) : l)]),
            }));
        int Steps(TrainingRecipe recipe)
        {
            using var run = new LearnerRun(recipe with { Epochs = 1, Batch = 2, Crop = (32, 40), Evaluations = 1 });
            return run.Start(train: scenes).Iterations;
        }

        Assert.Equal(4, Steps(new TrainingRecipe()));
        Assert.Equal(12, Steps(new TrainingRecipe { Repeat = new Dictionary<string, double> { ["sky"] = 3 } }));
        // A quarter of the images: sqrt(1 / (1 / 4)) = 2 times each.
        Assert.Equal(5, Steps(new TrainingRecipe { BalanceImages = 1 }));
    }

    /// <summary>2,000 steps: the number of live tensors never changes, the memory hardly.</summary>
    [SkippableFact]
    public void Memory_is_flat_over_a_long_run()
    {
        LongTests.Require();
        // A batch is more than 85,000 bytes: what is left of one in managed memory stays until a full collection.
        using var run = new LearnerRun(
            LearnerRun.Base with
            {
                Iterations = 2000,
                Crop = (96, 96),
                Evaluations = 10,
                CheckpointEvery = 200,
                Ema = 0.99,
                ClipGradNorm = 1,
                HardPixels = 0.5,
            });
        var steps = new List<TrainingStep>();

        run.Start(progress: new Listener<TrainingStep>(steps.Add));

        // Until the first evaluation and checkpoint not everything has been used yet.
        var settled = steps.Where(s => s.Iteration > 200).ToList();
        foreach (var step in settled.Where(s => s.Iteration % 200 == 0))
            output.WriteLine($"{step.Iteration}: {step.Memory >> 20} MB, {step.LiveTensors} live tensors");
        Assert.Single(settled.Select(s => s.LiveTensors).Distinct());
        Assert.InRange(settled.Max(s => s.Memory) / (double)settled.Min(s => s.Memory), 1, 1.05);
    }

    // The loss of a first step and the next together.
    private static double Loss(TrainingRecipe recipe)
    {
        var steps = new List<TrainingStep>();
        using var run = new LearnerRun(recipe with { Iterations = 2, Batch = 2, Crop = (32, 40), Evaluations = 1 });
        run.Start(train: Scenes, progress: new Listener<TrainingStep>(steps.Add));
        return steps.Single().Loss;
    }

    private static Dictionary<string, byte[]> Copy(nn.Module module) =>
        ModuleState.Of(module).ToDictionary(e => e.Name, e => e.Tensor.detach().bytes.ToArray());

    /// <summary>The scenes as a dataset that has a normaliser.</summary>
    private sealed class NormalizedScenes : ISegmentationDataset
    {
        public string Name => "scenes";

        public string Split => "train";

        public ClassSet Classes => Scenes.Classes;

        public int Count => Scenes.Count;

        public ImageNormalizer? Normalizer { get; } = new([0.1, 0.2, 0.3], [1, 1, 1]);

        public SampleInfo GetInfo(int index) => Scenes.GetInfo(index);

        public SegmentationSample Load(int index) => Scenes.Load(index);
    }
}
