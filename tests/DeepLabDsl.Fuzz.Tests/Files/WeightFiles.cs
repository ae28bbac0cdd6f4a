using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>Valid files of weights and arrays, of parts that can be changed.</summary>
internal static class WeightFiles
{
    private static readonly string[] Names =
        ["conv1.weight", "conv1.bias", "bn1.running_mean", "layer1.0.conv2.weight", "head", "aspp.project.0"];
    private static readonly (string Safe, string Storage, ulong TorchSharp, int Size)[] Types =
    [
        ("F32", "FloatStorage", 6, 4), ("F64", "DoubleStorage", 7, 8), ("F16", "HalfStorage", 5, 2), ("I64", "LongStorage", 4, 8),
        ("U8", "ByteStorage", 0, 1),
        ("BF16", "BFloat16Storage", 15, 2), ("BOOL", "BoolStorage", 11, 1), ("I32", "IntStorage", 3, 4),
    ];

    /// <summary>Makes a file: one in ten stays as it is, the others are changed in their parts, in their bytes, or both.</summary>
    public static byte[] Draw(Random random, Func<Random, GroupPart> make)
    {
        var file = make(random);
        var how = random.Next(10);
        if (how > 0)
            PartMutation.Change(file, random);
        var bytes = file.ToBytes();
        return how == 9 ? PartMutation.Change(bytes, random) : bytes;
    }

    public static GroupPart SafeTensors(Random random) => SafeTensors(random, TextFiles.Metadata(random));

    /// <summary>Where a training stood, its text changed on its own: the checksum beside the file is made later.</summary>
    public static GroupPart Checkpoint(Random random)
    {
        var metadata = TextFiles.Metadata(random);
        var progress = TextFiles.Progress(random);
        metadata.Entries!.Add((TextTree.String("training"), TextTree.String(progress)));
        return SafeTensors(random, metadata);
    }

    private static GroupPart SafeTensors(Random random, TextTree metadata)
    {
        var header = TextTree.Map();
        var numbers = new GroupPart();
        if (random.Next(3) > 0)
            header.Entries!.Add((TextTree.String("__metadata__"), metadata));
        long at = 0;
        foreach (var (name, shape, type) in Tensors(random))
        {
            var bytes = Count(shape) * type.Size;
            header.Entries!.Add((TextTree.String(name), TextTree.Map(
                ("dtype", TextTree.String(type.Safe)), ("shape", TextTree.List(shape.Select(TextTree.Number))),
                    ("data_offsets", TextTree.List([TextTree.Number(at), TextTree.Number(at + bytes)])))));
            numbers.Parts.Add(new BytesPart(new byte[bytes]));
            at += bytes;
        }
        if (random.Next(3) > 0)
            header.Change(random);
        return new GroupPart(new GroupPart(new BytesPart(header.ToJson(random))) { Prefix = Coding.U64 }, numbers);
    }

    public static GroupPart TorchSharp(Random random)
    {
        var tensors = Tensors(random);
        var file = new GroupPart(new NumberPart(Coding.Varint, (ulong)tensors.Count));
        foreach (var (name, shape, type) in tensors)
        {
            file.Parts.Add(new GroupPart(
                new GroupPart(BytesPart.Name(name)) { Prefix = Coding.Varint }, new NumberPart(Coding.Varint, type.TorchSharp),
                new NumberPart(Coding.Varint, (ulong)shape.Length),
                new GroupPart(shape.Select(e => new NumberPart(Coding.Varint, (ulong)e))),
                    new BytesPart(new byte[Count(shape) * type.Size])));
        }
        return file;
    }

    public static GroupPart Caffe(Random random)
    {
        var isOld = random.Next(3) == 0;
        var net = new GroupPart(Field(1, BytesPart.Of("net")));
        foreach (var layer in Tensors(random).Chunk(2))
        {
            var (name, _, _) = layer[0];
            var parts = new GroupPart(Field(isOld ? 4 : 1, BytesPart.Name(name.Replace('.', '_'))));
            parts.Parts.Add(isOld ? Varint(5, 4) : Field(2, BytesPart.Of("Convolution")));
            foreach (var (_, shape, _) in layer)
            {
                var isDouble = random.Next(6) == 0;
                var blob = new GroupPart();
                if (isOld)
                {
                    for (var i = 0; i < 4; i++)
                        blob.Parts.Add(Varint(i + 1, (ulong)(i < 4 - shape.Length ? 1 : shape[i - 4 + shape.Length])));
                }
                else
                {
                    blob.Parts.Add(random.Next(4) == 0
                        ? Field(7, new GroupPart(shape.Select(e => Varint(1, (ulong)e))))
                        : Field(7, Field(1, new GroupPart(shape.Select(e => new NumberPart(Coding.Varint, (ulong)e))))));
                }
                var count = (int)Count(shape);
                blob.Parts.Add(random.Next(5) == 0 && !isDouble
                    ? new GroupPart(Enumerable.Range(0, count).Select(_ => new GroupPart(Tag(5, 5), new BytesPart(new byte[4]))))
                    : Field(isDouble ? 8 : 5, new BytesPart(new byte[count * (isDouble ? 8 : 4)])));
                parts.Parts.Add(Field(isOld ? 6 : 7, blob));
            }
            net.Parts.Add(Field(isOld ? 2 : 100, parts));
        }
        return net;
    }

