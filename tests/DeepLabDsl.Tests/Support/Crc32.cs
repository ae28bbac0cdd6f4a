using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>The CRC-32 of zlib and IEEE 802.3, over tensors' little-endian bytes.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(i =>
        Enumerable.Range(0, 8).Aggregate((uint)i, (c, _) => (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1))];

    public static string Of(Tensor tensor) => Format(Update(0xFFFFFFFF, tensor.bytes));

    /// <summary>Over all float32 tensors, one after the other.</summary>
    public static string OfFloats(IEnumerable<Tensor> tensors) =>
        Format(tensors.Where(t => t.dtype == ScalarType.Float32).Aggregate(0xFFFFFFFFu, (crc, t) => Update(crc, t.bytes)));

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
            crc = Table[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return crc;
    }

    private static string Format(uint crc) => (~crc).ToString("x8", CultureInfo.InvariantCulture);
}
