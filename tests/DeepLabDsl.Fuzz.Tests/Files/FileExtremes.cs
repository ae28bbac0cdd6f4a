using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;

namespace DeepLabDsl.Fuzz;

/// <summary>Files of one thing, very often: what a byte costs at most.</summary>
internal static class FileExtremes
{
    public static IReadOnlyList<(string Name, string Format, Func<byte[]> Make)> All { get; } =
    [
        ("two million scalars", "torchsharp", () => [0x80, 0x89, 0x7A, .. Repeat([1, (byte)'a', 0, 0, 7], 2_000_000)]),
        ("fifty thousand scalars", "torchsharp",
        () => [0xD0, 0x86, 0x03, .. Enumerable.Range(0, 50_000)
        .SelectMany(i => (byte[])[5, .. Encoding.ASCII.GetBytes($"{i:D5}"), 0, 0, 7])]),
        ("a million layers", "caffemodel", () => Repeat([0xA2, 0x06, 0], 1_000_000)),
        ("a million blobs", "caffemodel", () => [0xA2, 0x06, .. Varint(2_000_000), .. Repeat([0x3A, 0], 1_000_000)]),
        ("a million single numbers", "caffemodel",
        () => [0xA2, 0x06, .. Varint(5_000_008), 0x0A, 1, (byte)'a', 0x3A, .. Varint(5_000_000), .. Repeat([0x2D, 0, 0, 0, 0], 1_000_000)]),
        ("a million unknown fields", "caffemodel", () => Repeat([0x48, 0], 1_000_000)),
        ("fifty thousand keys of four thousand letters", "tensorflow-checkpoint", () => TensorFlowFiles.LongKeys(49_000, 4000)),
        ("fifty thousand keys", "tensorflow-checkpoint", () => TensorFlowFiles.LongKeys(49_000, 300)),
        ("too many keys", "tensorflow-checkpoint", () => TensorFlowFiles.LongKeys(400_000, 12)),
        ("a block that unpacks to 16 MB", "tensorflow-checkpoint", () => TensorFlowFiles.Unpacks(16_777_216)),
        ("a block that unpacks to 4 GB", "tensorflow-checkpoint", () => TensorFlowFiles.Unpacks(uint.MaxValue)),
        ("a graph of thousands of tensors, thousands of times", "tensorflow-lite", () => WordFiles.ManyTensors(5000, 5000)),
        ("tensors of one long name", "tensorflow-lite", () => WordFiles.ManyTensors(1, 49_000)),
        ("a million nodes", "tensorflow-graph", () => Repeat([0x0A, 6, 0x0A, 1, (byte)'a', 0x12, 1, (byte)'b'], 1_000_000)),
        ("a hundred thousand nodes of attributes", "tensorflow-graph",
        () => Repeat([0x0A, 26, 0x0A, 1, (byte)'a', 0x12, 1, (byte)'b', .. Repeat([0x2A, 2, 0x0A, 0], 5)], 100_000)),
        ("a constant in a million pieces", "tensorflow-graph",
        () => [0x0A, .. Varint(5_000_040), 0x0A, 1, (byte)'a', 0x12, 5, .. "Const"u8, 0x2A, .. Varint(5_000_022), 0x0A, 5, .. "value"u8,
            0x12, .. Varint(5_000_010), 0x42, .. Varint(5_000_005), 8, 1, 0x12, 1, 0, .. Repeat([0x2D, 0, 0, 0, 0], 1_000_000)]),
        ("a header of numbers", "safetensors", () =>
            Header("{\"a\":{\"dtype\":\"F32\",\"shape\":[" + string.Concat(
            Enumerable.Repeat("0,", 7_000_000)) + "0],\"data_offsets\":[0,0]}}")),
        ("a header of tensors", "safetensors", () =>
            Header("{" + string.Join(",", Enumerable.Range(0, 300_000)
            .Select(i => $"\"{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}")) + "}")),
        ("a header of metadata", "safetensors", () =>
            Header("{\"__metadata__\":{" + string.Join(",", Enumerable.Range(0, 900_000).Select(i => $"\"{i}\":\"\"")) + "}}")),
        .. Operations().Select(o => ($"a pickle of {o.Name}", "pytorch-zip",
        (Func<byte[]>)(() => Archive([.. o.Begin, .. Repeat(o.Each, 3_500_000), (byte)'.'])))),
        ("too many names in a dataset", "dataset", () => Encoding.UTF8.GetBytes(
            "dataset: a\nlayout: camvid\nclasses: { a: [0, 0, 0], b: [1, 1, 1] }\nsplits: { train: [" + string.Join(
            ", ", Enumerable.Range(0, 100_000)) + "] }\n")),
        ("names of a dataset", "dataset", () => Encoding.UTF8.GetBytes(
            "dataset: a\nimages: x/{name}\nlabels: y/{name}\nclasses: { a: [0, 0, 0], b: [1, 1, 1] }\nsplits: { train: ["
            + string.Join(", ", Enumerable.Range(0, 19_000)) + "] }\n")),
        ("patterns in a dataset", "dataset", () => Encoding.UTF8.GetBytes(
            "dataset: a\nimages: x/{name}\nlabels: y/{name}\nclasses: { a: [0, 0, 0], b: [1, 1, 1] }\nsplits: { train: [" + string.Join(
                ", ", Enumerable.Range(0, 199).Select(i => $"a*{i}*b")) + "] }\n")),
        ("rules in a name map", "name-map", () =>
            Encoding.UTF8.GetBytes("name_map: a\nrules:\n" + string.Concat(
            Enumerable.Range(0, 1000).Select(i => $"  'a{i}.{{x*}}.{{y*}}.{{z*}}': 'b{i}.{{x*}}.{{y*}}.{{z*}}'\n")) + "others: same\n")),
        ("too many rules in a name map", "name-map",
        () => Encoding.UTF8.GetBytes("name_map: a\nrules:\n" + string.Concat(Enumerable.Range(0, 9000).Select(i => $"  a{i}: b{i}\n")))),
    ];

    private static IEnumerable<(string Name, byte[] Begin, byte[] Each)> Operations() =>
    [
        ("nothings", [], "N"u8.ToArray()), ("lists", [], "]"u8.ToArray()), ("dictionaries", [], "}"u8.ToArray()),
        ("marks", [], "("u8.ToArray()), ("numbers", [], "K\x01"u8.ToArray()),
        ("numbers that are kept", [], [(byte)'K', 1, 0x94]), ("texts", [], [0x8C, 1, (byte)'a']), ("bytes", [], [(byte)'C', 1, 1]),
        ("tuples", "N"u8.ToArray(), [0x85]), ("fractions", [], [(byte)'G', 0, 0, 0, 0, 0, 0, 0, 0]),
        ("names", [], "c\n\n"u8.ToArray()), ("long numbers", [], [0x8A, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
        ("dictionaries by name", "ccollections\nOrderedDict\nq\0"u8.ToArray(), "h\0)R"u8.ToArray()),
    ];

    private static byte[] Repeat(byte[] bytes, int times)
    {
        var all = new byte[bytes.Length * times];
        for (var i = 0; i < times; i++)
            bytes.CopyTo(all, i * bytes.Length);
        return all;
    }

    private static byte[] Varint(ulong value)
    {
        using var stream = new MemoryStream();
        Part.WriteNumber(stream, Coding.Varint, value);
        return stream.ToArray();
    }

    private static byte[] Header(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        return [.. BitConverter.GetBytes((long)bytes.Length), .. bytes];
    }

    private static byte[] Archive(byte[] pickle)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var content = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
            content.Write(pickle);
        }
        return file.ToArray();
    }
}
