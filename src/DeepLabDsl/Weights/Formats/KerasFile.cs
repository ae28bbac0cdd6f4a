using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using PureHDF;
using PureHDF.VOL.Native;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// HDF5 files, which Keras saves weights in (<c>.h5</c>): every dataset of numbers by its path, such as
/// <c>model_weights/conv1/conv1/kernel:0</c>.
/// </summary>
internal static class KerasFile
{
    private const int MaximumDepth = 16;
    private const int MaximumName = 4096;

    /// <summary>How many times what it takes in the file a packed dataset may be: deflate can do no more.</summary>
    private const int BestCompression = 1032;

    /// <summary>Whether a file begins as HDF5 does. Bytes and no text: a literal of UTF-8 makes two bytes of each above 0x7F.</summary>
    public static bool BeginsLike(ReadOnlySpan<byte> prefix) =>
        prefix.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n']);

    /// <summary>Opens a file.</summary>
    /// <exception cref="WeightsException">It is damaged, or holds no numbers.</exception>
    public static WeightsContent Open(string path)
    {
        var tensors = new List<StoredTensor>();
        var aside = 0;
        var length = new FileInfo(path).Length;
        try
        {
            CheckHeaps(path);
            using var file = H5File.OpenRead(path);
            var objects = 0;
            Walk(file, "", 0);

            void Walk(IH5Group group, string prefix, int depth)
            {
                if (depth > MaximumDepth)
                    throw new FormatException($"groups lie more than {MaximumDepth} deep in one another");
                foreach (var child in group.Children())
                {
                    // Groups may hold one another in turn.
                    if (++objects > WeightsContent.MaximumTensors)
                        throw new FormatException(WeightsContent.TooMany);
                    var name = prefix + child.Name;
                    if (name.Length > MaximumName || name.Any(char.IsControl))
                        throw new FormatException("a name that is too long, or has control characters");
                    if (child is IH5Group inner)
                        Walk(inner, name + "/", depth + 1);
                    else if (child is IH5Dataset dataset && ReadDataset(path, name, dataset, length) is { } tensor)
                        tensors.Add(tensor);
                    else
                        aside++;
                }
            }
        }
        catch (Exception e) when (e is not WeightsException)
        {
            // The library says what is wrong with a file by exceptions of every kind, its own being plain ones; and it takes memory for
            // what a damaged length asks for before it looks whether the file has so many bytes.
            throw new WeightsException($"{path}: it is an HDF5 file (Keras) that can't be read: {e.Message.TrimEnd('.')}.", e);
        }
        return tensors.Count > 0
            ? new WeightsContent(
                path, WeightsFormat.Keras, tensors,
                notes: aside == 0 ? [] : [$"left aside: {aside} objects that are no tensors of numbers"])
            : throw new WeightsException($"{path}: the HDF5 file (Keras) holds no numbers.");
    }

    /// <summary>
    /// Refuses a heap of names that says that it is larger than the file: the library would take that much memory before it looks.
    /// </summary>
    private static void CheckHeaps(string path)
    {
        // The signature, version 0 and three zeros; behind them the size of what the heap holds, in 8 bytes.
        ReadOnlySpan<byte> signature = "HEAP\0\0\0\0"u8;
        using var stream = File.OpenRead(path);
        var buffer = new byte[1 << 20];
        for (int kept = 0, read; (read = stream.Read(buffer, kept, buffer.Length - kept)) > 0;)
        {
            var known = buffer.AsSpan(0, kept + read);
            for (var at = known.IndexOf(signature); at >= 0 && known.Length - at >= 2 * sizeof(ulong);)
            {
                if (BitConverter.ToUInt64(known[(at + sizeof(ulong))..]) > (ulong)stream.Length)
                    throw new FormatException("a heap of names that is larger than the file");
                known = known[(at + sizeof(ulong))..];
                at = known.IndexOf(signature);
            }
            // What stands at the end may go on in the next piece.
            kept = Math.Min(known.Length, 2 * sizeof(ulong) - 1);
            known[^kept..].CopyTo(buffer);
        }
    }

