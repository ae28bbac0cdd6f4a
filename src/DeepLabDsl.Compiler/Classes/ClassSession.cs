using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;

namespace DeepLabDsl.Compiler;

/// <summary>The structure of a class hangs on symbols that are not fixed yet: they are from here on, and all is built again.</summary>
internal sealed class StructuralException(IReadOnlyList<SymbolTerm> symbols) : Exception
{
    public IReadOnlyList<SymbolTerm> Symbols { get; } = symbols;

    /// <summary>The layer whose operation hangs on them; null: something else does.</summary>
    public LayerDefinition? Operation { get; init; }
}

/// <summary>What one class can't be for all units of a stage.</summary>
internal sealed class UnitChoiceException(LayerDefinition layer) : Exception(
    $"Which operation '{layer.Name}' is hangs on the stride or rate that a stage gives its units, but they are of one class; write a "
    + "layer for each operation, with 'when:'")
{
    public SourceSpan Span { get; } = layer.Op!.Span;
}

/// <summary>A layer can't be built: no network uses it, or one with this fault would have been refused.</summary>
internal sealed class ClassFaultException(string message) : Exception(message);

/// <summary>Names of a scope as terms.</summary>
/// <param name="values">Terms by name.</param>
/// <param name="inputs">The inputs of the class with their channels.</param>
/// <param name="outer">The names around.</param>
internal sealed class TermScope(
    IReadOnlyDictionary<string, Term> values, IReadOnlyList<(string Name, Term Channels)> inputs, TermScope? outer = null) : ITermScope
{
    public TermScope With(string name, Term term) => new(new Dictionary<string, Term> { [name] = term }, [], this);

    public Term? Resolve(string name, string? property)
    {
        if (property is null && values.TryGetValue(name, out var term))
            return term;
        if (property == "channels")
        {
            foreach (var input in inputs)
            {
                if (input.Name == name)
                    return input.Channels;
            }
        }
        return outer?.Resolve(name, property);
    }
}

/// <summary>Builds the classes that a network, or another class, is made of; each definition once for what of it is fixed.</summary>
/// <param name="library">Where definitions are found.</param>
/// <param name="cancellation">Stops the work.</param>
internal sealed class ClassSession(SpecLibrary library, CancellationToken cancellation)
{
    /// <summary>What a formula may be made of before the symbols in it are fixed instead.</summary>
    private const long LargestTerm = 4000;

    /// <summary>What the structure of classes hangs on: kept when all is built again.</summary>
    private readonly HashSet<string> _structural = [];

    /// <summary>Of what the choice of an operation hangs on, the layer that has it.</summary>
    private readonly Dictionary<string, LayerDefinition> _operations = [];
    private readonly Dictionary<string, ClassModel> _models = [];
    private readonly Dictionary<string, SymbolTerm> _defaults = [];
    private readonly HashSet<string> _open = [];

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The class of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="classes">The number of classes for which terms are stated.</param>
    /// <param name="outputStride">What <c>$output_stride</c> is.</param>
    /// <param name="plans">Stride and rate of each unit of each stage.</param>
    public ClassModel Network(
        NetworkDefinition network, int classes, int outputStride,
        IReadOnlyDictionary<string, IReadOnlyList<(int Stride, int Rate)>> plans) =>
        Built(() => new ClassBuilder(this, network, classes, outputStride, plans).Build());

    /// <summary>The class of a block or backbone.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="isFixed">What of it is fixed: values by the names of parameters, and of inputs for their channels.</param>
    /// <param name="resolve">Asks the class for what others ask of it.</param>
    public ClassModel Definition(Definition definition, IReadOnlyList<(SymbolKind Meaning, string Name, Value Value)> isFixed,
        Action<ClassModel> resolve) => Built(() =>
    {
        foreach (var (meaning, name, _) in isFixed)
            _structural.Add(new SymbolTerm(meaning, name, ValueKind.Int, OwnerOf(definition)).Key);
        var model = ModelOf(
            definition, p => Fixed(SymbolKind.Parameter, p), i => Fixed(SymbolKind.Channels, i));
        resolve(model);
        return model;

        Term Fixed(SymbolKind meaning, string name)
        {
            foreach (var known in isFixed)
            {
                if (known.Meaning == meaning && known.Name == name)
                    return Term.Of(known.Value);
            }
            return FaultTerm.Instance;
        }
    });

