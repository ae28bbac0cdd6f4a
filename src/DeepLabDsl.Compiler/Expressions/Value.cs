using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>A value of the language: a whole number, a number, true or false, a word, or a list of values.</summary>
internal readonly struct Value : IEquatable<Value>
{
    /// <summary>Sizes, rates and channels are small and many: each is kept once.</summary>
    private static readonly object[] Small = [.. Enumerable.Range(0, 257).Select(n => (object)(long)n)];

    private static readonly object True = true;
    private static readonly object False = false;

    private readonly object _content;

    private Value(object content) => _content = content;

    /// <summary>A whole number that grows with the number of classes.</summary>
    private sealed record Affine(long Number, long PerClass);

    public bool IsInt => _content is long or Affine;

    public bool IsNumber => _content is long or double or Affine;

    public bool IsBool => _content is bool;

    public bool IsWord => _content is string;

    public bool IsList => _content is Value[];

    /// <summary>The number; one that hangs on the number of classes is that for the spec's.</summary>
    public long Int => _content is Affine a ? a.Number : (long)_content;

    /// <summary>How much the number grows with each class more; 0 where it does not hang on them.</summary>
    public long PerClass => _content is Affine a ? a.PerClass : 0;

    public double Number => _content switch { long l => l, Affine a => a.Number, _ => (double)_content };

    public bool Bool => (bool)_content;

    public string Word => (string)_content;

    public IReadOnlyList<Value> List => (Value[])_content;

    public static implicit operator Value(long value) => new(value is >= 0 and <= 256 ? Small[value] : value);

    public static implicit operator Value(bool value) => new(value ? True : False);

    public static implicit operator Value(string value) => new(value);

    /// <summary>A number; one without a fraction counts as whole.</summary>
    public static implicit operator Value(double value) =>
        Math.Abs(value) < 1e15 && value == Math.Floor(value) ? (Value)(long)value : new(value);

    /// <summary>A whole number that hangs on the number of classes.</summary>
    /// <param name="number">What it is for the spec's.</param>
    /// <param name="perClass">How much it grows with each class more.</param>
    public static Value OfClasses(long number, long perClass) => perClass == 0 ? number : new Value(new Affine(number, perClass));

    public static Value Of(IEnumerable<Value> items) => new(items.ToArray());

    public bool Equals(Value other) => IsList && other.IsList
        ? List.SequenceEqual(other.List)
        : IsNumber && other.IsNumber ? Number.Equals(other.Number) && PerClass == other.PerClass : Equals(_content, other._content);

    public override bool Equals(object? obj) => obj is Value other && Equals(other);

    public override int GetHashCode() => IsNumber ? Number.GetHashCode() : IsList ? List.Count : _content.GetHashCode();

    public string Describe() => _content switch
    {
        bool => $"the truth value {this}",
        string => $"the word '{this}'",
        long or double or Affine => ToString(),
        _ => $"the list {this}",
    };

    public override string ToString() => _content switch
    {
        long l => l.ToString(CultureInfo.InvariantCulture),
        Affine a => a.Number.ToString(CultureInfo.InvariantCulture),
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        bool b => b ? "true" : "false",
        string s => s,
        _ => "[" + string.Join(", ", List) + "]",
    };
}
