using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using DeepLabDsl.Compiler;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.IO;
using DeepLabDsl.Training;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Names;
using PureHDF;

namespace DeepLabDsl.Fuzz;

public sealed partial class LimitTests
{
    /// <summary>
    /// For each limit what its message holds, and what makes a file in a folder that passes it, reads that, and gives the message.
    /// </summary>
    private static readonly Dictionary<string, (string Expected, Func<string, string> Read)> Cases = new(StringComparer.Ordinal)
    {
        ["DeepLabDslException.MaximumMessage"] =
            (" … ", _ => new UnusableDataException(new string('a', 9000)).Message is { Length: < 8010 } kept ? kept : "too long"),

        ["SafeTensors.MaximumHeader"] =
            // But for its length it is sound.
            ("it does not begin with the length of a header", f => Weights(f, "a.safetensors", Safe(
                "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}" + new string(' ', 16_777_216), 1))),
        ["WeightsContent.MaximumTensors"] = ("more than 50000 tensors", f => Weights(f, "a.safetensors", Safe(
            string.Join(",", Enumerable.Range(0, 50_001)
                .Select(i => $"\"{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"))))),
        ["ElementType.MaximumRank"] = ("the bytes of 'a' do not fit its shape", f => Weights(f, "a.safetensors", Safe(
            $"\"a\":{{\"dtype\":\"U8\",\"shape\":[{string.Join(',', Enumerable.Repeat(1, 65))}],\"data_offsets\":[0,1]}}", 1))),
        ["WeightsMetadata.MaximumChannels"] = ("4097 channels", f => Refused(() => WeightsMetadata.Of(WeightsFile.Open(Made(
            f, "a.safetensors", Safe(
                "\"__metadata__\":{\"network\":\"n\",\"classes\":"
                + "\"{\\\"Name\\\":\\\"c\\\",\\\"Void\\\":255,\\\"VoidColor\\\":[0,0,0],\\\"Classes\\\":["
                + "{\\\"Name\\\":\\\"a\\\",\\\"Color\\\":[0,0,0]},{\\\"Name\\\":\\\"b\\\",\\\"Color\\\":[1,0,0]}]}\","
                + "\"input\":\"{\\\"Channels\\\":4097,\\\"Preview\\\":[0,1,2]}\"},"
                + "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}", 1)))))),

        ["PickleInput.MaximumBytes"] = ("longer than 64 MB", f => Pickle(
            f, [.. Enumerable.Repeat(Blob(14_000_000), 5).SelectMany(b => b)])),
        ["PickleInput.MaximumText"] = ("it speaks of 16777217 bytes", f => Pickle(f, Blob(16_777_217))),
        ["PickleMachine.MaximumValues"] = ("more than 3000000 values", f => Pickle(f, [.. Enumerable.Repeat((byte)'N', 3_000_001)])),
        ["Checkpoint.MaximumDepth"] = ("it holds no tensors", f => Pickle(f, Nested(7))),
        ["TorchPickle.MaximumRepeated"] = ("more often than weights do", f => Pickle(f, State(Tensor(1, 16_777_217, 0)), storage: 4)),
        ["PyTorchArchive.MaximumMetadata"] =
            ("without metadata", f => WeightsFile.Open(Made(f, "a.pth", Archive(
                State(Tensor(1, 1, 1)), ("archive/data/0", new byte[4]),
                ("archive/extra/metadata.json", Encoding.UTF8.GetBytes(
                    $"{{\"network\":\"n\",\"more\":\"{new string('a', 1_048_576)}\"}}"))))).Metadata.Count == 0
                ? "without metadata"
                : "with it"),
        ["PyTorchArchive.BestCompression"] = ("bytes where 4 are needed", f => Weights(f, "a.pth", Inflated(
            Archive(State(Tensor(1, 1, 1)), ("archive/data/0", new byte[4])), "archive/data/0", 10_000))),
        ["TorchSharpWeights.MaximumName"] =
            ("a key of 4097 bytes", f => Weights(f, "a.dat", [1, .. Varint(4097), .. Repeat([(byte)'a'], 4097), 6, 0, 0, 0, 0, 0])),
        ["ProtoMessage.MaximumText"] = ("is no name", f => Weights(f, "a.caffemodel", Layer(new string('a', 4097)))),
        ["SortedTable.MaximumBytes"] = ("unpack to more than 16777216 bytes", f => Bundle(f, TensorFlowFiles.Unpacks(16_777_217))),
        ["SortedTable.MaximumKey"] = ("0 and 4097 bytes of key", f => Bundle(f, TensorFlowFiles.LongKeys(1, 4097))),
        ["GraphConstants.MaximumNodes"] = ("more than 200000 nodes", f => Weights(
            f, "a.pb", Repeat([0x0A, 6, 0x0A, 1, (byte)'a', 0x12, 1, (byte)'b'], 200_001))),
        ["TfLiteModel.MaximumBytes"] =
            ("larger than 1073741824 bytes", f => Weights(f, "a.tflite", [0, 0, 0, 0, .. "TFL3"u8], length: 1_073_741_825)),
        ["TfLiteModel.MaximumName"] = ("a name of 4097 bytes", f => Weights(f, "a.tflite", WordFiles.ManyTensors(1, 1, name: 4097))),
        ["TfLiteModel.MaximumNames"] = ("names come to more than 16777216 bytes", f => Weights(
            f, "a.tflite", WordFiles.ManyTensors(1, 4200, name: 4000))),
        ["KerasFile.MaximumDepth"] = ("more than 16 deep", f => Keras(f, Enumerable.Range(0, 17).Aggregate(
            new H5Group { ["w"] = new float[] { 1 } }, (inner, _) => new H5Group { ["g"] = inner }))),
        ["KerasFile.MaximumName"] = ("a name that is too long", f => Keras(f, new H5Group { [new string('a', 4097)] = new float[] { 1 } })),
        ["KerasFile.BestCompression"] = ("bytes can hold", Chunks),

        ["NameMap.MaximumRules"] = ("there are 1001 rules", f => Map(f, Rules(1001))),
        ["NameMap.MaximumBases"] = ("more than 8 maps extend one another", Bases),
        ["NamePattern.MaximumText"] = ("1000 are the most", f => Map(f, $"  '{new string('a', 1001)}': b\n")),
        ["NamePattern.MaximumPlaceholders"] = ("more than 32 placeholders", f => Map(
            f, $"  '{string.Concat(Enumerable.Range(0, 33).Select(i => $"a.{{p{i}*}}."))}': b\n")),

        ["NpyArray.GreatestHeader"] = ("65537 bytes", f => Array(
            f, [0x93, .. "NUMPY"u8, 2, 0, .. BitConverter.GetBytes(65_537), .. new byte[65_537]])),
        ["NpyArray.GreatestRank"] = ("makes no sense", f => Array(f, Npy(string.Join(", ", Enumerable.Repeat(1, 33))))),
        ["PictureBounds.FreePixels"] = ("58 bytes can't hold", f => Picture(f, "a.bmp", Bmp(2300, 2300))),
        ["PictureBounds.JpegPixels"] = ("bytes can't hold", f => Picture(f, "a.jpg", Jpeg(8000))),
        ["PictureBounds.OtherPixels"] = ("bytes can't hold", f => Picture(f, "a.gif", Gif(16_000))),
        ["PictureBounds.DeflateExpansion"] = ("bytes can't hold", f => Picture(f, "a.png", Png(16_000))),
        ["TiffFile.GreatestExpansion"] = ("can't hold", f => Picture(f, "a.tif", Tiff(8000, 8000, (259, 8)))),
        ["TiffFile.GreatestTile"] = ("the TIFF is damaged", f => Picture(f, "a.tif", Tiff(16, 16, (322, 4096), (323, 4096)))),

        ["YamlText.GreatestDepth"] = ("more than 40 deep", f => Dataset(f, $"x: {new string('[', 41)}{new string(']', 41)}\n")),
        ["YamlText.GreatestNodes"] = ("more than 20000 words", f => Dataset(
            f, $"x: [{string.Join(", ", Enumerable.Range(0, 20_000))}]\n")),
        ["DatasetFileReader.GreatestPatterns"] = ("more than 200 patterns", f => Dataset(
            f, $"splits: {{ train: [{string.Join(", ", Enumerable.Range(0, 201).Select(i => $"'a{i}*'"))}] }}\n")),
        ["FolderWalk.MaximumEntries"] = ("holds more than 2 files", Entries),
        ["FolderWalk.MaximumLinks"] = ("not followed", Links),
        ["TrainingProgress.MaximumSeconds"] = ("null", _ => TrainingProgress.FromJson(
            new TrainingProgress { Seconds = 1_000_000_001 }.ToJson()) is null ? "null" : "taken"),

        ["Limits.FileLength"] = ("DLD006: A spec file is at most 128 KB long", _ => Spec(Tiny + "#" + new string('x', 131_072))),
        ["Limits.YamlDepth"] = ("DLD005", _ => Spec($"network: {new string('[', 49)}{new string(']', 49)}")),
        ["Limits.Definitions"] = ("at most 1000 definitions", _ => Spec(string.Join("\n---\n", Enumerable.Range(0, 1001)
            .Select(i => $"block: b{i}\nlayers: {{ x: relu }}")))),
        ["Limits.ExpressionLength"] = ("at most 1000 characters", _ => Spec(
            Tiny.Replace("channels: 8", "channels: " + new string('1', 1001)))),
        ["Limits.Layers"] = ("more than 3000 layers", _ => Spec(Tiny.Replace(
            "act: relu", "act: { repeat: 3, layers: { x: { repeat: 1001, layers: { y: relu } } } }"))),
        ["Limits.ProjectLayers"] = ("DLD008", _ => Spec(
            Tiny.Replace("act: relu", "act: { repeat: 3, layers: { x: { repeat: 960, layers: { y: relu } } } }"),
            string.Join("\n---\n", Enumerable.Range(0, 140).Select(i => $"network: heir{i}\nextends: tiny")))),
        ["Limits.ModuleDepth"] = ("more than 32 deep", _ => Spec(Tiny.Replace("act: relu", "act: { block: b0 }"), string.Join("\n---\n",
            Enumerable.Range(0, 34).Select(i => $"block: b{i}\nlayers: {{ x: {(i < 33 ? $"{{ block: b{i + 1} }}" : "relu")} }}")))),
        ["Limits.Bases"] = ("More than 32 definitions extend one another", _ => Spec(Tiny, string.Join("\n---\n", Enumerable.Range(0, 34)
            .Select(i => $"network: heir{i}\nextends: {(i == 0 ? "tiny" : $"heir{i - 1}")}")))),
    };

