using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;

namespace DeepLabDsl.Cli;

/// <summary>An option for every key of a recipe: <c>learning_rate</c> is <c>--learning-rate</c>.</summary>
internal sealed class RecipeOptions
{
    private readonly List<(RecipeKey Key, Option Option)> _options;

    public RecipeOptions() => _options = [.. RecipeKey.All.Select(k => (k, Create(k)))];

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => _options.Select(o => o.Option);

    /// <summary>What the command line gives, by key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Given(ParseResult result) =>
    [
        .. _options
        .Select(o =>
            (o.Key, Text: o.Option is Option<string[]> many
                ? Joined(o.Key, result.GetValue(many))
                : result.GetValue((Option<string?>)o.Option)))
            .Where(o => o.Text is not null)
            .Select(o => KeyValuePair.Create(o.Key.Name, o.Text!)),
    ];

    /// <summary>The effective recipe; a value that can't be is one clear error.</summary>
    public EffectiveRecipe Effective(NetworkDescriptor network, ParseResult result) => Effective(network, Given(result));

    /// <inheritdoc cref="Effective(NetworkDescriptor, ParseResult)"/>
    public static EffectiveRecipe Effective(NetworkDescriptor network, IEnumerable<KeyValuePair<string, string>> given)
    {
        foreach (var (name, text) in given)
        {
            try
            {
                RecipeKey.Find(name).Set(network.Training, text);
            }
            catch (FormatException e)
            {
                throw new UserException($"{OptionName(name)} {e.Message}");
            }
        }
        return EffectiveRecipe.For(network, given);
    }

    private static string OptionName(string key) => "--" + key.Replace('_', '-');

    /// <summary>
    /// A list's words as the recipe reads them. Between words is a blank: a comma in one would silently make two of a 0,5.
    /// </summary>
    private static string? Joined(RecipeKey key, string[]? words)
    {
        if (words is not { Length: > 0 })
            return null;
        return Array.Find(words, w => w.Contains(',')) is { } comma
            ? throw new UserException(
                $"{OptionName(key.Name)} must be {key.Expected}, not '{comma}'; values are parted by blanks, "
                + "and a fraction by a point (0.5)")
            : string.Join(',', words);
    }

    private static Option Create(RecipeKey key)
    {
        string[] aliases = key.Name == "learning_rate" ? ["--lr"] : [];
        return key.IsList
            ? new Option<string[]>(OptionName(key.Name), aliases)
            {
                Description = key.Help,
                HelpName = HelpName(key),
                AllowMultipleArgumentsPerToken = true,
                Arity = ArgumentArity.OneOrMore,
            }
            : new Option<string?>(OptionName(key.Name), aliases) { Description = key.Help, HelpName = HelpName(key) };
    }

    private static string HelpName(RecipeKey key) =>
        key.Expected.StartsWith("one of ", StringComparison.Ordinal) ? key.Expected["one of ".Length..].Replace(", ", "|")
        : key.Name == "crop" ? "HxW"
        : key.Expected.StartsWith("a whole", StringComparison.Ordinal) ? "N"
        : key.Name is "lr_multipliers" or "repeat" ? "NAME=X"
        : key.IsList ? "X X" : "X";
}
