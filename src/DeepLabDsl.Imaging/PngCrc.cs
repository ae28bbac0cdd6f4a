using System;

namespace DeepLabDsl.Imaging;

/// <summary>The checksum of PNG's chunks.</summary>
internal static class PngCrc
{
    private static readonly uint[] Table = MakeTable();

    /// <summary>The checksum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Step(uint.MaxValue, bytes);

    /// <summary>The checksum of a chunk's type and content.</summary>
    public static uint Of(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content) => ~Step(Step(uint.MaxValue, type), content);

    private static uint Step(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            table[i] = value;
        }
        return table;
    }
}
