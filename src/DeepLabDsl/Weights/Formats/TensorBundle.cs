using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using DeepLabDsl.Errors;
using Google.Protobuf;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// TensorFlow's checkpoints of version 2: <c>PREFIX.index</c>, a <see cref="SortedTable"/> from each variable's name to its type,
/// shape and place (<c>tensor_bundle.proto</c>), and the numbers in <c>PREFIX.data-00000-of-0000N</c>. The index names the checkpoint.
/// </summary>
internal static partial class TensorBundle
{
    /// <summary>How the index's name ends.</summary>
    public const string IndexExtension = ".index";

    // BundleHeaderProto.
    private const int HeaderShards = 1;
    private const int HeaderEndianness = 2;
    private const ulong BigEndian = 1;

    // BundleEntryProto.
    private const int EntryType = 1;
    private const int EntryShape = 2;
    private const int EntryShard = 3;
    private const int EntryOffset = 4;
    private const int EntrySize = 5;
    private const int EntryChecksum = 6;
    private const int EntrySlices = 7;

    private const int MaximumShards = 100_000;
    private const int ShownNames = 12;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether a file's name is that of the numbers of such a checkpoint; its index is to be named.</summary>
    /// <param name="path">The file.</param>
    /// <param name="index">The path of its index.</param>
    public static bool IsShard(string path, out string index)
    {
        var match = Shard().Match(path);
        index = match.Success ? path[..match.Index] + IndexExtension : "";
        return match.Success;
    }

