using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Builds one module: its items in the order asked for, each when first needed, so that a layer may stand anywhere.</summary>
internal sealed partial class ModuleBuilder
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
        string id, LayerDefinition? layer, Slot? previous, System.Action<Item, Slot> lower, SourceSpan? span = null,
            bool isOutput = false, string? key = null)
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
            Diagnostics.Report(Rules.NameClash, clash.Span,
                $"Two layers here have the state-dict key '{clash.Key}'; give one of them another 'key:'");
        foreach (var clash in Clashes(i => !i.IsOutput && i.Scale is null, i => i.Member))
            Diagnostics.Report(Rules.NameClash, clash.Span,
                $"Two layers here become the C# member '{clash.Member}'; give one of them another 'member:'");
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
            throw new LimitException(slot.Item.Span,
                $"More than {Limits.ForwardReferences} layers wait for one another here; write them in the order of the data");
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
            Diagnostics.Report(Rules.InputCount, layer.From?[0].Span ?? layer.Span, $"Layer '{layer.Name}'",
                "one layer, which it runs at every scale",
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
                Diagnostics.ReportValue(
                    Rules.OutOfRange, setting, names, setting.Name, "above 0, at most 16 and not 1, at which it runs anyway", factor);
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
        item.Primitive = ShapeInference.Infer(merge, new Dictionary<string, Value>(), new Dictionary<string, string>(), item,
            layer.MergeSpan, Diagnostics);
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