    public static GroupPart PyTorchZip(Random random)
    {
        var tensors = Tensors(random);
        var pickle = new GroupPart(Code(0x80), new NumberPart(Coding.U8, 2), Root(tensors, random, isStream: false), Code('.'));
        var entries = new List<(string Name, Part Content)> { ("archive/data.pkl", pickle),
            ("archive/byteorder", BytesPart.Of(random.Next(6) == 0 ? "big" : "little")) };
        entries.AddRange(tensors.Select((t, i) =>
            ($"archive/data/{i.ToString(CultureInfo.InvariantCulture)}", (Part)new BytesPart(new byte[Count(t.Shape) * t.Type.Size]))));
        if (random.Next(3) == 0)
        {
            var metadata = TextFiles.Metadata(random);
            if (random.Next(2) == 0)
                metadata.Change(random);
            entries.Add(("archive/extra/metadata.json", new BytesPart(metadata.ToJson(random))));
        }
        entries.Add(("archive/version", BytesPart.Of("3\n")));
        var locals = new GroupPart();
        var central = new GroupPart();
        foreach (var (name, content) in entries)
        {
            var isPacked = random.Next(5) == 0;
            // The pickle is changed here, before it is summed up: else most changes would end at the checksum.
            if (content == pickle && random.Next(3) > 0)
                PartMutation.Change(pickle, random);
            var plain = content.ToBytes();
            var packed = isPacked ? Deflate(plain) : plain;
            var facts = new Func<GroupPart>(() => new GroupPart(
                new NumberPart(Coding.U16, isPacked ? 8UL : 0), new NumberPart(Coding.U32, 0x21 << 16),
                new NumberPart(Coding.U32, Imaging.PngCrc.Of(plain)),
                new NumberPart(Coding.U32, (ulong)packed.Length), new NumberPart(Coding.U32, (ulong)plain.Length),
                    new NumberPart(Coding.U16, (ulong)name.Length)));
            var local = new GroupPart(
                BytesPart.Of("PK\x03\x04"), new NumberPart(Coding.U16, 20), new NumberPart(Coding.U16, 0), facts(),
                    new NumberPart(Coding.U16, 0), BytesPart.Name(name), new BytesPart(packed));
            locals.Parts.Add(local);
            central.Parts.Add(new GroupPart(
                BytesPart.Of("PK\x01\x02"), new NumberPart(Coding.U16, 20), new NumberPart(Coding.U16, 20), new NumberPart(Coding.U16, 0),
                facts(), new NumberPart(Coding.U16, 0),
                new NumberPart(Coding.U16, 0), new NumberPart(Coding.U16, 0), new NumberPart(Coding.U16, 0), new NumberPart(Coding.U32, 0),
                    new ReferencePart(Coding.U32, local), BytesPart.Name(name)));
        }
        return new GroupPart(locals, central, new GroupPart(
            BytesPart.Of("PK\x05\x06"), new NumberPart(Coding.U16, 0), new NumberPart(Coding.U16, 0),
            new NumberPart(Coding.U16, (ulong)entries.Count), new NumberPart(Coding.U16, (ulong)entries.Count),
            new ReferencePart(Coding.U32, central, isLength: true), new ReferencePart(Coding.U32, central), new NumberPart(Coding.U16, 0)));
    }

    public static GroupPart PyTorchStream(Random random)
    {
        var tensors = Tensors(random);
        Part Pickle(params IEnumerable<Part> ops) =>
            new GroupPart(new Part[] { Code(0x80), new NumberPart(Coding.U8, 2) }.Concat(ops).Append(Code('.')));
        byte[] magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
        return new GroupPart(
            Pickle(new BytesPart(magic)), Pickle(Int(1001)),
            Pickle(Code('}'), Code('('), Text("protocol_version"), Int(1001), Text("little_endian"),
            Code(random.Next(6) == 0 ? 0x89 : 0x88), Code('u')),
            Pickle(Root(tensors, random, isStream: true)),
            Pickle(new Part[] { Code(']'), Code('(') }.Concat(
                tensors.Select((_, i) => (Part)Text(i.ToString(CultureInfo.InvariantCulture)))).Append(Code('e'))),
            new GroupPart(tensors.Select(t => new GroupPart(
                new NumberPart(Coding.U64, (ulong)Count(t.Shape)), new BytesPart(new byte[Count(t.Shape) * t.Type.Size])))));
    }

