using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Training;

/// <summary>A recipe and where each of its values comes from: the spec, what was asked for, or the defaults.</summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="Origins">By key; a key that is not here has its default.</param>
public sealed record EffectiveRecipe(TrainingRecipe Recipe, IReadOnlyDictionary<string, string> Origins)
{
    /// <summary>The origin of what was given on the command line.</summary>
    public const string CommandLine = "command line";

    private const string Default = "default";
    private const int DefaultEpochs = 30;

    private static readonly string[] Limits = ["epochs", "iterations", "minutes"];

    /// <summary>Lays values over the recipe of a network's spec.</summary>
    /// <param name="network">The network.</param>
    /// <param name="given">Keys and values as text; a limit among them takes the place of all of the spec's.</param>
    /// <param name="origin">Where the values come from.</param>
    /// <exception cref="FormatException">A value can't be read; the message names the key.</exception>
    /// <exception cref="ArgumentException">There is no such key, or values do not fit together.</exception>
    public static EffectiveRecipe For(
        NetworkDescriptor network, IEnumerable<KeyValuePair<string, string>> given, string origin = CommandLine)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(given);
        var recipe = network.Training;
        var origins = network.TrainingOrigins.ToDictionary(StringComparer.Ordinal);
        var values = given.ToList();
        if (values.Any(v => Limits.Contains(v.Key)))
        {
            recipe = recipe with { Epochs = null, Iterations = null, Minutes = null };
            foreach (var limit in Limits.Where(origins.ContainsKey))
                origins[limit] = origin;
        }
        foreach (var (name, text) in values)
        {
            try
            {
                recipe = RecipeKey.Find(name).Set(recipe, text);
            }
            catch (FormatException e)
            {
                throw new FormatException($"'{name}' {e.Message}", e);
            }
            origins[name] = origin;
        }
        recipe = Limited(recipe);
        recipe.Validate();
        return new EffectiveRecipe(recipe, origins);
    }

    /// <summary>The recipe, with the default number of epochs where it has no end.</summary>
    internal static TrainingRecipe Limited(TrainingRecipe recipe) => recipe.IsLimited ? recipe : recipe with { Epochs = DefaultEpochs };

    /// <summary>A recipe that a program made: what is not as the network's spec or the defaults have it is the program's.</summary>
    internal static EffectiveRecipe OfProgram(NetworkDescriptor network, TrainingRecipe recipe)
    {
        var (spec, defaults) = (network.Training, new TrainingRecipe());
        var origins = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in RecipeKey.All)
        {
            var value = key.Get(recipe);
            if (value == key.Get(spec) && network.TrainingOrigins.TryGetValue(key.Name, out var place))
                origins[key.Name] = place;
            else if (value != key.Get(defaults))
                origins[key.Name] = "program";
        }
        return new EffectiveRecipe(recipe, origins);
    }

    /// <summary>Every key with its value and where that comes from.</summary>
    public IEnumerable<(string Name, string Value, string Origin)> Lines() =>
        RecipeKey.All.Select(k => (k.Name, k.Get(Recipe), Origins.GetValueOrDefault(k.Name, Default)));
}