    /// <summary>Opens a checkpoint by its index.</summary>
    /// <exception cref="WeightsException">It is damaged, or the files of its numbers are not beside it.</exception>
    public static WeightsContent Open(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Read(path, SortedTable.Read(stream));
        }
        catch (Exception e)
            when (e is FormatException or InvalidDataException or DecoderFallbackException or InvalidProtocolBufferException)
        {
            throw new WeightsException(
                $"{path}: it is the index of a TensorFlow checkpoint, and damaged: {e.Message.TrimEnd('.')}. Copy or save it again.", e);
        }
    }

    private static WeightsContent Read(string path, IEnumerable<(byte[] Key, ReadOnlyMemory<byte> Value)> entries)
    {
        Shards? shards = null;
        var tensors = new List<(StoredTensor Tensor, int Shard, long Begin)>();
        var aside = new List<string>();
        foreach (var (key, value) in entries)
        {
            if (tensors.Count + aside.Count >= WeightsContent.MaximumTensors)
                throw new FormatException(WeightsContent.TooMany);
            using var stream = new MemoryStream(value.ToArray(), writable: false);
            var message = new ProtoMessage(stream, 0, stream.Length);
            if (key.Length == 0)
            {
                shards = ReadHeader(path, message);
                continue;
            }
            if (shards is null)
                throw new FormatException("it has no header");
            // A part of a variable that is saved in parts; the variable itself says so.
            if (key[0] == 0)
                continue;
            var name = Strict.GetString(key);
            if (name.Any(char.IsControl))
                throw new FormatException("a name with control characters");
            if (ReadEntry(path, name, message, shards) is { } found)
                tensors.Add(found);
            else
                aside.Add(name);
        }
        RequireApart(tensors);
        if (tensors.Count == 0)
        {
            throw new WeightsException(
                $"{path}: the TensorFlow checkpoint holds no tensors of numbers{(aside.Count == 0 ? "" : ", but " + Named(aside))}.");
        }
        var (chosen, notes) = TensorFlowVariables.Choose([.. tensors.Select(t => t.Tensor)]);
        if (aside.Count > 0)
        {
            notes = [.. notes, "left aside, being no whole tensors of numbers: " + Named(aside)];
        }
        return new WeightsContent(path, WeightsFormat.TensorFlowCheckpoint, chosen, notes: notes) { Bytes = shards!.Bytes };
    }

    private static string Named(List<string> names) =>
        string.Join(", ", names.Take(ShownNames)) + (names.Count > ShownNames ? $" and {names.Count - ShownNames} more" : "");

    private static Shards ReadHeader(string path, ProtoMessage message)
    {
        ulong count = 0;
        var isBig = false;
        foreach (var field in message.Fields())
        {
            if (field.Number == HeaderShards)
                count = field.Value;
            else if (field.Number == HeaderEndianness)
                isBig = field.Value == BigEndian;
        }
        return count is > 0 and < MaximumShards
            ? new Shards(path, (int)count, isBig)
            : throw new FormatException($"it says that its numbers lie in {count} files");
    }

    /// <summary>A variable with its place; null where it holds no numbers, or is saved in parts.</summary>
    private static (StoredTensor Tensor, int Shard, long Begin)? ReadEntry(string path, string name, ProtoMessage message, Shards shards)
    {
        ulong typeNumber = 0, shard = 0, offset = 0, size = 0;
        uint checksum = 0;
        var isSliced = false;
        IReadOnlyList<long> shape = [];
        foreach (var field in message.Fields())
        {
            switch (field.Number)
            {
                case EntryType: typeNumber = field.Value; break;
                case EntryShape: shape = TensorFlowTypes.ReadShape(message.Message(field)); break;
                case EntryShard: shard = field.Value; break;
                case EntryOffset: offset = field.Value; break;
                case EntrySize: size = field.Value; break;
                case EntryChecksum: checksum = (uint)field.Value; break;
                case EntrySlices: isSliced = true; break;
            }
        }
        if (isSliced || TensorFlowTypes.Find(typeNumber) is not { } type)
            return null;
        if (ElementType.Count(shape) is not { } count || (Int128)count * type.Size != size)
        {
            throw new FormatException(
                $"'{name}' [{string.Join(", ", shape)}] of {type.Name} has {size} bytes");
        }
        if (shard >= (ulong)shards.Count)
            throw new FormatException($"'{name}' lies in file {shard} of {shards.Count}");
        var (file, length) = shards.Find((int)shard);
        if (size > (ulong)length || offset > (ulong)length - size)
        {
            throw new FormatException(
                $"'{name}' lies at {offset} with {size} bytes, and {Path.GetFileName(file)} has {length}: that file is not whole, "
                + "or another's");
        }
        return (new StoredTensor(path, name, type, shape, () => Load(file, type, shape, (long)offset, checksum, shards.IsBigEndian)),
            (int)shard, (long)offset);
    }

    private static Tensor Load(string file, ElementType type, IReadOnlyList<long> shape, long offset, uint checksum, bool isBigEndian)
    {
        var tensor = empty([.. shape], dtype: type.Type);
        try
        {
            using var stream = File.OpenRead(file);
            stream.Position = offset;
            stream.ReadExactly(tensor.bytes);
            if (Crc32C.Masked(tensor.bytes) != checksum)
                throw new InvalidDataException($"its numbers in {Path.GetFileName(file)} have another checksum than the index says");
            if (isBigEndian == BitConverter.IsLittleEndian)
                TensorFlowTypes.SwapBytes(tensor.bytes, type.WordSize);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Refuses tensors that share bytes: a small file could else stand for very many numbers.</summary>
    private static void RequireApart(IEnumerable<(StoredTensor Tensor, int Shard, long Begin)> tensors)
    {
        (StoredTensor Tensor, int Shard, long Begin)? last = null;
        foreach (var next in tensors.Where(t => t.Tensor.Bytes > 0).OrderBy(t => t.Shard).ThenBy(t => t.Begin))
        {
            if (last is { } before && before.Shard == next.Shard && before.Begin + before.Tensor.Bytes > next.Begin)
                throw new FormatException($"'{before.Tensor.Name}' and '{next.Tensor.Name}' lie in the same bytes");
            last = next;
        }
    }

    [GeneratedRegex(@"\.data-\d{5}-of-\d{5}$", RegexOptions.CultureInvariant)]
    private static partial Regex Shard();

    /// <summary>The files of the numbers.</summary>
    private sealed class Shards(string index, int count, bool isBigEndian)
    {
        private readonly Dictionary<int, (string Path, long Length)> _found = [];

        public int Count => count;

        public bool IsBigEndian => isBigEndian;

        /// <summary>Bytes of those that were asked for.</summary>
        public long Bytes => _found.Values.Sum(f => f.Length);

        /// <exception cref="WeightsException">It is not there.</exception>
        public (string Path, long Length) Find(int number)
        {
            if (_found.TryGetValue(number, out var found))
                return found;
            var prefix = index.EndsWith(IndexExtension, StringComparison.Ordinal) ? index[..^IndexExtension.Length] : index;
            var path = string.Create(CultureInfo.InvariantCulture, $"{prefix}.data-{number:D5}-of-{count:D5}");
            if (!File.Exists(path))
            {
                throw new WeightsException(
                    $"{index}: its numbers lie in {Path.GetFileName(path)}, which is not beside it. Put the checkpoint's files into one "
                    + "folder, under the names that they were saved with.");
            }
            return _found[number] = (path, new FileInfo(path).Length);
        }
    }
}
