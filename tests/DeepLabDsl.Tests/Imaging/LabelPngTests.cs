using System;
using System.IO;
using System.Linq;
using CsCheck;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Imaging;

public sealed class LabelPngTests
{
    [Fact]
    public void Values_of_every_bit_depth_filter_and_interlace_are_kept()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("labels.png");
        var files =
            from depth in Gen.Int[0, 3].Select(i => 1 << i)
            from width in Gen.Int[1, 21]
            from height in Gen.Int[1, 21]
            from palette in Gen.Bool
            from interlaced in Gen.Bool
            from filter in Gen.Int[0, 4]
            from chunks in Gen.Int[1, 4]
            from values in Gen.Byte[0, (byte)((1 << depth) - 1)].Array[width * height]
            select (depth, width, height, palette, interlaced, filter, chunks, values);
        files.Sample(f =>
        {
            File.WriteAllBytes(path, PngBuilder.Build(
                f.values, f.width, f.height, f.depth, f.palette, f.interlaced, f.filter, f.chunks));
            var map = ImageFile.ReadLabels(path);
            return (map.Width, map.Height) == (f.width, f.height) && map.Indices.SequenceEqual(f.values);
        }, iter: 400, threads: 1);
    }

    [Fact]
    public void An_indexed_png_is_read_back_unchanged_whatever_its_classes_are()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("new", "mask.png");
        var classes = new ClassSet("two", [new("a", new Rgb(1, 2, 3)), new("b", new Rgb(4, 5, 6))]);
        Gen.Byte.Array[17 * 9].Sample(values =>
        {
            ImageFile.WriteIndexedPng(path, new LabelMap(17, 9, values), classes);
            return ImageFile.ReadLabels(path).Indices.SequenceEqual(values);
        }, iter: 50, threads: 1);
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void Other_decoders_see_an_indexed_png_in_its_classes_colours()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("mask.png");
        var classes = new ClassSet("two", [new("a", new Rgb(1, 2, 3)), new("b", new Rgb(4, 5, 6))], 255, new Rgb(7, 8, 9));
        ImageFile.WriteIndexedPng(path, new LabelMap(3, 1, [1, 0, 255]), classes);
        Assert.Equal([4, 5, 6, 1, 2, 3, 7, 8, 9], ImageFile.ReadRgb(path).Pixels);
    }

    [SkippableFact]
    public void Palette_indices_of_VOC_are_its_classes()
    {
        var folder = RealData.Require("voc-sample");
        var map = ImageFile.ReadLabels(Path.Combine(folder, "SegmentationClass", "2011_000003.png"));
        Assert.Equal((500, 338), (map.Width, map.Height));
        // The background, a bottle, two people and a table that is void.
        Assert.Equal(new byte[] { 0, 5, 15, 255 }, map.Indices.Distinct().Order());
    }

    [Theory]
    [InlineData(0, 16, "16-bit grey", "8 bits and one channel")]
    [InlineData(2, 8, "colour (RGB)", "Convert each colour to its class's index")]
    [InlineData(4, 8, "grey with transparency", "8 bits and one channel")]
    [InlineData(6, 8, "colour with transparency (RGBA)", "Convert each colour to its class's index")]
    public void A_png_of_another_kind_is_refused_with_the_remedy(int colorType, int bitDepth, string kind, string remedy)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(
            "mask.png", PngBuilder.Assemble(PngBuilder.Header(1, 1, bitDepth, colorType), [], PngBuilder.Compress(new byte[9])));
        var message = Refusal(path);
        Assert.Contains($"this PNG is {kind}", message);
        Assert.Contains(remedy, message);
    }

    public static TheoryData<string, byte[], string> DamagedFiles()
    {
        var good = PngBuilder.Build([1, 2, 3, 4], 2, 2, 8, palette: false, interlaced: false);
        var flipped = (byte[])good.Clone();
        flipped[^20] ^= 1;
        byte[] rows = [0, 1, 2, 0, 3, 4];
        return new()
        {
            { "no PNG", [1, 2, 3], "this is not a PNG" },
            { "JPEG", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16], "this is a JPEG, whose compression blurs labels" },
            { "cut within a chunk", good[..^14], "the file ends within a chunk" },
            { "cut between chunks", good[..^12], "the file ends before its end mark" },
            { "flipped bit", flipped, "the checksum of its IDAT chunk is wrong" },
            { "no pixels", PngBuilder.Assemble(PngBuilder.Header(2, 2, 8, 0), [], []), "it has no IDAT chunk" },
            { "no palette", PngBuilder.Assemble(PngBuilder.Header(2, 2, 8, 3), [], PngBuilder.Compress(rows)), "it has no PLTE chunk" },
            { "few rows", PngBuilder.Assemble(PngBuilder.Header(2, 3, 8, 0), [], PngBuilder.Compress(rows)), "its pixels end early" },
            { "many rows", PngBuilder.Assemble(PngBuilder.Header(2, 1, 8, 0), [], PngBuilder.Compress(rows)),
            "it has more pixels than its size says" },
            { "no zlib", PngBuilder.Assemble(PngBuilder.Header(2, 2, 8, 0), [], rows), "its pixels cannot be decompressed" },
            { "bad filter", PngBuilder.Assemble(PngBuilder.Header(2, 1, 8, 0), [], PngBuilder.Compress([9, 1, 2])), "a row has filter 9" },
            { "no size", PngBuilder.Assemble(PngBuilder.Header(0, 2, 8, 0), [], PngBuilder.Compress(rows)), "its size is 0x2" },
            { "bad depth", PngBuilder.Assemble(PngBuilder.Header(2, 2, 3, 0), [], PngBuilder.Compress(rows)),
            "colour type 0 with 3 bits does not exist" },
            { "unknown critical chunk", PngBuilder.Assemble(
                PngBuilder.Header(2, 2, 8, 0), PngBuilder.Chunk("ABCD", []), PngBuilder.Compress(rows)), "a critical chunk ABCD" },
        };
    }

    [Theory]
    [MemberData(nameof(DamagedFiles))]
    public void A_damaged_file_is_refused_with_the_reason(string kind, byte[] bytes, string reason)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(reason, Refusal(folder.Write(kind + ".png", bytes)));
    }

    [Fact]
    public void No_damage_to_a_byte_escapes_as_another_exception()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("labels.png");
        var good = PngBuilder.Build([.. Enumerable.Range(0, 99).Select(i => (byte)i)], 11, 9, 8, palette: true, interlaced: true);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte[1, 255]).Sample((at, change) =>
        {
            var bad = (byte[])good.Clone();
            bad[at] ^= change;
            File.WriteAllBytes(path, bad);
            Assert.Throws<UnusableDataException>(() => ImageFile.ReadLabels(path));
        }, iter: 300, threads: 1);
    }

    private static string Refusal(string path)
    {
        var message = Assert.Throws<UnusableDataException>(() => ImageFile.ReadLabels(path)).Message;
        Assert.StartsWith(path + ": ", message);
        return message;
    }
}
