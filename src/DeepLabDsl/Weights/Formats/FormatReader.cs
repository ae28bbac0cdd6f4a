using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Weights.Formats;

/// <summary>Tells a weights file's format by its content, and opens it.</summary>
internal static class FormatReader
{
    private const int Prefix = 512;
    private const int End = 8;
    private const string Readable = "safetensors, PyTorch (.pth, .pt), TorchSharp (.dat), Caffe (.caffemodel), "
        + "TensorFlow (.index, .pb, .tflite), Keras (.h5)";

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Opens a file.</summary>
    /// <exception cref="WeightsException">The file can't be read, is damaged, or of no known format.</exception>
    public static WeightsContent Open(string path, string? entry)
    {
        try
        {
            path = Locate(path);
            var (prefix, end, length) = ReadEnds(path);
            var file = OpenAs(path, prefix, end, length, entry);
            return entry is null || file.Format is WeightsFormat.PyTorch or WeightsFormat.PyTorchLegacy ? file : Under(file, entry);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException($"{path}: can't be read: {e.Message}", e);
        }
    }

    /// <summary>The file that a path stands for: TensorFlow's programs name a checkpoint by what its files' names begin with.</summary>
    public static string Locate(string path) =>
        !File.Exists(path) && File.Exists(path + TensorBundle.IndexExtension) ? path + TensorBundle.IndexExtension : path;

    /// <summary>The tensors whose keys begin with an entry's name: other formats have no entries but these.</summary>
    private static WeightsContent Under(WeightsContent file, string entry)
    {
        // TensorFlow and Keras divide names by slashes.
        string[] prefixes = [entry + ".", entry + "/"];
        var under = file.Tensors
            .Where(t => t.Name.Length > entry.Length + 1 && Array.Exists(prefixes, p => t.Name.StartsWith(p, StringComparison.Ordinal)))
            .Select(t => t.Named(t.Name[(entry.Length + 1)..])).ToList();
        return under.Count > 0
            ? new WeightsContent(file.Path, file.Format, under, file.Metadata, [.. file.Notes, $"the tensors are those of '{entry}'"])
            {
                Bytes = file.Bytes,
            }
            : throw new WeightsException(
                $"{file.Path}: no key begins with '{prefixes[0]}' or '{prefixes[1]}', so there is no entry '{entry}'.");
    }

    private static WeightsContent OpenAs(string path, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> end, long length, string? entry)
    {
        if (SortedTable.EndsLike(end))
            return TensorBundle.Open(path);
        // Numbers alone: their first bytes may be anything.
        if (TensorBundle.IsShard(path, out var index))
        {
            throw new WeightsException(
                $"{path}: holds the numbers of a TensorFlow checkpoint without their names; name its index, {index}.");
        }
        if (prefix.StartsWith("PK\x03\x04"u8))
            return PyTorchArchive.Open(path, entry);
        if (prefix.Length > 1 && prefix[0] == 0x80 && prefix[1] is >= 1 and <= 5)
            return PyTorchStream.Open(path, entry);
        if (prefix.Length > 8 && prefix[8] == '{' && BitConverter.ToInt64(prefix) is > 1 and <= int.MaxValue)
            return SafeTensors.Open(path);
        if (TfLiteModel.BeginsLike(prefix))
            return TfLiteModel.Open(path);
        if (KerasFile.BeginsLike(prefix))
            return KerasFile.Open(path);
        if (Known(prefix) is { } known)
            throw new WeightsException($"{path}: is {known}, which is not read. Weights are read from {Readable}.");
        if (length == 0)
            throw new WeightsException($"{path}: it is empty.");
        // These begin with nothing of their own: each is tried, to the last byte.
        if (TorchSharpWeights.TryOpen(path, out var notTorchSharp) is { } torchSharp)
            return torchSharp;
        if (CaffeModel.TryOpen(path, out var notCaffe) is { } caffe)
            return caffe;
        if (GraphConstants.TryOpen(path, out var notGraph) is { } graph)
            return graph;
        throw new WeightsException(
            $"{path}: holds no weights of a known format (as TorchSharp's: {notTorchSharp}; as Caffe's: {notCaffe}; as TensorFlow's graph: "
            + $"{notGraph}). "
            + $"Weights are read from {Readable}; is the file whole?");
    }

    private static string? Known(ReadOnlySpan<byte> prefix)
    {
        // Bytes and no text: a literal of UTF-8 makes two bytes of each above 0x7F.
        if (prefix.StartsWith((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y']))
            return "a NumPy array";
        if (prefix.Length > 262 && prefix[257..262].SequenceEqual("ustar"u8))
            return "a tar archive (as PyTorch wrote it before version 0.2; load and save it with a later one)";
        if (prefix.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            return "packed with gzip";
        if (prefix.StartsWith("version https://git-lfs"u8))
            return "a Git LFS pointer and not the file itself";
        if (prefix.StartsWith(ByteOrderMark))
            prefix = prefix[ByteOrderMark.Length..];
        if (prefix.TrimStart(" \r\n\t"u8) is [(byte)'<', ..])
            return "a web page (a download that failed)";
        return null;
    }

    private static (byte[] Prefix, byte[] End, long Length) ReadEnds(string path)
    {
        using var stream = File.OpenRead(path);
        var prefix = new byte[Prefix];
        var read = stream.ReadAtLeast(prefix, Prefix, throwOnEndOfStream: false);
        var end = new byte[Math.Min(End, stream.CanSeek ? stream.Length : 0)];
        if (end.Length > 0)
        {
            stream.Seek(-end.Length, SeekOrigin.End);
            stream.ReadExactly(end);
        }
        return (prefix[..read], end, stream.Length);
    }
}