    public Definition? Find(DefinitionKind kind, string name) => library.Find(kind, name, new DiagnosticBag());

    public bool IsStructural(SymbolTerm symbol) => _structural.Contains(symbol.Key);

    /// <summary>The symbol of what the defaults in force say of an attribute.</summary>
    public SymbolTerm Default(string op, string attribute, ValueKind kind)
    {
        var name = $"{op}.{attribute}";
        if (!_defaults.TryGetValue(name, out var symbol))
            _defaults.Add(name, symbol = new SymbolTerm(SymbolKind.Default, name, kind, ""));
        return symbol;
    }

    /// <summary>The class of a definition for a use of it.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="argument">The argument of a parameter, by its name.</param>
    /// <param name="channels">The channels of an input, by its name.</param>
    public ClassModel ModelOf(Definition definition, Func<string, Term> argument, Func<string, Term> channels)
    {
        var owner = OwnerOf(definition);
        var fixedValues = new List<(SymbolTerm Symbol, Value Value)>();
        foreach (var parameter in definition.Parameters)
            Fix(new SymbolTerm(SymbolKind.Parameter, parameter.Name, parameter.Kind, owner) { Choices = parameter.Choices }, argument);
        foreach (var input in (definition as BlockDefinition)?.Inputs ?? ["input"])
            Fix(new SymbolTerm(SymbolKind.Channels, input, ValueKind.Int, owner), channels);
        var key = $"{owner}({string.Join(";", fixedValues.Select(f => $"{f.Symbol.Key}={f.Value}"))})";
        if (_models.TryGetValue(key, out var model))
            return model;
        if (!_open.Add(key))
            throw new ClassFaultException($"'{definition.Name}' is made of itself");
        try
        {
            model = new ClassBuilder(this, definition, fixedValues).Build();
        }
        finally
        {
            _open.Remove(key);
        }
        _models.Add(key, model);
        return model;

        void Fix(SymbolTerm symbol, Func<string, Term> value)
        {
            if (!IsStructural(symbol))
                return;
            var term = value(symbol.Name);
            fixedValues.Add((symbol, term.Constant ?? throw new StructuralException(term.Symbols())
            {
                Operation = _operations.TryGetValue(symbol.Key, out var layer) ? layer : null,
            }));
        }
    }

    /// <summary>Fixes what a formula is made of where it has grown beyond reading.</summary>
    public Term Bounded(Term term) => term.Size <= LargestTerm ? term : throw new StructuralException(term.Symbols());

    public static string OwnerOf(Definition definition) => $"{definition.Kind.ToString().ToLowerInvariant()}:{definition.Name}";

    private ClassModel Built(Func<ClassModel> build)
    {
        while (true)
        {
            try
            {
                return build();
            }
            catch (StructuralException e)
            {
                _models.Clear();
                _open.Clear();
                var before = _structural.Count;
                _structural.UnionWith(e.Symbols.Select(s => s.Key));
                if (e.Operation is not null)
                {
                    foreach (var symbol in e.Symbols)
                        _operations[symbol.Key] = e.Operation;
                }
                if (_structural.Count > before)
                    continue;
                throw e.Operation is { } layer
                    ? new UnitChoiceException(layer)
                    : new InvalidOperationException(string.Format(
                        CultureInfo.InvariantCulture, "nothing fixes {0}", string.Join(", ", e.Symbols.Select(s => s.Key))));
            }
        }
    }
}
