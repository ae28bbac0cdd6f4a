using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>A parameter of a generated constructor.</summary>
internal sealed class ClassParameter(string name, string type, IReadOnlyList<Value?> column, Value? defaultValue)
{
    public string Name { get; } = name;

    public string Type { get; } = type;

    /// <summary>Its value in each instance of the class.</summary>
    public IReadOnlyList<Value?> Column { get; } = column;

    public Value? Default { get; } = defaultValue;
}

/// <summary>A port as the code of a class sees it, the same in every instance.</summary>
internal readonly record struct PortRef(int Input, string Item, int Unit, int Result)
{
    public bool IsInput => Input >= 0;

    public static PortRef Of(Module module, Port port) => port.Item is null
        ? new PortRef(module.Inputs.IndexOf(port), "", 0, 0)
        : new PortRef(-1, port.Item.Id, port.Unit, port.Result);
}

/// <summary>One layer of a class: present in all of its instances, in some, or in none.</summary>
internal sealed class ItemPlan(Item item)
{
    public string Id { get; } = item.Id;

    public string Member { get; } = item.Member;

    public string Key { get; } = item.Key;

    /// <summary>The item whose member it uses; null: it has its own, or needs none.</summary>
    public string? Shares { get; } = item.Shares;

    /// <summary>The item of each instance.</summary>
    public List<Item> Items { get; } = [];

    /// <summary>What the instances in which it is present have in common; null: present in none so far.</summary>
    public string? Signature { get; set; }

    /// <summary>What it is fed with where it is present.</summary>
    public IReadOnlyList<PortRef> Inputs { get; set; } = [];

    /// <summary>What passes on where it is not.</summary>
    public PortRef? Pass { get; set; }

    public bool IsAlways => Items.All(i => i.IsPresent);

    public bool IsNever => Items.All(i => !i.IsPresent);

    /// <summary>An instance of it that is there.</summary>
    public Item Sample => Items.First(i => i.IsPresent);

    public Primitive? Primitive => IsNever ? null : Sample.Primitive;

    public bool IsList => !IsNever && Sample.IsList;

    /// <summary>Whether it holds weights of its own, so that it is a member.</summary>
    public bool IsMember => Shares is null && UsesMember;

    /// <summary>Whether it runs on weights, its own or another's.</summary>
    public bool UsesMember => !IsNever && (Primitive is null ? Sample.Calls.Count > 0 : Primitive.HasWeights);
}

/// <summary>A class to generate: all instances of one definition that differ in numbers and in what <c>when:</c> leaves out.</summary>
internal sealed class ClassPlan(int number, string typeId, string title)
{
    /// <summary>Tells it from the other classes of the network.</summary>
    public int Number { get; } = number;

    public string TypeId { get; } = typeId;

    public string Title { get; } = title;

    public string Name { get; set; } = title;

    public List<Module> Instances { get; } = [];

    public List<ItemPlan> Items { get; } = [];

    public List<ClassParameter> Parameters { get; } = [];

    /// <summary>C# of each number of each layer, in terms of the constructor's parameters.</summary>
    public IReadOnlyDictionary<(string Item, string Attribute), string> Expressions { get; private set; } =
        new Dictionary<(string, string), string>();

    public IReadOnlyList<string> Inputs { get; private set; } = [];

    public IReadOnlyList<PortRef> Outputs { get; private set; } = [];

    public void SetExpressions(IReadOnlyDictionary<(string Item, string Attribute), string> expressions) => Expressions = expressions;

    /// <summary>Takes an instance in; false, and nothing changed, where it differs in more than numbers.</summary>
    public bool TryAdd(Module module, System.Func<Module, ClassPlan> classOf)
    {
        var inputs = module.Inputs.Select(i => i.Name).ToList();
        var outputs = module.Outputs.Select(o => PortRef.Of(module, o)).ToList();
        if (Instances.Count > 0)
        {
            if (!inputs.SequenceEqual(Inputs) || !outputs.SequenceEqual(Outputs) || module.Items.Count != Items.Count)
                return false;
            for (var i = 0; i < Items.Count; i++)
            {
                var (plan, item) = (Items[i], module.Items[i]);
                if (plan.Id != item.Id || plan.Key != item.Key || plan.Member != item.Member || plan.Shares != item.Shares)
                    return false;
                if (item.IsPresent && plan.Signature is not null && plan.Signature != Sign(module, item, classOf))
                    return false;
            }
        }
        else
        {
            (Inputs, Outputs) = (inputs, outputs);
            Items.AddRange(module.Items.Select(i => new ItemPlan(i)));
        }
        Instances.Add(module);
        for (var i = 0; i < Items.Count; i++)
        {
            var (plan, item) = (Items[i], module.Items[i]);
            plan.Items.Add(item);
            if (item.Inputs.Count > 0 && !item.IsPresent)
                plan.Pass = PortRef.Of(module, item.Inputs[0]);
            if (!item.IsPresent || plan.Signature is not null)
                continue;
            plan.Signature = Sign(module, item, classOf);
            plan.Inputs = (item.Calls.Count > 0 ? item.Calls[0].Inputs : item.Inputs).Select(p => PortRef.Of(module, p)).ToList();
        }
        return true;
    }

    private static string Sign(Module module, Item item, System.Func<Module, ClassPlan> classOf)
    {
        var made = item.Primitive is { } p
            ? $"{p.Op.Name}({string.Join(",", p.Attributes.Where(a => a.Value.IsWord || a.Key == "frozen").Select(a => $"{a.Key}={a.Value}").Concat(p.Attributes.Keys))})"
            : $"{(item.IsList ? "list" : "call")}({string.Join(",", item.Calls.Select(c => classOf(c.Callee).Number))})";
        var inputs = item.Calls.Count > 0 ? item.Calls[0].Inputs : item.Inputs;
        return $"{made} from {string.Join(",", inputs.Select(i => PortRef.Of(module, i)))}";
    }
}
