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
internal sealed class ConstructorPlanner(ClassPlanner planner, ClassPlan plan, IReadOnlyList<Value?>? classes)
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
            _candidates.Add(("classes", classes, Role.Channels, "int", null));
        for (var i = 0; i < plan.Inputs.Count; i++)
        {
            var at = i;
            var name = plan.Inputs[i] == "input" ? "inChannels" : Names.Camel(plan.Inputs[i] + "_channels");
            _candidates.Add((name, plan.Instances.Select(m => (Value?)(Value)(long)m.Inputs[at].Shape.Channels).ToList(), Role.Channels, "int", null));
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
            _expressions[(item.Id, "present")] = Express(presence, Role.Other, "bool", null, item.Member);
        }
        if (item.Primitive is { } sample)
            PlanPrimitive(item, sample);
        else
            PlanCalls(item);
    }

    private void PlanPrimitive(ItemPlan item, Primitive sample)
    {
        if (sample.HasWeights)
            Add(item, "in", Role.Channels, p => (long)p.Input.Channels, null, item.Member + "InChannels", "int");
        if (sample.Op.Name == "depthwise_conv")
            Add(item, "channels", Role.Channels, p => (long)p.Output.Channels, null, item.Member + "Channels", "int");
        foreach (var attribute in sample.Op.Attributes.Where(a => sample.Attributes.ContainsKey(a.Name)))
        {
            if (sample.Attributes[attribute.Name].IsWord)
                continue;
            sample.Sources.TryGetValue(attribute.Name, out var source);
            var isPair = item.Items.Any(i => i.Primitive is { } p && p.Attributes[attribute.Name].IsList);
            Add(item, attribute.Name, RoleOfAttribute(attribute.Name), p => p.Attributes[attribute.Name], source,
                item.Member + Names.Pascal(attribute.Name), isPair ? "Extent" : TypeOf(attribute.Kind));
        }
    }

    private void Add(ItemPlan item, string attribute, Role role, Func<Primitive, Value> value, string? source, string name, string type)
    {
        var column = item.Items.Select(i => i.IsPresent && i.Primitive is { } p ? (Value?)value(p) : null).ToList();
        _expressions[(item.Id, attribute)] = Express(column, role, type, source, name);
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
                var column = item.Items.Select(i => i.IsPresent ? parameter.Column[planner.IndexOf(inner, i.Calls[at].Callee)] : null).ToList();
                var role = parameter.Name.EndsWith("hannels", StringComparison.Ordinal) ? Role.Channels
                    : parameter.Name == "stride" ? Role.Stride : parameter.Name == "rate" ? Role.Rate : Role.Other;
                var name = item.Member + (sample.Calls.Count > 1 ? at.ToString(CultureInfo.InvariantCulture) : "") + Upper(parameter.Name);
                _expressions[(item.Id, $"{unit}:{parameter.Name}")] = Express(column, role, parameter.Type, parameter.Name, name);
            }
        }
    }

    /// <summary>C# for a column.</summary>
    private string Express(IReadOnlyList<Value?> column, Role role, string type, string? source, string name)
    {
        // Nobody is present to use it.
        if (column.FirstOrDefault(v => v is not null) is not { } first)
            return type == "bool" ? "false" : "0";
        if (column.All(v => v is null || v.Value.Equals(first)))
            return CSharp.Literal(first, type);
        if (source is not null && _candidates.FirstOrDefault(c => c.Name == Names.Camel(source) && c.Type == type && Fits(c.Column, column, 1)).Name is { } named)
            return Use(named);
        foreach (var candidate in _candidates.Where(c => c.Role == role && c.Type == type && Fits(c.Column, column, 1)))
        {
            if (role != Role.Other || type == "bool")
                return Use(candidate.Name);
        }
        if (role == Role.Channels)
        {
            foreach (var candidate in _candidates.Where(c => c.Role == role && c.Type == "int"))
            {
                if (Multiple(candidate.Column, column) is { } factor)
                    return $"{factor.ToString(CultureInfo.InvariantCulture)} * {Use(candidate.Name)}";
            }
        }
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

    private static bool Fits(IReadOnlyList<Value?> candidate, IReadOnlyList<Value?> column, long factor) =>
        candidate.Zip(column, (c, v) => v is null || (c is { } known && (factor == 1 ? known.Equals(v.Value) : known.IsInt && v.Value.IsInt && known.Int * factor == v.Value.Int))).All(fits => fits);

    private static long? Multiple(IReadOnlyList<Value?> candidate, IReadOnlyList<Value?> column)
    {
        var pair = candidate.Zip(column, (c, v) => (c, v)).First(p => p.v is not null);
        if (pair.c is not { IsInt: true } c0 || pair.v is not { IsInt: true } v0 || c0.Int == 0 || v0.Int % c0.Int != 0)
            return null;
        var factor = v0.Int / c0.Int;
        return factor > 1 && Fits(candidate, column, factor) ? factor : null;
    }

    private static string Upper(string name) => char.ToUpperInvariant(name.TrimStart('@')[0]) + name.TrimStart('@').Substring(1);
}
