using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>A result that the layers of a class can be fed with.</summary>
/// <param name="Item">The layer that gives it; null: it is an input of the class.</param>
/// <param name="Input">The input, where no layer gives it.</param>
/// <param name="Unit">The unit of a list, or the branch of a repeated one; -1: the layer's own result.</param>
/// <param name="Inside">A path inside of what the layer (or its unit) is made of; empty: its result.</param>
/// <param name="Scale">The run at another scale; empty: the layer's own result.</param>
internal sealed record ClassPort(ClassItem? Item, int Input = -1, int Unit = -1, string Inside = "", string Scale = "");

/// <summary>A use of a class in another.</summary>
/// <param name="Callee">The class used.</param>
/// <param name="Arguments">What the symbols of the callee are in the class that uses it.</param>
/// <param name="Defaults">What the use says of the layers in it; its expressions are of the class that uses it.</param>
internal sealed record ClassCall(ClassModel Callee, IReadOnlyDictionary<SymbolTerm, Term> Arguments, DefaultsFrame? Defaults)
{
    /// <summary>Results of the class that uses it which layers of a group name, in the order of the group's inputs behind the
    /// first.</summary>
    public IReadOnlyList<ClassPort> Captured { get; init; } = [];

    /// <summary>A term of the callee as one of the class that uses it.</summary>
    public Term Translate(Term term, DefaultsFrame? outer) => term.Replace(s => Arguments.TryGetValue(s, out var known) ? known
        : s.Meaning == SymbolKind.Default ? Default(s, outer)
        : s);

    private Term Default(SymbolTerm symbol, DefaultsFrame? outer)
    {
        if (Defaults?.FindOwn(symbol) is { } stated)
            return stated;
        if (Callee.OwnDefaults?.FindOwn(symbol) is { } own)
            return Translate(own, outer);
        return outer?.Find(symbol) ?? symbol;
    }
}

/// <summary>Defaults with the names that their expressions see, the nearest first.</summary>
internal sealed class DefaultsFrame(DefaultsDefinition definition, ITermScope scope, DefaultsFrame? outer)
{
    public DefaultsDefinition Definition { get; } = definition;

    public ITermScope Scope { get; } = scope;

    public DefaultsFrame? Outer { get; } = outer;

    public Term? FindOwn(SymbolTerm symbol)
    {
        var dot = symbol.Name.IndexOf('.');
        return Definition.Find(symbol.Name.Substring(0, dot), symbol.Name.Substring(dot + 1))?.Expression.ToTerm(Scope);
    }

    public Term? Find(SymbolTerm symbol) => FindOwn(symbol) ?? Outer?.Find(symbol);

    public Term? Find(string op, string attribute) => Definition.Find(op, attribute)?.Expression.ToTerm(Scope)
        ?? Outer?.Find(op, attribute);

    /// <summary>The operation that <c>activation</c> or <c>norm</c> stands for.</summary>
    public Term? Choice(string op) => Definition.Choice(op)?.Expression.ToTerm(Scope) ?? Outer?.Choice(op);
}

/// <summary>One layer of a class, whatever its parameters are.</summary>
internal sealed class ClassItem
{
    /// <summary>Its name in the spec; unique in the class.</summary>
    public required string Id { get; init; }

    public required string Member { get; init; }

    /// <summary>The state-dict key; null: a number that <see cref="Number"/> gives.</summary>
    public required string? Key { get; init; }

    /// <summary>The number that is the key, or the first of a repeated branch.</summary>
    public Term? Number { get; init; }

    public LayerDefinition? Layer { get; init; }

    /// <summary>The network's output that it resizes; null: it is a layer of the spec.</summary>
    public OutputDefinition? Output { get; init; }

    public bool IsStage { get; set; }

    /// <summary>Whether it is there.</summary>
    public Term Presence { get; set; } = Term.True;

    /// <summary>Why it can't be built wherever it is there, which is nowhere: no network uses it so.</summary>
    public string? Fault { get; set; }

    public List<ClassPort> Inputs { get; } = [];

    /// <summary>The operation; null: it is made of other classes.</summary>
    public OpInfo? Op { get; set; }

    /// <summary>For an activation that is chosen by the defaults or a parameter: the word.</summary>
    public Term? Activation { get; set; }

    /// <summary>What the layer says of the operation's attributes, and in a network what the defaults say.</summary>
    public Dictionary<string, Term> Attributes { get; } = [];

