using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;

namespace DeepLabDsl.Tests.Training;

/// <summary>What <c>repeat</c> and <c>balance_images</c> make of an epoch, and <c>class_balance</c> of the loss.</summary>
public class RepeatedDatasetTests
{
    // Each word is an image with the classes of its letters.
    private static InMemoryDataset Images(params string[] words) => new("letters", "train", Letters, words.Select((word, i) =>
        new SegmentationSample(
            $"{word}-{i}", new RgbImage(word.Length, 1),
            new LabelMap(word.Length, 1, [.. word.Select(l => l == '.' ? LabelMap.Void : (byte)(l - 'a'))]))));

    private static ClassSet Letters { get; } = new(
        "letters", "abc".Select(l => new SegmentationClass(l.ToString(), default)), LabelMap.Void, default);

    [Fact]
    public void Images_of_a_class_come_up_as_often_as_is_said_and_others_once()
    {
        var counts = Epoch(Images("a", "ab", "a", "abc", "."), new TrainingRecipe { Repeat = Times(("b", 2), ("C", 3)) });

        // The most wanted class on an image counts.
        Assert.Equal([1, 2, 1, 3, 1], counts);
    }

    [Fact]
    public void A_fraction_is_a_chance_that_the_seed_decides()
    {
        var images = Images([.. Enumerable.Repeat("b", 2000)]);
        var recipe = new TrainingRecipe { Repeat = Times(("b", 1.25)), Seed = 3 };

        var counts = Epoch(images, recipe);

        Assert.Equal([1, 2], counts.Distinct().Order());
        Assert.Equal(1.25, counts.Average(), 0.03);
        Assert.Equal(counts, Epoch(images, recipe));
        Assert.NotEqual(counts, Epoch(images, recipe with { Seed = 4 }));
    }

    [Fact]
    public void Rare_classes_are_balanced_by_the_root_of_their_share_of_images()
    {
        // 'b' is on 1 of 20 images, 'c' on 10: at a share of 0.45 the one comes up sqrt(0.45 / 0.05) = 3 times, the other as it is.
        var images = Images(["ab", .. Enumerable.Repeat("ac", 10), .. Enumerable.Repeat("a", 9)]);

        Assert.Equal([3, .. Enumerable.Repeat(1, 19)], Epoch(images, new TrainingRecipe { BalanceImages = 0.45 }));
        Assert.Equal(
            [4, .. Enumerable.Repeat(1, 19)], Epoch(images, new TrainingRecipe { BalanceImages = 0.45, Repeat = Times(("b", 4)) }));
    }

    [Fact]
    public void A_weight_is_the_frequency_to_the_power_of_minus_the_balance()
    {
        // Void counts nowhere; a class that never occurs does not matter.
        var statistics = LabelStatistics.Of(Images("aaaaaaaa..", "abb...."));
        Assert.Equal([9L, 2, 0], statistics.Pixels);
        double[] shares = [9 / 11.0, 2 / 11.0];
        foreach (var balance in new[] { 0, 0.3, 0.5, 1 })
        {
            var weights = statistics.ClassWeights(balance);

            Assert.Equal(Math.Pow(shares[0] / shares[1], balance), weights[1] / weights[0], 1e-5);
            Assert.Equal(1, shares[0] * weights[0] + shares[1] * weights[1], 1e-6);
        }
    }

    // How often each image comes up in an epoch of the loader that a training draws from.
    private static int[] Epoch(InMemoryDataset images, TrainingRecipe recipe)
    {
        var repeated = RepeatedDataset.Of(images, recipe, LabelStatistics.Of(images));
        using var loader = new BatchLoader(
            repeated, TrainingTransform.For(recipe with { Crop = (1, 1) }, ImageNormalizer.ImageNet),
            new BatchLoaderOptions { BatchSize = 1, Seed = recipe.Seed });
        var counts = loader.Epoch(1).SelectMany(b => b.Names).CountBy(n => n).ToDictionary();
        return [.. Enumerable.Range(0, images.Count).Select(i => counts.GetValueOrDefault(images.GetInfo(i).Name))];
    }

    private static Dictionary<string, double> Times(params (string Name, double Times)[] classes) =>
        classes.ToDictionary(c => c.Name, c => c.Times);
}
