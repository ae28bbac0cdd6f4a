using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>The type of a parameter or attribute.</summary>
internal enum ValueKind
{
    Int,
    Float,
    Bool,
    Choice,
    Ints,
    Floats,

    /// <summary>A whole number, or two for height and width.</summary>
    Pair,

    /// <summary>A whole number, two, <c>same</c> or <c>tensorflow</c>.</summary>
    Padding,
}

internal static class ValueKinds
{
    /// <summary>The kinds that a parameter can have, by the word that asks for them.</summary>
    public static readonly IReadOnlyDictionary<string, ValueKind> Parameters = new Dictionary<string, ValueKind>
    {
        ["int"] = ValueKind.Int,
        ["float"] = ValueKind.Float,
        ["bool"] = ValueKind.Bool,
        ["choice"] = ValueKind.Choice,
        ["ints"] = ValueKind.Ints,
        ["floats"] = ValueKind.Floats,
    };

    public static string Describe(this ValueKind kind, IReadOnlyList<string>? choices = null) => kind switch
    {
        ValueKind.Int => "a whole number",
        ValueKind.Float => "a number",
        ValueKind.Bool => "true or false",
        ValueKind.Choice => $"one of {string.Join(", ", choices ?? [])}",
        ValueKind.Ints => "a list of whole numbers",
        ValueKind.Floats => "a list of numbers",
        ValueKind.Pair => "a whole number or two, [height, width]",
        _ => "'same', 'tensorflow', a whole number or two, [height, width]",
    };

    public static bool Accepts(this ValueKind kind, Value value, IReadOnlyList<string>? choices = null) => kind switch
    {
        ValueKind.Int => IsInt(value),
        ValueKind.Float => value.IsNumber,
        ValueKind.Bool => value.IsBool,
        ValueKind.Choice => value.IsWord && (choices is null || choices.Contains(value.Word)),
        ValueKind.Ints => value.IsList && value.List.All(IsInt),
        ValueKind.Floats => value.IsList && value.List.All(v => v.IsNumber),
        ValueKind.Pair => IsInt(value) || value.IsList && value.List.Count == 2 && value.List.All(IsInt),
        _ => value.IsWord && value.Word is "same" or OpTable.TensorFlowPadding || Accepts(ValueKind.Pair, value),
    };

    /// <summary>Whole numbers of a spec are sizes and counts; one that fits no int is a slip.</summary>
    private static bool IsInt(Value value) => value.IsInt && value.Int is >= int.MinValue and <= int.MaxValue;
}
