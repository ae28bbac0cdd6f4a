using System.Collections.Generic;

namespace DeepLabDsl.Graph;

/// <summary>What a layer of a spec is made by.</summary>
public enum LayerKind
{
    /// <summary>An operation.</summary>
    Operation,

    /// <summary>A block, once or several times in a row.</summary>
    Block,

    /// <summary>Layers in a row.</summary>
    Group,

    /// <summary>Branches that are merged.</summary>
    Parallel,

    /// <summary>A layer and all that it is made of, run on rescaled inputs too.</summary>
    Scales,

    /// <summary>The backbone.</summary>
    Backbone,

    /// <summary>No layer of a spec: what the compiler adds.</summary>
    Added,
}

/// <summary>A rule of the compiler that a spec answers with a reason.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Span">The key's place.</param>
public sealed record Suppression(string Rule, string Reason, SourceSpan Span);

/// <summary>
/// Where nodes come from: a layer of a spec, in one instance of what it is a layer of. Nothing that a network computes hangs on
/// it; those who draw, explain or write code read it.
/// </summary>
public sealed class Layer
{
    private static readonly IReadOnlyList<Scope> None = [];

    /// <summary>Makes a layer of a scope, which must not be complete yet.</summary>
    /// <param name="scope">What it is a layer of.</param>
    public Layer(Scope scope) => Scope = scope;

    /// <summary>Makes a layer of a stored graph: in one step, since each property set by itself is one more method to compile.</summary>
    internal Layer(
        Scope scope, string id, string key, string member, LayerKind kind, string definition, bool isStage, bool isOutput, bool isList,
        string? scale, SourceSpan span, SourceSpan rateSpan, SourceSpan strideSpan, IReadOnlyList<Suppression> suppressions)
    {
        (Scope, Id, Key, Member, Kind, Definition) = (scope, id, key, member, kind, definition);
        (IsStage, IsOutput, IsList, Scale) = (isStage, isOutput, isList, scale);
        (Span, RateSpan, StrideSpan, Suppressions) = (span, rateSpan, strideSpan, suppressions);
    }

    /// <summary>What it is a layer of.</summary>
    public Scope Scope { get; }

    /// <summary>Unique in its scope.</summary>
    public string Id { get; init; } = "";

    /// <summary>The state-dict key.</summary>
    public string Key { get; init; } = "";

    /// <summary>The C# member.</summary>
    public string Member { get; init; } = "";

    /// <summary>What it is made by.</summary>
    public LayerKind Kind { get; init; }

    /// <summary>The name of its block, of its backbone or of its operation in the spec; empty: it has none.</summary>
    public string Definition { get; init; } = "";

    /// <summary>Whether it is a stage of a backbone, which the compiler tells its strides and rates.</summary>
    public bool IsStage { get; init; }

    /// <summary>Whether it is there for an output of the network and no layer of the spec.</summary>
    public bool IsOutput { get; init; }

    /// <summary>Whether it is a list of units.</summary>
    public bool IsList { get; init; }

    /// <summary>The run at another scale that it belongs to; null: none.</summary>
    public string? Scale { get; init; }

    /// <summary>The place of the layer.</summary>
    public SourceSpan Span { get; init; }

    /// <summary>The place of what decides its atrous rate, which may stand several uses further out.</summary>
    public SourceSpan RateSpan { get; init; }

    /// <summary>The place of what decides its stride.</summary>
    public SourceSpan StrideSpan { get; init; }

    /// <summary>The rules that it answers.</summary>
    public IReadOnlyList<Suppression> Suppressions { get; init; } = [];

    /// <summary>The operation that it is; null: it is made of others.</summary>
    public Node? Node { get; set; }

    /// <summary>The instances of what it is made of, in the order of the data.</summary>
    public IReadOnlyList<Scope> Scopes { get; set; } = None;

    /// <summary>The node that gives its result.</summary>
    public Node Result { get; set; } = null!;

    /// <summary>The state-dict path.</summary>
    public string Path => Scope.Path.Length == 0 ? Key : $"{Scope.Path}.{Key}";

    /// <summary>The way to it from the network, the outermost layer first, each with the unit of it that the way goes through.</summary>
    public IReadOnlyList<(Layer Layer, int Unit)> Way()
    {
        var way = new List<(Layer Layer, int Unit)> { (this, 0) };
        for (var scope = Scope; scope.Layer is { } outer; scope = outer.Scope)
            way.Add((outer, scope.Unit));
        way.Reverse();
        return way;
    }
}

/// <summary>An instance of a block, a backbone or a group of layers, or the network itself.</summary>
public sealed class Scope
{
    /// <summary>Makes an instance.</summary>
    /// <param name="layer">The layer that it is the instance of; null: it is the network.</param>
    /// <param name="unit">Which unit of it.</param>
    public Scope(Layer? layer, int unit) => (Layer, Unit) = (layer, unit);

    /// <summary>Makes an instance of a stored graph.</summary>
    internal Scope(Layer? layer, int unit, string path, int inputCount, IReadOnlyList<Suppression> suppressions)
    {
        (Layer, Unit, Path, InputCount, Suppressions) = (layer, unit, path, inputCount, suppressions);
    }

    /// <summary>The layer that it is the instance of; null: it is the network.</summary>
    public Layer? Layer { get; }

    /// <summary>Which unit of the layer.</summary>
    public int Unit { get; }

    /// <summary>The state-dict prefix.</summary>
    public string Path { get; init; } = "";

    /// <summary>The state-dict prefix of an instance that has weights of its own.</summary>
    internal static string PathOf(Layer? layer, int unit) => layer is null ? ""
        : layer.IsList ? layer.Path + "." + Number(unit) : layer.Path;

    /// <summary>The digits of a number; with no culture, which takes a millisecond when it is first used in a process.</summary>
    private static string Number(int value) =>
        value < 10 ? new string((char)('0' + value), 1) : Number(value / 10) + Number(value % 10);

    /// <summary>How many maps it takes.</summary>
    public int InputCount { get; init; } = 1;

    /// <summary>The rules that its definition answers.</summary>
    public IReadOnlyList<Suppression> Suppressions { get; init; } = [];

    /// <summary>Its layers in the order of the spec, those that <c>when:</c> switches off left out.</summary>
    public IReadOnlyList<Layer> Layers { get; set; } = [];

    /// <summary>Whether it is a backbone.</summary>
    public bool IsBackbone => Layer?.Kind == LayerKind.Backbone;
}
