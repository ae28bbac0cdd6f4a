using System.Collections.Generic;
using System.IO;

namespace DeepLabDsl.Tests.Data;

/// <summary>Builds uncompressed TIFF files by hand, without the code under test.</summary>
internal static class TiffBuilder
{
    /// <summary>Samples of 8 bits; <paramref name="values"/> in the order of the file.</summary>
    public static byte[] BuildBytes(
        int width, int height, int channels, byte[] values, int photometric, int orientation = 1, bool isPlanar = false) =>
        Build(width, height, channels, values, 8, isPlanar, photometric, orientation);

    public static byte[] Build(int width, int height, int channels, ushort[] values, bool planar)
    {
        var bytes = new byte[values.Length * 2];
        System.Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return Build(width, height, channels, bytes, 16, planar, photometric: 1, orientation: 1);
    }

    private static byte[] Build(int width, int height, int channels, byte[] values, int bits, bool planar, int photometric, int orientation)
    {
        var strips = planar ? channels : 1;
        var bytes = values.Length;
        var extras = 8 + bytes;
        var bitsAt = extras;
        var offsetsAt = bitsAt + 2 * channels;
        var countsAt = offsetsAt + 4 * strips;
        var directory = countsAt + 4 * strips;
        var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("II"u8);
        writer.Write((ushort)42);
        writer.Write(directory);
        writer.Write(values);
        for (var i = 0; i < channels; i++)
            writer.Write((ushort)bits);
        for (var i = 0; i < strips; i++)
            writer.Write(8 + i * bytes / strips);
        for (var i = 0; i < strips; i++)
            writer.Write(bytes / strips);
        var entries = new List<(ushort Tag, ushort Type, int Count, int Value)>
        {
            (256, 3, 1, width), (257, 3, 1, height), (258, 3, channels, channels == 1 ? bits : channels == 2 ? bits | bits << 16 : bitsAt),
            (259, 3, 1, 1), (262, 3, 1, photometric),
            (273, 4, strips, strips == 1 ? 8 : offsetsAt), (274, 3, 1, orientation), (277, 3, 1, channels), (278, 3, 1, height),
            (279, 4, strips, strips == 1 ? bytes : countsAt), (284, 3, 1, planar ? 2 : 1),
        };
        writer.Write((ushort)entries.Count);
        foreach (var (tag, type, count, value) in entries)
        {
            writer.Write(tag);
            writer.Write(type);
            writer.Write(count);
            writer.Write(value);
        }
        writer.Write(0);
        return file.ToArray();
    }
}
