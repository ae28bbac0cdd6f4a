using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using DeepLabDsl.Weights.Formats;
using Snappier;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>Valid files of TensorFlow's, of parts that can be changed.</summary>
internal static class TensorFlowFiles
{
    /// <summary>Bytes of the numbers beside an index: zeros, so that any stretch of them has a checksum that is known here.</summary>
    public const int DataLength = 1 << 16;

    private static readonly string[] Names =
    [
        "conv/BatchNorm/gamma", "conv/BatchNorm/moving_mean", "conv/weights", "conv/weights/ExponentialMovingAverage",
        "conv/weights/Momentum", "global_step", "logits/biases",
    ];

    private static readonly (ulong Code, int Size)[] Types = [(1, 4), (2, 8), (3, 4), (9, 8), (14, 2), (19, 2), (10, 1), (7, 1), (20, 4)];

    private static ReadOnlySpan<byte> Magic => [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB];

    /// <summary>The index of a checkpoint, whose numbers are zeros.</summary>
    public static GroupPart Bundle(Random random)
    {
        var shards = random.Next(1, 3);
        var entries = new List<(string Key, GroupPart Value)>
        {
            ("", new GroupPart(Varint(1, (ulong)shards), Varint(2, random.Next(8) == 0 ? 1UL : 0), Field(3, Varint(1, 1)))),
        };
        long at = 0;
        foreach (var name in Names.Take(random.Next(1, Names.Length + 1)))
        {
            var (type, size) = random.Next(2) == 0 ? Types[0] : Pick(random, Types);
            var shape = Shape(random);
            var bytes = shape.Aggregate((long)size, (a, b) => a * b);
            var value = new GroupPart(
                Varint(1, type), Field(2, Extents(shape)), Varint(3, (ulong)random.Next(shards)), Varint(4, (ulong)at),
                Varint(5, (ulong)bytes),
                new NumberPart(Coding.Varint, 6 << 3 | 5), new NumberPart(Coding.U32, Crc32C.Masked(new byte[bytes])));
            if (random.Next(20) == 0)
                value.Parts.Add(Field(7, Field(1, Varint(1, 0))));
            entries.Add((name, value));
            at += bytes;
        }
        // Changed before they are summed up: else most changes would end at the checksum.
        var block = Block(entries);
        if (random.Next(3) > 0)
            PartMutation.Change(block, random);
        var data = Seal(block.ToBytes(), random.Next(3) == 0);
        var index = new GroupPart(new NumberPart(Coding.Varint, 0), new NumberPart(Coding.Varint, (ulong)(data.Length - 5)));
        var places = Block([("z", index)]);
        if (random.Next(6) == 0)
            PartMutation.Change(places, random);
        var packed = Seal(places.ToBytes(), random.Next(6) == 0);
        var footer = new GroupPart(
            new NumberPart(Coding.Varint, 0), new NumberPart(Coding.Varint, 0), new NumberPart(Coding.Varint, (ulong)data.Length),
            new NumberPart(Coding.Varint, (ulong)(packed.Length - 5)));
        return new GroupPart(
            new BytesPart(data), new BytesPart(packed), footer, new BytesPart(new byte[40 - footer.ToBytes().Length]),
            new BytesPart([.. Magic]));
    }

    /// <summary>A frozen graph.</summary>
    public static GroupPart Graph(Random random)
    {
        var graph = new GroupPart();
        foreach (var name in Names.Take(random.Next(1, Names.Length + 1)))
        {
            var (type, size) = random.Next(2) == 0 ? Types[0] : Pick(random, Types);
            var shape = Shape(random);
            var count = shape.Aggregate(1L, (a, b) => a * b);
            var tensor = new GroupPart(Varint(1, type), Field(2, Extents(shape)));
            if (random.Next(2) == 0)
                tensor.Parts.Add(Field(4, new BytesPart(new byte[count * size])));
            else if (type is 1 or 2)
                tensor.Parts.Add(Field(type == 1 ? 5 : 6, new BytesPart(new byte[(random.Next(3) == 0 ? 1 : count) * size])));
            else
                tensor.Parts.AddRange(Enumerable.Range(0, (int)count).Select(_ => Varint(type == 9 ? 10 : type == 3 ? 7 : 13, 1)));
            graph.Parts.Add(Field(1, new GroupPart(
                Field(1, BytesPart.Name(name)), Field(2, BytesPart.Of("Const")),
                Field(5, new GroupPart(Field(1, BytesPart.Of("value")), Field(2, Field(8, tensor)))))));
            if (random.Next(2) == 0)
            {
                graph.Parts.Add(Field(1, new GroupPart(
                    Field(1, BytesPart.Name(name + "/read")), Field(2, BytesPart.Of("Identity")), Field(3, BytesPart.Name(name)))));
            }
        }
        graph.Parts.Add(Field(4, Varint(1, 134)));
        return graph;
    }