    /// <summary>Whether it is a list of units, each fed with the one before, or of branches.</summary>
    public bool IsList { get; set; }

    /// <summary>Whether it is a branch that stands for several, each fed alike.</summary>
    public bool IsBranches { get; set; }

    /// <summary>How many units.</summary>
    public Term Count { get; set; } = Term.Of(1);

    /// <summary>The index of the unit in the terms of the one call of a list whose length is not known.</summary>
    public SymbolTerm? Unit { get; set; }

    /// <summary>For branches of which some are left out: which are there; null: all or none.</summary>
    public IReadOnlyList<bool>? There { get; set; }

    /// <summary>Whether it joins the branches of a parallel.</summary>
    public bool IsMerge { get; set; }

    /// <summary>Stride and rate of each unit of each stage of the backbone that it is.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<(int Stride, int Rate)>>? Plans { get; set; }

    /// <summary>The class that the units of a list of groups share, with its input and its index.</summary>
    public (ClassModel Group, IReadOnlyList<ClassPort> Captured)? Shared { get; set; }

    public SymbolTerm? SharedInput { get; set; }

    public SymbolTerm? SharedUnit { get; set; }

    /// <summary>One call a unit; one alone where the length of the list is not known.</summary>
    public List<ClassCall> Calls { get; } = [];

    /// <summary>Paths inside of what it is made of that others ask for, with the unit (-1: it is no list).</summary>
    public HashSet<(int Unit, string Inside)> Taps { get; } = [];

    /// <summary>The runs at other scales, by name.</summary>
    public List<(string Name, Term Factor)> Scales { get; } = [];

    /// <summary>Channels of what it is fed with first.</summary>
    public Term InChannels { get; set; } = FaultTerm.Instance;

    /// <summary>Channels of its result.</summary>
    public Term Channels { get; set; } = FaultTerm.Instance;

    /// <summary>Whether it is never there.</summary>
    public bool IsNever => Presence.IsFalse || Fault is not null;

    /// <summary>Whether it is there whatever the parameters are.</summary>
    public bool IsAlways => Presence.IsTrue && !IsNever;

    /// <summary>Whether its operation runs on weights, or it is made of other classes.</summary>
    public bool IsMember => !IsNever && Scales.Count == 0 && (Op is null ? Calls.Count > 0
        : Op.Kind is OpKind.Conv or OpKind.DepthwiseConv or OpKind.BatchNorm or OpKind.Norm or OpKind.Crf);

    /// <summary>Whether it may pass its input on, by what the defaults say.</summary>
    public bool MayPass => !IsNever && (Op?.Kind == OpKind.Norm || Activation is not null);

    /// <summary>The call of a unit.</summary>
    public ClassCall CallOf(int unit) => Calls.Count == 1 ? Calls[0] : Calls[Math.Max(0, unit)];
}

/// <summary>A stage of a backbone: what the network tells it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Stride">The stride of a unit.</param>
/// <param name="Rate">The atrous rate of a unit.</param>
/// <param name="Count">How many units there are.</param>
/// <param name="OwnStride">The stride that the spec gives the stage.</param>
/// <param name="IsLast">Whether by the spec the last unit strides; null: it depends on the network, which must say.</param>
internal sealed record ClassStage(string Id, SymbolTerm Stride, SymbolTerm Rate, Term Count, Term OwnStride, bool? IsLast);

/// <summary>
/// A class as the spec defines it, whatever networks use it: layers whose numbers, conditions and lengths are formulas of what the
/// constructor takes.
/// </summary>
internal sealed class ClassModel
{
    /// <summary>The block, backbone or network; of a group, that which it stands in.</summary>
    public required Definition Definition { get; init; }

    /// <summary>For a group its place in the definition, such as <c>classifier.project</c>; empty: it is the definition itself.</summary>
    public string GroupPath { get; init; } = "";

    /// <summary>The group's layer.</summary>
    public LayerDefinition? Group { get; init; }

    public bool IsGroup => Group is not null;

    /// <summary>What of it is fixed, by the names of the symbols, since its structure hangs on it.</summary>
    public IReadOnlyList<(SymbolTerm Symbol, Value Value)> Fixed { get; init; } = [];

    public List<(string Name, Term Channels)> Inputs { get; } = [];

    /// <summary>The parameters, those that are fixed left out.</summary>
    public List<(ParameterDefinition Definition, SymbolTerm Symbol)> Parameters { get; } = [];

