using System.Collections.Generic;
using DeepLabDsl.Onnx.Proto;
using Google.Protobuf;

namespace DeepLabDsl.Onnx;

/// <summary>Makes attributes of ONNX operators.</summary>
internal static class Attributes
{
    public static AttributeProto Of(string name, long value) => new()
    {
        Name = name,
        Type = AttributeProto.Types.AttributeType.Int,
        I = value
    };

    public static AttributeProto Of(string name, float value) => new()
    {
        Name = name,
        Type = AttributeProto.Types.AttributeType.Float,
        F = value
    };

    public static AttributeProto Of(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    public static AttributeProto Of(string name, TensorProto value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Tensor, T = value };

    public static AttributeProto Of(string name, IEnumerable<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }
}
