using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Google.FlatBuffers;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>
/// Valid files of formats that are full of offsets from one place to another: cut into words, each of which may become another number.
/// </summary>
internal static class WordFiles
{
    private static readonly Lazy<byte[]> Hdf5 =
        new(() => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "weights", "keras.h5")));

    /// <summary>A file of h5py's; its oldest layout, which has no checksums.</summary>
    public static GroupPart Keras(Random random) => Words(Hdf5.Value, random);

    /// <summary>A model of TensorFlow Lite, of constants plain and quantised.</summary>
    public static GroupPart Lite(Random random)
    {
        var builder = new FlatBufferBuilder(1024);
        var tensors = new List<int>();
        var buffers = new List<int>();
        foreach (var name in new[] { "weights", "bias", "depthwise/kernel", "input" }.Take(random.Next(1, 5)))
        {
            var shape = Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(1, 5)).ToArray();
            var (type, size) = Pick(random, ((byte)0, 4), ((byte)9, 1), ((byte)3, 1), ((byte)2, 4), ((byte)1, 2));
            var count = shape.Aggregate(1, (a, b) => a * b);
            buffers.Add(Table(builder, 1, (0, Vector(builder, 1, [.. Enumerable.Repeat(0L, name == "input" ? 0 : count * size)]))));
            var text = builder.CreateString(name).Value;
            var sides = Vector(builder, 4, [.. shape.Select(s => (long)s)]);
            var axes = shape.Length > 0 && random.Next(2) == 0 ? shape[0] : 1;
            var scales = Vector(builder, 4, [.. Enumerable.Repeat(0x3F000000L, axes)]);
            var zeros = Vector(builder, 8, [.. Enumerable.Repeat(1L, axes)]);
            var quantization = Table(builder, 7, (2, scales), (3, zeros));
            builder.StartTable(7);
            builder.AddOffset(0, sides, 0);
            builder.AddByte(1, type, 0);
            builder.AddUint(2, (uint)(buffers.Count - 1), uint.MaxValue);
            builder.AddOffset(3, text, 0);
            if (random.Next(2) == 0)
                builder.AddOffset(4, quantization, 0);
            tensors.Add(builder.EndTable());
        }
        var graph = Table(builder, 1, (0, Tables(builder, tensors)));
        builder.Finish(Table(builder, 5, (2, Tables(builder, [graph])), (4, Tables(builder, buffers))), "TFL3");
        return Words(builder.SizedByteArray(), random);
    }

    /// <summary>A model of one graph, listed so often that its tensors are very many.</summary>
    public static byte[] ManyTensors(int graphs, int tensors, int name = 4000)
    {
        var builder = new FlatBufferBuilder(1 << 20);
        var buffer = Table(builder, 1, (0, Vector(builder, 1, [0, 0, 0, 0])));
        var text = builder.CreateString(new string('a', name)).Value;
        builder.StartTable(4);
        builder.AddOffset(3, text, 0);
        var tensor = builder.EndTable();
        var graph = Table(builder, 1, (0, Tables(builder, [.. Enumerable.Repeat(tensor, tensors)])));
        builder.Finish(
            Table(builder, 5, (2, Tables(builder, [.. Enumerable.Repeat(graph, graphs)])), (4, Tables(builder, [buffer]))), "TFL3");
        return builder.SizedByteArray();
    }

    private static GroupPart Words(byte[] bytes, Random random)
    {
        var (coding, size) = Pick(random, (Coding.U32, 4), (Coding.U32, 4), (Coding.U64, 8), (Coding.U16, 2), (Coding.U8, 1));
        return new GroupPart(bytes.Chunk(size).Select(w => w.Length < size
            ? (Part)new BytesPart(w)
            : new NumberPart(coding, w.Reverse().Aggregate(0UL, (value, b) => value << 8 | b))));
    }

    private static int Table(FlatBufferBuilder builder, int fields, params (int Field, int Offset)[] values)
    {
        builder.StartTable(fields);
        foreach (var (field, offset) in values)
            builder.AddOffset(field, offset, 0);
        return builder.EndTable();
    }

    private static int Vector(FlatBufferBuilder builder, int size, long[] values)
    {
        builder.StartVector(size, values.Length, size);
        foreach (var value in values.Reverse())
        {
            if (size == 1)
                builder.AddByte((byte)value);
            else if (size == 4)
                builder.AddInt((int)value);
            else
                builder.AddLong(value);
        }
        return builder.EndVector().Value;
    }

    private static int Tables(FlatBufferBuilder builder, List<int> tables)
    {
        builder.StartVector(sizeof(int), tables.Count, sizeof(int));
        foreach (var table in Enumerable.Reverse(tables))
            builder.AddOffset(table);
        return builder.EndVector().Value;
    }
}