    private const string Tiny =
        """
        network: tiny
        classes: 4
        input: { channels: 3, size: [32, 32] }
        layers:
          conv: { op: conv, kernel: 3, channels: 8 }
          act: relu
          scores: { op: conv, kernel: 1, channels: $classes }
        outputs:
          logits: { from: scores, resize: input }

        """;

    private static string Made(string folder, string name, byte[] bytes, long? length = null)
    {
        var path = Path.Combine(folder, name);
        using var file = File.Create(path);
        file.Write(bytes);
        // What follows takes no room on the disk.
        if (length is { } all)
            file.SetLength(all);
        return path;
    }

    private static string Weights(string folder, string name, byte[] bytes, long? length = null)
    {
        var path = Made(folder, name, bytes, length);
        return Refused(() => WeightsFile.Open(path));
    }

    private static string Bundle(string folder, byte[] index)
    {
        Made(folder, "a.data-00000-of-00001", new byte[TensorFlowFiles.DataLength]);
        return Weights(folder, "a.index", index);
    }

    private static string Keras(string folder, H5Group group)
    {
        var path = Path.Combine(folder, "a.h5");
        new H5File { ["top"] = group }.Write(path);
        return Refused(() => WeightsFile.Open(path));
    }

    /// <summary>A dataset in chunks, none of which was ever written.</summary>
    private static string Chunks(string folder)
    {
        var path = Path.Combine(folder, "a.h5");
        var dataset = new H5Dataset<float[]>(fileDims: [1UL << 24], chunks: [1u << 24]);
        using (new H5File { ["w"] = dataset }.BeginWrite(path))
        {
        }
        return Refused(() => WeightsFile.Open(path));
    }

