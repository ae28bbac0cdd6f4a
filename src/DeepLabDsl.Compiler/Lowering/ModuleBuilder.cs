using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Builds one module: its items in the order asked for, each when first needed, so that a layer may stand anywhere.</summary>
internal sealed class ModuleBuilder
{
    private static readonly Dictionary<string, string> NoSources = [];

    private readonly Lowering _context;
    private readonly ModuleBuilder? _outer;
    private readonly ModuleScope _names;
    private readonly DefaultsScope _defaults;
    private readonly List<Slot> _slots = [];
    private readonly Dictionary<string, Slot> _slotById = [];
    private readonly Dictionary<Port, Port> _captured = [];
    private int _ready;
    private int _waiting;

    /// <param name="context">The network's lowering.</param>
    /// <param name="module">The module to fill; its inputs are there already.</param>
    /// <param name="names">What expressions see.</param>
    /// <param name="defaults">Defaults in force.</param>
    /// <param name="outer">The module around a group, whose layers the group may name.</param>
    public ModuleBuilder(Lowering context, Module module, ModuleScope names, DefaultsScope defaults, ModuleBuilder? outer = null)
    {
        _context = context;
        Module = module;
        _names = names;
        _defaults = defaults;
        _outer = outer;
    }

    public Module Module { get; }

    /// <summary>Ports of the module around that the layers of a group name, in the order of the group's extra inputs.</summary>
    public IEnumerable<Port> Captured => _captured.Keys;

    private DiagnosticBag Diagnostics => _context.Diagnostics;

    /// <summary>Announces layers in a row: each takes the one before where it names nothing.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="numbersKeys">Whether those that are there have numbers for keys, as in PyTorch's Sequential.</param>
    public void Declare(IEnumerable<LayerDefinition> layers, bool numbersKeys = false)
    {
        var number = 0;
        foreach (var layer in layers)
        {
            var key = numbersKeys ? number.ToString(CultureInfo.InvariantCulture) : null;
            number += IsThere(layer) ? 1 : 0;
            Declare(layer.Name, layer, _slots.LastOrDefault(), (item, slot) => LowerLayer(layer, item, slot, _names), key: key);
        }
    }

    /// <summary>Whether <c>when:</c> leaves the layer in; a fault of it is reported where the layer is lowered.</summary>
    private bool IsThere(LayerDefinition layer) =>
        layer.When is null || Evaluation.Evaluate(layer.When, ValueKind.Bool, null, _names, new DiagnosticBag()) is not { Bool: false };

    /// <summary>Announces the branches of a parallel: each takes the input, and a repeated one stands for several.</summary>
    public void DeclareBranches(IReadOnlyList<LayerDefinition> branches)
    {
        foreach (var branch in branches)
        {
            var count = branch.Repeat is null ? 1 : Repetition(branch, _names, allowsNone: true) ?? 1;
            for (var i = 0; i < count; i++)
            {
                var numeric = Names.IsNumeric(branch.Name);
                var id = numeric
                    ? _slots.Count.ToString(CultureInfo.InvariantCulture)
                    : branch.Repeat is null ? branch.Name : branch.Name + i.ToString(CultureInfo.InvariantCulture);
                var names = branch.Repeat is null ? _names : _names.With("unit", i);
                Declare(id, branch, null, (item, slot) => LowerUnits(branch, item, slot, names, isBranch: true));
            }
        }
    }

    /// <summary>Announces an item that no layer of the spec is.</summary>
    public Slot Declare(
        string id, LayerDefinition? layer, Slot? previous, System.Action<Item, Slot> lower, SourceSpan? span = null, bool isOutput = false, string? key = null)
    {
        var slot = new Slot(
            new Item
            {
                Id = id,
                // A repeated branch says its own key once; its units count on from it.
                Key = layer?.Key is null || layer.Name != id ? key ?? id : layer.Key,
                Member = layer is not null && layer.Name == id ? layer.OwnMember : layer?.Member ?? LayerDefinition.MemberOf(id, layer),
                Span = span ?? layer?.Span ?? default,
                IsOutput = isOutput,
                Layer = layer,
            },
            layer, previous, lower);
        _context.CountLayer(slot.Item.Span);
        _slots.Add(slot);
        if (!isOutput && !_slotById.ContainsKey(id))
            _slotById.Add(id, slot);
        Module.Items.Add(slot.Item);
        return slot;
    }

