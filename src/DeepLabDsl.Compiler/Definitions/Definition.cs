using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>What a definition defines.</summary>
public enum DefinitionKind
{
    /// <summary>A block: layers with parameters.</summary>
    Block,

    /// <summary>A backbone: a stem and stages.</summary>
    Backbone,

    /// <summary>A network: a backbone, heads and outputs.</summary>
    Network,
}

/// <summary>The value of a key, an expression, with its place.</summary>
internal sealed class Setting(string name, SourceSpan nameSpan, SyntaxNode syntax, Expression expression, string text)
{
    public string Name { get; } = name;

    public SourceSpan NameSpan { get; } = nameSpan;

    public SyntaxNode Syntax { get; } = syntax;

    public SourceSpan Span => Syntax.Span;

    public Expression Expression { get; } = expression;

    public string Text { get; } = text;
}

/// <summary>A parameter of a block or backbone.</summary>
internal sealed class ParameterDefinition(
    string name, ValueKind kind, IReadOnlyList<string> choices, Value? defaultValue, SourceSpan span)
{
    public string Name { get; } = name;

    public ValueKind Kind { get; } = kind;

    public IReadOnlyList<string> Choices { get; } = choices;

    public Value? Default { get; } = defaultValue;

    public SourceSpan Span { get; } = span;

    /// <summary>The numbers that can be given; null: any.</summary>
    public Interval? Range { get; init; }

    public string Describe() => Kind.Describe(Choices);
}

/// <summary>A use of another layer's result: a path of names.</summary>
internal sealed class Reference(string path, SourceSpan span)
{
    public string Path { get; } = path;

    public SourceSpan Span { get; } = span;
}

/// <summary>One entry of <c>layers:</c>.</summary>
internal sealed class LayerDefinition
{
    public required string Name { get; init; }

    public required SourceSpan Span { get; init; }

    /// <summary>The state-dict key, where it is not the name.</summary>
    public string? Key { get; init; }

    /// <summary>The C# member, where it is not the name in Pascal case.</summary>
    public string? Member { get; init; }

    /// <summary>The C# member where the layer stands under its own name: found once, asked for by every instance.</summary>
    public string OwnMember => _ownMember ??= Member ?? MemberOf(Name, this);

    private string? _ownMember;

    /// <summary>The C# member of an item that says none.</summary>
    public static string MemberOf(string id, LayerDefinition? layer) => Names.IsNumeric(id)
        ? Names.Pascal(layer?.Block ?? (layer?.Op?.Expression is LiteralExpression ? layer.Op.Text : null) ?? "layer") + id
        : Names.Pascal(id);

    public required LayerKind Kind { get; init; }

    /// <summary>The operation; an expression, since a parameter may choose it.</summary>
    public Setting? Op { get; init; }

    public string? Block { get; init; }

    public SourceSpan BlockSpan { get; init; }

    /// <summary>Null: the layer before, or the input.</summary>
    public IReadOnlyList<Reference>? From { get; init; }

    public Setting? When { get; init; }

    public Setting? Repeat { get; init; }

    /// <summary>Attributes of the operation or arguments of the block.</summary>
    public IReadOnlyList<Setting> Settings { get; init; } = [];

    public Setting? FindSetting(string name)
    {
        foreach (var setting in Settings)
        {
            if (setting.Name == name)
                return setting;
        }
        return null;
    }

    /// <summary>The layers of a group or the branches of a parallel.</summary>
    public IReadOnlyList<LayerDefinition> Layers { get; init; } = [];

    /// <summary>How the branches of a parallel are joined: the name of an operation.</summary>
    public string? Merge { get; init; }

    public SourceSpan MergeSpan { get; init; }

    /// <summary>The factors of the inputs by name, where the layer runs another at several scales.</summary>
    public IReadOnlyList<Setting> Scales { get; init; } = [];

    /// <summary>The layer of a group that is its result, where it is not the last.</summary>
    public Reference? Output { get; init; }