    private static string Array(string folder, byte[] bytes)
    {
        var path = Made(folder, "a.npy", bytes);
        return Refused(() => NpyFile.Read(path).Dispose());
    }

    private static string Picture(string folder, string name, byte[] bytes)
    {
        var path = Made(folder, name, bytes);
        return Refused(() => ChannelFile.ReadSamples(path, PictureOrientation.Apply));
    }

    private static string Dataset(string folder, string more)
    {
        var path = Made(folder, "dataset.yaml", Encoding.UTF8.GetBytes(
            "dataset: a\nimages: x/{name}\nlabels: y/{name}\nclasses: { a: [0, 0, 0], b: [1, 1, 1] }\n" + more));
        return Refused(() => DatasetDefinition.Read(path));
    }

    private static string Rules(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"  a{i}: b{i}\n"));

    private static string Map(string folder, string rules)
    {
        var path = Made(folder, "map.yaml", Encoding.UTF8.GetBytes("name_map: a\nrules:\n" + rules));
        return Refused(() => NameMap.Read(path));
    }

    private static string Bases(string folder)
    {
        for (var i = 0; i < 12; i++)
        {
            Made(folder, $"m{i}.yaml", Encoding.UTF8.GetBytes(
                $"name_map: m{i}\n{(i < 11 ? $"extends: m{i + 1}\n" : "")}rules:\n  a{i}: b{i}\n"));
        }
        return Refused(() => NameMap.Read(Path.Combine(folder, "m0.yaml")));
    }

    private static string Entries(string folder)
    {
        var root = Directory.CreateDirectory(Path.Combine(folder, "many")).FullName;
        foreach (var name in new[] { "a", "b", "c" })
            File.WriteAllText(Path.Combine(root, name), "");
        return Refused(() => FolderWalk.Files(root, depth: null, maximumEntries: 2).Count());
    }

    private static string Links(string folder)
    {
        // One more link than are followed, each to the next.
        var root = Directory.CreateDirectory(Path.Combine(folder, "links")).FullName;
        var end = Directory.CreateDirectory(Path.Combine(root, "end")).FullName;
        File.WriteAllText(Path.Combine(end, "a.txt"), "");
        for (var i = 0; i < 42; i++)
            File.Delete(Path.Combine(root, $"l{i}"));
        for (var i = 0; i < 42; i++)
            Directory.CreateSymbolicLink(Path.Combine(root, $"l{i}"), i == 41 ? end : Path.Combine(root, $"l{i + 1}"));
        // The system follows as many, so that beyond them there is nothing to be found.
        return FolderWalk.Files(root, depth: 5).Any(f => f == Path.Combine(root, "l0", "a.txt")) ? "followed" : "not followed";
    }

    private static string Spec(params string[] texts) => string.Join('\n', SpecChecker.Check(
        [.. texts.Select((t, i) => SpecFile.Parse($"{i}.yaml", t))], []).Diagnostics);

    private static byte[] Repeat(byte[] bytes, int times) => [.. Enumerable.Repeat(bytes, times).SelectMany(b => b)];

    private static byte[] Varint(ulong value)
    {
        using var stream = new MemoryStream();
        Part.WriteNumber(stream, Coding.Varint, value);
        return stream.ToArray();
    }

    private static byte[] Safe(string entries, int bytes = 0)
    {
        var header = Encoding.UTF8.GetBytes("{" + entries + "}");
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[bytes]];
    }

    // A layer of a caffemodel with one blob.
    private static byte[] Layer(string name)
    {
        byte[] blob = [0x3A, 3, 0x0A, 1, 1, 0x2A, 4, 0, 0, 0, 0];
        byte[] layer = [0x0A, .. Varint((ulong)name.Length), .. Encoding.ASCII.GetBytes(name), 0x3A, (byte)blob.Length, .. blob];
        return [0xA2, 0x06, .. Varint((ulong)layer.Length), .. layer];
    }

    // Operations of a pickle.
    private static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Int(int value) => [(byte)'J', .. BitConverter.GetBytes(value)];

    private static byte[] Blob(int length) => [(byte)'B', .. BitConverter.GetBytes(length), .. new byte[length], (byte)'0'];

    private static byte[] Tensor(int stored, int count, int step) =>
    [
        .. "ctorch._utils\n_rebuild_tensor_v2\n(("u8, .. Text("storage"), .. "ctorch\nFloatStorage\n"u8, .. Text("0"), .. Text("cpu"),
        .. Int(stored), .. "tQ"u8, .. Int(0), (byte)'(', .. Int(count), .. "t("u8, .. Int(step), (byte)'t', 0x89,
        .. "ccollections\nOrderedDict\n)RtR"u8,
    ];

    private static byte[] State(byte[] tensor) => [(byte)'}', .. Text("w"), .. tensor, (byte)'s'];

    /// <summary>A state dict within so many dictionaries.</summary>
    private static byte[] Nested(int depth) => Enumerable.Range(0, depth).Aggregate(
        State(Tensor(1, 1, 1)), (inner, i) => [(byte)'}', .. Text($"d{i}"), .. inner, (byte)'s']);

    private static string Pickle(string folder, byte[] pickle, int storage = 4) =>
        Weights(folder, "a.pth", Archive(pickle, ("archive/data/0", new byte[storage])));

    private static byte[] Archive(byte[] pickle, params (string Name, byte[] Bytes)[] more)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in more.Prepend(("archive/data.pkl", [0x80, 2, .. pickle, (byte)'.'])))
            {
                using var content = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
                content.Write(bytes);
            }
        }
        return file.ToArray();
    }

    /// <summary>The archive, whose directory says that an entry unpacks to more bytes than it can.</summary>
    private static byte[] Inflated(byte[] archive, string entry, uint length)
    {
        var name = Encoding.ASCII.GetBytes(entry);
        // The last place where the name stands is in the directory, 46 bytes behind the record's begin.
        var record = archive.AsSpan().LastIndexOf(name) - 46;
        BinaryPrimitives.WriteUInt32LittleEndian(archive.AsSpan(record + 24), length);
        return archive;
    }

    private static byte[] Npy(string shape)
    {
        var header = Encoding.ASCII.GetBytes($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}\n");
        return [0x93, .. "NUMPY"u8, 1, 0, .. BitConverter.GetBytes((ushort)header.Length), .. header, 0, 0, 0, 0];
    }

    private static byte[] Bmp(int width, int height) =>
    [
        .. "BM"u8, .. BitConverter.GetBytes(58), 0, 0, 0, 0, .. BitConverter.GetBytes(54), .. BitConverter.GetBytes(40),
        .. BitConverter.GetBytes(width), .. BitConverter.GetBytes(height), 1, 0, 24, 0, .. new byte[24], 0, 0, 0, 0,
    ];

    private static byte[] Gif(ushort side)
    {
        byte[] size = [.. BitConverter.GetBytes(side), .. BitConverter.GetBytes(side)];
        return [.. "GIF89a"u8, .. size, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2C, 0, 0, 0, 0, .. size, 0, 2, 2, 0x44, 1, 0, 0x3B];
    }

    /// <summary>A JPEG of a few pixels whose frame says that it is larger.</summary>
    private static byte[] Jpeg(ushort side)
    {
        var bytes = PictureFiles.Jpeg(new Random(1)).ToBytes();
        for (var at = 2; ;)
        {
            if (bytes[at + 1] is 0xC0 or 0xC2)
            {
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 5), side);
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at + 7), side);
                return bytes;
            }
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 2));
        }
    }

    private static byte[] Png(int side)
    {
        byte[] Chunk(string kind, byte[] content)
        {
            byte[] named = [.. Encoding.ASCII.GetBytes(kind), .. content];
            var frame = new byte[8];
            BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
            BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), PngCrc.Of(named));
            return [.. frame[..4], .. named, .. frame[4..]];
        }
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), side);
        (header[8], header[9]) = (8, 2);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(new byte[100]);
        return [0x89, .. "PNG\r\n"u8, 26, 10, .. Chunk("IHDR", header), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    /// <summary>A TIFF of one grey byte a pixel, of which a few bytes are there; further tags take the place of the strip's.</summary>
    private static byte[] Tiff(int width, int height, params (ushort Tag, int Value)[] more)
    {
        var isTiled = more.Any(m => m.Tag == 322);
        SortedDictionary<ushort, int> tags = new()
        {
            [256] = width,
            [257] = height,
            [258] = 8,
            [259] = 1,
            [262] = 1,
            [277] = 1,
            [(ushort)(isTiled ? 324 : 273)] = 8,
            [(ushort)(isTiled ? 325 : 279)] = 64,
        };
        if (!isTiled)
            tags[278] = height;
        foreach (var (tag, value) in more)
            tags[tag] = value;
        byte[] directory =
        [
            .. BitConverter.GetBytes((ushort)tags.Count),
            .. tags.SelectMany(t => (byte[])
                [.. BitConverter.GetBytes(t.Key), 4, 0, 1, 0, 0, 0, .. BitConverter.GetBytes(t.Value)]),
            0, 0, 0, 0,
        ];
        return [.. "II"u8, 42, 0, .. BitConverter.GetBytes(72), .. new byte[64], .. directory];
    }
}