    /// <summary>Lowers what nobody has asked for yet and checks the names.</summary>
    public void Finish()
    {
        DemandAll();
        foreach (var clash in Clashes(i => i.IsPresent && i.Scale is null, i => i.Key))
            Diagnostics.Report(Rules.NameClash, clash.Span, $"Two layers here have the state-dict key '{clash.Key}'; give one of them another 'key:'");
        foreach (var clash in Clashes(i => !i.IsOutput && i.Scale is null, i => i.Member))
            Diagnostics.Report(Rules.NameClash, clash.Span, $"Two layers here become the C# member '{clash.Member}'; give one of them another 'member:'");
    }

    /// <summary>The last item of each name that several have.</summary>
    private IEnumerable<Item> Clashes(System.Func<Item, bool> counts, System.Func<Item, string> name)
    {
        var seen = new HashSet<string>();
        // Hardly ever is there one: groups are made where there is.
        return Module.Items.All(i => !counts(i) || seen.Add(name(i)))
            ? []
            : Module.Items.Where(counts).GroupBy(name).Where(g => g.Count() > 1).Select(g => g.Last());
    }

    /// <summary>The port of the last layer, or the input where there is none.</summary>
    public Port Last()
    {
        DemandAll();
        return _slots.Count == 0 ? Module.Inputs[0] : _slots[_slots.Count - 1].Item.Output!;
    }

    /// <summary>Lowers in the order of the text: a long row of layers needs no deep stack.</summary>
    private void DemandAll()
    {
        for (; _ready < _slots.Count; _ready++)
            Demand(_slots[_ready], _slots[_ready].Item.Span);
    }

    /// <summary>The port that a reference means; null, reported, where there is none.</summary>
    public Port? Resolve(Reference reference)
    {
        var path = reference.Path.Split('.');
        if (Lookup(path, reference.Span, out var isKnown) is { } port)
            return port;
        if (!isKnown)
        {
            Diagnostics.Report(Rules.UnknownLayer, reference.Span, reference.Path, Suggestion.For(path[0], VisibleNames()));
        }
        return null;
    }

    private IEnumerable<string> VisibleNames() =>
        Module.Inputs.Where(i => !_captured.ContainsValue(i)).Select(i => i.Name).Concat(_slots.Where(s => !s.Item.IsOutput).Select(s => s.Item.Id)).Concat(_outer?.VisibleNames() ?? []);

    private Port? Lookup(string[] path, SourceSpan span, out bool isKnown)
    {
        isKnown = true;
        if (_slotById.TryGetValue(path[0], out var slot))
        {
            var output = Demand(slot, span);
            return path.Length == 1 ? output : Descend(slot.Item, path, 1, span);
        }
        if (path.Length == 1 && Module.Inputs.FirstOrDefault(i => i.Name == path[0]) is { } input)
            return input;
        if (_outer is null)
        {
            isKnown = false;
            return null;
        }
        if (_outer.Lookup(path, span, out isKnown) is not { } outer)
            return null;
        if (!_captured.TryGetValue(outer, out var inner))
        {
            inner = new Port(string.Join("_", path), outer.Shape);
            _captured.Add(outer, inner);
            Module.Inputs.Add(inner);
        }
        return inner;
    }

    /// <summary>Follows a path into an item of this module and brings the port found there up to this module.</summary>
    private Port? Descend(Item item, string[] path, int at, SourceSpan span)
    {
        if (item.IsPresent && item.Taps.Count > 0)
        {
            if (at + 1 == path.Length && item.Taps.TryGetValue(path[at], out var tap))
                return tap;
            Diagnostics.Report(Rules.UnknownLayer, span, string.Join(".", path), $"; '{item.Id}' runs at the scales {string.Join(", ", item.Taps.Keys)}");
            return null;
        }
        if (!item.IsPresent || item.Calls.Count == 0)
        {
            if (item.IsPresent && item.Primitive is null)
                return null;
            Diagnostics.Report(Rules.UnknownLayer, span, string.Join(".", path),
                item.IsPresent ? $"; '{item.Id}' is an operation and has no layers in it" : $"; 'when' switches '{item.Id}' off here");
            return null;
        }
        var name = string.Join("_", path.Skip(at - 1));
        var unit = 0;
        if (item.IsList)
        {
            if (!int.TryParse(path[at], NumberStyles.None, CultureInfo.InvariantCulture, out unit) || unit >= item.Calls.Count)
            {
                Diagnostics.Report(Rules.UnknownLayer, span, string.Join(".", path), $"; '{item.Id}' has units 0 to {item.Calls.Count - 1}");
                return null;
            }
            at++;
        }
        var call = item.Calls[unit];
        if (at == path.Length)
            return call.Results[0];
        if (FindInside(call.Callee, path, at, span) is not { } inner)
            return null;
        var port = Export(item, unit, inner, name);
        // The units of a list stay of one class: what one gives out, all do.
        foreach (var other in item.Calls.Where(c => c != call))
        {
            if (FindInside(other.Callee, path, at, span) is { } twin)
                Export(item, item.Calls.IndexOf(other), twin, twin.Name);
        }
        return port;
    }

