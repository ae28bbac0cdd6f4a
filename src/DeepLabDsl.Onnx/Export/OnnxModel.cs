using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Onnx.Proto;
using Google.Protobuf;
using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>A network as an ONNX file, in memory.</summary>
public sealed class OnnxModel
{
    internal OnnxModel(ModelProto model) => Proto = model;

    internal ModelProto Proto { get; }

    /// <summary>What it takes: <c>image float32 [N, 3, H, W]</c>.</summary>
    public string Input => Describe(Proto.Graph.Input[0]);

    /// <summary>What it gives, in the same words.</summary>
    public IReadOnlyList<string> Results => [.. Proto.Graph.Output.Select(Describe)];

    /// <summary>The names of its outputs.</summary>
    public IReadOnlyList<string> Outputs => [.. Proto.Graph.Output.Select(o => o.Name)];

    /// <summary>The number of its operators.</summary>
    public int Operators => Proto.Graph.Node.Count;

    /// <summary>The bytes of the file.</summary>
    public long Size => Proto.CalculateSize();

    /// <summary>Writes the file's content.</summary>
    public void Write(Stream stream) => Proto.WriteTo(stream);

    /// <summary>The file's content.</summary>
    public byte[] ToBytes() => Proto.ToByteArray();

    private static string Describe(ValueInfoProto value)
    {
        var type = (ElementType)value.Type.TensorType.ElemType == ElementType.Float ? "float32" : "uint8";
        return $"{value.Name} {type} "
            + $"[{string.Join(", ", value.Type.TensorType.Shape.Dim.Select(d => d.HasDimParam ? d.DimParam : $"{d.DimValue}"))}]";
    }
}
