using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using DeepLabDsl.Data;
using DeepLabDsl.Imaging;
using DeepLabDsl.Tests.Data;
using SkiaSharp;

namespace DeepLabDsl.Tests.Imaging;

/// <summary>Pictures are read as every viewer shows them, whichever format says how they are stored.</summary>
public sealed class OrientationTests : IDisposable
{
    private const int Width = 3;

    private static readonly byte[] Stored = [1, 2, 3, 4, 5, 6];

    // What is seen of the stored rows 123 and 456, by the picture of the letter F that goes with EXIF.
    private static readonly string[] Seen = ["123/456", "321/654", "654/321", "456/123", "14/25/36", "41/52/63", "63/52/41", "36/25/14"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, int> All
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var kind in new[] { "png", "jpg", "webp", "tif", "planes" })
            {
                for (var orientation = 1; orientation <= 8; orientation++)
                    data.Add(kind, orientation);
            }
            return data;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(All))]
    public void A_picture_is_turned_as_its_orientation_says_and_as_stored_when_asked(string kind, int orientation)
    {
        // The name says nothing: content does.
        var path = _folder.Write("picture.bin", File(kind, orientation));
        if (kind == "planes")
        {
            var format = new ChannelFormat(3, 255, (0, 1, 2));
            Assert.Equal(Seen[orientation - 1], Text(ImageFile.ReadChannels(path, format).Planes));
            Assert.Equal(Seen[0], Text(ImageFile.ReadChannels([path], format, orientation: PictureOrientation.Ignore).Planes));
            return;
        }
        Assert.Equal(Seen[orientation - 1], Text(ImageFile.ReadRgb(path)));
        Assert.Equal(Seen[0], Text(ImageFile.ReadRgb(path, PictureOrientation.Ignore)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(65535)]
    public void An_orientation_that_does_not_exist_turns_nothing(int orientation)
    {
        Assert.Equal(Seen[0], Text(ImageFile.ReadRgb(_folder.Write("a.png", File("png", orientation)))));
        Assert.Equal(Seen[0], Text(ImageFile.ReadRgb(_folder.Write("a.tif", File("tif", orientation)))));
    }

    [Fact]
    public void EXIF_that_is_cut_off_anywhere_turns_nothing_and_stops_nothing()
    {
        var exif = Exif(6);
        for (var length = 0; length < exif.Length - 4; length++)
        {
            // The tag is whole from its value on.
            var image = ImageFile.ReadRgb(_folder.Write("a.png", Png(exif[..length])));
            Assert.Equal(length < 22 ? Seen[0] : Seen[5], Text(image));
        }
    }

    [Fact]
    public void A_label_map_is_read_as_it_is_stored()
    {
        var classes = new ClassSet(
            "x",
            Enumerable.Range(1, 6).Select(i => new SegmentationClass($"{i}", new Rgb((byte)(i * 40), (byte)(i * 40), (byte)(i * 40)))));
        var coding = new LabelCoding(
            LabelFormat.Color, classes, Enumerable.Range(1, 6).ToDictionary(i => i * 40 * 0x010101, i => (byte)(i - 1)));
        Assert.Equal([0, 1, 2, 3, 4, 5], coding.Read(_folder.Write("a.png", File("png", 6))).Indices);
        Assert.Equal([0, 1, 2, 3, 4, 5], coding.Read(_folder.Write("a.tif", File("tif", 6))).Indices);
    }

    private static string Text(RgbImage image) =>
        string.Join(
            '/',
            Enumerable.Range(0, image.Height)
                .Select(y => string.Concat(Enumerable.Range(0, image.Width).Select(x => (image[x, y].R + 20) / 40))));

    private static string Text(ChannelImage image) =>
        string.Join(
            '/',
            Enumerable.Range(0, image.Height)
                .Select(y => string.Concat(Enumerable.Range(0, image.Width).Select(x => (int)MathF.Round(image.Row(2, y)[x] * 255 / 40)))));

    private static byte[] File(string kind, int orientation) => kind switch
    {
        "png" => Png(Exif(orientation)),
        "jpg" => Jpeg(Exif(orientation)),
        "webp" => WebP(Exif(orientation)),
        _ => TiffBuilder.BuildBytes(
            Width, Stored.Length / Width, 3, kind == "planes" ? [.. Grey(1), .. Grey(1), .. Grey(1)] : Grey(3), photometric: 2, orientation,
            isPlanar: kind == "planes"),
    };

    private static byte[] Grey(int each) => [.. Stored.SelectMany(v => Enumerable.Repeat((byte)(v * 40), each))];

    // A TIFF of one directory with one tag.
    private static byte[] Exif(int orientation) =>
        [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, (byte)(orientation >> 8), (byte)orientation, 0, 0, 0, 0,
        0, 0];

    private static byte[] Png(byte[] exif)
    {
        var raw = Grey(3).Chunk(Width * 3).SelectMany(row => row.Prepend((byte)0)).ToArray();
        return PngBuilder.Assemble(
            PngBuilder.Header(Width, Stored.Length / Width, 8, 2), PngBuilder.Chunk("eXIf", exif), PngBuilder.Compress(raw));
    }

    private static byte[] Jpeg(byte[] exif)
    {
        var plain = Encode(SKEncodedImageFormat.Jpeg);
        byte[] content = [.. "Exif\0\0"u8, .. exif];
        return [.. plain[..2], 0xFF, 0xE1, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content, .. plain[2..]];
    }

    private static byte[] WebP(byte[] exif)
    {
        using var bitmap = Skia.ToBitmap(new RgbImage(Width, Stored.Length / Width, Grey(3)));
        using var pixmap = bitmap.PeekPixels();
        using var data = pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 100));
        var plain = data!.ToArray();
        byte[] extended = [0x08, 0, 0, 0, Width - 1, 0, 0, (byte)(Stored.Length / Width - 1), 0, 0];
        byte[] chunks = [.. "WEBP"u8, .. Chunk("VP8X", extended), .. plain[12..], .. Chunk("EXIF", exif)];
        return [.. "RIFF"u8, .. BitConverter.GetBytes(chunks.Length), .. chunks];

        static IEnumerable<byte> Chunk(string name, byte[] content) =>
            [.. Encoding.ASCII.GetBytes(name), .. BitConverter.GetBytes(content.Length), .. content];
    }

    private static byte[] Encode(SKEncodedImageFormat format)
    {
        using var bitmap = Skia.ToBitmap(new RgbImage(Width, Stored.Length / Width, Grey(3)));
        using var data = bitmap.Encode(format, 100);
        return data.ToArray();
    }
}
