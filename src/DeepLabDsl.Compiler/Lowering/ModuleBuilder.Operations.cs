using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Operations: which one it is, and its attributes.</summary>
internal sealed partial class ModuleBuilder
{
    private void LowerOp(LayerDefinition layer, Item item, Slot slot, ModuleScope names)
    {
        if (Inputs(layer, slot) is not { } inputs || IsSwitchedOff(layer, item, inputs, names))
            return;
        item.Inputs.AddRange(inputs);
        if (OpOf(layer, names) is not { } op)
            return;
        if (inputs.Count < op.MinimumInputs || inputs.Count > op.MaximumInputs)
        {
            Diagnostics.Report(Rules.InputCount, layer.From?[0].Span ?? layer.Span, $"Operation '{op.Name}'", op.DescribeInputs(),
                inputs.Count);
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
            if (Evaluation.Evaluate(setting, ValueKind.Choice, [.. isNorm ? OpTable.Norms : OpTable.Activations], choice.Names,
                Diagnostics) is not { } chosen)
                return null;
            name = chosen;
        }
        if (OpTable.Ops.TryGetValue(name.Word, out var op))
            return op;
        Diagnostics.Report(Rules.UnknownOp, setting.Span, name.Word, Suggestion.For(name.Word, OpTable.Ops.Keys));
        return null;
    }

    private (IReadOnlyDictionary<string, Value> Values, IReadOnlyDictionary<string, string> Sources)? Attributes(
        LayerDefinition layer, OpInfo op, Item item, ModuleScope names)
    {
        var values = new Dictionary<string, Value>(op.Attributes.Length);
        Dictionary<string, string>? sources = null;
        var isComplete = KnowsAllSettings(layer, op);
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
                    ReportMissing(layer, op, attribute);
                    isComplete = false;
                }
                continue;
            }
            var scope = inherited?.Names ?? names;
            if (Evaluation.Evaluate(setting, attribute.Kind, attribute.Choices, scope, Diagnostics) is not { } given
                || !IsInRange(attribute, given, setting, scope))
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

    /// <summary>Reports the settings that the operation has no attribute for.</summary>
    private bool KnowsAllSettings(LayerDefinition layer, OpInfo op)
    {
        var knowsAll = true;
        foreach (var setting in layer.Settings)
        {
            if (op.Find(setting.Name) is not null)
                continue;
            // Of an operation that is named outright the binder has said so.
            if (layer.Op!.Expression is not LiteralExpression)
                Diagnostics.Report(Rules.UnknownKey, setting.NameSpan, $"Operation '{op.Name}'", setting.Name,
                    Suggestion.For(setting.Name, op.Attributes.Select(a => a.Name)));
            knowsAll = false;
        }
        return knowsAll;
    }

    private void ReportMissing(LayerDefinition layer, OpInfo op, OpAttribute attribute)
    {
        // One that is misspelt has been reported as such.
        if (layer.Settings.Any(s => op.Find(s.Name) is null && Suggestion.IsSlip(s.Name, attribute.Name)))
            return;
        Diagnostics.Report(
            Rules.MissingKey, layer.Op!.Span, $"Operation '{op.Name}'", attribute.Name, attribute.Kind.Describe(attribute.Choices));
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

    private bool IsInRange(OpAttribute attribute, Value value, Setting setting, IScope names)
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
            Diagnostics.ReportValue(
                Rules.OutOfRange, setting, names, setting.Name, number > 1 << 20 ? "a size that a network can have" : range, value);
            return false;
        }
        return true;
    }
}
