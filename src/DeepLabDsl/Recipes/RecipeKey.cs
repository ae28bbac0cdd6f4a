using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using DeepLabDsl.Modules;

namespace DeepLabDsl.Recipes;

/// <summary>One key of a recipe: what it is called in specs and on the command line, and how its value is read and written.</summary>
public abstract partial class RecipeKey
{
    private protected RecipeKey(string name, string help, string expected)
    {
        Name = name;
        Help = help;
        Expected = expected;
    }

    /// <summary>The key in a spec, such as <c>learning_rate</c>.</summary>
    public string Name { get; }

    /// <summary>One line for people.</summary>
    public string Help { get; }

    /// <summary>What its value must be, to end "must be".</summary>
    public string Expected { get; }

    /// <summary>Whether a spec may say it; the rest is for a machine or a run alone.</summary>
    public bool IsInSpecs { get; private init; } = true;

    /// <summary>Whether it is made of several words on the command line.</summary>
    public bool IsList { get; private protected init; }

    /// <summary>The value in a recipe, as text that <see cref="Set"/> reads.</summary>
    /// <param name="recipe">The recipe.</param>
    public abstract string Get(TrainingRecipe recipe);

    /// <summary>A recipe with another value.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="text">The value.</param>
    /// <exception cref="FormatException">The text is no such value; the message says what was expected.</exception>
    public abstract TrainingRecipe Set(TrainingRecipe recipe, string text);

    /// <summary>Checks the value in a recipe.</summary>
    /// <exception cref="ArgumentException">It is out of its range.</exception>
    internal abstract void Check(TrainingRecipe recipe);

    /// <summary>The key of a name.</summary>
    /// <param name="name">The key in a spec.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static RecipeKey Find(string name) =>
        All.FirstOrDefault(k => k.Name == name) ?? throw new ArgumentException($"A recipe has no '{name}'.");

    private delegate bool Reader<T>(string text, out T value);

    private sealed class Typed<T>(
        string name, string help, string expected, Func<TrainingRecipe, T> get, Func<TrainingRecipe, T, TrainingRecipe> set,
        Reader<T> read, Func<T, string> write, Func<T, bool> isValid)
        : RecipeKey(name, help, expected)
    {
        public bool IsWords
        {
            init => IsList = value;
        }

        public override string Get(TrainingRecipe recipe) => write(get(recipe));

        public override TrainingRecipe Set(TrainingRecipe recipe, string text) => read(text.Trim(), out var value) && isValid(value)
            ? set(recipe, value)
            : throw new FormatException($"must be {Expected}, not '{text}'");

        internal override void Check(TrainingRecipe recipe)
        {
            if (!isValid(get(recipe)))
                throw new ArgumentException($"'{Name}' must be {Expected}, not {write(get(recipe))}.");
        }
    }

    private static RecipeKey Count(
        string name, string help, int minimum, Func<TrainingRecipe, int> get, Func<TrainingRecipe, int, TrainingRecipe> set,
        bool isInSpecs = true) =>
        new Typed<int>(name, help, $"a whole number, {minimum} or more", get, set, ReadInt, v => Text(v), v => v >= minimum)
        {
            IsInSpecs = isInSpecs,
        };

    private static RecipeKey OptionalCount(
        string name, string help, Func<TrainingRecipe, int?> get, Func<TrainingRecipe, int?, TrainingRecipe> set) =>
        new Typed<int?>(
            name, help, "a whole number, 1 or more", get, set, Optional<int>(ReadInt), v => v is { } n ? Text(n) : None,
            v => v is null or >= 1);

    private static RecipeKey OptionalNumber(
        string name, string help, string range, Func<double, bool> isValid, Func<TrainingRecipe, double?> get,
        Func<TrainingRecipe, double?, TrainingRecipe> set) =>
        new Typed<double?>(
            name, help, $"a number {range}", get, set, Optional<double>(ReadNumber), v => v is { } n ? Text(n) : None,
            v => v is null || isValid(v.Value));

    private static RecipeKey Number(
        string name, string help, string range, Func<double, bool> isValid, Func<TrainingRecipe, double> get,
        Func<TrainingRecipe, double, TrainingRecipe> set,
        bool isInSpecs = true) =>
        new Typed<double>(name, help, $"a number {range}", get, set, ReadNumber, v => Text(v), isValid) { IsInSpecs = isInSpecs };

    private static RecipeKey Word<T>(string name, string help, Func<TrainingRecipe, T> get, Func<TrainingRecipe, T, TrainingRecipe> set)
        where T : struct, Enum =>
        new Typed<T>(
            name, help, $"one of {string.Join(", ", Enum.GetValues<T>().Select(v => Lower(v)))}", get, set, ReadWord, v => Lower(v),
            Enum.IsDefined);

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static bool ReadWord<T>(string text, out T value)
        where T : struct, Enum
    {
        // Enum.TryParse takes numbers, and joins names with commas between to another value.
        foreach (var known in Enum.GetValues<T>())
        {
            if (string.Equals(known.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                value = known;
                return true;
            }
        }
        value = default;
        return false;
    }

    private static Reader<T?> Optional<T>(Reader<T> read)
        where T : struct
    {
        return (string text, out T? value) =>
        {
            value = null;
            if (text == None)
                return true;
            if (!read(text, out var given))
                return false;
            value = given;
            return true;
        };
    }

    private const string None = "none";

    private static bool ReadInt(string text, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static bool ReadNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    private static bool ReadNumbers(string text, out IReadOnlyList<double> values)
    {
        var parts = Split(text);
        values = [.. parts.Select(p => ReadNumber(p, out var value) ? value : double.NaN)];
        return values.All(double.IsFinite);
    }

    private static bool ReadPair(string text, out (double, double) pair)
    {
        var read = ReadNumbers(text, out var values) && values.Count == 2;
        pair = read ? (values[0], values[1]) : default;
        return read;
    }

    private static bool ReadSize(string text, out Extent size)
    {
        var parts = text.Split('x').Select(p => ReadInt(p.Trim(), out var side) ? side : 0).ToList();
        size = parts.Count == 1 ? parts[0] : parts.Count == 2 ? (parts[0], parts[1]) : default(Extent);
        return size != default;
    }

    private static bool ReadFactors(string text, out IReadOnlyDictionary<string, double> factors)
    {
        var read = new SortedDictionary<string, double>(StringComparer.Ordinal);
        factors = read;
        foreach (var part in text == None ? [] : Split(text))
        {
            var equals = part.LastIndexOf('=');
            if (equals < 1 || !ReadNumber(part[(equals + 1)..].Trim(), out var factor) || !read.TryAdd(part[..equals].Trim(), factor))
                return false;
        }
        return true;
    }

    private static string[] Split(string text) =>
        text == None ? [] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Text(IReadOnlyList<double> values) => values.Count == 0 ? None : string.Join(", ", values.Select(v => Text(v)));

    private static string Text(IReadOnlyDictionary<string, double> factors)
    {
        var text = new StringBuilder();
        foreach (var (name, factor) in factors.OrderBy(f => f.Key, StringComparer.Ordinal))
            text.Append(text.Length > 0 ? ", " : "").Append(name).Append('=').Append(Text(factor));
        return text.Length == 0 ? None : text.ToString();
    }
}