    /// <summary>A dataset of numbers; null where it is none.</summary>
    private static StoredTensor? ReadDataset(string path, string name, IH5Dataset dataset, long fileLength)
    {
        if (TypeOf(dataset.Type) is not { } type || dataset.Space.Type is H5DataspaceType.Null
            || dataset.Layout.Class == H5DataLayoutClass.VirtualStorage)
            return null;
        long[] shape = dataset.Space.Type == H5DataspaceType.Scalar ? [] : [.. dataset.Space.Dimensions.Select(d => checked((long)d))];
        var count = ElementType.Count(shape) ?? throw new FormatException($"'{name}' [{string.Join(", ", shape)}] is no shape");
        // What is not packed lies in the file; what was never written is a number that stands for all.
        var factor = dataset.Layout.Class == H5DataLayoutClass.Chunked ? BestCompression : 1;
        if ((Int128)count * type.Size > (Int128)fileLength * factor)
            throw TooLarge(shape);
        // A chunk may be larger than the dataset, and is unpacked as a whole.
        if (factor > 1)
        {
            long[] chunk = [.. dataset.Layout.Chunks.Select(c => checked((long)c))];
            if ((Int128)(ElementType.Count(chunk) ?? long.MaxValue) * type.Size > (Int128)fileLength * factor)
                throw TooLarge(chunk);
        }
        return new StoredTensor(path, name, type, shape, () => Load(path, name, type, shape));

        FormatException TooLarge(long[] sides) =>
            new($"'{name}' [{string.Join(", ", sides)}] of {type.Name} is more than {fileLength} bytes can hold");
    }

    private static Tensor Load(string path, string name, ElementType type, long[] shape)
    {
        try
        {
            using var file = H5File.OpenRead(path);
            var dataset = (NativeDataset)file.Dataset(name);
            return type.Type switch
            {
                ScalarType.Float16 => Make(dataset.Read<Half[]>(), shape, type.Type),
                ScalarType.Float32 => Make(dataset.Read<float[]>(), shape, type.Type),
                ScalarType.Float64 => Make(dataset.Read<double[]>(), shape, type.Type),
                ScalarType.Int8 => Make(dataset.Read<sbyte[]>(), shape, type.Type),
                ScalarType.Byte => Make(dataset.Read<byte[]>(), shape, type.Type),
                ScalarType.Int16 => Make(dataset.Read<short[]>(), shape, type.Type),
                ScalarType.Int32 => Make(dataset.Read<int[]>(), shape, type.Type),
                _ => Make(dataset.Read<long[]>(), shape, type.Type),
            };
        }
        catch (Exception e)
        {
            // As above.
            throw new InvalidDataException(e.Message, e);
        }
    }

    private static Tensor Make<T>(T[] values, long[] shape, ScalarType type)
        where T : unmanaged
    {
        var made = empty(shape, dtype: type);
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(made.bytes);
        return made;
    }

    private static ElementType? TypeOf(IH5DataType type) => (type.Class, type.Size) switch
    {
        (H5DataTypeClass.FloatingPoint, 2) => ElementType.Of(ScalarType.Float16),
        (H5DataTypeClass.FloatingPoint, 4) => ElementType.Of(ScalarType.Float32),
        (H5DataTypeClass.FloatingPoint, 8) => ElementType.Of(ScalarType.Float64),
        (H5DataTypeClass.FixedPoint, 1) => ElementType.Of(type.FixedPoint.IsSigned ? ScalarType.Int8 : ScalarType.Byte),
        (H5DataTypeClass.FixedPoint, 2) when type.FixedPoint.IsSigned => ElementType.Of(ScalarType.Int16),
        (H5DataTypeClass.FixedPoint, 4) when type.FixedPoint.IsSigned => ElementType.Of(ScalarType.Int32),
        (H5DataTypeClass.FixedPoint, 8) when type.FixedPoint.IsSigned => ElementType.Of(ScalarType.Int64),
        _ => null,
    };
}