    public static GroupPart Npy(Random random)
    {
        var type = Pick(random, ("<f4", 4), ("<f8", 8), ("<i8", 8), ("<i4", 4), ("|u1", 1));
        var shape = Shape(random);
        var extents = new GroupPart(shape.SelectMany((e, i) =>
            new Part[] { BytesPart.Of(i > 0 ? ", " : ""), new NumberPart(Coding.Digits, (ulong)e) }));
        var header = new GroupPart(
            BytesPart.Of("{'descr': '"), BytesPart.Name(type.Item1), BytesPart.Of("', 'fortran_order': "), BytesPart.Of("False"),
            BytesPart.Of(", 'shape': ("), extents,
            BytesPart.Of(shape.Length == 1 ? "," : ""), BytesPart.Of("), }      \n"))
        { Prefix = Coding.U16 };
        return new GroupPart(
            new BytesPart([0x93]), BytesPart.Of("NUMPY"), new NumberPart(Coding.U8, 1), new NumberPart(Coding.U8, 0), header,
                new BytesPart(new byte[Count(shape) * type.Item2]));
    }

    private static IReadOnlyList<(string Name, long[] Shape, (string Safe, string Storage, ulong TorchSharp, int Size) Type)> Tensors(
        Random random) =>
        [.. Names.Take(random.Next(1, Names.Length + 1))
            .Select(n => (n, Shape(random), random.Next(2) == 0 ? Types[0] : Pick(random, Types)))];

    private static long[] Shape(Random random) =>
        [.. Enumerable.Range(0, random.Next(5)).Select(_ => (long)(random.Next(20) == 0 ? 0 : random.Next(1, 5)))];

    private static long Count(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);

    private static byte[] Deflate(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(bytes);
        return packed.ToArray();
    }

    // Protocol buffers: a tag of number and kind, then a number or a stretch.
    private static NumberPart Tag(int field, int kind) => new(Coding.Varint, (ulong)(field << 3 | kind));

    private static GroupPart Field(int field, Part content) => new(Tag(field, 2), new GroupPart(content) { Prefix = Coding.Varint });

    private static GroupPart Varint(int field, ulong value) => new(Tag(field, 0), new NumberPart(Coding.Varint, value));

    // Operations of pickles.
    private static NumberPart Code(int code) => new(Coding.U8, (ulong)code);

    private static GroupPart Int(long value) => new(Code('J'), new NumberPart(Coding.U32, (ulong)value));

    private static GroupPart Text(string text) => new(Code('X'), new GroupPart(BytesPart.Name(text)) { Prefix = Coding.U32 });

    private static GroupPart Global(string module, string name) =>
        new(Code('c'), BytesPart.Name(module), BytesPart.Of("\n"), BytesPart.Name(name), BytesPart.Of("\n"));

    private static GroupPart Tuple(params IEnumerable<Part> items) => new(new Part[] { Code('(') }.Concat(items).Append(Code('t')));

    /// <summary>A state dict, alone or in a checkpoint with what training scripts leave beside it.</summary>
    private static GroupPart Root(IReadOnlyList<(
        string Name, long[] Shape, (string Safe, string Storage, ulong TorchSharp, int Size) Type)> tensors, Random random, bool isStream)
    {
        var state = new GroupPart(Global("collections", "OrderedDict"), Code(')'), Code('R'),
            new GroupPart(Code('q'), new NumberPart(Coding.U8, 0)), Code('('));
        for (var i = 0; i < tensors.Count; i++)
        {
            var (name, shape, type) = tensors[i];
            var strides = new long[shape.Length];
            for (var (axis, step) = (shape.Length - 1, 1L); axis >= 0; axis--)
            {
                strides[axis] = step;
                step *= Math.Max(1, shape[axis]);
            }
            var storage = Tuple(
                Text("storage"), Global("torch", type.Storage), Text(i.ToString(CultureInfo.InvariantCulture)), Text("cpu"),
                    Int(Count(shape)), isStream ? Code('N') : new GroupPart());
            var tensor = new GroupPart(
                Global("torch._utils", "_rebuild_tensor_v2"),
                Tuple(
                    new GroupPart(storage, Code('Q')), Int(0), Tuple(shape.Select(Int)), Tuple(strides.Select(Int)), Code(0x89),
                    new GroupPart(Global("collections", "OrderedDict"), Code(')'), Code('R'))),
                Code('R'));
            state.Parts.Add(new GroupPart(Text(name), random.Next(5) > 0 ? tensor : new GroupPart(
                Global("torch._utils", "_rebuild_parameter"), Tuple(tensor, Code(0x88), Code('N')), Code('R'))));
        }
        state.Parts.Add(Code('u'));
        if (random.Next(2) == 0)
            return state;
        return new GroupPart(
            Code('}'), Code('('), Text("state_dict"), state, Text("epoch"), Int(7), Text("best"),
            new GroupPart(Code('G'), new BytesPart(new byte[8])),
            Text("args"), new GroupPart(Global("argparse", "Namespace"), Code(')'), Code(0x81), Code('}'), Code('b')),
            Text("history"), new GroupPart(Code(']'), Code('('), Int(1), Int(2), Code('e')), Text("again"),
                new GroupPart(Code('h'), new NumberPart(Coding.U8, 0)), Code('u'));
    }
}
