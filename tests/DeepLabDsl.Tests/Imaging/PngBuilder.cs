using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;

namespace DeepLabDsl.Tests.Imaging;

/// <summary>Builds PNG files by hand, right or wrong, without the code under test.</summary>
internal static class PngBuilder
{
    private static readonly byte[] Signature = [137, 80, 78, 71, 13, 10, 26, 10];

    /// <summary>Encodes one channel with a filter a row (cycling through all five) and one or several IDAT chunks.</summary>
    public static byte[] Build(
        byte[] values, int width, int height, int bitDepth, bool palette, bool interlaced, int firstFilter = 0, int chunks = 1)
    {
        var raw = new MemoryStream();
        (int X, int Y, int Dx, int Dy)[] passes = interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        var filter = firstFilter;
        foreach (var pass in passes)
        {
            var columns = Enumerable.Range(0, width).Where(x => x >= pass.X && (x - pass.X) % pass.Dx == 0).ToArray();
            var rows = Enumerable.Range(0, height).Where(y => y >= pass.Y && (y - pass.Y) % pass.Dy == 0).ToArray();
            if (columns.Length == 0)
                continue;
            var previous = new byte[(columns.Length * bitDepth + 7) / 8];
            foreach (var y in rows)
            {
                var packed = new byte[previous.Length];
                for (var i = 0; i < columns.Length; i++)
                {
                    var bit = i * bitDepth;
                    packed[bit / 8] |= (byte)(values[y * width + columns[i]] << (8 - bitDepth - bit % 8));
                }
                raw.WriteByte((byte)(filter % 5));
                raw.Write(Filter(filter % 5, packed, previous));
                previous = packed;
                filter++;
            }
        }
        var plte = palette ? Chunk("PLTE", [.. Enumerable.Range(0, 3 << bitDepth).Select(i => (byte)(i * 7))]) : [];
        return Assemble(Header(width, height, bitDepth, palette ? 3 : 0, interlaced), plte, Compress(raw.ToArray()), chunks);
    }

    public static byte[] Assemble(byte[] header, byte[] middle, byte[] compressed, int chunks = 1)
    {
        var size = Math.Max(1, (compressed.Length + chunks - 1) / chunks);
        return
        [
            .. Signature, .. Chunk("IHDR", header), .. Chunk("tEXt", Encoding.ASCII.GetBytes("Comment\0by hand")), .. middle,
            .. compressed.Chunk(size).SelectMany(c => Chunk("IDAT", c)), .. Chunk("IEND", []),
        ];
    }

    public static byte[] Header(int width, int height, int bitDepth, int colorType, bool interlaced = false)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = (byte)bitDepth;
        header[9] = (byte)colorType;
        header[12] = interlaced ? (byte)1 : (byte)0;
        return header;
    }

    public static byte[] Compress(byte[] raw)
    {
        var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(raw);
        return stream.ToArray();
    }

    public static byte[] Chunk(string type, byte[] content)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
        var chunk = new byte[body.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        body.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(4 + body.Length), Crc(body));
        return chunk;
    }

    // Bit by bit, as the specification's polynomial says.
    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }
        return ~crc;
    }

    private static byte[] Filter(int filter, byte[] line, byte[] above)
    {
        var result = new byte[line.Length];
        for (var i = 0; i < line.Length; i++)
        {
            int left = i > 0 ? line[i - 1] : 0, up = above[i], corner = i > 0 ? above[i - 1] : 0;
            var estimate = left + up - corner;
            var paeth = new[] { left, up, corner }.MinBy(v => Math.Abs(estimate - v));
            var prediction = filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => paeth };
            result[i] = (byte)(line[i] - prediction);
        }
        return result;
    }
}
