using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Snappier;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// TensorFlow's table of keys and values, LevelDB's format: blocks of entries in the order of their keys, each key as what it
/// does not share with the one before; a block of the blocks' places; a footer of 48 bytes. Blocks may be packed with Snappy,
/// and each has a checksum.
/// </summary>
internal static class SortedTable
{
    private const int FooterLength = 48;
    private const int TrailerLength = 5;
    private const int MaximumBytes = 16_777_216;
    private const int MaximumKey = 4096;
    private const byte Plain = 0;
    private const byte Packed = 1;

    private static ReadOnlySpan<byte> Magic => [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB];

    /// <summary>Whether a file ends as a table does.</summary>
    /// <param name="end">Its last bytes.</param>
    public static bool EndsLike(ReadOnlySpan<byte> end) => end.EndsWith(Magic);

    /// <summary>The entries in the order of their keys. What is read, unpacked and gathered is bounded.</summary>
    /// <param name="stream">The whole file.</param>
    /// <exception cref="FormatException">The file is no table, or damaged.</exception>
    public static IEnumerable<(byte[] Key, ReadOnlyMemory<byte> Value)> Read(System.IO.Stream stream)
    {
        if (stream.Length is < FooterLength or > MaximumBytes)
            throw new FormatException($"a table of {stream.Length} bytes; {FooterLength} are the least, {MaximumBytes} the most");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        if (!EndsLike(file))
            throw new FormatException("it does not end as a table does");
        var end = file.Length - FooterLength;
        var position = end;
        ReadHandle(file, ref position);
        var index = ReadHandle(file, ref position);
        long unpacked = 0, keys = 0, next = 0;
        var last = Array.Empty<byte>();
        foreach (var (_, value) in Entries(ReadBlock(file, index, ref unpacked)))
        {
            var at = 0;
            var handle = ReadHandle(value.Span, ref at);
            // Each block once, in the file's order: else few bytes could stand for very many entries.
            if (handle.Offset < next)
                throw new FormatException($"its blocks are out of order at {handle.Offset}");
            next = handle.Offset + handle.Size + TrailerLength;
            foreach (var (key, content) in Entries(ReadBlock(file, handle, ref unpacked)))
            {
                if (last.AsSpan().SequenceCompareTo(key) >= 0 && (key.Length > 0 || keys > 0))
                    throw new FormatException($"its keys are out of order in the block at {handle.Offset}");
                // An empty key may come first, and is counted too.
                keys += key.Length + 1;
                if (keys > MaximumBytes)
                    throw new FormatException($"its keys come to more than {MaximumBytes} bytes");
                last = key;
                yield return (key, content);
            }
        }
    }

    private static ReadOnlyMemory<byte> ReadBlock(byte[] file, (long Offset, long Size) handle, ref long unpacked)
    {
        var (offset, size) = handle;
        var room = file.Length - FooterLength - TrailerLength;
        if (offset < 0 || size < 0 || offset > room || size > room - offset)
            throw new FormatException($"a block of {size} bytes at {offset} does not fit");
        var content = file.AsMemory((int)offset, (int)size);
        if (Crc32C.Masked(file.AsSpan((int)offset, (int)size + 1))
            != BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan((int)(offset + size + 1))))
            throw new FormatException($"the block at {offset} has another checksum than is written behind it");
        switch (file[offset + size])
        {
            case Plain:
                return content;
            case Packed:
                // Read here: the library overflows at what does not fit 31 bits.
                var start = 0;
                var length = ReadNumber(content.Span, ref start);
                if (length > MaximumBytes - unpacked)
                    throw new FormatException($"its blocks unpack to more than {MaximumBytes} bytes");
                unpacked += length;
                var plain = new byte[length];
                if (Snappy.Decompress(content.Span, plain) != length)
                    throw new FormatException($"the block at {offset} unpacks to less than it says");
                return plain;
            case var kind:
                throw new FormatException($"the block at {offset} is packed in a way that is not known ({kind})");
        }
    }

    private static IEnumerable<(byte[] Key, ReadOnlyMemory<byte> Value)> Entries(ReadOnlyMemory<byte> block)
    {
        if (block.Length < sizeof(uint))
            throw new FormatException("a block without its end");
        // Behind the entries lie the places of those whose keys are whole, for binary search, and their number.
        var restarts = BinaryPrimitives.ReadUInt32LittleEndian(block.Span[^sizeof(uint)..]);
        var end = block.Length - sizeof(uint) - (long)restarts * sizeof(uint);
        if (end < 0)
            throw new FormatException($"a block of {block.Length} bytes says that it has {restarts} places");
        var key = Array.Empty<byte>();
        for (var position = 0; position < end;)
        {
            var shared = ReadNumber(block.Span, ref position);
            var own = ReadNumber(block.Span, ref position);
            var length = ReadNumber(block.Span, ref position);
            if (shared > key.Length || own > MaximumKey || shared + own > MaximumKey || length > end || own + length > end - position)
                throw new FormatException($"an entry that does not fit its block: {shared} and {own} bytes of key, {length} of value");
            var whole = new byte[shared + own];
            key.AsSpan(0, (int)shared).CopyTo(whole);
            block.Span.Slice(position, (int)own).CopyTo(whole.AsSpan((int)shared));
            position += (int)own;
            yield return (whole, block.Slice(position, (int)length));
            position += (int)length;
            key = whole;
        }
    }

    private static (long Offset, long Size) ReadHandle(ReadOnlySpan<byte> bytes, ref int position) =>
        (ReadNumber(bytes, ref position), ReadNumber(bytes, ref position));

    private static long ReadNumber(ReadOnlySpan<byte> bytes, ref int position)
    {
        long value = 0;
        for (var shift = 0; shift < 63 && position < bytes.Length; shift += 7)
        {
            var next = bytes[position++];
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw new FormatException($"a number without an end at {position}");
    }
}
