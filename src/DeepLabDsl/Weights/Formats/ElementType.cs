using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Formats;

/// <summary>A kind of number in weights files, under its names in each format.</summary>
/// <param name="Type">TorchSharp's name.</param>
/// <param name="Size">Bytes of one element.</param>
/// <param name="Name">PyTorch's and NumPy's name: <c>float32</c>.</param>
/// <param name="SafeTensors">The name in safetensors files; null where the format has none.</param>
/// <param name="Storage">The class of PyTorch's storages in pickles.</param>
internal sealed record ElementType(ScalarType Type, int Size, string Name, string? SafeTensors, string Storage)
{
    /// <summary>All kinds that are read and written.</summary>
    public static IReadOnlyList<ElementType> All { get; } =
    [
        new(ScalarType.Float32, 4, "float32", "F32", "FloatStorage"),
        new(ScalarType.Float64, 8, "float64", "F64", "DoubleStorage"),
        new(ScalarType.Float16, 2, "float16", "F16", "HalfStorage"),
        new(ScalarType.BFloat16, 2, "bfloat16", "BF16", "BFloat16Storage"),
        new(ScalarType.Int64, 8, "int64", "I64", "LongStorage"),
        new(ScalarType.Int32, 4, "int32", "I32", "IntStorage"),
        new(ScalarType.Int16, 2, "int16", "I16", "ShortStorage"),
        new(ScalarType.Int8, 1, "int8", "I8", "CharStorage"),
        new(ScalarType.Byte, 1, "uint8", "U8", "ByteStorage"),
        new(ScalarType.Bool, 1, "bool", "BOOL", "BoolStorage"),
        new(ScalarType.ComplexFloat32, 8, "complex64", null, "ComplexFloatStorage"),
        new(ScalarType.ComplexFloat64, 16, "complex128", null, "ComplexDoubleStorage"),
    ];

    /// <summary>Whether it is a real number with a fraction.</summary>
    public bool IsFloat => Type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16;

    /// <summary>Bytes of what a byte order applies to: a complex number is two numbers.</summary>
    public int WordSize => Type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64 ? Size / 2 : Size;

    /// <summary>The kind of a tensor's elements.</summary>
    /// <exception cref="WeightsException">Weights files have none.</exception>
    public static ElementType Of(ScalarType type) => All.FirstOrDefault(t => t.Type == type)
        ?? throw new WeightsException($"Elements of type {type} are not kept in weights files; convert the tensor to float32.");

    /// <summary>The most dimensions of a tensor in any file.</summary>
    public const int MaximumRank = 64;

    /// <summary>
    /// The number of elements; null where the shape is none or its product is beyond 64 bits, extents of 0 aside: strides are products too.
    /// </summary>
    public static long? Count(IEnumerable<long> shape)
    {
        Int128 count = 1;
        var (rank, isEmpty) = (0, false);
        foreach (var extent in shape)
        {
            isEmpty |= extent == 0;
            count *= Math.Max(1, extent);
            if (extent < 0 || count > long.MaxValue || ++rank > MaximumRank)
                return null;
        }
        return isEmpty ? 0 : (long)count;
    }
}
