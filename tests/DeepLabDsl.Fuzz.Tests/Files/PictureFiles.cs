using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using DeepLabDsl.Imaging;
using SkiaSharp;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>Valid pictures, of parts that can be changed.</summary>
internal static class PictureFiles
{
    public static GroupPart Png(Random random)
    {
        var (width, height) = (random.Next(1, 9), random.Next(1, 9));
        var (color, depth, channels) = Pick(random, (0, 8, 1), (2, 8, 3), (3, 8, 1), (3, 4, 1), (0, 1, 1), (4, 8, 2), (6, 16, 4),
            (0, 16, 1));
        var isInterlaced = random.Next(8) == 0;
        var row = (width * depth * channels + 7) / 8;
        // Interlaced rows are more than these: where they end early is as good a place as any.
        var pixels = new GroupPart(Enumerable.Range(0, height * (isInterlaced ? 3 : 1))
            .Select(_ => new GroupPart(new NumberPart(Coding.U8, (ulong)random.Next(5)), Noise(random, row))))
        {
            Seal = Zlib,
        };
        var file = new GroupPart(new BytesPart([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]), Chunk("IHDR", new GroupPart(
            new NumberPart(Coding.U32Big, (ulong)width), new NumberPart(Coding.U32Big, (ulong)height),
            new NumberPart(Coding.U8, (ulong)depth), new NumberPart(Coding.U8, (ulong)color),
            new NumberPart(Coding.U8, 0), new NumberPart(Coding.U8, 0), new NumberPart(Coding.U8, isInterlaced ? 1UL : 0))));
        if (color == 3)
            file.Parts.Add(Chunk("PLTE", Noise(random, 3 * (1 << depth))));
        if (random.Next(4) == 0)
            file.Parts.Add(Chunk("eXIf", Directory(random, isBig: false,
                [(274, 3, 1, new GroupPart(new NumberPart(Coding.U16, (ulong)random.Next(10)), new NumberPart(Coding.U16, 0)))], [])));
        if (random.Next(6) == 0)
            file.Parts.Add(Chunk("tRNS", Noise(random, 2)));
        file.Parts.Add(Chunk("IDAT", pixels));
        file.Parts.Add(Chunk("IEND", new GroupPart()));
        return file;
    }

    public static GroupPart Tiff(Random random)
    {
        var isBig = random.Next(3) == 0;
        Coding u16 = isBig ? Coding.U16Big : Coding.U16, u32 = isBig ? Coding.U32Big : Coding.U32;
        var (width, height, channels) = (random.Next(1, 20), random.Next(1, 20), Pick(random, 1, 3, 4, 1));
        var (bits, format) = Pick(random, (8, 1), (16, 1), (32, 3), (1, 1), (8, 1), (64, 3), (16, 2));
        var isPlanar = channels > 1 && random.Next(4) == 0;
        var isTiled = random.Next(4) == 0;
        var compression = Pick(random, 1, 1, 8, 32946, 32773, 5, 7, 4);
        var (blockWidth, blockHeight) = isTiled ? (16, 16) : (width, random.Next(1, height + 1));
        var each = isPlanar ? 1 : channels;
        var blocks = new List<Part>();
        for (var plane = 0; plane < (isPlanar ? channels : 1); plane++)
        {
            for (var top = 0; top < height; top += blockHeight)
            {
                for (var left = 0; left < width; left += blockWidth)
                {
                    var rows = isTiled ? blockHeight : Math.Min(blockHeight, height - top);
                    var noise = Noise(random, (blockWidth * each * bits + 7) / 8 * rows);
                    Func<byte[], byte[]>? seal = compression switch { 8 or 32946 => Zlib, 32773 => PackBits, _ => null };
                    blocks.Add(new GroupPart(noise) { Seal = seal });
                }
            }
        }
        var offsets = new GroupPart(blocks.Select(b => new ReferencePart(u32, b)));
        var counts = new GroupPart(blocks.Select(b => new ReferencePart(u32, b, isLength: true)));
        var samples = new GroupPart(Enumerable.Range(0, channels).Select(_ => new NumberPart(u16, (ulong)bits)));
        Part Short(int value) => new GroupPart(new NumberPart(u16, (ulong)value), new NumberPart(u16, 0));
        List<(int Tag, int Type, int Count, Part Value)> entries =
        [
            (256, 4, 1, new NumberPart(u32, (ulong)width)), (257, 4, 1, new NumberPart(u32, (ulong)height)),
            (258, 3, channels, channels == 1 ? Short(bits) : new ReferencePart(u32, samples)), (259, 3, 1, Short(compression)),
            (262, 3, 1, Short(Pick(random, channels >= 3 ? 2 : 1, 0, 1, 3, 6, 5))),
            (277, 3, 1, Short(channels)), (284, 3, 1, Short(isPlanar ? 2 : 1)), (339, 3, 1, Short(format)),
        ];
        var single = blocks.Count == 1;
        if (isTiled)
        {
            entries.AddRange([(322, 4, 1, new NumberPart(u32, 16)), (323, 4, 1, new NumberPart(u32, 16))]);
            entries.AddRange([(324, 4, blocks.Count, new ReferencePart(u32, single ? blocks[0] : offsets)),
                (325, 4, blocks.Count, single ? counts.Parts[0] : new ReferencePart(u32, counts))]);
        }
        else
        {
            entries.AddRange([(273, 4, blocks.Count, new ReferencePart(u32, single ? blocks[0] : offsets)),
                (278, 4, 1, new NumberPart(u32, (ulong)blockHeight))]);
            entries.Add((279, 4, blocks.Count, single ? counts.Parts[0] : new ReferencePart(u32, counts)));
        }
        if (random.Next(3) == 0)
            entries.Add((274, 3, 1, Short(random.Next(10))));
        if (random.Next(4) == 0)
            entries.Add((317, 3, 1, Short(Pick(random, 1, 2, 3))));
        if (random.Next(6) == 0)
            entries.Add((320, 3, 768, new ReferencePart(u32, blocks[0])));
        return Directory(random, isBig, [.. entries.OrderBy(e => e.Tag)],
            [samples, single ? new GroupPart() : offsets, single ? new GroupPart() : counts, .. blocks]);
    }

