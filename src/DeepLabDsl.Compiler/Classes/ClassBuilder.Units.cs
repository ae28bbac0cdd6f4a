using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Layers that are made of other classes: blocks, groups, branches, stages, the backbone; one or a list of units.</summary>
internal sealed partial class ClassBuilder
{
    private void LowerUnits(LayerDefinition layer, ClassItem item, TermScope names, bool isBranch)
    {
        if (layer.Repeat is null)
        {
            item.Calls.Add(CallOf(layer, item, InputChannels(item), names, null, isShared: false));
            item.Channels = OutChannels(item, 0);
            return;
        }
        item.IsList = true;
        item.IsBranches = isBranch;
        item.Count = layer.Repeat.Expression.ToTerm(names);
        if (isBranch && layer.When is not null)
            SwitchBranches(layer, item, names);
        else
            LowerList(layer, item, names, null);
    }

    /// <summary>Branches of which each says by itself whether it is there: they must say so alike, or be known one by one.</summary>
    private void SwitchBranches(LayerDefinition layer, ClassItem item, TermScope names)
    {
        var unit = UnitSymbol(item);
        item.Presence = Condition(layer.When!, names.With("unit", unit));
        if (item.Presence.Symbols().Contains(unit))
        {
            if (item.Count.Constant is not { IsInt: true } count)
                throw new StructuralException(item.Count.Symbols());
            var there = Enumerable.Range(0, (int)count.Int).Select(u => Condition(layer.When!, names.With("unit", Term.Of(u)))).ToList();
            if (there.FirstOrDefault(t => t.Constant is null) is { } open)
                throw new StructuralException(open.Symbols());
            item.There = [.. there.Select(t => t.IsTrue)];
            item.Presence = item.There.Any(t => t) ? Term.True : Term.False;
        }
        if (!item.Presence.IsFalse)
            LowerList(layer, item, names, null);
    }

    private SymbolTerm UnitSymbol(ClassItem item) =>
        new(SymbolKind.Unit, "unit", ValueKind.Int, $"{_owner}/{Path(item)}");

    private string Path(ClassItem item)
    {
        var id = item.Id.Length > 0 ? item.Id.TrimEnd('+') : item.Layer!.Name;
        return _model.GroupPath.Length == 0 ? id : $"{_model.GroupPath}.{id}";
    }

    private void LowerList(LayerDefinition layer, ClassItem item, TermScope names, Func<Term, IReadOnlyDictionary<string, Term>>? given)
    {
        var count = item.Count.Constant is { IsInt: true } known ? (int?)known.Int : null;
        // The stride and rate of a stage differ from unit to unit, so that even a list of known length is best one call.
        var isOpen = (count is null || item.IsStage) && LowerOpenList(layer, item, names, given);
        if (!isOpen && count is null)
            throw new StructuralException(item.Count.Symbols());
        var feed = InputChannels(item);
        for (var unit = 0; !isOpen && unit < count; unit++)
        {
            var at = Term.Of(unit);
            item.Calls.Add(CallOf(layer, item, feed, names.With("unit", at), given?.Invoke(at), isShared: true, unit));
            if (!item.IsBranches)
                feed = [item.Channels = OutChannels(item, unit), .. feed.Skip(1)];
        }
        if (item.IsBranches)
            item.Channels = item.Calls.Count == 0 ? Term.Of(0) : Term.Binary("*", item.Count, OutChannels(item, 0));
    }

    /// <summary>A list of which one call stands for all units; false: it has to be known unit by unit.</summary>
    private bool LowerOpenList(LayerDefinition layer, ClassItem item, TermScope names, Func<Term, IReadOnlyDictionary<string, Term>>? given)
    {
        var unit = UnitSymbol(item);
        if (_session.IsStructural(unit))
            return false;
        var feed = InputChannels(item);
        // What the unit before gives, whatever it is: a formula of it shows whether it stays the same.
        var before = new SymbolTerm(SymbolKind.Channels, "before", ValueKind.Int, unit.Key);
        var call = CallOf(layer, item, item.IsBranches ? feed
            : [before, .. feed.Skip(1)], names.With("unit", unit), given?.Invoke(unit), isShared: true);
        var result = call.Translate(call.Callee.OutChannels, _model.Frames);
        var symbols = result.Symbols();
        if (item.IsBranches)
        {
            if (symbols.Contains(unit))
                return false;
            item.Unit = unit;
            item.Calls.Add(call);
            return true;
        }
        var keeps = result == before;
        if (symbols.Contains(before) && !keeps)
            return false;
        item.Unit = unit;
        var previous = keeps ? feed[0]
            : Term.If(Term.Binary("==", unit, Term.Of(0)), feed[0], At(result, Term.Binary("-", unit, Term.Of(1))));
        item.Calls.Add(call with
        {
            Arguments = call.Arguments.ToDictionary(
            a => a.Key, a => a.Value.Replace(s => s == before ? previous : s))
        });
        item.Channels = keeps ? feed[0] : At(result, Term.Binary("-", item.Count, Term.Of(1)));
        return true;

        Term At(Term term, Term index) => term.Replace(s => s == unit ? index : s);
    }

