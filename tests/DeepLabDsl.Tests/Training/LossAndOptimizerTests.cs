using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Training;

/// <summary>Loss and optimizer against plain arithmetic and against TorchSharp's own.</summary>
public class LossAndOptimizerTests
{
    private static readonly double[] Weights = [0.5, 2, 1];

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(1, 0, true)]
    [InlineData(0.3, 0, false)]
    [InlineData(0.3, 0.4, false)]
    [InlineData(0.25, 0.6, true)]
    public void Hard_pixels_are_those_of_the_plain_definition(double share, double threshold, bool isWeighted)
    {
        using var scope = NewDisposeScope();
        // Tests run side by side and share the global generator.
        var random = new Generator(3);
        var logits = randn([2, 3, 5, 7], generator: random).mul(2);
        var labels = randint(0, 3, [2, 5, 7], dtype: ScalarType.Int64, generator: random);
        labels[0, 2] = tensor(255L);
        var loss = new BatchLoss(
            new TrainingRecipe { HardPixels = share, HardThreshold = threshold },
            isWeighted ? tensor(Weights.Select(w => (float)w).ToArray()) : null);

        var value = loss.Of(new Output(logits), labels)!.ToDouble();

        var pixels = new List<(double Loss, double Weight)>();
        for (var n = 0; n < 2; n++)
        {
            for (var i = 0; i < 35; i++)
            {
                var label = (int)labels[n, i / 7, i % 7].ToInt64();
                if (label == 255)
                    continue;
                var scores = Enumerable.Range(0, 3).Select(c => (double)logits[n, c, i / 7, i % 7].ToSingle()).ToArray();
                pixels.Add((Math.Log(scores.Sum(Math.Exp)) - scores[label], isWeighted ? Weights[label] : 1));
            }
        }
        var hard = pixels.OrderByDescending(p => p.Loss).Take((int)Math.Ceiling(share * pixels.Count))
            .Union(pixels.Where(p => Math.Exp(-p.Loss) < threshold)).ToList();
        Assert.Equal(hard.Sum(p => p.Loss * p.Weight) / hard.Sum(p => p.Weight), value, 5e-6);
    }

    [Fact]
    public void Dice_is_that_of_the_plain_definition_over_the_classes_that_are_shown()
    {
        using var scope = NewDisposeScope();
        var random = new Generator(5);
        var logits = randn([2, 4, 5, 7], generator: random).mul(2);
        // Class 3 is not shown: what it is given counts against nothing.
        var labels = randint(0, 3, [2, 5, 7], dtype: ScalarType.Int64, generator: random);
        labels[0, 2] = tensor(255L);

        var value = new BatchLoss(new TrainingRecipe { Dice = 0.7 }, null).Of(new Output(logits), labels)!.ToDouble();

        var plain = new BatchLoss(new TrainingRecipe(), null).Of(new Output(logits), labels)!.ToDouble();
        var probabilities = nn.functional.softmax(logits, 1);
        var scores = Enumerable.Range(0, 3).Select(c =>
        {
            var (shared, predicted, truth) = (0.0, 0.0, 0.0);
            for (var i = 0; i < 70; i++)
            {
                var label = labels[i / 35, i / 7 % 5, i % 7].ToInt64();
                var probability = (double)probabilities[i / 35, c, i / 7 % 5, i % 7].ToSingle();
                shared += label == c ? probability : 0;
                predicted += label != 255 ? probability : 0;
                truth += label == c ? 1 : 0;
            }
            return 2 * shared / (predicted + truth);
        });
        Assert.Equal(plain + 0.7 * (1 - scores.Average()), value, 5e-6);
        Assert.Equal(0, DiceLoss.Of(DiceLoss.SumsOf(logits, full_like(labels, 255L))).ToDouble());
    }

    [Fact]
    public void Outputs_are_summed_by_their_factors()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (randn(1, 3, 4, 4), randn(1, 3, 4, 4));
        var labels = randint(0, 3, [1, 4, 4], dtype: ScalarType.Int64);
        var loss = new BatchLoss(new TrainingRecipe(), null);

        var both = loss.Of(new Output(a, (b, 0.4)), labels)!.ToDouble();

        Assert.Equal(loss.Of(new Output(a), labels)!.ToDouble() + 0.4 * loss.Of(new Output(b), labels)!.ToDouble(), both, 5e-6);
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.AdamW)]
    public void Steps_are_torchs(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var random = new Generator(1);
        var start = randn([4, 5], generator: random);
        using var own = new TorchSharp.Modules.Parameter(start.clone());
        using var theirs = new TorchSharp.Modules.Parameter(start.clone());
        var recipe = new TrainingRecipe { Optimizer = kind, WeightDecay = 0.01, Momentum = 0.8, Betas = (0.8, 0.95) };
        using var optimizer = new NetworkOptimizer(recipe, [new ParameterGroup(2, 0.5, ["w"])], _ => own);
        using optim.Optimizer reference = kind == OptimizerKind.Sgd
            ? optim.SGD([theirs], 0.1, 0.8, weight_decay: 0.005)
            : optim.AdamW([theirs], 0.1, 0.8, 0.95, 1e-8, 0.005);

        for (var i = 0; i < 6; i++)
        {
            var gradient = randn([4, 5], generator: random);
            (own.grad, theirs.grad) = (gradient.clone(), gradient.clone());
            optimizer.Step(0.05);
            reference.step();
        }

        Assert.True(own.allclose(theirs, rtol: 1e-5, atol: 1e-6), (own - theirs).abs().max().ToDouble().ToString());
    }

    [Fact]
    public void Gradients_are_cut_to_their_norm()
    {
        using var scope = NewDisposeScope();
        using var a = new TorchSharp.Modules.Parameter(zeros(3));
        using var b = new TorchSharp.Modules.Parameter(zeros(1));
        using var optimizer = new NetworkOptimizer(new TrainingRecipe(), [new ParameterGroup(1, 1, ["a", "b"])], n => n == "a" ? a : b);
        (a.grad, b.grad) = (tensor(new float[] { 2, 0, 0 }), tensor(new float[] { 1.5f }));

        Assert.Equal(2.5, optimizer.ClipGradients(1), 6);
        Assert.Equal((0.8, 0.6), (Math.Round(a.grad![0].ToDouble(), 5), Math.Round(b.grad![0].ToDouble(), 5)));
    }

    private sealed class Output(Tensor logits, params (Tensor Logits, double Factor)[] others) : SegmentationOutput
    {
        public override Tensor Logits { get; } = logits;

        public override IReadOnlyList<SupervisedOutput> Supervised =>
            [new("logits", Logits, 1), .. others.Select((o, i) => new SupervisedOutput($"other{i}", o.Logits, o.Factor))];

        public override IReadOnlyList<KeyValuePair<string, Tensor>> Named =>
            [.. Supervised.Select(s => KeyValuePair.Create(s.Name, s.Logits))];
    }
}
