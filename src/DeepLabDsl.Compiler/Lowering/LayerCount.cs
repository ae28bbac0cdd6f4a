using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace DeepLabDsl.Compiler;

/// <summary>
/// How many layers a network has at most, blocks and repeats counted in full: what compiling it costs, known without lowering it. What
/// hangs on channels, which nobody has worked out here, counts as its most: a layer that may be switched off is there.
/// </summary>
/// <param name="library">Where blocks and backbones are found.</param>
/// <param name="cancellation">Stops the work.</param>
internal sealed class LayerCount(SpecLibrary library, CancellationToken cancellation)
{
    private const int MaximumRepeat = 1024;

    private static readonly Dictionary<string, Value> NoValues = [];

    /// <summary>The faults of a definition are told where it is compiled.</summary>
    private readonly DiagnosticBag _ignored = new();

    private int _left;
    private int _references;
    private int _depth;

    /// <summary>The layers of a network; one more than <see cref="Limits.Layers"/> where there are more than that.</summary>
    public int Of(NetworkDefinition network)
    {
        _left = Limits.Layers;
        _depth = _references = 0;
        // A number like any other: what must not hang on it is refused where the network is lowered.
        var values = new Dictionary<string, Value> { ["classes"] = network.Classes };
        if (network.Backbone is not null)
            values["output_stride"] = OutputStride(network.Backbone);
        var scope = new ModuleScope(values, [Unknown("input")]);
        if (network.Backbone is { } use && Spend())
            Backbone(use, scope);
        foreach (var layer in network.Layers)
            Layer(layer, scope);
        AddScales(network.Layers, Limits.Layers, 0);
        foreach (var _ in network.Outputs.Where(o => o.ResizeToInput))
            Spend();
        return _left < 0 ? Limits.Layers + 1 : Limits.Layers - _left;
    }

    /// <summary>
    /// What a network says, or that of most backbones: how a backbone strides is worked out where it is lowered, and hardly any number of
    /// layers hangs on it.
    /// </summary>
    private Value OutputStride(BackboneUse use) =>
        use.OutputStride is { } setting && Value(setting, ValueKind.Int, new ModuleScope(NoValues, [])) is { } stride ? stride : 32;

    /// <summary>Counts one layer; false: there are too many already.</summary>
    private bool Spend()
    {
        cancellation.ThrowIfCancellationRequested();
        return --_left >= 0;
    }

    private void Backbone(BackboneUse use, ModuleScope outer)
    {
        if (library.Find(DefinitionKind.Backbone, use.Name, _ignored) is not BackboneDefinition backbone)
            return;
        var settings = (backbone.Conventions.FirstOrDefault(c => c.Name == (use.Convention ?? backbone.DefaultConvention))?.Settings ?? [])
            .Where(s => use.Arguments.All(a => a.Name != s.Name)).Concat(use.Arguments).ToList();
        var scope = new ModuleScope(Arguments(backbone, settings, outer), [Unknown("input")]);
        Row(backbone.Stem, scope);
        foreach (var stage in backbone.Stages)
            Layer(stage.Layer, scope, isStage: true);
        Row(backbone.Tail, scope);
    }

    /// <summary>Counts the layers of one module.</summary>
    private void Row(IReadOnlyList<LayerDefinition> layers, ModuleScope scope)
    {
        var (left, references) = (_left, _references);
        foreach (var layer in layers)
            Layer(layer, scope);
        AddScales(layers, left, references);
    }

    /// <summary>Each scale runs, at most, all else that stands in the module once more, and resizes what that is fed with.</summary>
    private void AddScales(IReadOnlyList<LayerDefinition> layers, int left, int references)
    {
        foreach (var layer in layers)
        {
            if (layer.Kind != LayerKind.Scales || _left < 0)
                continue;
            var once = left - _left + _references - references + 2;
            _left = (int)Math.Max(-1L, _left - (long)once * layer.Scales.Count);
        }
    }

    private void Layer(LayerDefinition layer, ModuleScope scope, bool isStage = false, bool isBranch = false)
    {
        _references += layer.From?.Count ?? 0;
        if (!Spend() || layer.Kind is LayerKind.Operation or LayerKind.Scales
            || (layer.When is not null && Value(layer.When, ValueKind.Bool, scope) is { Bool: false }))
        {
            return;
        }
        var units = isBranch || layer.Repeat is null ? 1 : Repeats(layer.Repeat, scope);
        var isList = isStage || (layer.Repeat is not null && !isBranch);
        for (var unit = 0; unit < units && Spend(); unit++)
            Unit(layer, isList ? scope.With("unit", unit) : scope, isStage);
    }

    private void Unit(LayerDefinition layer, ModuleScope scope, bool isStage)
    {
        if (_depth == Limits.ModuleDepth)
            return;
        _depth++;
        if (layer.Kind == LayerKind.Block)
            Block(layer, scope, isStage);
        else if (layer.Kind == LayerKind.Parallel)
            Branches(layer.Layers, new ModuleScope(NoValues, [Unknown("input")], scope));
        else
            Row(layer.Layers, new ModuleScope(NoValues, [Unknown("input")], scope));
        _depth--;
    }

    private void Block(LayerDefinition layer, ModuleScope scope, bool isStage)
    {
        if (library.Find(DefinitionKind.Block, layer.Block!, _ignored) is not BlockDefinition block)
            return;
        var arguments = Arguments(block, layer.Settings, scope);
        // A stage tells its units their stride and rate, which are not known yet.
        if (isStage)
        {
            arguments.Remove("stride");
            arguments.Remove("rate");
        }
        Row(block.Layers, new ModuleScope(arguments, [.. block.Inputs.Select(Unknown)]));
    }

    /// <summary>Counts branches, of which a repeated one stands for several, and what merges them.</summary>
    private void Branches(IReadOnlyList<LayerDefinition> branches, ModuleScope scope)
    {
        var (left, references) = (_left, _references);
        foreach (var branch in branches)
        {
            var count = branch.Repeat is null ? 1 : Repeats(branch.Repeat, scope);
            for (var i = 0; i < count && _left >= 0; i++)
                Layer(branch, branch.Repeat is null ? scope : scope.With("unit", i), isBranch: true);
        }
        Spend();
        AddScales(branches, left, references);
    }

    private int Repeats(Setting repeat, ModuleScope scope) =>
        Value(repeat, ValueKind.Int, scope) is { } count ? (int)Math.Min(Math.Max(count.Int, 0), MaximumRepeat) : MaximumRepeat;

    /// <summary>The arguments of a use that are known without its inputs.</summary>
    private Dictionary<string, Value> Arguments(Definition definition, IReadOnlyList<Setting> settings, IScope scope)
    {
        var values = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var parameter in definition.Parameters)
        {
            var own = settings.FirstOrDefault(s => s.Name == parameter.Name);
            if ((own is null ? parameter.Default : Evaluation.Evaluate(own, parameter.Kind, parameter.Choices, scope,
                _ignored)) is { } value)
                values.Add(parameter.Name, value);
        }
        return values;
    }

    private Value? Value(Setting setting, ValueKind kind, IScope scope) => Evaluation.Evaluate(setting, kind, null, scope, _ignored);

    private static Port Unknown(string name) => new(name, Shape.Unknown);
}