    private List<Term> InputChannels(ClassItem item) => [.. item.Inputs.Select(_model.ChannelsOf)];

    private Term OutChannels(ClassItem item, int unit) =>
        _session.Bounded(item.CallOf(unit) is var call ? call.Translate(call.Callee.OutChannels, _model.Frames) : item.InChannels);

    private ClassCall CallOf(
        LayerDefinition layer, ClassItem item, IReadOnlyList<Term> channels, TermScope names, IReadOnlyDictionary<string, Term>? given,
        bool isShared, int unit = -1) =>
        layer.Kind == LayerKind.Block
            ? CallBlock(layer, channels, names, given)
            : CallGroup(layer, item, channels[0], names, isShared, unit);

    private ClassCall CallBlock(LayerDefinition layer, IReadOnlyList<Term> channels, TermScope names, IReadOnlyDictionary<string,
        Term>? given)
    {
        if (_session.Find(DefinitionKind.Block, layer.Block!) is not BlockDefinition block)
            throw new ClassFaultException($"There is no block '{layer.Block}'");
        if (block.Inputs.Count != channels.Count)
            throw new ClassFaultException($"Block '{block.Name}' takes {block.Inputs.Count} inputs");
        return Call(
            block, block.Inputs, channels, p => given is not null && given.TryGetValue(p.Name, out var term) ? term
                : layer.FindSetting(p.Name)?.Expression.ToTerm(names),
            layer.Defaults == DefaultsDefinition.None ? null : new DefaultsFrame(layer.Defaults, names, null));
    }

    private ClassCall Call(
        Definition definition, IReadOnlyList<string> inputs, IReadOnlyList<Term> channels, Func<ParameterDefinition, Term?> argument,
        DefaultsFrame? defaults)
    {
        var arguments = new Dictionary<string, Term>();
        foreach (var parameter in definition.Parameters)
        {
            arguments[parameter.Name] = argument(parameter)
                ?? (parameter.Default is { } value ? Term.Of(value)
                    : throw new ClassFaultException($"'{definition.Name}' needs '{parameter.Name}'"));
        }
        var index = inputs.Select((name, i) => (name, i)).ToDictionary(n => n.name, n => n.i);
        var model = _session.ModelOf(definition, name => arguments[name], name => channels[index[name]]);
        var symbols = new Dictionary<SymbolTerm, Term>();
        foreach (var (parameter, symbol) in model.Parameters)
            symbols[symbol] = arguments[parameter.Name];
        for (var i = 0; i < model.Inputs.Count; i++)
        {
            if (model.Inputs[i].Channels is SymbolTerm symbol)
                symbols[symbol] = channels[i];
        }
        return new ClassCall(model, symbols, defaults);
    }

    /// <summary>A group. The units of a list share one class; else what is known of the input stands in the class as it is.</summary>
    private ClassCall CallGroup(LayerDefinition layer, ClassItem item, Term channels, TermScope names, bool isShared, int unit)
    {
        var input = GroupInput(Path(item), 0, "input");
        var index = UnitSymbol(item);
        // What the class of a unit hangs on by itself is known for each, and each has a class of its own.
        var isOwn = isShared && (_session.IsStructural(index) || _session.IsStructural(input));
        var isInline = !isShared || isOwn ? channels.Constant is not null || _session.IsStructural(input) : false;
        if (isShared && !isOwn)
        {
            if (item.Shared is null)
            {
                item.Shared = BuildGroup(layer, item, Path(item), input, names.With("unit", index));
                item.SharedUnit = index;
                item.SharedInput = input;
            }
            var (group, captured) = item.Shared.Value;
            var given = Arguments(group, captured, item.SharedInput!, channels);
            given[item.SharedUnit!] = names.Resolve("unit", null) ?? index;
            return new ClassCall(group, given, null) { Captured = captured };
        }
        var path = isOwn ? $"{Path(item)}.{unit.ToString(CultureInfo.InvariantCulture)}" : Path(item);
        var (own, ports) = BuildGroup(layer, item, path, isInline ? channels : input, names);
        return new ClassCall(own, Arguments(own, ports, input, channels), null) { Captured = ports };
    }

    /// <summary>What the inputs of a group are: that of the layer, then what the layers in it name.</summary>
    private Dictionary<SymbolTerm, Term> Arguments(ClassModel group, IReadOnlyList<ClassPort> captured, SymbolTerm input, Term channels)
    {
        var arguments = new Dictionary<SymbolTerm, Term> { [input] = channels };
        for (var i = 0; i < captured.Count; i++)
        {
            if (group.Inputs[i + 1].Channels is SymbolTerm symbol)
                arguments[symbol] = _model.ChannelsOf(captured[i]);
        }
        return arguments;
    }

