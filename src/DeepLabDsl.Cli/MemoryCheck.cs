using System;
using System.Globalization;
using DeepLabDsl.Compiler;
using DeepLabDsl.Graph;
using DeepLabDsl.IO;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli;

/// <summary>Tells before a training that it will not fit: a system that runs out of memory ends the process without a word.</summary>
internal static class MemoryCheck
{
    /// <summary>The warning; null where the training fits, or nobody can tell: the memory of a GPU is not known here.</summary>
    public static string? Warning(NetworkDescriptor network, TrainingRecipe recipe, int classes, Device device)
    {
        if (device.type != DeviceType.CPU || FreeMemory.Bytes() is not { } free)
            return null;
        try
        {
            var report = NetworkReport.Of(network.Graph, (recipe.Crop.Height, recipe.Crop.Width), classes);
            var minimum = report.NormalizesPooledFeatures && recipe.BatchNorm != BatchNormMode.Frozen ? 2 : 1;
            return Warning(recipe, ImageBytes(report, recipe), WeightBytes(report, recipe), minimum, free);
        }
        catch (InputSizeException)
        {
            // What can't be run at the crops' size the training itself will tell.
            return null;
        }
    }

    /// <summary>The warning from the figures.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="image">Bytes that each image of a batch takes.</param>
    /// <param name="weights">Bytes that weights take, whatever the batch.</param>
    /// <param name="minimum">The smallest batch that can be trained on.</param>
    /// <param name="free">Bytes that are free.</param>
    public static string? Warning(TrainingRecipe recipe, long image, long weights, int minimum, long free)
    {
        if (recipe.Batch * image + weights <= free)
            return null;
        var fits = (int)((free - weights) / image);
        var passes = fits < minimum ? 0 : (recipe.Batch + fits - 1) / fits;
        return string.Create(CultureInfo.InvariantCulture,
            $"a step on {recipe.Batch} crops of {recipe.Crop} takes some {FreeMemory.Giga(recipe.Batch * image + weights)} GB, and "
            + $"{FreeMemory.Giga(free)} GB are free: the system may end the training without a word; ")
            + (passes == 0
                ? $"not even {minimum} {(minimum == 1 ? "crop fits" : "crops fit")}: take a smaller --crop"
                : $"give --batch {Math.Max(minimum, (recipe.Batch + passes - 1) / passes)} --accumulation-steps "
                    + $"{passes * recipe.AccumulationSteps}, or a smaller --crop");
    }

    private static long ImageBytes(NetworkReport report, TrainingRecipe recipe) =>
        // 16 bits take half at best: norms and the loss stay in 32.
        (long)(FreeMemory.Spread * report.TrainingBytes / (recipe.Precision == TrainingPrecision.BFloat16 ? 2 : 1));

    /// <summary>Weights, their gradients, what the optimizer keeps of each, and the running mean.</summary>
    private static long WeightBytes(NetworkReport report, TrainingRecipe recipe) =>
        report.Parameters * sizeof(float) * (2 + (recipe.Optimizer == OptimizerKind.AdamW ? 2 : 1) + (recipe.Ema > 0 ? 1 : 0));
}
