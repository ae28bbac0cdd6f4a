using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>How the members of a class are built.</summary>
internal sealed partial class ClassEmitter
{
    private readonly Dictionary<ClassModel, string> _groupNames = [];

    private string TypeOf(ClassItem item)
    {
        if (item.Op is { } op)
        {
            return op.Kind switch
            {
                OpKind.Crf => Runtime.CrfLayer,
                OpKind.Norm => Runtime.BatchNorm,
                OpKind.BatchNorm when _model.Inherits => Runtime.BatchNorm,
                OpKind.BatchNorm => item.Attributes.TryGetValue("frozen", out var frozen)
                    ? frozen.IsTrue ? Runtime.FrozenBatchNorm2d : frozen.IsFalse ? Runtime.BatchNorm2d : Runtime.BatchNorm
                    : Runtime.BatchNorm2d,
                _ => Runtime.Conv2d,
            };
        }
        if (ListOf(item) is { } branches)
            return $"{Runtime.ModuleList}<{ElementType(branches.Items.Where(b => b.IsMember).SelectMany(UnitTypes))}>";
        var type = ElementType(UnitTypes(item));
        return item.IsBranches ? $"{Runtime.ReadOnlyList}<{type}>" : item.IsList ? $"{Runtime.ModuleList}<{type}>" : type;
    }

    /// <summary>The type that modules of several types have in common.</summary>
    private static string ElementType(IEnumerable<string> types)
    {
        var all = types.Distinct().ToList();
        return all.Count == 1 ? all[0] : Runtime.TensorModule;
    }

    private IEnumerable<string> UnitTypes(ClassItem item) => item.Op is not null ? [TypeOf(item)]
        : item.Calls.Where((_, u) => IsThere(item, u)).Select(c => ClassOf(item, c)).Distinct();

    private static bool IsThere(ClassItem item, int unit) => item.There is not { } there || there[unit];

    /// <summary>Whether the units of a list are of several classes.</summary>
    public bool IsMixed(ClassItem item) => UnitTypes(item).Skip(1).Any();

    /// <summary>The C# of the class of a call, from the root of all namespaces.</summary>
    public string ClassOf(ClassItem item, ClassCall call)
    {
        if (!call.Callee.IsGroup)
            return $"global::{_context.Namespace}.{_context.Names.Of(call.Callee, InnerTaps(item))}";
        if (!_groupNames.TryGetValue(call.Callee, out var name))
        {
            // As a path of the groups that hold it, since a class can't have the name of the one around it.
            name = string.Concat(call.Callee.GroupPath.Split('.').Select(
                p => Names.Pascal(Names.IsNumeric(p) ? "branch_" + p : p))) + "Layers";
            var members = _model.Items.Select(i => i.Member).ToList();
            while (members.Contains(name) || _groups.Any(g => g.Name == name) || name == Name || ReservedNames.Network.Contains(name))
                name += "_";
            _groupNames.Add(call.Callee, name);
            _groups.Add((name, call.Callee, InnerTaps(item)));
        }
        return name;
    }

    private HashSet<(int Unit, string Inside)> TapsOf(ClassItem item) => _itemTaps.TryGetValue(item, out var taps) ? taps : item.Taps;

    /// <summary>What the class of an item gives besides its result, in order.</summary>
    public IReadOnlyList<string> InnerTaps(ClassItem item) =>
        [.. TapsOf(item).Select(t => t.Inside).Where(t => t.Length > 0).Distinct().OrderBy(t => t, StringComparer.Ordinal)];

    /// <summary>The units of a list that others ask for, in order.</summary>
    public IReadOnlyList<int> TappedUnits(ClassItem item) =>
        [.. TapsOf(item).Select(t => t.Unit).Where(u => u >= 0).Distinct().OrderBy(u => u)];

    /// <summary>
    /// The branches of a parallel that is a list of modules and no class of its own: each is a module that takes the input, and their
    /// numbers are their keys.
    /// </summary>
    public ClassModel? ListOf(ClassItem item)
    {
        if (item.Layer?.Kind != LayerKind.Parallel || item.IsList || item.Calls.Count != 1
            || item.Layer.Defaults != DefaultsDefinition.None || TapsOf(item).Count > 0)
            return null;
        var group = item.Calls[0].Callee;
        var isList = group.Inputs.Count == 1 && group.Output.Item?.IsMerge == true && group.Output.Unit < 0
            && group.Items.All(b => b.IsMerge
            ? group.Output.Item == b
            : b.IsMember && b.IsAlways && b.Number is not null && b.Key == b.Number.Constant?.ToString() && b.There is null
                && b.Taps.Count == 0
                && b.Inputs.Count == 1 && b.Inputs[0].Item is null && b.Op?.Kind is null or OpKind.Conv or OpKind.DepthwiseConv);
        return isList && group.Items.Count > 1 ? group : null;
    }

