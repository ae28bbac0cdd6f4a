using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using DeepLabDsl.Onnx.Proto;
using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>A graph of an ONNX file that is being made: nodes in the order of the data, each value with a name of its own.</summary>
internal sealed class OnnxGraphBuilder
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);

    public GraphProto Graph { get; } = new();

    /// <summary>Takes a name for a value that is called by it outside; no other value gets it.</summary>
    public string Reserve(string name) => _names.Add(name) ? name : throw new InvalidOperationException(
        $"There are two values called '{name}'.");

    /// <summary>A name that no other value has: the wanted one, or that with a number.</summary>
    public string Unique(string wanted)
    {
        var name = wanted;
        for (var number = 2; !_names.Add(name); number++)
            name = $"{wanted}#{number}";
        return name;
    }

    /// <summary>Adds an operator of one result.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="result">The name of its result, which is the node's as well.</param>
    /// <param name="inputs">The names of what it takes; an empty one is left out.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <returns>The name of the result.</returns>
    public string Add(string type, string result, IEnumerable<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = type, Name = result };
        node.Input.AddRange(inputs);
        node.Output.Add(result);
        foreach (var attribute in attributes)
            node.Attribute.Add(attribute);
        Graph.Node.Add(node);
        return result;
    }

    /// <summary>The same with a name that is made of a wanted one.</summary>
    public string AddNew(string type, string wanted, IEnumerable<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Add(type, Unique(wanted), inputs, attributes);

    /// <summary>A weight.</summary>
    public void AddInitializer(TensorProto tensor) => Graph.Initializer.Add(tensor);

    /// <summary>Whole numbers in a row; those that are alike are one.</summary>
    public string Constant(params ReadOnlySpan<long> values) => Constant(ElementType.Int64, values, [values.Length]);

    /// <summary>Numbers of a shape; those that are alike are one.</summary>
    public string Constant(ElementType type, ReadOnlySpan<float> values, IReadOnlyList<long> shape) => Constant<float>(type, values, shape);

    /// <summary>A number without dimensions.</summary>
    public string Scalar(float value) => Constant<float>(ElementType.Float, [value], []);

    /// <summary>A number of 64 bits, of one dimension.</summary>
    public string Double(double value) => Constant<double>(ElementType.Double, [value], [1]);

    public string Constant<T>(ElementType type, ReadOnlySpan<T> values, IReadOnlyList<long> shape)
        where T : unmanaged
    {
        var key = $"{type}[{string.Join(',', shape)}]{Convert.ToHexString(MemoryMarshal.AsBytes(values))}";
        if (_constants.TryGetValue(key, out var known))
            return known;
        var name = Unique("constant");
        AddInitializer(Tensors.Of(name, type, shape, values));
        _constants.Add(key, name);
        return name;
    }

    /// <summary>A value's name, element type and dimensions: numbers, or names and formulas of what is known at run time.</summary>
    public static ValueInfoProto Value(string name, ElementType type, IEnumerable<Dimension> dimensions)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(dimensions.Select(d => d.Count is { } count
            ? new TensorShapeProto.Types.Dimension { DimValue = count }
            : new TensorShapeProto.Types.Dimension { DimParam = d.Formula }));
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}

/// <summary>A dimension of a value.</summary>
/// <param name="Count">How many there are; null: it is known at run time.</param>
/// <param name="Formula">Its name, or its formula of others.</param>
internal readonly record struct Dimension(long? Count, string Formula)
{
    public static Dimension Of(long count) => new(count, "");

    public static Dimension Named(string formula) => new(null, formula);
}