    private Port? FindInside(Module module, string[] path, int at, SourceSpan span)
    {
        if (module.Find(path[at]) is not { } item || item.Output is null)
        {
            Diagnostics.Report(Rules.UnknownLayer, span, string.Join(".", path), Suggestion.For(path[at], module.Items.Select(i => i.Id)));
            return null;
        }
        if (at + 1 == path.Length)
            return item.Output;
        if (item.Calls.Count == 0)
        {
            Diagnostics.Report(Rules.UnknownLayer, span, string.Join(".", path), $"; '{item.Id}' has no layers in it");
            return null;
        }
        return Descend(item, path, at + 1, span);
    }

    private Port Export(Item item, int unit, Port inner, string name)
    {
        var call = item.Calls[unit];
        var index = call.Callee.Outputs.IndexOf(inner);
        if (index >= 0 && index < call.Results.Count)
            return call.Results[index];
        if (index < 0)
            call.Callee.Outputs.Add(inner);
        var port = new Port(name, inner.Shape) { Item = item, Unit = unit, Result = call.Results.Count };
        call.Results.Add(port);
        return port;
    }

    private Port Demand(Slot slot, SourceSpan span)
    {
        if (slot.Item.Output is { } ready)
            return ready;
        if (slot.IsOpen)
        {
            var cycle = _slots.Where(s => s.IsOpen).Select(s => s.Item.Id);
            Diagnostics.Report(Rules.Cycle, span, slot.Item.Id, string.Join(" -> ", cycle.Append(slot.Item.Id)));
            return slot.Item.Output = new Port(slot.Item.Id, Shape.Unknown) { Item = slot.Item };
        }
        _context.Cancellation.ThrowIfCancellationRequested();
        if (++_waiting > Limits.ForwardReferences)
            throw new LimitException(slot.Item.Span, $"More than {Limits.ForwardReferences} layers wait for one another here; write them in the order of the data");
        slot.IsOpen = true;
        slot.Lower(slot.Item, slot);
        slot.IsOpen = false;
        _waiting--;
        return slot.Item.Output ??= new Port(slot.Item.Id, Shape.Unknown) { Item = slot.Item };
    }

    private void LowerLayer(LayerDefinition layer, Item item, Slot slot, ModuleScope names)
    {
        if (layer.Kind == LayerKind.Operation)
            LowerOp(layer, item, slot, names);
        else
            LowerUnits(layer, item, slot, names, isBranch: false);
    }

    /// <summary>A layer run again on rescaled inputs, and all its results merged on the grid of the first.</summary>
    private void LowerScales(LayerDefinition layer, Item item, Slot slot, ModuleScope names)
    {
        if (Inputs(layer, slot) is not { } inputs || IsSwitchedOff(layer, item, inputs, names))
            return;
        var source = inputs[0];
        item.Inputs.Add(source);
        if (inputs.Count != 1 || source.Item is null)
        {
            Diagnostics.Report(Rules.InputCount, layer.From?[0].Span ?? layer.Span, $"Layer '{layer.Name}'", "one layer, which it runs at every scale",
                inputs.Count == 1 ? "an input" : inputs.Count);
            return;
        }
        if (Attributes(layer, OpTable.Resize, item, names) is not { } resize || !source.Shape.IsKnown)
            return;
        foreach (var setting in layer.Scales)
        {
            if (Evaluation.Evaluate(setting, ValueKind.Float, null, names, Diagnostics) is not { } factor)
                return;
            if (factor.Number <= 0 || factor.Number == 1 || factor.Number > 16)
            {
                Diagnostics.Report(Rules.OutOfRange, setting.Span, setting.Name, "above 0, at most 16 and not 1, at which it runs anyway", factor);
                return;
            }
            var run = new ScaledRun(_context, Module, item, setting.Name, factor, resize.Values, setting.Span);
            _context.Runs.Add(run);
            var scaled = run.Add(source);
            item.Taps[setting.Name] = scaled;
            item.Inputs.Add(run.AddResize(scaled, source));
        }
        var merge = layer.Merge is null ? null : OpTable.Ops[OpTable.Merges[layer.Merge]];
        if (merge is null)
            return;
        item.Primitive = ShapeInference.Infer(merge, new Dictionary<string, Value>(), new Dictionary<string, string>(), item, layer.MergeSpan, Diagnostics);
        item.Output = new Port(item.Id, item.Primitive?.Output ?? Shape.Unknown) { Item = item };
    }