    public List<ClassStage> Stages { get; } = [];

    public List<ClassItem> Items { get; } = [];

    public ClassPort Output { get; set; } = new(null, 0);

    /// <summary>The channels of its result.</summary>
    public Term OutChannels { get; set; } = FaultTerm.Instance;

    /// <summary>What the definition itself says of what its layers leave open; null: nothing, or it is a group.</summary>
    public DefaultsFrame? OwnDefaults { get; init; }

    /// <summary>The defaults that are known when the class is written; in a block or backbone, those of its groups alone.</summary>
    public DefaultsFrame? Frames { get; init; }

    /// <summary>Whether what its layers leave open is the caller's choice: so it is of all but networks and their groups.</summary>
    public bool Inherits { get; init; }

    /// <summary>What it must be given; found when first asked for.</summary>
    public ClassNeeds? Needs { get; set; }

    public ClassItem? Find(string id)
    {
        foreach (var item in Items)
        {
            if (item.Id == id && item.Output is null)
                return item;
        }
        return null;
    }

    /// <summary>The branch that a name with a number at its end means.</summary>
    public (ClassItem Item, int Unit)? FindBranch(string id)
    {
        foreach (var item in Items.Where(i => i.IsBranches))
        {
            var prefix = Names.IsNumeric(item.Id) ? "" : item.Id;
            if (!id.StartsWith(prefix, StringComparison.Ordinal) || !int.TryParse(id.Substring(prefix.Length), out var number))
                continue;
            var unit = prefix.Length > 0 ? number : item.Number!.Constant is { IsInt: true } first ? number - (int)first.Int : -1;
            // Of a branch whose length is not known, nobody knows which names it takes.
            if (unit >= 0 && item.Count.Constant is { IsInt: true } count && unit < count.Int)
                return (item, unit);
        }
        return null;
    }

    /// <summary>The channels of a port.</summary>
    public Term ChannelsOf(ClassPort port)
    {
        if (port.Item is not { } item)
            return Inputs[port.Input].Channels;
        if (port.Scale.Length > 0)
            return item.InChannels;
        if (port.Unit < 0 && port.Inside.Length == 0)
            return item.Channels;
        var call = item.CallOf(port.Unit);
        var inner = port.Inside.Length == 0 ? call.Callee.OutChannels
            : call.Callee.Resolve(port.Inside) is { } inside ? call.Callee.ChannelsOf(inside) : FaultTerm.Instance;
        var term = call.Translate(inner, Frames);
        return item.Unit is { } unit ? term.Replace(s => s == unit ? Term.Of(port.Unit) : s) : term;
    }

    /// <summary>The port that a path inside means; null: there is none.</summary>
    public ClassPort? Resolve(string path)
    {
        var dot = path.IndexOf('.');
        var (id, rest) = dot < 0 ? (path, "") : (path.Substring(0, dot), path.Substring(dot + 1));
        if (Find(id) is { } item)
            return Resolve(item, -1, rest);
        return FindBranch(id) is { } branch ? Resolve(branch.Item, branch.Unit, rest) : null;
    }

    /// <summary>The port that a path inside of a layer means; null: there is none.</summary>
    public static ClassPort? Resolve(ClassItem item, int unit, string rest)
    {
        if (rest.Length == 0)
            return new ClassPort(item, Unit: unit);
        if (item.Scales.Count > 0)
            return item.Scales.Any(s => s.Name == rest) ? new ClassPort(item, Scale: rest) : null;
        if (item.Calls.Count == 0)
            return null;
        if (item.IsList && !item.IsBranches)
        {
            var dot = rest.IndexOf('.');
            var index = dot < 0 ? rest : rest.Substring(0, dot);
            if (!int.TryParse(index, out unit))
                return null;
            rest = dot < 0 ? "" : rest.Substring(dot + 1);
            if (item.Count.Constant is { IsInt: true } count && unit >= count.Int)
                return null;
        }
        if (rest.Length > 0)
        {
            var callee = item.CallOf(unit).Callee;
            if (callee.Resolve(rest) is not { } inner)
                return null;
            if (inner == callee.Output)
                rest = "";
        }
        if (rest.Length == 0 && !item.IsBranches && (!item.IsList || (item.Count.Constant is { IsInt: true } all && unit == all.Int - 1)))
            unit = -1;
        return new ClassPort(item, Unit: unit, Inside: rest);
    }
}
