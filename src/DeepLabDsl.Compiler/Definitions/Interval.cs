using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>A range of numbers: what is tested, what a message says of it, and what the JSON Schema says of it.</summary>
/// <param name="Least">The least number; null: any.</param>
/// <param name="Greatest">The greatest number; null: any.</param>
/// <param name="IsAbove">Whether the least number itself is out of range.</param>
/// <param name="IsBelow">Whether the greatest number itself is out of range.</param>
internal sealed record Interval(double? Least, double? Greatest = null, bool IsAbove = false, bool IsBelow = false)
{
    /// <summary>Greater than a number.</summary>
    public static Interval Above(double least, double? greatest = null) => new(least, greatest, IsAbove: true);

    /// <summary>A number or more.</summary>
    public static Interval From(double least, double? greatest = null) => new(least, greatest);

    /// <summary>From a number to less than another.</summary>
    public static Interval Below(double least, double greatest) => new(least, greatest, IsBelow: true);

    public bool Contains(double number) =>
        (Least is null || (IsAbove ? number > Least : number >= Least))
            && (Greatest is null || (IsBelow ? number < Greatest : number <= Greatest));

    /// <summary>Whether a number, or each number of a list, is within.</summary>
    public bool ContainsAll(Value value) => value.IsList ? value.List.All(ContainsAll) : !value.IsNumber || Contains(value.Number);

    /// <summary>In words that go on from "must be".</summary>
    public override string ToString() => (Least, Greatest) switch
    {
        ({ } least, null) => IsAbove ? $"above {Text(least)}" : $"{Text(least)} or more",
        ({ } least, { } greatest) when IsAbove => $"above {Text(least)}, {(IsBelow ? "below" : "at most")} {Text(greatest)}",
        ({ } least, { } greatest) => $"from {Text(least)} to {(IsBelow ? "below " : "")}{Text(greatest)}",
        (null, { } greatest) => $"{(IsBelow ? "below" : "at most")} {Text(greatest)}",
        _ => "any number",
    };

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
