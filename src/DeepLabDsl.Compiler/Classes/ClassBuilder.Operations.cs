using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Operations: which one it is, and what is stated of it.</summary>
internal sealed partial class ClassBuilder
{
    private void LowerOp(LayerDefinition layer, ClassItem item, TermScope names)
    {
        if (OperationOf(layer, item, names) is not { } op)
        {
            item.Presence = Term.False;
            return;
        }
        item.Op = op;
        var table = op.Kind == OpKind.Norm ? OpTable.Ops["batch_norm"] : op;
        foreach (var attribute in table.Attributes)
        {
            if (attribute.IsReference)
            {
                if (layer.FindSetting(attribute.Name)?.Syntax is ScalarSyntax name)
                    item.Inputs.Add(Lookup(name.Text) ?? throw new ClassFaultException($"There is no '{name.Text}'"));
            }
            else if (Stated(layer, table, attribute, names) is { } term)
            {
                item.Attributes[attribute.Name] = term;
            }
        }
        if (item.Inputs.Count < op.MinimumInputs)
            throw new ClassFaultException($"Operation '{op.Name}' takes {op.DescribeInputs()}");
        item.Channels = ChannelsOf(item, op);
    }

    /// <summary>The operation; null: none, the input passes on.</summary>
    private OpInfo? OperationOf(LayerDefinition layer, ClassItem item, TermScope names)
    {
        var term = layer.Op!.Expression.ToTerm(names);
        if (term.Constant is not { IsWord: true } word)
        {
            if (Words(term) is { } words && words.All(
                w => w == "activation" || (OpTable.Ops.TryGetValue(w, out var one) && one.IsActivation)))
            {
                item.Activation = term;
                return OpTable.Ops["activation"];
            }
            throw term.Constant is null && term.Symbols() is { Count: > 0 } symbols
                ? new StructuralException(symbols) { Operation = layer }
                : new ClassFaultException($"'{layer.Op.Text}' is no operation");
        }
        if (word.Word == "norm" && _model.Frames?.Choice("norm") is { } norm)
        {
            if (norm.Constant is null)
                throw new StructuralException(norm.Symbols()) { Operation = layer };
            word = norm.Constant.Value;
        }
        else if (word.Word == "norm" && !_model.Inherits)
        {
            word = "batch_norm";
        }
        if (word.Word == "activation" && _model.Frames?.Choice("activation") is { } chosen)
        {
            if (chosen.Constant is null)
            {
                item.Activation = chosen;
                return OpTable.Ops["activation"];
            }
            word = chosen.Constant.Value;
        }
        else if (word.Word == "activation" && !_model.Inherits)
        {
            word = "relu";
        }
        if (!word.IsWord || !OpTable.Ops.TryGetValue(word.Word, out var op))
            throw new ClassFaultException($"There is no operation '{word}'");
        if (op.Kind == OpKind.Activation)
            item.Activation = _session.Default("activation", "", ValueKind.Choice);
        return op.Kind == OpKind.None ? null : op;
    }

    /// <summary>The words that a term can be; null: other things too.</summary>
    private static IEnumerable<string>? Words(Term term) => term switch
    {
        ConstantTerm { Value.IsWord: true } constant => [constant.Value.Word],
        SymbolTerm { Choices.Count: > 0 } symbol => symbol.Choices,
        ConditionalTerm either => Words(either.Then) is { } a && Words(either.Otherwise) is { } b ? a.Concat(b) : null,
        _ => null,
    };

    /// <summary>What the layer says of an attribute, or the defaults that are known when the class is written.</summary>
    private Term? Stated(LayerDefinition layer, OpInfo op, OpAttribute attribute, TermScope names) =>
        layer.FindSetting(attribute.Name) is { } own ? own.Expression.ToTerm(names)
        : _model.Inherits || attribute.IsReference ? null
        : _model.Frames?.Find(op.Name, attribute.Name);

    private Term ChannelsOf(ClassItem item, OpInfo op) => op.Kind switch
    {
        OpKind.Conv => Needed(item, op, "channels"),
        OpKind.DepthwiseConv => Term.Binary("*", item.InChannels, Needed(item, op, "multiplier")),
        OpKind.PixelShuffle => Needed(item, op, "factor") is var factor
            ? Term.Binary("/", item.InChannels, Term.Binary("*", factor, factor)) : item.InChannels,
        OpKind.Concat => item.Inputs.Skip(1).Aggregate(item.InChannels, (sum, port) => Term.Binary("+", sum, _model.ChannelsOf(port))),
        _ => item.InChannels,
    };

    /// <summary>An attribute on which the channels of the result hang.</summary>
    private Term Needed(ClassItem item, OpInfo op, string name)
    {
        if (item.Attributes.TryGetValue(name, out var stated))
            return stated;
        var attribute = op.Find(name)!;
        if (_model.Frames?.Find(op.Name, name) is { } known)
            return known;
        return _model.Inherits ? _session.Default(op.Name, name, attribute.Kind)
            : attribute.Default is { } value ? Term.Of(value)
            : throw new ClassFaultException($"Operation '{op.Name}' needs '{name}'");
    }
}