    private IEnumerable<string> Construct(ClassItem item)
    {
        var value = ListOf(item) is { } branches ? ConstructList(item, branches)
            : item.Op is not null ? [ConstructOperation(item, t => t)]
            : item.IsList ? ConstructUnits(item)
            : [ConstructCall(item, item.Calls[0], -1, t => t)];
        var before = item.IsAlways ? "" : $"{_terms.WriteOperandOf(item.Presence)} ? ";
        value[0] = $"{item.Member} = {before}{value[0]}";
        value[value.Count - 1] += item.IsAlways ? ";" : " : null;";
        return value;
    }

    private List<string> ConstructList(ClassItem item, ClassModel branches)
    {
        var lines = new List<string> { $"new {TypeOf(item)}(", "[" };
        foreach (var branch in branches.Items.Where(b => !b.IsMerge))
        {
            Term Translate(Term term) => item.Calls[0].Translate(term, null);
            if (branch.Op is not null)
                lines.Add($"    {ConstructOperation(branch, Translate)},");
            else if (branch.IsBranches)
                lines.AddRange(Elements(branch, Translate).Select(e => $"    {e},"));
            else
                lines.Add($"    {ConstructCall(branch, branch.Calls[0], -1, Translate)},");
        }
        lines.Add("])");
        return lines;
    }

    private List<string> ConstructUnits(ClassItem item)
    {
        var elements = Elements(item, t => t).ToList();
        if (item.IsBranches)
            return elements.Count == 1 && elements[0].StartsWith("..", StringComparison.Ordinal) ? [elements[0].Substring(3)]
                : ["[", .. elements.Select(e => $"    {e},"), "]"];
        var type = TypeOf(item);
        if (elements.Count == 1 && elements[0].StartsWith("..", StringComparison.Ordinal) && !IsMixed(item))
            return [Runtime.Layers + ".List" + elements[0].Substring(elements[0].IndexOf('(')).Replace("() =>", "_ =>")];
        return [$"new {type}(", "[", .. elements.Select(e => $"    {e},"), "])"];
    }

    /// <summary>The units of a list: one by one where its length is known, equal neighbours together.</summary>
    private IEnumerable<string> Elements(ClassItem item, Func<Term, Term> translate)
    {
        if (item.Unit is { } symbol)
        {
            var unit = _signature.Free("unit");
            var count = _terms.Write(translate(item.Count), CodeType.Int);
            _units[symbol] = unit;
            var (outerUnit, outerCount) = (_unit, _count);
            (_unit, _count) = (unit, count);
            var call = ConstructCall(item, item.Calls[0], 0, translate);
            (_unit, _count) = (outerUnit, outerCount);
            yield return $".. {Runtime.Layers}.Units({count}, {unit} => {call})";
            yield break;
        }
        foreach (var (text, count) in Runs(
            Enumerable.Range(0, item.Calls.Count).Where(u => IsThere(item, u)).Select(
            u => ConstructCall(item, item.Calls[u], u, translate))))
            yield return count == 1 ? text : $".. {Runtime.Layers}.Repeat({count.ToString(CultureInfo.InvariantCulture)}, () => {text})";
    }

    /// <summary>Equal neighbours counted.</summary>
    private static IEnumerable<(string Text, int Count)> Runs(IEnumerable<string> texts)
    {
        (string Text, int Count)? run = null;
        foreach (var text in texts)
        {
            if (run is { } same && same.Text == text)
            {
                run = (text, same.Count + 1);
                continue;
            }
            if (run is { } ended)
                yield return ended;
            run = (text, 1);
        }
        if (run is { } last)
            yield return last;
    }