    private bool IsSwitchedOff(LayerDefinition layer, Item item, IReadOnlyList<Port> inputs, ModuleScope names)
    {
        if (layer.When is null || Evaluation.Evaluate(layer.When, ValueKind.Bool, null, names, Diagnostics) is not { Bool: false })
            return false;
        PassOn(item, inputs[0]);
        return true;
    }

    private static void PassOn(Item item, Port input)
    {
        item.IsPresent = false;
        item.Inputs.Clear();
        item.Inputs.Add(input);
        item.Output = new Port(item.Id, input.Shape) { Item = item };
    }

    /// <summary>The ports a layer is fed with; null, reported, where one is unknown.</summary>
    private List<Port>? Inputs(LayerDefinition layer, Slot slot)
    {
        if (layer.From is null)
            return [slot.Previous is null ? Module.Inputs[0] : Demand(slot.Previous, layer.Span)];
        var ports = layer.From.Select(Resolve).ToList();
        return ports.Any(p => p is null) ? null : ports.Select(p => p!).ToList();
    }

    private void LowerOp(LayerDefinition layer, Item item, Slot slot, ModuleScope names)
    {
        if (Inputs(layer, slot) is not { } inputs || IsSwitchedOff(layer, item, inputs, names))
            return;
        item.Inputs.AddRange(inputs);
        if (OpOf(layer, names) is not { } op)
            return;
        if (inputs.Count < op.MinimumInputs || inputs.Count > op.MaximumInputs)
        {
            Diagnostics.Report(Rules.InputCount, layer.From?[0].Span ?? layer.Span, $"Operation '{op.Name}'", op.DescribeInputs(), inputs.Count);
            return;
        }
        if (op.Kind == OpKind.None)
        {
            PassOn(item, inputs[0]);
            return;
        }
        if (Attributes(layer, op, item, names) is not { } attributes)
            return;
        item.Primitive = ShapeInference.Infer(op, attributes.Values, attributes.Sources, item, layer.Span, Diagnostics);
        item.Output = new Port(item.Id, item.Primitive?.Output ?? Shape.Unknown) { Item = item };
    }

    private OpInfo? OpOf(LayerDefinition layer, ModuleScope names)
    {
        var setting = layer.Op!;
        if (Evaluation.Evaluate(setting, ValueKind.Choice, null, names, Diagnostics) is not { } name)
            return null;
        if (name.Word is "activation" or "norm")
        {
            var isNorm = name.Word == "norm";
            if (_defaults.Choice(name.Word) is not { } choice)
                return OpTable.Ops[isNorm ? "batch_norm" : "relu"];
            setting = choice.Setting;
            if (Evaluation.Evaluate(setting, ValueKind.Choice, [.. isNorm ? OpTable.Norms : OpTable.Activations], choice.Names, Diagnostics) is not { } chosen)
                return null;
            name = chosen;
        }
        if (OpTable.Ops.TryGetValue(name.Word, out var op))
            return op;
        Diagnostics.Report(Rules.UnknownOp, setting.Span, name.Word, Suggestion.For(name.Word, OpTable.Ops.Keys));
        return null;
    }

