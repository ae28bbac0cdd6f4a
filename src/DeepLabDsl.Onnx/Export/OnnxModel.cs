using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Onnx.Proto;
using Google.Protobuf;

namespace DeepLabDsl.Onnx;

/// <summary>A network as an ONNX file, in memory.</summary>
public sealed class OnnxModel
{
    internal OnnxModel(ModelProto model) => Proto = model;

    internal ModelProto Proto { get; }

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
}
