using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// PyTorch's zip archive: <c>NAME/data.pkl</c>, a pickle of the state dict, and <c>NAME/data/KEY</c>, the bytes of each
/// storage. What <c>torch.save</c> writes and <c>torch.load</c> reads, with <c>weights_only=True</c> too.
/// </summary>
internal static class PyTorchArchive
{
    private const string Pickle = "data.pkl";
    private const string ByteOrder = "byteorder";
    private const string MetadataRecord = "extra/metadata.json";

    private const int MaximumMetadata = 1 << 20;

    /// <summary>Deflate makes nothing smaller than this.</summary>
    private const int BestCompression = 1032;

    /// <summary>Opens an archive.</summary>
    /// <exception cref="WeightsException">It is damaged, asks for code, or holds no state dict.</exception>
    public static WeightsContent Open(string path, string? entry)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            var root =
                zip.Entries.FirstOrDefault(e => e.FullName.EndsWith("/" + Pickle, StringComparison.Ordinal))?.FullName[..^Pickle.Length]
                ?? throw new WeightsException($"{path}: is a zip archive without PyTorch's {Pickle}; name a file that torch.save wrote.");
            if (zip.GetEntry(root + "constants.pkl") is not null)
            {
                throw new WeightsException(
                    $"{path}: is a TorchScript module, code and weights in one; save its weights alone in Python: "
                    + "torch.save(model.state_dict(), path).");
            }
            var value = ReadPickle(zip.GetEntry(root + Pickle)!);
            var isBigEndian = ReadText(zip.GetEntry(root + ByteOrder)) == "big";
            var (tensors, notes) = Checkpoint.Find(value, entry);
            return new WeightsContent(
                path, WeightsFormat.PyTorch, [.. tensors.Select(t => Store(path, zip, root, t.Name, t.Tensor, isBigEndian))],
                ReadMetadata(zip.GetEntry(root + MetadataRecord)), notes);
        }
        catch (InvalidDataException e)
        {
            throw new WeightsException($"{path}: as a PyTorch file (a zip archive) it is damaged or cut short: {e.Message}", e);
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

    /// <summary>Writes a state dict, whole or not at all.</summary>
    public static void Write(string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata) =>
        AtomicFile.Write(path, stream =>
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        Add("data.pkl", s => TorchPickleWriter.Write(s, tensors));
        Add(ByteOrder, s => s.Write("little"u8));
        for (var i = 0; i < tensors.Count; i++)
            Add(FormattableString.Invariant($"data/{i}"), tensors[i].WriteTo);
        if (metadata is { Count: > 0 })
        {
            Add(
                MetadataRecord,
                s => JsonSerializer.Serialize(s, new SortedDictionary<string, string>(metadata.ToDictionary(), StringComparer.Ordinal)));
        }
        Add("version", s => s.Write("3\n"u8));

        void Add(string name, Action<Stream> write)
        {
            // PyTorch maps the storages into memory: they lie as they are. The time is fixed, so that equal weights give equal files.
            var record = zip.CreateEntry("archive/" + name, CompressionLevel.NoCompression);
            record.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var content = record.Open();
            write(content);
        }
    });

    private static StoredTensor Store(string path, ZipArchive zip, string root, string name, PickleTensor tensor, bool isBigEndian)
    {
        var record = $"{root}data/{tensor.Storage.Key}";
        var needed = (Int128)tensor.Storage.Count * (tensor.Storage.Type?.Size ?? 1);
        var found = zip.GetEntry(record) ?? throw new PickleException($"the numbers of '{name}' ({record}) are not in the archive");
        if (found.Length < needed || found.Length > (Int128)found.CompressedLength * BestCompression)
            throw new PickleException($"the numbers of '{name}' ({record}) are {found.Length} bytes where {needed} are needed");
        return TorchStorage.Tensor(path, name, tensor, isBigEndian, read =>
        {
            using var again = ZipFile.OpenRead(path);
            using var content = (again.GetEntry(record) ?? throw new IOException($"{record} is not in the archive any more")).Open();
            read(content);
        });
    }

    private static object? ReadPickle(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        return PickleMachine.Read(new PickleInput(stream, entry.Length));
    }

    private static string? ReadText(ZipArchiveEntry? entry)
    {
        if (entry is null)
            return null;
        using var reader = new StreamReader(entry.Open());
        var text = new char[64];
        return new string(text, 0, reader.ReadBlock(text)).Trim();
    }

    private static Dictionary<string, string>? ReadMetadata(ZipArchiveEntry? entry)
    {
        if (entry is null or { Length: > MaximumMetadata })
            return null;
        // As many bytes as are declared: what is packed may be more.
        var text = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(text);
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string?>>(text)?.Where(m => m.Value is not null)
                .ToDictionary(m => m.Key, m => m.Value!, StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            // Another program's record of the same name.
            return null;
        }
    }
}
