using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>What a number of a class is used for; numbers of one role may share an argument.</summary>
internal enum Role
{
    Channels,
    Stride,
    Rate,
    Other,
}

/// <summary>
/// Finds the arguments of one class. Each number in it is a column: its value in every instance. A constant column is
/// written out; another is a parameter of the block, a multiple of one, or an argument of its own.
/// </summary>
internal sealed class ConstructorPlanner(ClassPlanner planner, ClassPlan plan, Value? classes)
{
    private readonly Dictionary<(string Item, string Attribute), string> _expressions = [];
    private readonly List<(string Name, IReadOnlyList<Value?> Column, Role Role, string Type, Value? Default)> _candidates = [];

    public void Run()
    {
        AddCandidates();
        foreach (var item in plan.Items.Where(i => !i.IsNever))
            PlanItem(item);
        // In the order in which a reader of the block meets them: inputs, parameters, then the rest.
        var order = _candidates.Select(c => c.Name).ToList();
        var sorted = plan.Parameters.OrderBy(p => order.IndexOf(p.Name) is var at && at >= 0 ? at : int.MaxValue).ToList();
        plan.Parameters.Clear();
        plan.Parameters.AddRange(sorted.Where(p => p.Default is null));
        plan.Parameters.AddRange(sorted.Where(p => p.Default is not null));
        plan.SetExpressions(_expressions);
    }

    private void AddCandidates()
    {
        if (classes is not null)
            _candidates.Add(("classes", [classes], Role.Channels, "int", null));
        for (var i = 0; i < plan.Inputs.Count; i++)
        {
            var at = i;
            var name = plan.Inputs[i] == "input" ? "inChannels" : Names.Camel(plan.Inputs[i] + "_channels");
            _candidates.Add((name, plan.Instances.Select(m => (Value?)m.Inputs[at].Shape.ChannelsValue).ToList(), Role.Channels, "int", null));
        }
        for (var a = 0; a < plan.Instances[0].Arguments.Count; a++)
        {
            var parameter = plan.Instances[0].Arguments[a].Parameter;
            if (parameter.Kind is not (ValueKind.Int or ValueKind.Float or ValueKind.Bool))
                continue;
            var at = a;
            var column = plan.Instances.Select(m => (Value?)m.Arguments[at].Value).ToList();
            _candidates.Add((Names.Camel(parameter.Name), column, RoleOf(parameter.Name), TypeOf(parameter.Kind), parameter.Default));
        }
    }

    /// <summary>What a parameter of the block is for, by the attributes that are nothing but it.</summary>
    private Role RoleOf(string parameter) => plan.Items.Where(i => i.Primitive is not null)
        .SelectMany(i => i.Primitive!.Sources)
        .Where(s => s.Value == parameter)
        .Select(s => RoleOfAttribute(s.Key))
        .Append(parameter is "stride" ? Role.Stride : parameter is "rate" ? Role.Rate : Role.Other)
        .First();

    private static Role RoleOfAttribute(string attribute) => attribute switch
    {
        "channels" => Role.Channels,
        "stride" => Role.Stride,
        "rate" => Role.Rate,
        _ => Role.Other,
    };

    private static string TypeOf(ValueKind kind) => kind switch
    {
        ValueKind.Float or ValueKind.Floats => "double",
        ValueKind.Bool => "bool",
        _ => "int",
    };

    private void PlanItem(ItemPlan item)
    {
        // The member it uses is built once, where it is its own.
        if (item is { UsesMember: true, IsMember: false })
            return;
        if (!item.IsAlways)
        {
            var presence = item.Items.Select(i => (Value?)(Value)i.IsPresent).ToList();
            _expressions[(item.Id, "present")] = Express(presence, Role.Other, "bool", null) ?? Own(presence, Role.Other, "bool", null, item.Member);
        }
        if (item.Primitive is { } sample)
            PlanPrimitive(item, sample);
        else
            PlanCalls(item);
    }

    private void PlanPrimitive(ItemPlan item, Primitive sample)
    {
        if (sample.HasWeights)
            Add(item, "in", Role.Channels, p => p.Input.ChannelsValue, null, "in_channels", "int");
        if (sample.Op.Kind == OpKind.DepthwiseConv)
            Add(item, "channels", Role.Channels, p => p.Output.ChannelsValue, null, "channels", "int");
        foreach (var attribute in sample.Op.Attributes)
        {
            if (!sample.Attributes.TryGetValue(attribute.Name, out var value) || value.IsWord)
                continue;
            sample.Sources.TryGetValue(attribute.Name, out var source);
            var isPair = attribute.Kind is ValueKind.Pair or ValueKind.Padding && item.Items.Any(i => i.Primitive is { } p && p.Attributes[attribute.Name].IsList);
            Add(item, attribute.Name, RoleOfAttribute(attribute.Name), p => p.Attributes[attribute.Name], source,
                attribute.Name, isPair ? "Extent" : TypeOf(attribute.Kind));
        }
    }

    private void Add(ItemPlan item, string attribute, Role role, Func<Primitive, Value> value, string? source, string name, string type)
    {
        var column = new Value?[item.Items.Count];
        for (var i = 0; i < column.Length; i++)
            column[i] = item.Items[i] is { IsPresent: true, Primitive: { } p } ? (Value?)value(p) : null;
        _expressions[(item.Id, attribute)] = Express(column, role, type, source) ?? Own(column, role, type, source, item.Member + Names.Pascal(name));
    }