    private string ConstructOperation(ClassItem item, Func<Term, Term> translate)
    {
        var op = item.Op!;
        var source = _model.Inherits ? Defaults : Runtime.Layers;
        var channels = _terms.Write(translate(item.InChannels), CodeType.Int);
        switch (op.Kind)
        {
            case OpKind.Crf:
                return ConstructCrf(item, channels, translate);
            case OpKind.Norm:
                return $"{Defaults}.Norm({channels}{Stated(item, OpTable.Ops["batch_norm"], translate)})";
            case OpKind.BatchNorm when _model.Inherits:
                return $"{Defaults}.BatchNorm2d({channels}{Stated(item, op, translate)})";
            case OpKind.BatchNorm:
                item.Attributes.TryGetValue("frozen", out var frozen);
                var isFixed = frozen is null || frozen.Constant is not null;
                return frozen?.IsTrue == true
                    ? $"new {Runtime.FrozenBatchNorm2d}({channels}{Stated(item, op, translate, "momentum", "frozen")})"
                    : isFixed ? $"{Runtime.Layers}.BatchNorm2d({channels}{Stated(item, op, translate, "frozen")})"
                    : $"{Runtime.LayerDefaults}.Standard.BatchNorm2d({channels}{Stated(item, op, translate)})";
            case OpKind.DepthwiseConv:
                return $"{source}.DepthwiseConv2d({channels}{Stated(item, op, translate)})";
            default:
                var result = item.Attributes.TryGetValue("channels", out var stated) ? ", " + _terms.Write(translate(stated), CodeType.Int)
                    : "";
                return $"{source}.Conv2d({channels}{result}{Stated(item, op, translate, "channels")})";
        }
    }

    /// <summary>What is stated of an operation, as named arguments; in a network, where nothing is inherited, what it is anyway left
    /// out.</summary>
    public string Stated(ClassItem item, OpInfo op, Func<Term, Term> translate, params string[] without) => string.Concat(op.Attributes
        .Where(a => !without.Contains(a.Name) && item.Attributes.ContainsKey(a.Name))
        .Select(a => (Attribute: a, Term: translate(item.Attributes[a.Name])))
        .Where(a => _model.Inherits || a.Attribute.Default is not { } usual || a.Term.Constant is not { } value || !value.Equals(usual))
        .Select(a => $", {Names.Camel(a.Attribute.Name)}: {_terms.Write(a.Term, AttributeType(a.Attribute))}"));

    public static CodeType AttributeType(OpAttribute attribute) => attribute.Name == "grid" ? CodeType.Grid
        : TermWriter.TypeOf(attribute.Kind);

    private string ConstructCrf(ClassItem item, string channels, Func<Term, Term> translate)
    {
        if (_model.Inherits)
            return $"{Defaults}.Crf({channels}{Stated(item, item.Op!, translate)})";
        var network = _context.Network!;
        var values = item.Op!.Attributes.Where(a => !a.IsReference).Select(a =>
        {
            var value = item.Attributes.TryGetValue(a.Name, out var term) ? term : Term.Of(a.Default!.Value);
            return $"{CrfArgument(a.Name)}: {_terms.Write(value, TermWriter.TypeOf(a.Kind))}";
        });
        return $"new {Runtime.CrfLayer}({channels}, {Runtime.CrfOptions}.GaussianAndBilateral({string.Join(", ", values)}), "
            + $"mean: [{string.Join(", ", network.Mean.Select(CSharp.Double))}], std: "
                + $"[{string.Join(", ", network.Deviation.Select(CSharp.Double))}])";
    }

    private static string CrfArgument(string attribute) => attribute == "bilateral_sigma_xy" ? "bilateralSigmaXY" : Names.Camel(attribute);

    private string ConstructCall(ClassItem item, ClassCall call, int unit, Func<Term, Term> translate)
    {
        // Where a list is open, the unit is the variable of its lambda.
        var (outerUnit, outerCount) = (_unit, _count);
        if (item.Unit is null)
            (_unit, _count) = (Math.Max(0, unit).ToString(CultureInfo.InvariantCulture), item.Calls.Count.ToString(
                CultureInfo.InvariantCulture));
        var arguments = string.Join(", ", call.Callee.IsGroup ? GroupArguments(call, translate) : BlockArguments(item, call, translate));
        (_unit, _count) = (outerUnit, outerCount);
        return $"new {ClassOf(item, call)}({arguments})";
    }

    private IEnumerable<string> GroupArguments(ClassCall call, Func<Term, Term> translate)
    {
        var signature = SignatureOf(call.Callee);
        foreach (var symbol in signature.Inputs.Select(i => i.Symbol).Concat(signature.Imports))
            yield return _terms.Write(translate(call.Arguments.TryGetValue(symbol, out var term) ? term : symbol), TermWriter.TypeOf(
                symbol.Kind!.Value));
        if (signature.Needs.HasClasses)
            yield return _signature.Classes;
        if (signature.HasDefaults)
            yield return DefaultsArgument(call, translate) ?? $"{Runtime.LayerDefaults}.Standard";
    }