    private (IReadOnlyDictionary<string, Value> Values, IReadOnlyDictionary<string, string> Sources)? Attributes(LayerDefinition layer, OpInfo op, Item item, ModuleScope names)
    {
        var values = new Dictionary<string, Value>(op.Attributes.Length);
        Dictionary<string, string>? sources = null;
        var isComplete = true;
        foreach (var setting in layer.Settings)
        {
            if (op.Find(setting.Name) is not null)
                continue;
            // Of an operation that is named outright the binder has said so.
            if (layer.Op!.Expression is not LiteralExpression)
                Diagnostics.Report(Rules.UnknownKey, setting.NameSpan, $"Operation '{op.Name}'", setting.Name, Suggestion.For(setting.Name, op.Attributes.Select(a => a.Name)));
            isComplete = false;
        }
        foreach (var attribute in op.Attributes)
        {
            var own = layer.FindSetting(attribute.Name);
            if (attribute.IsReference)
            {
                if (own is not null)
                    isComplete &= AddReference(own, item);
                continue;
            }
            var inherited = own is null ? _defaults.Find(op.Name, attribute.Name) : null;
            var setting = own ?? inherited?.Setting;
            if (setting is null)
            {
                if (attribute.Default is { } value)
                {
                    values.Add(attribute.Name, value);
                }
                else if (!attribute.IsOptional)
                {
                    Diagnostics.Report(Rules.MissingKey, layer.Op!.Span, $"Operation '{op.Name}'", attribute.Name, attribute.Kind.Describe(attribute.Choices));
                    isComplete = false;
                }
                continue;
            }
            if (Evaluation.Evaluate(setting, attribute.Kind, attribute.Choices, inherited?.Names ?? names, Diagnostics) is not { } given || !IsInRange(attribute, given, setting))
            {
                isComplete = false;
                continue;
            }
            // Of all numbers of a layer, those of channels alone may be a formula.
            if (attribute.Name is not ("channels" or "groups" or "multiplier"))
                ClassArithmetic.Refuse(given, setting);
            values.Add(attribute.Name, given);
            if (setting == own && own.Expression.PlainName is { } source)
                (sources ??= []).Add(attribute.Name, source);
        }
        return isComplete ? (values, sources ?? NoSources) : null;
    }

    private bool AddReference(Setting setting, Item item)
    {
        if (setting.Syntax is not ScalarSyntax name)
        {
            Diagnostics.Report(Rules.WrongType, setting.Span, setting.Name, "the name of a layer", setting.Syntax.Describe());
            return false;
        }
        if (Resolve(new Reference(name.Text, name.Span)) is not { } port)
            return false;
        item.Inputs.Add(port);
        return true;
    }

    private bool IsInRange(OpAttribute attribute, Value value, Setting setting)
    {
        if (value.IsWord || value.IsBool)
            return true;
        foreach (var single in value.IsList ? value.List : [value])
        {
            var number = single.Number;
            // A factor, a rate or a size of more than 2^20 is a slip, and arithmetic on it may not be exact.
            if (number >= (attribute.Minimum ?? 0) && number <= (attribute.Maximum ?? 1 << 20))
                continue;
            var range = attribute.Maximum is { } maximum ? $"between {attribute.Minimum} and {maximum}" : $"{attribute.Minimum} or more";
            Diagnostics.Report(Rules.OutOfRange, setting.Span, setting.Name, number > 1 << 20 ? "a size that a network can have" : range, value);
            return false;
        }
        return true;
    }

    private int? Repetition(LayerDefinition layer, ModuleScope names, bool allowsNone)
    {
        if (Evaluation.Evaluate(layer.Repeat!, ValueKind.Int, null, names, Diagnostics) is not { } count)
            return null;
        ClassArithmetic.Refuse(count, layer.Repeat!);
        if (count.Int >= (allowsNone ? 0 : 1) && count.Int <= 1024)
            return (int)count.Int;
        Diagnostics.Report(Rules.OutOfRange, layer.Repeat!.Span, "repeat", $"between {(allowsNone ? 0 : 1)} and 1024", count);
        return null;
    }

    private void LowerUnits(LayerDefinition layer, Item item, Slot slot, ModuleScope names, bool isBranch)
    {
        if (layer.Kind is LayerKind.Operation or LayerKind.Scales)
        {
            if (layer.Kind == LayerKind.Operation)
                LowerOp(layer, item, slot, names);
            else
                LowerScales(layer, item, slot, names);
            return;
        }
        if (Inputs(layer, slot) is not { } inputs || IsSwitchedOff(layer, item, inputs, names))
            return;
        item.Inputs.AddRange(inputs);
        var isList = layer.Repeat is not null && !isBranch;
        if ((isList ? Repetition(layer, names, allowsNone: false) : 1) is not { } count)
            return;
        LowerUnits(layer, item, inputs, count, isList, _ => new Dictionary<string, Value>(), names);
    }

