using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Layers that are made of other modules: blocks, groups, branches; one or a list of units.</summary>
internal sealed partial class ModuleBuilder
{
    private int? Repetition(LayerDefinition layer, ModuleScope names, bool allowsNone)
    {
        if (Evaluation.Evaluate(layer.Repeat!, ValueKind.Int, null, names, Diagnostics) is not { } count)
            return null;
        ClassArithmetic.Refuse(count, layer.Repeat!);
        if (count.Int >= (allowsNone ? 0 : 1) && count.Int <= 1024)
            return (int)count.Int;
        Diagnostics.ReportValue(Rules.OutOfRange, layer.Repeat!, names, "repeat", $"between {(allowsNone ? 0 : 1)} and 1024", count);
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
            Diagnostics.Report(Rules.InputCount, layer.From![1].Span, $"Layer '{layer.Name}'",
                "one input (layers in it may name others)", feed.Count);
            return null;
        }
        var module = new Module
        {
            TypeId = $"{Module.TypeId}/{layer.Name}",
            Title = (Module.Path.Length == 0 ? "" : Module.Title)
                + Names.Pascal(Names.IsNumeric(layer.Name) ? "branch_" + layer.Name : item.Id),
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
            item.Primitive = ShapeInference.Infer(op, new Dictionary<string, Value>(), new Dictionary<string, string>(), item,
                layer.MergeSpan, Diagnostics);
            item.Output = new Port(item.Id, item.Primitive?.Output ?? Shape.Unknown) { Item = item };
        }, layer.MergeSpan);
    }
}