    public static GroupPart Jpeg(Random random)
    {
        using var bitmap = Picture(random);
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, random.Next(30, 100));
        var bytes = data.ToArray();
        var file = new GroupPart(new BytesPart(bytes[..2]));
        if (random.Next(3) == 0)
        {
            file.Parts.Add(new GroupPart(new BytesPart([0xFF, 0xE1]), Segment(new GroupPart(
                BytesPart.Of("Exif\0\0"), Directory(random, isBig: false,
                    [(274, 3, 1, new GroupPart(new NumberPart(Coding.U16, (ulong)random.Next(10)), new NumberPart(Coding.U16, 0)))],
                    [])))));
        }
        for (var at = 2; at + 4 <= bytes.Length && bytes[at] == 0xFF;)
        {
            var length = bytes[at + 2] << 8 | bytes[at + 3];
            var content = bytes[(at + 4)..(at + 2 + length)];
            // Precision, height, width, components: what a frame is said to be.
            Part body = bytes[at + 1] is 0xC0 or 0xC2
                ? new GroupPart(
                    new NumberPart(Coding.U8, content[0]), new NumberPart(Coding.U16Big, (ulong)(content[1] << 8 | content[2])),
                    new NumberPart(Coding.U16Big, (ulong)(content[3] << 8 | content[4])),
                    new NumberPart(Coding.U8, content[5]), new GroupPart(content[6..].Select(c => new NumberPart(Coding.U8, c))))
                : new BytesPart(content);
            file.Parts.Add(new GroupPart(new BytesPart([0xFF]), new NumberPart(Coding.U8, bytes[at + 1]), Segment(body)));
            at += 2 + length;
            if (bytes[at - length - 1] == 0xDA)
            {
                file.Parts.Add(new BytesPart(bytes[at..]));
                break;
            }
        }
        return file;
    }

    /// <summary>BMP, WebP and GIF: a header of numbers, and what they speak of.</summary>
    public static GroupPart Other(Random random)
    {
        var (width, height) = (random.Next(1, 20), random.Next(1, 20));
        switch (random.Next(3))
        {
            case 0:
                var bits = Pick(random, 24, 32, 8, 1, 4, 16);
                var pixels = Noise(random, (width * bits + 31) / 32 * 4 * height);
                var palette = bits <= 8 ? Noise(random, 4 << bits) : Noise(random, 0);
                return new GroupPart(
                    BytesPart.Of("BM"), new NumberPart(Coding.U32, 1000), new NumberPart(Coding.U32, 0),
                    new ReferencePart(Coding.U32, pixels), new NumberPart(Coding.U32, 40),
                    new NumberPart(Coding.U32, (ulong)width), new NumberPart(Coding.U32, (ulong)height), new NumberPart(Coding.U16, 1),
                    new NumberPart(Coding.U16, (ulong)bits),
                    new NumberPart(Coding.U32, random.Next(5) == 0 ? (ulong)random.Next(4) : 0), new NumberPart(Coding.U32, 0),
                    new NumberPart(Coding.U32, 2835), new NumberPart(Coding.U32, 2835),
                    new NumberPart(Coding.U32, 0), new NumberPart(Coding.U32, 0), palette, pixels);
            case 1:
                using (var bitmap = Picture(random))
                using (var data = bitmap.Encode(SKEncodedImageFormat.Webp, random.Next(3) == 0 ? 100 : 50))
                {
                    var bytes = data.ToArray();
                    return new GroupPart(
                        BytesPart.Of("RIFF"), new NumberPart(Coding.U32, (ulong)bytes.Length - 8), BytesPart.Of("WEBP"),
                        new BytesPart(bytes[12..16]), new NumberPart(Coding.U32, (ulong)bytes.Length - 20),
                        new GroupPart(bytes[20..30].Select(b => new NumberPart(Coding.U8, b))), new BytesPart(bytes[30..]));
                }
            default:
                return new GroupPart(
                    BytesPart.Of("GIF89a"), new NumberPart(Coding.U16, (ulong)width), new NumberPart(Coding.U16, (ulong)height),
                    new NumberPart(Coding.U8, 0x80), new NumberPart(Coding.U8, 0),
                    new NumberPart(Coding.U8, 0), Noise(random, 6), BytesPart.Of(","), new NumberPart(Coding.U16, 0),
                    new NumberPart(Coding.U16, 0), new NumberPart(Coding.U16, (ulong)width),
                    new NumberPart(Coding.U16, (ulong)height), new NumberPart(Coding.U8, 0), new NumberPart(Coding.U8, 2),
                    new GroupPart(new BytesPart([0x44, 0x01])) { Prefix = Coding.U8 },
                    new NumberPart(Coding.U8, 0), BytesPart.Of(";"));
        }
    }

    /// <summary>A TIFF's header and one directory, and what that refers to.</summary>
    private static GroupPart Directory(Random random, bool isBig, IReadOnlyList<(int Tag, int Type, int Count, Part Value)> entries,
        IReadOnlyList<Part> data)
    {
        Coding u16 = isBig ? Coding.U16Big : Coding.U16, u32 = isBig ? Coding.U32Big : Coding.U32;
        var list = new GroupPart(entries.Select(e => new GroupPart(
            new NumberPart(u16, (ulong)e.Tag), new NumberPart(u16, (ulong)e.Type), new NumberPart(u32, (ulong)e.Count), e.Value)));
        var directory = new GroupPart(new NumberPart(u16, (ulong)entries.Count), list, new NumberPart(u32, random.Next(10) == 0 ? 8UL : 0));
        return new GroupPart(BytesPart.Of(isBig ? "MM" : "II"), new NumberPart(u16, 42), new ReferencePart(u32, directory), directory,
            new GroupPart(data))
        {
            Seal = bytes => bytes,
        };
    }

    private static GroupPart Chunk(string type, Part content) => new(
        new ReferencePart(Coding.U32Big, content, isLength: true), new GroupPart(BytesPart.Name(type), content) { Seal = WithCrc });

    private static GroupPart Segment(Part content)
    {
        var inner = new GroupPart(content);
        return new GroupPart(new ReferencePart(Coding.U16Big, inner, isLength: true) { Shift = 2 }, inner);
    }

    private static BytesPart Noise(Random random, int count)
    {
        var bytes = new byte[count];
        if (random.Next(3) > 0)
            random.NextBytes(bytes);
        return new BytesPart(bytes);
    }

    private static SKBitmap Picture(Random random)
    {
        var bitmap = new SKBitmap(random.Next(1, 24), random.Next(1, 24), SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (var y = 0; y < bitmap.Height; y++)
        {
            for (var x = 0; x < bitmap.Width; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)random.Next(256), (byte)(10 * x), (byte)(10 * y)));
        }
        return bitmap;
    }

    private static byte[] WithCrc(byte[] bytes)
    {
        var crc = PngCrc.Of(bytes);
        return [.. bytes, (byte)(crc >> 24), (byte)(crc >> 16), (byte)(crc >> 8), (byte)crc];
    }

    private static byte[] Zlib(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] PackBits(byte[] bytes) => [.. bytes.Chunk(128).SelectMany(c => c.Prepend((byte)(c.Length - 1)))];
}