    private void PlanCalls(ItemPlan item)
    {
        var sample = item.Sample;
        for (var unit = 0; unit < sample.Calls.Count; unit++)
        {
            var at = unit;
            var inner = planner.ClassOf(sample.Calls[unit].Callee);
            foreach (var parameter in inner.Parameters)
            {
                var column = item.Items.Select(i => i.IsPresent ? parameter.Column[planner.IndexOf(i.Calls[at].Callee)] : null).ToArray();
                var role = parameter.Name.EndsWith("hannels", StringComparison.Ordinal) ? Role.Channels
                    : parameter.Name == "stride" ? Role.Stride : parameter.Name == "rate" ? Role.Rate : Role.Other;
                _expressions[(item.Id, $"{unit}:{parameter.Name}")] = Express(column, role, parameter.Type, parameter.Name)
                    ?? Own(column, role, parameter.Type, parameter.Name, item.Member + (sample.Calls.Count > 1 ? at.ToString(CultureInfo.InvariantCulture) : "") + Upper(parameter.Name));
            }
        }
    }

    /// <summary>C# for a column, where it is one value, an argument that is there, or a multiple of one; else null.</summary>
    private string? Express(IReadOnlyList<Value?> column, Role role, string type, string? source)
    {
        var at = FirstGiven(column);
        // Nobody is present to use it.
        if (at < 0)
            return type == "bool" ? "false" : "0";
        if (IsConstant(column, at))
            return CSharp.Literal(column[at]!.Value, type);
        var sourceName = source is null ? null : Names.Camel(source);
        foreach (var candidate in _candidates)
        {
            if (candidate.Name == sourceName && candidate.Type == type && Fits(candidate.Column, column, 1))
                return Use(candidate.Name);
        }
        if (role != Role.Other || type == "bool")
        {
            foreach (var candidate in _candidates)
            {
                if (candidate.Role == role && candidate.Type == type && Fits(candidate.Column, column, 1))
                    return Use(candidate.Name);
            }
        }
        if (classes is not null && type == "int" && column[at]!.Value.PerClass != 0)
            return Formula(column[at]!.Value);
        if (role != Role.Channels)
            return null;
        foreach (var candidate in _candidates)
        {
            if (candidate.Role == role && candidate.Type == "int" && Multiple(candidate.Column, column, at) is { } factor)
                return $"{factor.ToString(CultureInfo.InvariantCulture)} * {Use(candidate.Name)}";
        }
        return null;
    }

    /// <summary>A number that hangs on the number of classes, in the class of the network, which is given that.</summary>
    private string Formula(Value value)
    {
        var offset = value.Int - value.PerClass * classes!.Value.Int;
        var linear = value.PerClass == 1 ? Use("classes") : $"{value.PerClass.ToString(CultureInfo.InvariantCulture)} * {Use("classes")}";
        return offset == 0 ? linear : $"{linear} {(offset < 0 ? "-" : "+")} {Math.Abs(offset).ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>A new argument for a column.</summary>
    private string Own(IReadOnlyList<Value?> column, Role role, string type, string? source, string name)
    {
        var unique = Names.Camel(source is not null && _candidates.All(c => c.Name != Names.Camel(source)) ? source : name);
        for (var number = 2; _candidates.Any(c => c.Name == unique); number++)
            unique = Names.Camel(name) + number.ToString(CultureInfo.InvariantCulture);
        _candidates.Add((unique, column, role, type, null));
        return Use(unique);
    }

    private string Use(string name)
    {
        if (plan.Parameters.All(p => p.Name != name))
        {
            var candidate = _candidates.First(c => c.Name == name);
            plan.Parameters.Add(new ClassParameter(name, candidate.Type, candidate.Column, candidate.Default));
        }
        return name;
    }

    /// <summary>The first instance that has a value; -1: none has.</summary>
    private static int FirstGiven(IReadOnlyList<Value?> column)
    {
        for (var i = 0; i < column.Count; i++)
        {
            if (column[i] is not null)
                return i;
        }
        return -1;
    }

    private static bool IsConstant(IReadOnlyList<Value?> column, int from)
    {
        var first = column[from]!.Value;
        if (first is { IsNumber: true, PerClass: not 0 })
            return false;
        for (var i = from + 1; i < column.Count; i++)
        {
            if (column[i] is { } value && !value.Equals(first))
                return false;
        }
        return true;
    }

    private static bool Fits(IReadOnlyList<Value?> candidate, IReadOnlyList<Value?> column, long factor)
    {
        for (var i = 0; i < column.Count; i++)
        {
            if (column[i] is not { } value)
                continue;
            if (candidate[i] is not { } known || !(factor == 1 ? known.Equals(value) : known.IsInt && value.IsInt && known.Int * factor == value.Int && known.PerClass * factor == value.PerClass))
                return false;
        }
        return true;
    }

    private static long? Multiple(IReadOnlyList<Value?> candidate, IReadOnlyList<Value?> column, int first)
    {
        if (candidate[first] is not { IsInt: true } c || column[first] is not { IsInt: true } v || c.Int == 0 || v.Int % c.Int != 0)
            return null;
        var factor = v.Int / c.Int;
        return factor > 1 && Fits(candidate, column, factor) ? factor : null;
    }

    private static string Upper(string name) => char.ToUpperInvariant(name.TrimStart('@')[0]) + name.TrimStart('@').Substring(1);
}
