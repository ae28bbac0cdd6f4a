using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Cli;

/// <summary>
/// Makes every option of the host. The command-line library reads numbers by the machine's locale and takes any number for an
/// enumeration's value; here a line means the same everywhere, and what is no such value is an error that says what was expected.
/// </summary>
internal static class CommandOptions
{
    /// <summary>Text; null where it is not given.</summary>
    public static Option<string?> Text(string name, string description, string helpName, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = helpName };

    /// <summary>Text with a default.</summary>
    public static Option<string> TextOr(string name, string byDefault, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => byDefault };

    /// <summary>Text without which the command does nothing.</summary>
    public static Option<string> RequiredText(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName, Required = true };

    /// <summary>Several texts, each a word or each after the option's name again.</summary>
    public static Option<string[]> Texts(string name, string description, string helpName, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = helpName,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>A whole number; null where it is not given.</summary>
    public static Option<int?> Count(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName, CustomParser = One<int?>(name, text => ReadCount(text)) };

    /// <summary>A whole number with a default.</summary>
    public static Option<int> CountOr(string name, int byDefault, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => byDefault,
        CustomParser = One(name, ReadCount),
    };

    /// <summary>A number; null where it is not given.</summary>
    public static Option<double?> Number(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName, CustomParser = One<double?>(name, text => ReadNumber(text)) };

    /// <summary>A number with a default.</summary>
    public static Option<double> NumberOr(string name, double byDefault, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => byDefault,
        CustomParser = One(name, ReadNumber),
    };

    /// <summary>Several numbers, each a word; empty where they are not given.</summary>
    public static Option<double[]> Numbers(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => Read(result, name, ReadNumber),
    };

    /// <summary>One of an enumeration's names, in any case; null where it is not given.</summary>
    public static Option<T?> Word<T>(string name, string description)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(n => n.ToLowerInvariant()).ToList();
        return new Option<T?>(name)
        {
            Description = description,
            HelpName = string.Join('|', names),
            CustomParser = One<T?>(name, text => Enum.GetValues<T>()[IndexOf(text, names)]),
        };
    }

    /// <summary>One of some words, in any case, handed on as it is listed.</summary>
    public static Option<string> WordOr(string name, string byDefault, IReadOnlyList<string> words, string description) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', words),
        DefaultValueFactory = _ => byDefault,
        CustomParser = One(name, text => words[IndexOf(text, words)]),
    };

    /// <inheritdoc cref="WordOr"/>
    public static Option<string?> Word(string name, IReadOnlyList<string> words, string description) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', words),
        CustomParser = One<string?>(name, text => words[IndexOf(text, words)]),
    };

    /// <summary>Some of some words, in any case, handed on as they are listed.</summary>
    public static Option<string[]> Words(string name, IReadOnlyList<string> words, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => Read(result, name, text => words[IndexOf(text, words)]),
    };

    /// <summary>Off unless it is given; <c>--name=false</c> is off too (<see cref="CommandWords"/>).</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>On where it is given, off as <c>--name=false</c>, null where it is not given.</summary>
    public static Option<bool?> Switch(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };

    private static Func<ArgumentResult, T> One<T>(string name, Func<string, T> read) => result =>
    {
        var values = Read(result, name, read);
        return values.Length > 0 ? values[^1] : default!;
    };

    private static T[] Read<T>(ArgumentResult result, string name, Func<string, T> read)
    {
        var values = new List<T>();
        foreach (var token in result.Tokens)
        {
            try
            {
                values.Add(read(token.Value));
            }
            catch (FormatException e)
            {
                result.AddError($"{name} must be {e.Message}, not '{token.Value}'");
                return [];
            }
        }
        return [.. values];
    }

    private static int ReadCount(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new FormatException($"a whole number up to {int.MaxValue}");

    private static double ReadNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw new FormatException(
                text.Contains(',') ? "a number with a point before its fraction, such as 0.5" : "a number such as 0.5");

    private static int IndexOf(string text, IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            if (string.Equals(words[i], text, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        throw new FormatException($"one of {string.Join(", ", words)}");
    }
}
