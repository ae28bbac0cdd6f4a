using System;
using System.Linq;
using DeepLabDsl.Errors;
using static TorchSharp.torch;

namespace DeepLabDsl.IO;

/// <summary>NumPy's array files (.npy), little-endian, in C order.</summary>
public static class NpyFile
{
    private static readonly (NpyType Element, ScalarType Type)[] Types =
    [
        (NpyType.Float32, ScalarType.Float32), (NpyType.Float64, ScalarType.Float64), (NpyType.Int64, ScalarType.Int64),
        (NpyType.Int32, ScalarType.Int32), (NpyType.Byte, ScalarType.Byte),
    ];

    /// <summary>Reads an array.</summary>
    /// <param name="path">The file.</param>
    /// <returns>A new tensor on the CPU, of the file's shape and element type.</returns>
    /// <exception cref="UnusableDataException">The file is missing, cut short, or of a kind that is not read.</exception>
    public static Tensor Read(string path) => NpyArray.Read(path, (type, shape, _, content) =>
    {
        var tensor = empty(shape, dtype: Types.First(t => t.Element == type).Type);
        content.ReadExactly(tensor.bytes);
        return tensor;
    });

    /// <summary>Writes a tensor, whole or not at all.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="tensor">A tensor of float32, float64, int64, int32 or uint8, on any device.</param>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    /// <exception cref="ArgumentException">The element type is another.</exception>
    public static void Write(string path, Tensor tensor)
    {
        if (Types.All(t => t.Type != tensor.dtype))
            throw new ArgumentException($".npy files are not written for {tensor.dtype}.", nameof(tensor));
        using var scope = NewDisposeScope();
        var plain = tensor.detach().cpu().contiguous();
        NpyArray.Write(path, Types.First(t => t.Type == tensor.dtype).Element, tensor.shape, stream => stream.Write(plain.bytes));
    }
}