    private (ClassModel Group, IReadOnlyList<ClassPort> Captured) BuildGroup(
        LayerDefinition layer, ClassItem item, string path, Term channels, TermScope names)
    {
        var builder = new ClassBuilder(this, layer, path, channels, names);
        if (layer.Kind == LayerKind.Parallel)
            builder.BuildParallel(layer);
        else
            builder.Declare(layer.Layers, layer.NumbersKeys);
        builder.Finish(layer.Output);
        // What the layers in it name, the layer itself waits for.
        foreach (var port in builder._captured.Where(p => !item.Inputs.Skip(1).Contains(p)))
            item.Inputs.Add(port);
        return (builder._model, [.. builder._captured]);
    }

    private void BuildParallel(LayerDefinition layer)
    {
        DeclareBranches(layer.Layers);
        var branches = _slots.ToList();
        Add(new ClassItem { Id = "merge", Key = "merge", Member = "Merge" }, null, (item, _) =>
        {
            item.IsMerge = true;
            item.Op = OpTable.Ops[OpTable.Merges[layer.Merge ?? "concat"]];
            var all = branches.Select(Demand).Where(b => !b.IsNever).ToList();
            item.Inputs.AddRange(all.Select(b => new ClassPort(b)));
            item.InChannels = all.Count == 0 ? FaultTerm.Instance : Width(all[0]);
            item.Channels = item.Op.Kind == OpKind.Concat
                ? all.Aggregate(Term.Of(0), (sum, b) => Term.Binary("+", sum, Term.If(b.Presence, b.Channels, Term.Of(0))))
                : item.InChannels;
        });

        // The depth of one branch of several.
        Term Width(ClassItem branch) => branch.IsBranches && branch.Calls.Count > 0 ? OutChannels(branch, 0) : branch.Channels;
    }

    private void DeclareStages(BackboneDefinition backbone)
    {
        var convention = backbone.Conventions.FirstOrDefault(c => c.Name == backbone.DefaultConvention);
        for (var s = 0; s < backbone.Stages.Count; s++)
        {
            var (stage, layer) = (backbone.Stages[s], backbone.Stages[s].Layer);
            var previous = _slots.Count == 0 ? null : _slots[_slots.Count - 1];
            var unitRule = StrideUnit(stage, convention);
            Add(new ClassItem { Id = layer.Name, Key = layer.Key ?? layer.Name, Member = layer.OwnMember, Layer = layer, IsStage = true },
                null, (item, _) =>
            {
                item.Inputs.Add(previous is null ? new ClassPort(null, 0) : new ClassPort(Demand(previous)));
                item.InChannels = item.Channels = _model.ChannelsOf(item.Inputs[0]);
                var count = layer.Repeat?.Expression.ToTerm(_scope) ?? Term.Of(1);
                var stride = new SymbolTerm(SymbolKind.StageStride, layer.Name, ValueKind.Int, _owner);
                var rate = new SymbolTerm(SymbolKind.StageRate, layer.Name, ValueKind.Int, _owner);
                _model.Stages.Add(new ClassStage(
                    layer.Name, stride, rate, count, stage.Stride?.Expression.ToTerm(_scope) ?? Term.Of(1), unitRule));
                var given = new Dictionary<string, Term> { ["stride"] = stride, ["rate"] = rate };
                if (layer.Repeat is null)
                {
                    item.Calls.Add(CallOf(layer, item, InputChannels(item), _scope, given, isShared: false));
                    item.Channels = OutChannels(item, 0);
                    return;
                }
                item.IsList = true;
                item.Count = count;
                LowerList(layer, item, _scope, _ => given);
            });
        }
    }

    private bool? StrideUnit(StageDefinition stage, ConventionDefinition? convention)
    {
        var setting = stage.StrideUnit ?? convention?.Settings.FirstOrDefault(s => s.Name == "stride_unit");
        if (setting is null)
            return false;
        return setting.Expression.ToTerm(_scope).Constant is { IsWord: true } word && word.Word is "first" or "last" ? word.Word == "last"
            : null;
    }

    private void DeclareBackbone(BackboneUse use)
    {
        Add(new ClassItem { Id = "backbone", Key = "backbone", Member = "Backbone" }, null, (item, _) =>
        {
            if (_session.Find(DefinitionKind.Backbone, use.Name) is not BackboneDefinition backbone)
                throw new ClassFaultException($"There is no backbone '{use.Name}'");
            item.Inputs.Add(new ClassPort(null, 0));
            item.InChannels = _model.ChannelsOf(item.Inputs[0]);
            var convention = backbone.Conventions.FirstOrDefault(c => c.Name == (use.Convention ?? backbone.DefaultConvention));
            item.Calls.Add(Call(
                backbone, ["input"], [item.InChannels],
                p => (use.Arguments.FirstOrDefault(a => a.Name == p.Name)
                    ?? convention?.Settings.FirstOrDefault(s => s.Name == p.Name))?.Expression.ToTerm(_scope),
                use.Defaults == DefaultsDefinition.None ? null : new DefaultsFrame(use.Defaults, _scope, null)));
            item.Channels = OutChannels(item, 0);
            item.Plans = _plans;
        });
    }
}
