using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using static TorchSharp.torch;

namespace DeepLabDsl;

/// <summary>One tensor in a safetensors file.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
/// <param name="Length">How many bytes it has.</param>
public sealed record SafeTensorInfo(string Name, ScalarType Type, IReadOnlyList<long> Shape, long Offset, long Length);

/// <summary>
/// The safetensors format: eight bytes with the length of a JSON header, the header, the tensors' bytes. What Python's
/// <c>safetensors</c> reads and writes; nothing in a file can be executed.
/// </summary>
public sealed class SafeTensors
{
    private const long MaximumHeader = 100_000_000;

    private static readonly (string Name, ScalarType Type, int Size)[] Types =
    [
        ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2), ("F64", ScalarType.Float64, 8),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    private SafeTensors(string path, IReadOnlyList<SafeTensorInfo> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Path = path;
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What is in it, in the order of the bytes.</summary>
    public IReadOnlyList<SafeTensorInfo> Tensors { get; }

    /// <summary>The text that was saved with it.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads and checks the header of a file; the tensors stay on the disk.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightsException">The file is missing, cut short or no safetensors file.</exception>
    public static SafeTensors Open(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            Span<byte> prefix = stackalloc byte[8];
            if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
                throw Fault(path, "it is shorter than the length of its header");
            var length = BitConverter.ToInt64(prefix);
            if (length < 2 || length > MaximumHeader || length > stream.Length - 8)
                throw Fault(path, "it does not begin with the length of a header");
            var header = new byte[length];
            stream.ReadExactly(header);
            using var json = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
            return Read(path, json.RootElement, 8 + length, stream.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException($"{path}: can't be read: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw Fault(path, $"its header is damaged ({e.Message})", e);
        }
    }

    /// <summary>Writes tensors, whole or not at all.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="entries">The tensors, on any device.</param>
    /// <param name="metadata">Text to keep with them.</param>
    /// <exception cref="DataException">The file can't be written.</exception>
    public static void Write(string path, IReadOnlyList<StateEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var scope = NewDisposeScope();
        using var headerStream = new MemoryStream();
        using (var json = new Utf8JsonWriter(headerStream))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var (name, tensor) in entries)
            {
                var (type, _, size) = TypeOf(tensor.dtype);
                json.WriteStartObject(name);
                json.WriteString("dtype", type);
                json.WriteStartArray("shape");
                foreach (var extent in tensor.shape)
                    json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.numel() * size);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Readers map the file into memory: the tensors begin at a multiple of eight.
        while (headerStream.Length % 8 != 0)
            headerStream.WriteByte((byte)' ');
        AtomicFile.Write(path, stream =>
        {
            stream.Write(BitConverter.GetBytes(headerStream.Length));
            headerStream.WriteTo(stream);
            foreach (var (_, tensor) in entries)
            {
                using var inner = NewDisposeScope();
                stream.Write(tensor.detach().cpu().contiguous().bytes);
            }
        });
    }

    /// <summary>Reads one tensor.</summary>
    /// <param name="info">One of <see cref="Tensors"/>.</param>
    /// <returns>A new tensor on the CPU, of the file's element type.</returns>
    /// <exception cref="WeightsException">The file can't be read any more.</exception>
    public Tensor Load(SafeTensorInfo info)
    {
        var tensor = empty([.. info.Shape], dtype: info.Type);
        try
        {
            using var stream = File.OpenRead(Path);
            stream.Position = info.Offset;
            stream.ReadExactly(tensor.bytes);
            return tensor;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tensor.Dispose();
            throw new WeightsException($"{Path}: can't be read: {e.Message}", e);
        }
    }

    private static SafeTensors Read(string path, JsonElement root, long begin, long end)
    {
        var tensors = new List<SafeTensorInfo>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (var text in property.Value.EnumerateObject())
                    metadata[text.Name] = text.Value.GetString() ?? "";
                continue;
            }
            var name = property.Value.GetProperty("dtype").GetString();
            var type = Types.FirstOrDefault(t => t.Name == name);
            if (type.Name is null)
                throw Fault(path, $"'{property.Name}' has the element type {name}, which is not supported");
            var shape = property.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64()).ToList();
            var offsets = property.Value.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64()).ToList();
            var bytes = shape.Aggregate((Int128)type.Size, (product, extent) => extent < 0 ? -1 : product * extent);
            if (offsets.Count != 2 || offsets[0] < 0 || offsets[1] - (Int128)offsets[0] != bytes || offsets[1] > end - begin)
                throw Fault(path, $"the bytes of '{property.Name}' do not fit its shape or lie outside the file");
            tensors.Add(new SafeTensorInfo(property.Name, type.Type, shape, begin + offsets[0], offsets[1] - offsets[0]));
        }
        tensors.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        for (var i = 1; i < tensors.Count; i++)
        {
            if (tensors[i].Offset < tensors[i - 1].Offset + tensors[i - 1].Length)
                throw Fault(path, $"the bytes of '{tensors[i - 1].Name}' and '{tensors[i].Name}' overlap");
        }
        return new SafeTensors(path, tensors, metadata);
    }

    private static (string Name, ScalarType Type, int Size) TypeOf(ScalarType type) =>
        Types.FirstOrDefault(t => t.Type == type) is { Name: not null } found
            ? found
            : throw new ArgumentException($"safetensors has no element type for {type}.", nameof(type));

    private static WeightsException Fault(string path, string what, Exception? inner = null) =>
        new($"{path}: no safetensors file: {what}. Weights are saved by 'train' and read from .safetensors files.", inner);
}