    /// <summary>What the layers in it leave open.</summary>
    public DefaultsDefinition Defaults { get; init; } = DefaultsDefinition.None;

    /// <summary>Whether the layers of a group have numbers for keys: those that are there, from 0.</summary>
    public bool NumbersKeys { get; init; }

    public IReadOnlyList<Suppression> Suppressions { get; init; } = [];
}

/// <summary>Layers that are bound, and what was found wrong with them.</summary>
/// <param name="Inputs">The names that no layer may have.</param>
/// <param name="Layers">The layers.</param>
/// <param name="Faults">What is wrong.</param>
internal sealed record BoundLayers(
    IReadOnlyList<string> Inputs, IReadOnlyList<LayerDefinition> Layers, IReadOnlyList<Diagnostic> Faults);

/// <summary>Values for what layers leave open.</summary>
/// <param name="byOp">By operation, then by attribute.</param>
/// <param name="choices">The operations that <c>activation</c> and <c>norm</c> stand for.</param>
/// <param name="padding">The padding of every operation with a window that <paramref name="byOp"/> says nothing of.</param>
internal sealed class DefaultsDefinition(
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, Setting>> byOp, IReadOnlyDictionary<string, Setting> choices, Setting? padding)
{
    public static readonly DefaultsDefinition None = new(
        new Dictionary<string, IReadOnlyDictionary<string, Setting>>(), new Dictionary<string, Setting>(), null);

    /// <summary>All that is said of attributes: operation, attribute, value.</summary>
    public IEnumerable<(string Op, string Attribute, Setting Value)> Attributes =>
        byOp.SelectMany(o => o.Value, (o, a) => (o.Key, a.Key, a.Value));

    /// <summary>The padding of every operation with a window; null: nothing is said of it.</summary>
    public Setting? Padding { get; } = padding;

    /// <summary>All that is said.</summary>
    public IEnumerable<Setting> Settings => byOp.Values.SelectMany(a => a.Values).Concat(choices.Values)
        .Concat(Padding is null ? [] : new[] { Padding });

    /// <summary>The operation that <c>activation</c> or <c>norm</c> stands for.</summary>
    public Setting? Choice(string op) => choices.TryGetValue(op, out var setting) ? setting : null;

    public Setting? Find(string op, string attribute) =>
        byOp.TryGetValue(op, out var settings) && settings.TryGetValue(attribute, out var setting) ? setting
            : attribute == "padding" ? Padding : null;
}

/// <summary>A bound definition of a spec file.</summary>
internal abstract class Definition
{
    public required string Name { get; init; }

    public required SourceSpan Span { get; init; }

    /// <summary>The C# class.</summary>
    public required string ClassName { get; init; }

    public string Summary { get; init; } = "";

    public string Source { get; init; } = "";

    public abstract DefinitionKind Kind { get; }

    public IReadOnlyList<ParameterDefinition> Parameters { get; init; } = [];

    public DefaultsDefinition Defaults { get; init; } = DefaultsDefinition.None;

    public IReadOnlyList<Suppression> Suppressions { get; init; } = [];

    public ParameterDefinition? FindParameter(string name)
    {
        foreach (var parameter in Parameters)
        {
            if (parameter.Name == name)
                return parameter;
        }
        return null;
    }
}

internal sealed class BlockDefinition : Definition
{
    public override DefinitionKind Kind => DefinitionKind.Block;

    public required IReadOnlyList<string> Inputs { get; init; }

    public required IReadOnlyList<LayerDefinition> Layers { get; init; }

    public Reference? Output { get; init; }

    /// <summary>Whether the layers have numbers for keys: those that are there, from 0.</summary>
    public bool NumbersKeys { get; init; }

    public bool HasParameter(string name) => FindParameter(name) is not null;
}

/// <summary>A stage: units of one block.</summary>
internal sealed class StageDefinition
{
    /// <summary>The block, its repetition and its arguments, as of any layer.</summary>
    public required LayerDefinition Layer { get; init; }

