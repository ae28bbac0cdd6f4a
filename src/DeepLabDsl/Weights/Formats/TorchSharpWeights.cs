using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.IO;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// TorchSharp's own format, what <c>Module.save</c> writes: the number of tensors, then each tensor's key, element type,
/// shape and bytes. Numbers are LEB128; nothing marks the file but that it fits to the last byte.
/// </summary>
internal static class TorchSharpWeights
{
    private const int MaximumRank = 64;
    private const int MaximumName = 4096;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Opens a file; null, with the reason, where it is none of the format.</summary>
    public static WeightsContent? TryOpen(string path, out string? reason)
    {
        using var stream = new BufferedStream(File.OpenRead(path), 1 << 16);
        var length = stream.Length;
        var tensors = new List<StoredTensor>();
        try
        {
            var count = ReadNumber(stream);
            if (count > WeightsContent.MaximumTensors)
                throw new FormatException(
                    $"it says that it holds {count} tensors; no network has more than {WeightsContent.MaximumTensors}");
            for (long i = 0; i < count; i++)
                tensors.Add(ReadTensor(path, stream, length));
            if (stream.Position != length)
                throw new FormatException($"{length - stream.Position} bytes follow the last of {count} tensors");
            if (count == 0)
                throw new FormatException("it says that it holds no tensors");
            reason = null;
            return new WeightsContent(path, WeightsFormat.TorchSharp, tensors);
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            reason = tensors.Count == 0 ? e.Message : $"{e.Message}, after {tensors.Count} tensors, the last being '{tensors[^1].Name}'";
            return null;
        }
    }

    /// <summary>Writes tensors, whole or not at all.</summary>
    public static void Write(string path, IReadOnlyList<TensorToWrite> tensors) => AtomicFile.Write(path, stream =>
    {
        using var writer = new BinaryWriter(stream, Strict, leaveOpen: true);
        writer.Write7BitEncodedInt64(tensors.Count);
        foreach (var tensor in tensors)
        {
            writer.Write(tensor.Name);
            writer.Write7BitEncodedInt64((long)tensor.Type.Type);
            writer.Write7BitEncodedInt64(tensor.Shape.Count);
            foreach (var extent in tensor.Shape)
                writer.Write7BitEncodedInt64(extent);
            writer.Flush();
            tensor.WriteTo(stream);
        }
    });

    private static StoredTensor ReadTensor(string path, Stream stream, long length)
    {
        var nameLength = ReadNumber(stream);
        if (nameLength is 0 or > MaximumName || nameLength > length - stream.Position)
            throw new FormatException($"a key of {nameLength} bytes at {stream.Position}");
        var name = new byte[nameLength];
        stream.ReadExactly(name);
        var key = Strict.GetString(name);
        if (key.Any(char.IsControl))
            throw new FormatException($"a key with control characters at {stream.Position}");
        var code = ReadNumber(stream);
        var type = ElementType.All.FirstOrDefault(t => (long)t.Type == code)
            ?? throw new FormatException($"'{key}' has the unknown element type {code}");
        var rank = ReadNumber(stream);
        if (rank > MaximumRank)
            throw new FormatException($"'{key}' has {rank} dimensions");
        var shape = new long[rank];
        for (var i = 0; i < rank; i++)
            shape[i] = ReadNumber(stream);
        var offset = stream.Position;
        if (ElementType.Count(shape) is not { } count || (Int128)count * type.Size > length - offset)
            throw new FormatException($"'{key}' [{string.Join(", ", shape)}] needs more bytes than the file has");
        // Setting the position would empty the buffer, and small tensors read it again and again.
        stream.Seek(count * type.Size, SeekOrigin.Current);
        return StoredTensor.InFile(path, key, type, shape, offset);
    }

    /// <summary>A LEB128 number of at most 63 bits.</summary>
    private static long ReadNumber(Stream stream)
    {
        long value = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var next = stream.ReadByte();
            if (next < 0)
                throw new FormatException("it ends in the middle of a number");
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw new FormatException($"a number of more than 63 bits at {stream.Position}");
    }
}
