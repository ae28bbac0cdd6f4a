using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using BatchNorm2d = DeepLabDsl.Modules.BatchNorm2d;

namespace DeepLabDsl.Training;

/// <summary>Parameters that learn at one rate and decay alike.</summary>
/// <param name="RateFactor">Factor of the recipe's learning rate.</param>
/// <param name="DecayFactor">Factor of the recipe's weight decay.</param>
/// <param name="Names">Their state-dict keys.</param>
internal sealed record ParameterGroup(double RateFactor, double DecayFactor, IReadOnlyList<string> Names);

/// <summary>Sorts a network's parameters into groups by a recipe.</summary>
internal static class ParameterGroups
{
    /// <summary>The groups, the greatest first; what stays as it is, is in none.</summary>
    /// <param name="network">The network.</param>
    /// <param name="recipe">The recipe.</param>
    /// <exception cref="TrainingException">A key of the recipe's rates fits no parameter, or nothing is left to learn.</exception>
    public static IReadOnlyList<ParameterGroup> Of(nn.Module network, TrainingRecipe recipe)
    {
        var norms = network.named_modules().Where(m => IsNorm(m.module))
            .Select(m => (Prefix: m.name + ".", IsLearning: m.module is BatchNorm2d)).ToList();
        var keys = ModuleState.Of(network).Where(e => e.Tensor is Parameter).Select(e => e.Name).ToList();
        foreach (var prefix in recipe.LrMultipliers.Keys.Where(p => !keys.Any(k => Fits(k, p))))
        {
            throw new TrainingException(
                $"'lr_multipliers' names '{prefix}', which no parameter of the network begins with. The network has {Listed(keys)}.");
        }
        var groups = keys
            .Select(key =>
                (Key: key, Factors: FactorsOf(
                    key,
                    norms.Where(n => key.StartsWith(n.Prefix, StringComparison.Ordinal)).Select(n => (bool?)n.IsLearning).FirstOrDefault(),
                    recipe)))
            .Where(k => k.Factors.Rate > 0)
            .GroupBy(k => k.Factors, k => k.Key)
            .Select(g => new ParameterGroup(g.Key.Rate, g.Key.Decay, [.. g]))
            .OrderByDescending(g => g.Names.Count).ThenBy(g => g.Names[0], StringComparer.Ordinal)
            .ToList();
        return groups.Count > 0
            ? groups
            : throw new TrainingException("By the recipe every parameter stays as it is: there is nothing to train.");
    }

    /// <summary>Whether a module is a batch norm, one that the spec has frozen included.</summary>
    public static bool IsNorm(nn.Module module) => module is BatchNorm;

    private static (double Rate, double Decay) FactorsOf(string key, bool? isLearningNorm, TrainingRecipe recipe)
    {
        var layer = recipe.LrMultipliers.Where(r => Fits(key, r.Key)).OrderByDescending(r => r.Key.Length).Select(r => r.Value)
            .FirstOrDefault(1);
        if (isLearningNorm is { } isLearning)
            return (isLearning && recipe.BatchNorm != BatchNormMode.Frozen ? layer : 0, recipe.NormDecay);
        return key.EndsWith(".bias", StringComparison.Ordinal) ? (layer * recipe.BiasRate, recipe.BiasDecay) : (layer, 1);
    }

    private static bool Fits(string key, string prefix) =>
        key.StartsWith(prefix, StringComparison.Ordinal) && (key.Length == prefix.Length || key[prefix.Length] == '.');

    private static string Listed(List<string> keys)
    {
        var tops = keys.Select(k => string.Join('.', k.Split('.').Take(2))).Distinct().ToList();
        return string.Join(", ", tops.Take(16)) + (tops.Count > 16 ? $" and {tops.Count - 16} more" : "");
    }
}