    public Setting? Stride { get; init; }

    public Setting? StrideUnit { get; init; }
}

/// <summary>A named choice of how a backbone strides and dilates.</summary>
internal sealed class ConventionDefinition(string name, SourceSpan span, IReadOnlyList<Setting> settings)
{
    public string Name { get; } = name;

    public SourceSpan Span { get; } = span;

    public IReadOnlyList<Setting> Settings { get; } = settings;
}

internal sealed class BackboneDefinition : Definition
{
    public override DefinitionKind Kind => DefinitionKind.Backbone;

    public required IReadOnlyList<LayerDefinition> Stem { get; init; }

    public required IReadOnlyList<StageDefinition> Stages { get; init; }

    /// <summary>What comes behind the stages.</summary>
    public IReadOnlyList<LayerDefinition> Tail { get; init; } = [];

    public IReadOnlyList<ConventionDefinition> Conventions { get; init; } = [];

    public string? DefaultConvention { get; init; }

    public SourceSpan ConventionSpan { get; init; }
}

/// <summary>The backbone that a network uses and how.</summary>
internal sealed class BackboneUse
{
    public required string Name { get; init; }

    public required SourceSpan Span { get; init; }

    public Setting? OutputStride { get; init; }

    public string? Convention { get; init; }

    public SourceSpan ConventionSpan { get; init; }

    public IReadOnlyList<Setting> MultiGrid { get; init; } = [];

    public IReadOnlyList<Setting> Rates { get; init; } = [];

    public IReadOnlyList<Setting> Arguments { get; init; } = [];

    public DefaultsDefinition Defaults { get; init; } = DefaultsDefinition.None;
}

/// <summary>One output of a network.</summary>
internal sealed class OutputDefinition
{
    public required string Name { get; init; }

    public required SourceSpan Span { get; init; }

    public required Reference From { get; init; }

    /// <summary>Whether it is resized to the input's height and width, bilinearly.</summary>
    public bool ResizeToInput { get; init; }

    /// <summary>Whether corner pixels keep their place; null: as the defaults for a resize say.</summary>
    public bool? AlignCorners { get; init; }

    /// <summary>The factor of its loss while training; null: it carries none.</summary>
    public double? LossWeight { get; init; }

    /// <summary>Whether its loss is taken at its own size, to which labels are brought; else at the labels', to which it is.</summary>
    public bool IsLossAtOutput { get; init; }
}

internal sealed class NetworkDefinition : Definition
{
    public override DefinitionKind Kind => DefinitionKind.Network;

    public required int Classes { get; set; }

    public int InputChannels { get; init; }

    public required int ReferenceHeight { get; set; }

    public required int ReferenceWidth { get; set; }

    public IReadOnlyList<double> Mean { get; init; } = [];

    public IReadOnlyList<double> Deviation { get; init; } = [];

    public BackboneUse? Backbone { get; init; }

    public IReadOnlyList<LayerDefinition> Layers { get; init; } = [];

    public IReadOnlyList<OutputDefinition> Outputs { get; init; } = [];

    /// <summary>The recipe by which it is trained.</summary>
    public TrainingDefinition Training { get; init; } = TrainingDefinition.None;

    /// <summary>How images are predicted, as the spec's <c>evaluation:</c> says.</summary>
    public IReadOnlyList<RecipeSetting> Evaluation { get; init; } = [];

    /// <summary>The dense CRF that refines predictions, as the spec's <c>crf:</c> says; null: there is none.</summary>
    public IReadOnlyList<RecipeSetting>? Crf { get; init; }

    /// <summary>The same network for another nominal input size, another number of classes.</summary>
    public NetworkDefinition At((int Height, int Width)? size, int? classes)
    {
        var copy = (NetworkDefinition)MemberwiseClone();
        (copy.ReferenceHeight, copy.ReferenceWidth) = size ?? (ReferenceHeight, ReferenceWidth);
        copy.Classes = classes ?? Classes;
        return copy;
    }
}
