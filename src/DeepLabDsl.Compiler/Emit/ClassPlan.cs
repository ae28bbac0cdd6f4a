using System;
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
    public IReadOnlyList<Item> Items => _items;

    /// <summary>The first instance in which it is present, whose operation and inputs the others share; null: none so far.</summary>
    public Module? Home { get; private set; }

    /// <summary>What it is fed with where it is present.</summary>
    public IReadOnlyList<PortRef> Inputs { get; set; } = [];

    /// <summary>What passes on where it is not.</summary>
    public PortRef? Pass { get; set; }

    public bool IsAlways => _present == _items.Count;

    public bool IsNever => _present == 0;

    /// <summary>An instance of it that is there.</summary>
    public Item Sample => _sample ?? throw new InvalidOperationException($"{Id} is present in no instance");

    public Primitive? Primitive => IsNever ? null : Sample.Primitive;

    public bool IsList => !IsNever && Sample.IsList;

    /// <summary>Whether it holds weights of its own, so that it is a member.</summary>
    public bool IsMember => Shares is null && UsesMember;

    /// <summary>Whether it runs on weights, its own or another's.</summary>
    public bool UsesMember => !IsNever && (Primitive is null ? Sample.Calls.Count > 0 : Primitive.HasWeights);

    /// <summary>Takes in the item of an instance more.</summary>
    public void Add(Module module, Item item)
    {
        _items.Add(item);
        if (!item.IsPresent)
            return;
        _present++;
        if (_sample is null)
            (_sample, Home) = (item, module);
    }

    private readonly List<Item> _items = [];
    private Item? _sample;
    private int _present;
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
    public bool TryAdd(Module module, Func<Module, ClassPlan> classOf)
    {
        var inputs = module.Inputs.Select(i => i.Name).ToList();
        var outputs = module.Outputs.Select(o => PortRef.Of(module, o)).ToList();
        if (Instances.Count > 0)
        {
            if (module.Items.Count != Items.Count || !inputs.SequenceEqual(Inputs) || !outputs.SequenceEqual(Outputs))
                return false;
            for (var i = 0; i < Items.Count; i++)
            {
                var (plan, item) = (Items[i], module.Items[i]);
                if (plan.Id != item.Id || plan.Key != item.Key || plan.Member != item.Member || plan.Shares != item.Shares)
                    return false;
                if (item.IsPresent && plan.Home is { } home && !IsAlike(home, plan.Sample, module, item, classOf))
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
            plan.Add(module, item);
            if (item.Inputs.Count > 0 && !item.IsPresent)
                plan.Pass = PortRef.Of(module, item.Inputs[0]);
            if (item.IsPresent && plan.Home == module)
                plan.Inputs = InputsOf(item).Select(p => PortRef.Of(module, p)).ToList();
        }
        return true;
    }

    /// <summary>Whether two items are one layer of a class: the same operation but for numbers, or calls of the same classes, fed alike.</summary>
    private static bool IsAlike(Module home, Item sample, Module module, Item item, Func<Module, ClassPlan> classOf)
    {
        if (item.Primitive is { } primitive ? sample.Primitive is null || !IsAlike(sample.Primitive, primitive) : sample.Primitive is not null)
            return false;
        if (item.Primitive is null)
        {
            if (sample.IsList != item.IsList || sample.Calls.Count != item.Calls.Count)
                return false;
            for (var i = 0; i < item.Calls.Count; i++)
            {
                if (classOf(sample.Calls[i].Callee) != classOf(item.Calls[i].Callee))
                    return false;
            }
        }
        var (theirs, own) = (InputsOf(sample), InputsOf(item));
        if (theirs.Count != own.Count)
            return false;
        for (var i = 0; i < own.Count; i++)
        {
            if (PortRef.Of(home, theirs[i]) != PortRef.Of(module, own[i]))
                return false;
        }
        return true;
    }

    private static bool IsAlike(Primitive a, Primitive b)
    {
        if (a.Op.Kind != b.Op.Kind || a.Attributes.Count != b.Attributes.Count)
            return false;
        foreach (var attribute in a.Op.Attributes)
        {
            var isGiven = a.Attributes.TryGetValue(attribute.Name, out var value);
            if (b.Attributes.TryGetValue(attribute.Name, out var other) != isGiven)
                return false;
            // Words and 'frozen' decide what is written; numbers become arguments.
            if (isGiven && (value.IsWord != other.IsWord || ((value.IsWord || attribute.Name == "frozen") && !value.Equals(other))))
                return false;
        }
        return true;
    }

    private static List<Port> InputsOf(Item item) => item.Calls.Count > 0 ? item.Calls[0].Inputs : item.Inputs;
}
