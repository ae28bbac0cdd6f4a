using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Builds the class of a definition or of a group in it. As in lowering, each layer is made when it is first needed; but nothing is
/// known of what the parameters are, so that a condition is a formula and what it leaves out is built all the same.
/// </summary>
internal sealed partial class ClassBuilder
{
    private readonly ClassSession _session;
    private readonly ClassModel _model;
    private readonly ClassBuilder? _outer;
    private readonly TermScope _scope;
    private readonly string _owner;
    private readonly List<Slot> _slots = [];
    private readonly Dictionary<string, Slot> _slotById = [];
    private readonly List<ClassPort> _captured = [];
    private readonly IReadOnlyDictionary<string, IReadOnlyList<(int Stride, int Rate)>> _plans = new Dictionary<string,
        IReadOnlyList<(int, int)>>();
    private readonly int _classes;

    /// <summary>A block or backbone.</summary>
    public ClassBuilder(ClassSession session, Definition definition, IReadOnlyList<(SymbolTerm Symbol, Value Value)> isFixed)
    {
        _session = session;
        _owner = ClassSession.OwnerOf(definition);
        var values = new Dictionary<string, Term>();
        var parameters = new List<(ParameterDefinition, SymbolTerm)>();
        foreach (var parameter in definition.Parameters)
        {
            var symbol = new SymbolTerm(SymbolKind.Parameter, parameter.Name, parameter.Kind, _owner) { Choices = parameter.Choices };
            if (FixedValue(symbol) is { } known)
            {
                values.Add(parameter.Name, Term.Of(known));
                continue;
            }
            values.Add(parameter.Name, symbol);
            parameters.Add((parameter, symbol));
        }
        var inputs = new List<(string, Term)>();
        foreach (var input in (definition as BlockDefinition)?.Inputs ?? ["input"])
        {
            var symbol = new SymbolTerm(SymbolKind.Channels, input, ValueKind.Int, _owner);
            inputs.Add((input, FixedValue(symbol) is { } known ? Term.Of(known) : symbol));
        }
        _scope = new TermScope(values, inputs);
        _model = new ClassModel
        {
            Definition = definition,
            Fixed = isFixed,
            Inherits = true,
            OwnDefaults = definition.Defaults == DefaultsDefinition.None ? null : new DefaultsFrame(definition.Defaults, _scope, null),
        };
        _model.Inputs.AddRange(inputs);
        _model.Parameters.AddRange(parameters);

        Value? FixedValue(SymbolTerm symbol)
        {
            foreach (var (known, value) in isFixed)
            {
                if (known.Key == symbol.Key)
                    return value;
            }
            return null;
        }
    }

    /// <summary>A network.</summary>
    public ClassBuilder(
        ClassSession session, NetworkDefinition network, int classes, int outputStride,
        IReadOnlyDictionary<string, IReadOnlyList<(int Stride, int Rate)>> plans)
    {
        _session = session;
        _owner = ClassSession.OwnerOf(network);
        _plans = plans;
        _classes = classes;
        var values = new Dictionary<string,
            Term>
        { ["classes"] = Term.Of(Value.OfClasses(classes, 1)), ["output_stride"] = Term.Of(outputStride) };
        var inputs = new List<(string, Term)> { ("input", Term.Of(network.InputChannels)) };
        _scope = new TermScope(values, inputs);
        _model = new ClassModel
        {
            Definition = network,
            Frames = network.Defaults == DefaultsDefinition.None ? null : new DefaultsFrame(network.Defaults, _scope, null),
        };
        _model.Inputs.AddRange(inputs);
    }

    /// <summary>A group, in the class around it.</summary>
    private ClassBuilder(ClassBuilder outer, LayerDefinition group, string path, Term channels, TermScope names)
    {
        _outer = outer;
        _session = outer._session;
        _owner = outer._owner;
        _classes = outer._classes;
        var inputs = new List<(string, Term)>();
        _model = new ClassModel
        {
            Definition = outer._model.Definition,
            GroupPath = path,
            Group = group,
            Inherits = outer._model.Inherits,
            Frames = group.Defaults == DefaultsDefinition.None ? outer._model.Frames
                : new DefaultsFrame(group.Defaults, names, outer._model.Frames),
        };
        // Of one list, so that captured inputs are seen by expressions as in lowering.
        _model.Inputs.Add(("input", channels));
        _scope = new TermScope(new Dictionary<string, Term>(), _model.Inputs, names);
    }

    public ClassModel Build()
    {
        switch (_model.Definition)
        {
            case BlockDefinition block:
                Declare(block.Layers, block.NumbersKeys);
                Finish(block.Output);
                break;
            case BackboneDefinition backbone:
                Declare(backbone.Stem);
                DeclareStages(backbone);
                Declare(backbone.Tail);
                Finish(null);
                break;
            case NetworkDefinition network:
                if (network.Backbone is { } use)
                    DeclareBackbone(use);
                Declare(network.Layers);
                DeclareOutputs(network);
                Finish(null);
                break;
        }
        return _model;
    }