    /// <summary>Makes one call a unit, each fed with the one before.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="item">Its item.</param>
    /// <param name="inputs">What the first unit is fed with.</param>
    /// <param name="count">How many units.</param>
    /// <param name="isList">Whether they are a list even if there is but one.</param>
    /// <param name="given">Arguments that a stage gives its units besides what the layer says.</param>
    /// <param name="names">What the arguments see, <c>$unit</c> aside.</param>
    public void LowerUnits(
        LayerDefinition layer, Item item, IReadOnlyList<Port> inputs, int count, bool isList,
        System.Func<int, IReadOnlyDictionary<string, Value>> given, ModuleScope names)
    {
        item.IsList = isList;
        var feed = inputs.ToList();
        for (var unit = 0; unit < count; unit++)
        {
            var unitNames = isList ? names.With("unit", unit) : names;
            var path = Join(Module.Path, item.Key, isList ? unit.ToString(CultureInfo.InvariantCulture) : null);
            _context.CountLayer(layer.Span);
            var call = layer.Kind == LayerKind.Block
                ? _context.CallBlock(layer, feed, path, unitNames, _defaults, given(unit))
                : CallGroup(layer, item, feed, path, unitNames);
            if (call is null)
                return;
            item.Calls.Add(call);
            // What is inside of a module becomes an output of it when it is named.
            item.Output = new Port(item.Id, call.Callee.Outputs[0].Shape) { Item = item, Unit = unit };
            call.Results.Add(item.Output);
            feed = [item.Output];
        }
    }

    private Call? CallGroup(LayerDefinition layer, Item item, IReadOnlyList<Port> feed, string path, ModuleScope names)
    {
        if (feed.Count != 1)
        {
            Diagnostics.Report(Rules.InputCount, layer.From![1].Span, $"Layer '{layer.Name}'", "one input (layers in it may name others)", feed.Count);
            return null;
        }
        var module = new Module
        {
            TypeId = $"{Module.TypeId}/{layer.Name}",
            Title = (Module.Path.Length == 0 ? "" : Module.Title) + Names.Pascal(Names.IsNumeric(layer.Name) ? "branch_" + layer.Name : item.Id),
            Path = path,
        };
        module.Inputs.Add(new Port("input", feed[0].Shape));
        var builder = new ModuleBuilder(_context, module, new ModuleScope(new Dictionary<string, Value>(), module.Inputs, names),
            new DefaultsScope(layer.Defaults, names, _defaults), this);
        _context.Enter(layer.Span);
        if (layer.Kind == LayerKind.Parallel)
            builder.BuildParallel(layer);
        else
            builder.Declare(layer.Layers, layer.NumbersKeys);
        builder.Finish();
        _context.Leave();
        module.Outputs.Add(layer.Output is null ? builder.Last() : builder.Resolve(layer.Output) ?? builder.Last());
        var call = new Call(module);
        call.Inputs.AddRange(feed);
        call.Inputs.AddRange(builder.Captured);
        return call;
    }

    private void BuildParallel(LayerDefinition layer)
    {
        DeclareBranches(layer.Layers);
        var branches = _slots.ToList();
        var op = OpTable.Ops[layer.Merge is null ? "concat" : OpTable.Merges[layer.Merge]];
        Declare("merge", null, null, (item, _) =>
        {
            // A branch that 'when' switches off is not there: it would else bring the input itself into the merge.
            item.Inputs.AddRange(branches.Select(b => Demand(b, layer.Span)).Where(p => p.Item?.IsPresent != false));
            if (item.Inputs.Count == 0)
            {
                Diagnostics.Report(Rules.InputCount, layer.Span, $"Layer '{layer.Name}'", "at least one branch that is switched on", 0);
                return;
            }
            item.Primitive = ShapeInference.Infer(op, new Dictionary<string, Value>(), new Dictionary<string, string>(), item, layer.MergeSpan, Diagnostics);
            item.Output = new Port(item.Id, item.Primitive?.Output ?? Shape.Unknown) { Item = item };
        }, layer.MergeSpan);
    }

    public static string Join(string path, string key, string? index = null) =>
        (path.Length == 0 ? key : $"{path}.{key}") + (index is null ? "" : "." + index);

    /// <summary>A layer that is announced, lowered when first needed.</summary>
    internal sealed class Slot(Item item, LayerDefinition? layer, Slot? previous, System.Action<Item, Slot> lower)
    {
        public Item Item { get; } = item;

        public LayerDefinition? Layer { get; } = layer;

        public Slot? Previous { get; } = previous;

        public System.Action<Item, Slot> Lower { get; } = lower;

        public bool IsOpen { get; set; }
    }
}
