using System;
using System.Collections.Generic;
using System.Linq;
using Google.Protobuf;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Formats;

/// <summary>What TensorFlow's messages say of a tensor: its element type (types.proto) and its shape (tensor_shape.proto).</summary>
internal static class TensorFlowTypes
{
    private const int Dimension = 2;
    private const int UnknownRank = 3;
    private const int Extent = 1;

    private static readonly Dictionary<ulong, ScalarType> Types = new()
    {
        [1] = ScalarType.Float32,
        [2] = ScalarType.Float64,
        [3] = ScalarType.Int32,
        [4] = ScalarType.Byte,
        [5] = ScalarType.Int16,
        [6] = ScalarType.Int8,
        [8] = ScalarType.ComplexFloat32,
        [9] = ScalarType.Int64,
        [10] = ScalarType.Bool,
        [14] = ScalarType.BFloat16,
        [18] = ScalarType.ComplexFloat64,
        [19] = ScalarType.Float16,
    };

    /// <summary>The element type of a number in <c>DataType</c>; null where weights files have none.</summary>
    public static ElementType? Find(ulong type) => Types.TryGetValue(type, out var found) ? ElementType.Of(found) : null;

    /// <summary>The extents of a <c>TensorShapeProto</c>.</summary>
    /// <exception cref="FormatException">It is no shape of a tensor that is there.</exception>
    public static IReadOnlyList<long> ReadShape(ProtoMessage message)
    {
        var shape = new List<long>();
        foreach (var field in message.Fields())
        {
            if (field.Number == UnknownRank && field.Value != 0)
                throw new FormatException("a tensor of unknown rank");
            if (field.Number != Dimension)
                continue;
            if (shape.Count == ElementType.MaximumRank)
                throw new FormatException($"a shape of more than {ElementType.MaximumRank} dimensions");
            // A dimension without its number is of extent 0, as every number of a message that is not written.
            shape.Add((long)message.Message(field).Fields()
                .LastOrDefault(f => f.Number == Extent && f.Type == WireFormat.WireType.Varint).Value);
        }
        return shape;
    }

    /// <summary>Turns the bytes of a tensor from the other byte order.</summary>
    public static void SwapBytes(Span<byte> bytes, int word)
    {
        for (var i = 0; i < bytes.Length; i += word)
            bytes.Slice(i, word).Reverse();
    }
}