    private void Finish(Reference? output)
    {
        foreach (var slot in _slots)
            Demand(slot);
        _model.Output = (output is null ? null : Resolve(output)) ?? Last();
        _model.OutChannels = _session.Bounded(_model.ChannelsOf(_model.Output));
    }

    private ClassPort Last() => _slots.Count == 0 ? new ClassPort(null, 0) : new ClassPort(Demand(_slots[_slots.Count - 1]));

    private void Declare(IEnumerable<LayerDefinition> layers, bool numbersKeys = false)
    {
        var number = Term.Of(0);
        foreach (var layer in layers)
        {
            Add(
                new ClassItem
                {
                    Id = layer.Name,
                    Key = layer.Key ?? (numbersKeys ? number.Constant?.ToString() : layer.Name),
                    Number = layer.Key is null && numbersKeys ? number : null,
                    Member = layer.OwnMember,
                    Layer = layer,
                },
                _slots.Count == 0 ? null : _slots[_slots.Count - 1], (item, slot) => Lower(layer, item, slot, _scope, isBranch: false));
            if (numbersKeys)
                number = Term.Binary("+", number, layer.When is null ? Term.Of(1)
                    : Term.If(layer.When.Expression.ToTerm(_scope), Term.Of(1), Term.Of(0)));
        }
    }

    private void DeclareBranches(IReadOnlyList<LayerDefinition> branches)
    {
        var number = Term.Of(0);
        foreach (var branch in branches)
        {
            var count = branch.Repeat?.Expression.ToTerm(_scope) ?? Term.Of(1);
            var isNumeric = Names.IsNumeric(branch.Name);
            // Names count up with the branches before them; a name that is not known yet is one that no reference can have.
            var id = !isNumeric ? branch.Name : number.Constant?.ToString() ?? branch.Name + "+";
            var isRepeated = branch.Repeat is not null;
            Add(
                new ClassItem
                {
                    Id = isRepeated && isNumeric ? "" : id,
                    Key = isNumeric ? branch.Key is not null && id == branch.Name && !isRepeated ? branch.Key : number.Constant?.ToString()
                        : isRepeated ? branch.Name : branch.Key ?? branch.Name,
                    Number = isNumeric ? number : null,
                    Member = branch.Member ?? (isRepeated && isNumeric ? LayerDefinition.MemberOf(branch.Name, branch)
                        : LayerDefinition.MemberOf(id.TrimEnd('+'), branch)),
                    Layer = branch,
                },
                null, (item, slot) => Lower(branch, item, slot, _scope, isBranch: true));
            number = Term.Binary("+", number, count);
        }
    }

    private Slot Add(ClassItem item, Slot? previous, Action<ClassItem, Slot> lower)
    {
        var slot = new Slot(item, previous, lower);
        _slots.Add(slot);
        _model.Items.Add(item);
        if (item.Output is null && item.Id.Length > 0 && !_slotById.ContainsKey(item.Id))
            _slotById.Add(item.Id, slot);
        return slot;
    }

    private ClassItem Demand(Slot slot)
    {
        if (slot.IsDone)
            return slot.Item;
        if (slot.IsOpen)
            throw new ClassFaultException($"'{slot.Item.Id}' waits for itself");
        _session.Cancellation.ThrowIfCancellationRequested();
        slot.IsOpen = true;
        try
        {
            slot.Lower(slot.Item, slot);
        }
        catch (ClassFaultException e) when (!slot.Item.Presence.IsTrue)
        {
            // Built for the class to be whole, and used by no network.
            slot.Item.Fault = e.Message;
            slot.Item.Calls.Clear();
            slot.Item.Channels = slot.Item.InChannels;
        }
        slot.Item.Channels = _session.Bounded(slot.Item.Channels);
        slot.IsOpen = false;
        slot.IsDone = true;
        return slot.Item;
    }

    private ClassPort Resolve(Reference reference) =>
        Lookup(reference.Path) ?? throw new ClassFaultException($"There is no '{reference.Path}'");

    private ClassPort? Lookup(string path)
    {
        var dot = path.IndexOf('.');
        var (id, rest) = dot < 0 ? (path, "") : (path.Substring(0, dot), path.Substring(dot + 1));
        if (_slotById.TryGetValue(id, out var slot))
            return Tap(Demand(slot), -1, rest);
        if (_model.FindBranch(id) is { } branch)
            return Tap(Demand(_slots.First(s => s.Item == branch.Item)), branch.Unit, rest);
        if (rest.Length == 0 && _model.Inputs.FindIndex(i => i.Name == id) is >= 0 and var input
            && (_outer is null || input <= _captured.Count))
            return new ClassPort(null, input);
        if (_outer?.Lookup(path) is not { } outer)
            return null;
        return new ClassPort(null, Capture(outer, path));
    }

