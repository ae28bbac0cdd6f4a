using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>What the constructor of a class takes, and what that is called: the same for who writes the class and for who uses
/// it.</summary>
internal sealed class ClassSignature
{
    private readonly HashSet<string> _taken;
    private readonly Dictionary<SymbolTerm, string> _names = [];
    private readonly Dictionary<string, string> _stages = [];

    public ClassSignature(ClassModel model)
    {
        Needs = ClassNeeds.Of(model);
        _taken = [.. model.Items.Select(i => i.Member), "register_module", "training"];
        Inputs = [.. model.Inputs.Where(i => i.Channels is SymbolTerm symbol && Needs.Symbols.Contains(symbol)).Select(
            i => (i.Name, (SymbolTerm)i.Channels))];
        Required = model.IsGroup ? [] : [.. model.Parameters.Where(p => p.Definition.Default is null)];
        Optional = model.IsGroup ? [] : [.. model.Parameters.Where(p => p.Definition.Default is not null)];
        Stages = [.. model.Stages.Where(
            s => model.Find(s.Id) is { } item && item.Calls.Any(c => c.Arguments.Values.Any(a => IsTold(a, s))))];
        Imports = model.IsGroup
            ? [.. Needs.Symbols.Where(s => Inputs.All(i => i.Symbol != s)).OrderBy(s => s.Meaning).ThenBy(
                s => model.Definition.Parameters.ToList().FindIndex(p => p.Name == s.Name))]
            : [];
        HasDefaults = (Needs.Defaults || Needs.Image) && (model.Inherits || model.IsGroup);
        // What the spec calls its parameters, they are called; the rest gives way.
        foreach (var (parameter, symbol) in Required.Concat(Optional))
            _names[symbol] = Unique(Names.Camel(parameter.Name));
        foreach (var (input, symbol) in Inputs)
            _names[symbol] = Unique(InputName(input));
        foreach (var symbol in Imports)
            _names[symbol] = Unique(symbol.Meaning == SymbolKind.Channels ? InputName(symbol.Name) : Names.Camel(symbol.Name));
        foreach (var stage in Stages)
            _stages[stage.Id] = Unique(Names.Camel(Names.IsNumeric(stage.Id) ? "stage" + stage.Id : stage.Id));
        Classes = Unique("classes");
        Defaults = Unique("defaults");
    }

    public ClassNeeds Needs { get; }

    /// <summary>The channels of the inputs, where they are needed.</summary>
    public IReadOnlyList<(string Name, SymbolTerm Symbol)> Inputs { get; }

    /// <summary>The parameters of a block or backbone that must be given.</summary>
    public IReadOnlyList<(ParameterDefinition Definition, SymbolTerm Symbol)> Required { get; }

    /// <summary>The parameters that have a default.</summary>
    public IReadOnlyList<(ParameterDefinition Definition, SymbolTerm Symbol)> Optional { get; }

    /// <summary>What a group takes of the class around it.</summary>
    public IReadOnlyList<SymbolTerm> Imports { get; }

    /// <summary>The stages of which the network says strides and rates.</summary>
    public IReadOnlyList<ClassStage> Stages { get; }

    /// <summary>Whether it takes what its layers leave open.</summary>
    public bool HasDefaults { get; }

    /// <summary>The name of the number of classes.</summary>
    public string Classes { get; }

    /// <summary>The name of the defaults in force.</summary>
    public string Defaults { get; }

    public string NameOf(SymbolTerm symbol) => _names[symbol];

    public string NameOf(ClassStage stage) => _stages[stage.Id];

    public string StageName(string stage) => _stages[stage];

    public bool Knows(SymbolTerm symbol) => _names.ContainsKey(symbol);

    /// <summary>A name that nothing in the constructor has.</summary>
    public string Free(string name)
    {
        var free = name;
        for (var number = 2; _taken.Contains(free); number++)
            free = name + number.ToString(CultureInfo.InvariantCulture);
        return free;
    }

    private string Unique(string name)
    {
        var unique = Free(name);
        _taken.Add(unique);
        return unique;
    }

    private string InputName(string input) =>
        input == "input" ? "inChannels" : Names.Camel(input + "_channels") is var name && _taken.Contains(name)
            ? Names.Camel(input + "_in_channels") : name;

    private static bool IsTold(Term argument, ClassStage stage) => argument.Symbols() is var symbols
        && (symbols.Contains(stage.Stride) || symbols.Contains(stage.Rate));
}
