using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using DeepLabDsl.Onnx.Proto;
using Google.Protobuf;
using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>Makes tensors of ONNX files. Their values are little-endian, as on every machine that .NET 10 runs on.</summary>
internal static class Tensors
{
    public static TensorProto Of<T>(string name, ElementType type, IEnumerable<long> dimensions, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        // One copy, which the message keeps: weights are large.
        var bytes = MemoryMarshal.AsBytes(values).ToArray();
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = UnsafeByteOperations.UnsafeWrap(bytes) };
        tensor.Dims.AddRange(dimensions);
        return tensor;
    }

    /// <summary>The values of a tensor that was made here.</summary>
    public static ReadOnlySpan<T> Values<T>(TensorProto tensor)
        where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(tensor.RawData.Span);
}
