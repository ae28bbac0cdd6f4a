using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>What the value of a key looks like in the text.</summary>
internal enum KeyForm
{
    /// <summary>Free text for people.</summary>
    Text,

    /// <summary>One word: the name of something.</summary>
    Name,

    /// <summary>A value of the key's kind, or an expression that gives one.</summary>
    Value,

    /// <summary>One word of the key's choices, and no expression.</summary>
    Choice,

    /// <summary>A list of numbers, or a mapping of them by name.</summary>
    Factors,

    /// <summary>A mapping of names to numbers.</summary>
    FactorMap,

    /// <summary>A list of names.</summary>
    Names,

    /// <summary>A layer, or a list of layers, by name or path.</summary>
    Layers,

    /// <summary>A mapping whose keys the table <see cref="KeyInfo.Table"/> lists.</summary>
    Mapping,

    /// <summary>A mapping of names of the author's choice to mappings of <see cref="KeyInfo.Table"/>.</summary>
    Named,

    /// <summary>A mapping of layer names to layers.</summary>
    LayerMap,

    /// <summary>A list of layers, or a mapping of them by name.</summary>
    Branches,

    /// <summary>A mapping of parameter names to their types.</summary>
    Parameters,

    /// <summary>A mapping of operations to values of their attributes.</summary>
    Defaults,

    /// <summary>A mapping of ids of diagnostics to reasons.</summary>
    Reasons,

    /// <summary>A mapping of stage names to lists of whole numbers, one a unit.</summary>
    ByStage,
}

/// <summary>A key of the language.</summary>
/// <param name="Name">The key.</param>
/// <param name="Form">What its value looks like.</param>
/// <param name="Summary">What it says, in one sentence, for whoever writes it in an editor.</param>
internal sealed record KeyInfo(string Name, KeyForm Form, string Summary)
{
    /// <summary>The type of a <see cref="KeyForm.Value"/>.</summary>
    public ValueKind Kind { get; init; }

    /// <summary>The words that can stand there; none: any.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The range of the number, or of each number of a list.</summary>
    public Interval? Numbers { get; init; }

    /// <summary>How many numbers a list holds.</summary>
    public (int Least, int? Greatest)? Length { get; init; }

    /// <summary>Whether a list may hold what is else a single number.</summary>
    public bool TakesList { get; init; }

    /// <summary>The value where nothing is said.</summary>
    public Value? Default { get; init; }

    /// <summary>The kind of definition that a <see cref="KeyForm.Name"/> names.</summary>
    public DefinitionKind? NamesA { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>The keys of the mapping that the value is or holds.</summary>
    public KeyTable? Table { get; init; }

    /// <summary>Whether the mapping can be shortened to one word: a network's <c>backbone: resnet50</c>.</summary>
    public bool CanBeWord { get; init; }
}

/// <summary>The keys of one kind of mapping.</summary>
/// <param name="Name">What the mapping is.</param>
/// <param name="Summary">What the mapping says.</param>
/// <param name="Keys">The keys, in the order in which people write them.</param>
internal sealed record KeyTable(string Name, string Summary, params KeyInfo[] Keys)
{
    /// <summary>What other keys mean; null: there can be none.</summary>
    public string? Others { get; init; }

    public KeyInfo? Find(string name) => Keys.FirstOrDefault(k => k.Name == name);

    /// <summary>
    /// Refuses a key that the table lacks. The binder may ask for nothing else, so that the schema and the reference, which
    /// are made of the tables, can't fall behind it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The binder asks for a key that no table has.</exception>
    public void Require(string key)
    {
        if (Others is null && Find(key) is null)
            throw new InvalidOperationException($"the binder reads '{key}' of a {Name}, which SpecKeys does not list: add it there, with "
                + "a summary");
    }

    /// <summary>The attributes of an operation.</summary>
    public static KeyTable Of(OpInfo op) => new(op.Name, op.Summary, [.. op.Attributes.Select(KeyOf)]);

    private static KeyInfo KeyOf(OpAttribute a) => new(a.Name, a.IsReference ? KeyForm.Name : KeyForm.Value, a.Summary)
    {
        Kind = a.Kind,
        Choices = a.Choices,
        Numbers = a.Minimum is null && a.Maximum is null ? null : new Interval(a.Minimum, a.Maximum),
        Default = a.Default,
        IsRequired = a.Default is null && !a.IsOptional,
    };
}
