using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using DeepLabDsl.Modules;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// The safetensors format: eight bytes with the length of a JSON header, the header, the tensors' bytes. What Python's
/// <c>safetensors</c> reads and writes; nothing in a file can be executed.
/// </summary>
public static class SafeTensors
{
    /// <summary>A thousand times what networks need; each number of it takes many times its text.</summary>
    private const long MaximumHeader = 16 << 20;

    /// <summary>Reads and checks the header of a file; the tensors stay on the disk.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightsException">The file is missing, cut short or no safetensors file.</exception>
    internal static WeightsContent Open(string path)
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
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    /// <exception cref="WeightsException">A tensor's element type is none of the format.</exception>
    public static void Write(string path, IReadOnlyList<StateEntry> entries, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, [.. entries.Select(e => new TensorToWrite(e.Name, e.Tensor))], metadata);

    internal static void Write(string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
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
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.SafeTensors
                    ?? throw new WeightsException(
                        $"{path}: safetensors has no element type for {tensor.Type.Name} ('{tensor.Name}'); write a .pth file."));
                json.WriteStartArray("shape");
                foreach (var extent in tensor.Shape)
                    json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Bytes);
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
            foreach (var tensor in tensors)
                tensor.WriteTo(stream);
        });
    }

    private static WeightsContent Read(string path, JsonElement root, long begin, long end)
    {
        var tensors = new List<(StoredTensor Tensor, long Begin, long End)>();
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
            var type = ElementType.All.FirstOrDefault(t => t.SafeTensors == name)
                ?? throw Fault(path, $"'{property.Name}' has the element type {name}, which is not supported");
            var shape = property.Value.GetProperty("shape").EnumerateArray().Take(ElementType.MaximumRank + 1)
                .Select(e => e.GetInt64()).ToList();
            var offsets = property.Value.GetProperty("data_offsets").EnumerateArray().Take(3).Select(e => e.GetInt64()).ToList();
            if (offsets.Count != 2 || offsets[0] < 0 || offsets[1] > end - begin || ElementType.Count(shape) is not { } count
                || offsets[1] - (Int128)offsets[0] != (Int128)count * type.Size)
                throw Fault(path, $"the bytes of '{property.Name}' do not fit its shape or lie outside the file");
            if (tensors.Count == WeightsContent.MaximumTensors)
                throw Fault(path, WeightsContent.TooMany);
            tensors.Add((StoredTensor.InFile(path, property.Name, type, shape, begin + offsets[0]), offsets[0], offsets[1]));
        }
        tensors.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        for (var i = 1; i < tensors.Count; i++)
        {
            if (tensors[i].Begin < tensors[i - 1].End)
                throw Fault(path, $"the bytes of '{tensors[i - 1].Tensor.Name}' and '{tensors[i].Tensor.Name}' overlap");
        }
        return new WeightsContent(path, WeightsFormat.SafeTensors, [.. tensors.Select(t => t.Tensor)], metadata);
    }

    private static WeightsException Fault(string path, string what, Exception? inner = null) =>
        new($"{path}: as a safetensors file it is damaged: {what}.", inner);
}