    /// <summary>An index of very many entries, each of them a few bytes that stand for a long key.</summary>
    public static byte[] LongKeys(int entries, int length)
    {
        var block = new List<byte> { 0, 0, 6, 0x08, 1, 0x1A, 2, 0x08, 1 };
        for (var i = 0; i < entries; i++)
        {
            // The last four characters count upwards.
            var own = Encoding.ASCII.GetBytes(i.ToString("D6", System.Globalization.CultureInfo.InvariantCulture));
            byte[] key = i == 0 ? [.. Enumerable.Repeat((byte)'k', length - 6), .. own] : own;
            block.AddRange([.. Number(i == 0 ? 0 : length - 6), .. Number(key.Length), 4, .. key, 0x08, 1, 0x28, 4]);
        }
        block.AddRange([0, 0, 0, 0, 1, 0, 0, 0]);
        return Table([.. block]);
    }

    /// <summary>An index whose block says that it unpacks to very much.</summary>
    public static byte[] Unpacks(uint length) => Table([.. Number(length), 0, 0], isPacked: true);

    private static byte[] Table(byte[] block, bool isPacked = false)
    {
        byte[] Sealed(byte[] bytes, byte kind) => [.. bytes, kind, .. BitConverter.GetBytes(Crc32C.Masked([.. bytes, kind]))];
        var data = Sealed(block, isPacked ? (byte)1 : (byte)0);
        byte[] handle = [0, .. Number(block.Length)];
        byte[] index = [0, 1, .. Number(handle.Length), (byte)'z', .. handle, 0, 0, 0, 0, 1, 0, 0, 0];
        byte[] footer = [0, 0, .. Number(data.Length), .. Number(index.Length)];
        return [.. data, .. Sealed(index, 0), .. footer, .. new byte[40 - footer.Length], .. Magic];
    }

    private static GroupPart Block(IEnumerable<(string Key, GroupPart Value)> entries)
    {
        var block = new GroupPart();
        var last = "";
        foreach (var (key, value) in entries)
        {
            var shared = last.Zip(key).TakeWhile(p => p.First == p.Second).Count();
            var own = BytesPart.Name(key[shared..]);
            block.Parts.Add(new GroupPart(
                new NumberPart(Coding.Varint, (ulong)shared), new ReferencePart(Coding.Varint, own, isLength: true),
                new ReferencePart(Coding.Varint, value, isLength: true), own, value));
            last = key;
        }
        block.Parts.Add(new GroupPart(new NumberPart(Coding.U32, 0), new NumberPart(Coding.U32, 1)));
        return block;
    }

    private static byte[] Seal(byte[] block, bool packs)
    {
        byte[] content = [.. packs ? Snappy.CompressToArray(block) : block, packs ? (byte)1 : (byte)0];
        return [.. content, .. BitConverter.GetBytes(Crc32C.Masked(content))];
    }

    private static byte[] Number(long value) => new NumberPart(Coding.Varint, (ulong)value).ToBytes();

    private static GroupPart Extents(long[] shape) => new(shape.Select(e => Field(2, Varint(1, (ulong)e))));

    private static long[] Shape(Random random) =>
        [.. Enumerable.Range(0, random.Next(5)).Select(_ => (long)(random.Next(20) == 0 ? 0 : random.Next(1, 5)))];

    private static GroupPart Field(int field, Part content) =>
        new(new NumberPart(Coding.Varint, (ulong)(field << 3 | 2)), new GroupPart(content) { Prefix = Coding.Varint });

    private static GroupPart Varint(int field, ulong value) =>
        new(new NumberPart(Coding.Varint, (ulong)(field << 3)), new NumberPart(Coding.Varint, value));
}
