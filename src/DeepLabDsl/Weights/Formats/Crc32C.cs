using System;
using System.Buffers.Binary;
using System.Numerics;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// The checksum of TensorFlow's checkpoints and event files: CRC-32 of Castagnoli's polynomial, masked as LevelDB does.
/// </summary>
internal static class Crc32C
{
    private const uint MaskDelta = 0xA282EAD8;

    /// <summary>The checksum of some bytes, masked: a checksum of what holds checksums would else be weak.</summary>
    public static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + MaskDelta;
    }
}
