using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Numerics;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// What PyTorch wrote before version 1.6 (and writes with <c>_use_new_zipfile_serialization=False</c>): pickles of a magic
/// number, a version, the machine's kind, the state dict and the storages' keys, then each storage's length and bytes.
/// </summary>
internal static class PyTorchStream
{
    private const long Version = 1001;

    private static readonly BigInteger Magic = BigInteger.Parse(
        "01950a86a20f9469cfc6c", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Opens a file.</summary>
    /// <exception cref="WeightsException">It is damaged, asks for code, or holds no state dict.</exception>
    public static WeightsContent Open(string path, string? entry)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var input = new PickleInput(stream, stream.Length);
            if (!Magic.Equals(PickleMachine.Read(input)))
                throw new PickleException("it does not begin as PyTorch's do; a file of Python's pickle module holds no weights");
            if (PickleMachine.Read(input) is var version and not Version)
                throw new PickleException($"it is of PyTorch's version {version}; {Version} is the only one known");
            var isBigEndian = PickleMachine.Read(input) is PickleDictionary system
                && system.Entries.Any(e => e is { Key: "little_endian", Value: false });
            var value = PickleMachine.Read(input);
            var keys = PickleMachine.Read(input) as List<object?> ?? throw new PickleException("the list of its storages is none");
            var (tensors, notes) = Checkpoint.Find(value, entry);
            var places = FindStorages(
                stream, input.Position, [.. keys.Select(k => k as string ?? throw new PickleException("a storage's key is no text"))],
                input.Storages);
            return new WeightsContent(
                path, WeightsFormat.PyTorchLegacy, [.. tensors.Select(t => Store(path, t.Name, t.Tensor, places, isBigEndian))],
                notes: notes);
        }
        catch (FormatException e)
        {
            throw Checkpoint.Refuse(path, e);
        }
        catch (PickleException e)
        {
            throw new WeightsException($"{path}: its pickle is refused: {e.Message}.", e);
        }
    }

    /// <summary>Where each storage's first byte lies.</summary>
    private static Dictionary<string, long> FindStorages(
        FileStream stream, long position, IReadOnlyList<string> keys, IReadOnlyDictionary<string, PickleStorage> storages)
    {
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        var head = new byte[sizeof(long)];
        foreach (var key in keys)
        {
            if (!storages.TryGetValue(key, out var storage))
                throw new PickleException($"nothing says of what type the storage '{key}' is");
            stream.Position = position;
            if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
                throw new PickleException($"it ends before the numbers of storage '{key}'");
            // The length counts elements; the writer's byte order decides how it is written, the machine's for all that matters.
            var count = BitConverter.ToInt64(head);
            var size = storage.Type?.Size ?? 1;
            position += head.Length;
            if (count != storage.Count || count > (stream.Length - position) / size)
            {
                throw new PickleException(
                    $"storage '{key}' has {count} elements where {storage.Count} are needed, and {stream.Length - position} bytes are "
                    + "left");
            }
            places[key] = position;
            position += count * size;
        }
        return places;
    }

    private static StoredTensor Store(string path, string name, PickleTensor tensor, Dictionary<string, long> places, bool isBigEndian)
    {
        if (!places.TryGetValue(tensor.Storage.Key, out var place))
            throw new PickleException($"the numbers of '{name}' (storage '{tensor.Storage.Key}') are not in the file");
        return TorchStorage.Tensor(path, name, tensor, isBigEndian, read =>
        {
            using var stream = File.OpenRead(path);
            stream.Position = place;
            read(stream);
        });
    }
}