    private IEnumerable<string> BlockArguments(ClassItem item, ClassCall call, Func<Term, Term> translate)
    {
        var signature = SignatureOf(call.Callee);
        foreach (var (_, symbol) in signature.Inputs)
            yield return _terms.Write(translate(call.Arguments[symbol]), CodeType.Int);
        foreach (var (parameter, symbol) in signature.Required)
            yield return _terms.Write(translate(call.Arguments[symbol]), TermWriter.TypeOf(parameter.Kind));
        foreach (var stage in signature.Stages.Where(s => s.IsLast is null))
            yield return PlanOf(item, call, stage)!;
        foreach (var (parameter, symbol) in signature.Optional)
        {
            var argument = translate(call.Arguments[symbol]);
            if (argument.Constant is not { } value || !value.Equals(parameter.Default!.Value))
                yield return $"{signature.NameOf(symbol)}: {_terms.Write(argument, TermWriter.TypeOf(parameter.Kind))}";
        }
        foreach (var stage in signature.Stages.Where(s => s.IsLast is not null))
        {
            if (PlanOf(item, call, stage) is { } plan)
                yield return $"{signature.NameOf(stage)}: {plan}";
        }
        if (signature.HasDefaults && DefaultsArgument(call, translate) is { } defaults)
            yield return $"{signature.Defaults}: {defaults}";
    }

    /// <summary>What a stage is told of strides and rates; null: what the backbone does by itself.</summary>
    private static string? PlanOf(ClassItem item, ClassCall call, ClassStage stage)
    {
        var units = item.Plans![stage.Id];
        var own = call.Translate(stage.OwnStride, null).Constant is { IsInt: true } stride ? (int)stride.Int : 0;
        var (first, last) = (units[0].Stride, units.Count > 1 ? units[units.Count - 1].Stride : 1);
        var rates = units.Select(u => u.Rate).ToList();
        if (stage.IsLast is { } isLast && rates.All(r => r == 1)
            && (units.Count == 1 ? first == own : isLast ? (first, last) == (1, own) : (first, last) == (own, 1)))
            return null;
        var parts = new List<string>();
        if (first != 1)
            parts.Add($"firstStride: {Text(first)}");
        if (last != 1)
            parts.Add($"lastStride: {Text(last)}");
        if (rates.Skip(1).Any(r => r != rates[rates.Count - 1]))
        {
            parts.Add($"rates: [{string.Join(", ", rates.Select(Text))}]");
        }
        else
        {
            if (rates[rates.Count - 1] != 1)
                parts.Add($"rate: {Text(rates[rates.Count - 1])}");
            if (rates[0] != rates[rates.Count - 1])
                parts.Add($"firstRate: {Text(rates[0])}");
        }
        return $"new({string.Join(", ", parts)})";

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>What the layers of a class that is used are told of what they leave open; null: nothing.</summary>
    private string? DefaultsArgument(ClassCall call, Func<Term, Term> translate)
    {
        var inherited = HasBaseDefaults ? Defaults : null;
        var overlay = call.Callee.IsGroup ? call.Callee.Frames is { } frame && frame != _model.Frames ? frame : null : call.Defaults;
        if (overlay is null)
            return inherited;
        var text = $"{{ {Overlay(overlay, translate)} }}";
        // A use has the last word, after what the definition itself says.
        if (call.Callee.OwnDefaults is not null)
            return inherited is null ? $"new() {{ Overrides = new() {text} }}" : $"{inherited} with {{ Overrides = new() {text} }}";
        return inherited is null ? $"new {Runtime.LayerDefaults} {text}" : $"{inherited} with {text}";
    }

    /// <summary>What defaults say, as the properties that say it.</summary>
    private string Overlay(DefaultsFrame frame, Func<Term, Term> translate)
    {
        var definition = frame.Definition;
        var parts = new List<string>();
        if (definition.Choice("norm") is { } norm)
        {
            var term = translate(norm.Expression.ToTerm(frame.Scope));
            parts.Add("Normalizes = " + (term.Constant is { IsWord: true } word ? word.Word == "batch_norm" ? "true" : "false"
                : _terms.Write(Term.Binary("==", term, Term.Of("batch_norm")), CodeType.Bool)));
        }
        if (definition.Choice("activation") is { } activation)
            parts.Add($"Activation = {_terms.Write(translate(activation.Expression.ToTerm(frame.Scope)), CodeType.Activation)}");
        // First, so that what is said of an operation counts.
        if (definition.Padding is { } padding)
            parts.Add($"Padding = {_terms.Write(translate(padding.Expression.ToTerm(frame.Scope)), CodeType.Padding)}");
        foreach (var (op, attribute, setting) in definition.Attributes)
            parts.Add($"{PropertyOf(op, attribute)} = "
                + $"{_terms.Write(translate(setting.Expression.ToTerm(frame.Scope)), AttributeType(OpTable.Ops[op].Find(attribute)!))}");
        return string.Join(", ", parts);
    }
}
