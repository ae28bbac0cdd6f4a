using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace DeepLabDsl.Imaging;

/// <summary>
/// The first directory of a TIFF, looked at before the library reads it: it takes memory for as many values as an entry claims, for as
/// many bytes as a strip claims, and for as many strips as rows make, before it finds that the file has them not.
/// </summary>
internal static class TiffDirectory
{
    private const int Width = 256;
    private const int Height = 257;
    private const int Bits = 258;
    private const int Channels = 277;
    private const int RowsPerStrip = 278;
    private const int StripBytes = 279;
    private const int Planes = 284;
    private const int TileWidth = 322;
    private const int TileHeight = 323;
    private const int TileBytes = 325;

    /// <summary>Whether the file can hold what its first directory speaks of.</summary>
    /// <param name="file">A TIFF or a BigTIFF.</param>
    /// <param name="greatestTile">Bytes that a tile may have beyond four times its image.</param>
    public static bool IsPossible(ReadOnlySpan<byte> file, int greatestTile)
    {
        var numbers = new Dictionary<int, ulong>();
        if (file.Length < 16)
            return false;
        var isLittle = file[0] == (byte)'I';
        var isBig = Number(file, 2, 2, isLittle) == 43;
        var (word, head, each) = isBig ? (8, 8, 20) : (4, 2, 12);
        var start = Number(file, isBig ? 8 : 4, word, isLittle);
        if (start > (ulong)(file.Length - head))
            return false;
        var at = (int)start + head;
        for (var left = Number(file, (int)start, head, isLittle); left > 0; left--, at += each)
        {
            if (file.Length - at < each)
                return false;
            var tag = (int)Number(file, at, 2, isLittle);
            var size = SizeOf((int)Number(file, at + 2, 2, isLittle));
            var count = Number(file, at + 4, word, isLittle);
            var inline = at + 4 + word;
            // Of what there is one, more are read in ways of each reader's own.
            var isOne = tag is Width or Height or Channels or RowsPerStrip or TileWidth or TileHeight;
            if (count > (ulong)file.Length || (isOne && count != 1))
                return false;
            var place = count * (ulong)size <= (ulong)word ? (ulong)inline : Number(file, inline, word, isLittle);
            var isInside = count > 0 && size > 0 && place <= (ulong)file.Length && count * (ulong)size <= (ulong)file.Length - place;
            if (!isInside)
                continue;
            numbers.TryAdd(tag, Number(file, (int)place, size, isLittle));
            for (var i = 0; tag is StripBytes or TileBytes && i < (int)count; i++)
            {
                if (Number(file, (int)place + i * size, size, isLittle) > (ulong)file.Length)
                    return false;
            }
        }
        return HasRoom(numbers, file.Length, greatestTile);
    }

    private static bool HasRoom(Dictionary<int, ulong> numbers, long length, int greatestTile)
    {
        UInt128 Value(int tag, ulong otherwise) => numbers.GetValueOrDefault(tag, otherwise);
        UInt128 width = Value(Width, 0), height = Value(Height, 0), channels = Value(Channels, 1), planes = Value(Planes, 1) == 2 ? channels
            : 1;
        UInt128 tileWidth = Value(TileWidth, 0), tileHeight = Value(TileHeight, 0);
        if (tileWidth > 0 && tileHeight > 0)
        {
            var bits = Value(Bits, 1) * channels;
            if (tileWidth > uint.MaxValue || tileHeight > uint.MaxValue || width > uint.MaxValue || height > uint.MaxValue
                || bits > uint.MaxValue
                || tileWidth * tileHeight * bits / 8 > 4 * (width * height * bits / 8) + (UInt128)greatestTile)
                return false;
            return (width + tileWidth - 1) / tileWidth * ((height + tileHeight - 1) / tileHeight) * planes <= (UInt128)length;
        }
        var rows = Value(RowsPerStrip, uint.MaxValue);
        // A strip takes a byte at least.
        return rows == 0 || (height + rows - 1) / rows * planes <= (UInt128)length;
    }

    // By the type of an entry: bytes, text, numbers of 16, 32 and 64 bits, and fractions of two.
    private static int SizeOf(int type) => type switch
    {
        1 or 2 or 6 or 7 => 1,
        3 or 8 => 2,
        4 or 9 or 11 or 13 => 4,
        5 or 10 or 12 or 16 or 17 or 18 => 8,
        _ => 0,
    };

    private static ulong Number(ReadOnlySpan<byte> bytes, int at, int size, bool isLittle) => size switch
    {
        1 => bytes[at],
        2 => isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]),
        4 => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]),
        _ => isLittle ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt64BigEndian(bytes[at..]),
    };
}
