using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>A value inside one module: an input of it or a result of one of its items.</summary>
internal sealed class Port(string name, Shape shape)
{
    public string Name { get; } = name;

    public Shape Shape { get; } = shape;

    /// <summary>The item that gives it; null for an input of the module.</summary>
    public Item? Item { get; init; }

    /// <summary>Which unit of a repeated item gives it; the last one gives the item's result.</summary>
    public int Unit { get; init; }

    /// <summary>Which of the results of the callee it is.</summary>
    public int Result { get; init; }
}

/// <summary>A primitive operation with all its attributes.</summary>
internal sealed class Primitive
{
    public required OpInfo Op { get; init; }

    public required IReadOnlyDictionary<string, Value> Attributes { get; init; }

    /// <summary>For attributes that a layer gives as nothing but <c>$parameter</c>: the parameter.</summary>
    public required IReadOnlyDictionary<string, string> Sources { get; init; }

    public required Shape Input { get; init; }

    public required Shape Output { get; init; }

    /// <summary>Trainable values.</summary>
    public long Parameters { get; init; }

    /// <summary>Multiply-accumulates of one image.</summary>
    public long MultiplyAdds { get; init; }

    /// <summary>Whether it runs on weights: it is a member of the generated class, and not a call alone.</summary>
    public bool HasWeights => Op.Kind is OpKind.Conv or OpKind.DepthwiseConv or OpKind.BatchNorm or OpKind.Crf;

    /// <summary>Whether it is a batch norm that never trains.</summary>
    public bool IsFrozen => Attributes.TryGetValue("frozen", out var frozen) && frozen.Bool;

    /// <summary>The same operation on weights that are counted elsewhere.</summary>
    public Primitive WithoutParameters() => new()
    {
        Op = Op,
        Attributes = Attributes,
        Sources = Sources,
        Input = Input,
        Output = Output,
        MultiplyAdds = MultiplyAdds,
        SpaceToBatchMultiplyAdds = SpaceToBatchMultiplyAdds,
    };

    /// <summary>
    /// The same as TensorFlow counts a dense atrous convolution, which runs on the map cut into rate^2 maps (space to batch):
    /// with the map's sides rounded up to multiples of the rate.
    /// </summary>
    public long SpaceToBatchMultiplyAdds { get; init; }

    public (int Vertical, int Horizontal) Pair(string name)
    {
        var value = Attributes[name];
        return value.IsList ? ((int)value.List[0].Int, (int)value.List[1].Int) : ((int)value.Int, (int)value.Int);
    }
}

/// <summary>A use of a module.</summary>
internal sealed class Call(Module callee)
{
    public Module Callee { get; } = callee;

    public List<Port> Inputs { get; } = [];

    /// <summary>One port of the calling module for each output of the callee.</summary>
    public List<Port> Results { get; } = [];
}

/// <summary>One layer of a module: a primitive, or one or more uses of other modules in a row.</summary>
internal sealed class Item
{
    /// <summary>Unique in the module; the same in every instance of the definition.</summary>
    public required string Id { get; init; }

    public required string Key { get; init; }

    public required string Member { get; init; }

    public required SourceSpan Span { get; init; }

    /// <summary>The layer of the spec that it is; null for what the compiler adds.</summary>
    public LayerDefinition? Layer { get; init; }

    /// <summary>Whether it is a stage of a backbone, which the compiler tells its strides and rates.</summary>
    public bool IsStage { get; set; }

    /// <summary>False where <c>when:</c> switched it off: its first input passes on.</summary>
    public bool IsPresent { get; set; } = true;

    public List<Port> Inputs { get; } = [];

    public Primitive? Primitive { get; set; }

    public List<Call> Calls { get; } = [];

    /// <summary>The item of the same module whose weights it uses; null: it has its own.</summary>
    public string? Shares { get; init; }

    /// <summary>The run at another scale that it belongs to, as a reference names it; null: none.</summary>
    public string? Scale { get; init; }

    /// <summary>Ports inside of what it does that references can name.</summary>
    public Dictionary<string, Port> Taps { get; } = [];

    /// <summary>Whether it is a list of units.</summary>
    public bool IsList { get; set; }

    /// <summary>Whether the item is there for an output of the network and no layer of the spec.</summary>
    public bool IsOutput { get; init; }

    public Port? Output { get; set; }
}

/// <summary>An instance of a block, a backbone, a group of layers or the network itself.</summary>
internal sealed class Module
{
    /// <summary>What it is an instance of: the same for all instances of one definition.</summary>
    public required string TypeId { get; init; }

    /// <summary>What its class would best be called.</summary>
    public required string Title { get; init; }

    /// <summary>Where in the network it stands: the state-dict prefix.</summary>
    public required string Path { get; init; }

    public string Summary { get; init; } = "";

    public string Source { get; init; } = "";

    public IReadOnlyList<(ParameterDefinition Parameter, Value Value)> Arguments { get; init; } = [];

    /// <summary>The block, backbone or network; null for a group of layers.</summary>
    public Definition? Definition { get; init; }

    public List<Port> Inputs { get; } = [];

    public List<Item> Items { get; } = [];

    /// <summary>The result, then what others tap.</summary>
    public List<Port> Outputs { get; } = [];

    public Item? Find(string id) => Items.FirstOrDefault(i => i.Id == id);

    /// <summary>All primitives in it, each with its state-dict path.</summary>
    public IEnumerable<(string Path, Primitive Primitive)> Primitives()
    {
        foreach (var item in Items.Where(i => i.IsPresent))
        {
            if (item.Primitive is not null)
                yield return (Path.Length == 0 ? item.Key : $"{Path}.{item.Key}", item.Primitive);
            foreach (var inner in item.Calls.SelectMany(c => c.Callee.Primitives()))
                yield return inner;
        }
    }

    /// <summary>All modules in it and itself, inner ones first.</summary>
    public IEnumerable<Module> Postorder()
    {
        foreach (var inner in Items.SelectMany(i => i.Calls).SelectMany(c => c.Callee.Postorder()))
            yield return inner;
        yield return this;
    }
}