    private ClassPort? Tap(ClassItem item, int unit, string rest)
    {
        if (ClassModel.Resolve(item, unit, rest) is not { } port)
        {
            // A branch of which the number is not known: it is where the lengths before it are fixed.
            var open = item.Calls.SelectMany(c => Lengths(c.Callee)).SelectMany(t => t.Symbols()).ToList();
            return open.Count > 0 ? throw new StructuralException(open) : null;
        }
        if (port.Inside.Length > 0 || port.Unit >= 0)
            item.Taps.Add((port.Unit, port.Inside));
        return port;
    }

    /// <summary>The lengths of lists, and the places in them, that are not known.</summary>
    public static IEnumerable<Term> Lengths(ClassModel model) => model.Items.SelectMany(i => (i.Number is null ? [] : new[] { i.Number })
        .Append(i.Count).Concat(i.Calls.Where(c => c.Callee.IsGroup || model.Definition.Kind != DefinitionKind.Network).SelectMany(
            c => Lengths(c.Callee))))
        .Where(t => t.Constant is null);

    private int Capture(ClassPort outer, string path)
    {
        var known = _captured.IndexOf(outer);
        if (known >= 0)
            return known + 1;
        _captured.Add(outer);
        var channels = _outer!._model.ChannelsOf(outer);
        var name = path.Replace('.', '_');
        _model.Inputs.Add((name, channels.Constant is not null ? channels : GroupInput(_model.GroupPath, _model.Inputs.Count, name)));
        return _captured.Count;
    }

    private SymbolTerm GroupInput(string path, int index, string name) =>
        new(SymbolKind.Channels, name, ValueKind.Int, $"{_owner}/{path}#{index.ToString(CultureInfo.InvariantCulture)}");

    private List<ClassPort> Inputs(LayerDefinition layer, Slot slot) => layer.From is null
        ? [slot.Previous is null ? new ClassPort(null, 0) : new ClassPort(Demand(slot.Previous))]
        : [.. layer.From.Select(Resolve)];

    private void Lower(LayerDefinition layer, ClassItem item, Slot slot, TermScope names, bool isBranch)
    {
        // First of all, so that a fault in what is not there is none.
        if (layer.When is not null && !(isBranch && layer.Repeat is not null))
            item.Presence = Condition(layer.When, names);
        item.Inputs.AddRange(Inputs(layer, slot));
        item.InChannels = item.Channels = _model.ChannelsOf(item.Inputs[0]);
        if (item.Presence.IsFalse)
            return;
        switch (layer.Kind)
        {
            case LayerKind.Operation:
                LowerOp(layer, item, names);
                break;
            case LayerKind.Scales:
                LowerScales(layer, item, names);
                break;
            default:
                LowerUnits(layer, item, names, isBranch);
                break;
        }
        item.Channels = Term.If(item.Presence, item.Channels, item.InChannels);
    }

    private static Term Condition(Setting when, TermScope names) => when.Expression.ToTerm(names) is { Kind: ValueKind.Bool or null } term
        ? term
        : throw new ClassFaultException($"'when: {when.Text}' is neither true nor false");

    private void LowerScales(LayerDefinition layer, ClassItem item, TermScope names)
    {
        foreach (var attribute in OpTable.Resize.Attributes)
        {
            if (Stated(layer, OpTable.Resize, attribute, names) is { } term)
                item.Attributes[attribute.Name] = term;
        }
        item.Scales.AddRange(layer.Scales.Select(s => (s.Name, s.Expression.ToTerm(names))));
        item.Op = OpTable.Ops[OpTable.Merges[layer.Merge ?? "sum"]];
        if (item.Op.Kind == OpKind.Concat)
            item.Channels = Term.Binary("*", Term.Of(item.Scales.Count + 1), item.InChannels);
    }

    private void DeclareOutputs(NetworkDefinition network)
    {
        foreach (var output in network.Outputs)
        {
            var source = Resolve(output.From);
            if (!output.ResizeToInput)
                continue;
            Add(new ClassItem { Id = output.Name, Key = "", Member = "", Output = output }, null, (item, _) =>
            {
                item.Inputs.AddRange([source, new ClassPort(null, 0)]);
                item.Op = OpTable.Resize;
                item.InChannels = item.Channels = _model.ChannelsOf(source);
                if (output.AlignCorners is { } aligns)
                    item.Attributes["align_corners"] = Term.Of(aligns);
                else if (_model.Frames?.Find("resize", "align_corners") is { } stated)
                    item.Attributes["align_corners"] = stated;
            });
        }
    }

    /// <summary>The port of an output of a network.</summary>
    public static ClassPort OutputOf(ClassModel network, OutputDefinition output) =>
        network.Items.FirstOrDefault(i => i.Output == output) is { } resized
        ? new ClassPort(resized)
        : network.Resolve(output.From.Path) ?? new ClassPort(null, 0);

    /// <summary>A layer that is announced, built when first needed.</summary>
    private sealed class Slot(ClassItem item, Slot? previous, Action<ClassItem, Slot> lower)
    {
        public ClassItem Item { get; } = item;

        public Slot? Previous { get; } = previous;

        public Action<ClassItem, Slot> Lower { get; } = lower;

        public bool IsOpen { get; set; }

        public bool IsDone { get; set; }
    }
}
