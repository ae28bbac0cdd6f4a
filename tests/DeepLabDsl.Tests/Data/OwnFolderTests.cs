using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Data;

/// <summary>Folders as people have them: any names, any splits, colours or numbers as labels, any number of channels.</summary>
public sealed class OwnFolderTests : IDisposable
{
    private const string Classes = "classes: { soil: [128, 64, 0], crop: [0, 200, 0], weed: [200, 0, 0] }\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("photos/{name}.{jpg,png}", "photos/a.png", "name=a")]
    [InlineData("photos/{name}.{jpg,png}", "photos/a.PNG", "name=a")]
    [InlineData("photos/{name}.{jpg,png}", "photos/deep/a.png", null)]
    [InlineData("**/{name}_rgb.png", "x/y/field_7_rgb.png", "name=field_7")]
    [InlineData("{split}/{name}/{name}.png", "val/a/a.png", "split=val name=a")]
    [InlineData("{split}/{name}/{name}.png", "val/a/b.png", null)]
    [InlineData("s?/*.png", "s1/x.png", "")]
    public void A_glob_tells_files_and_their_parts(string glob, string path, string? parts)
    {
        var match = PathPattern.FromGlob(glob).Match(path);
        Assert.Equal(parts, match is null ? null : string.Join(' ', match.Select(p => $"{p.Key}={p.Value}")));
    }

    [Theory]
    [InlineData(40, 0.2, 8)]
    [InlineData(2, 0.2, 1)]
    [InlineData(3, 0.9, 2)]
    [InlineData(7, 0.5, 4)]
    public void A_share_is_one_to_the_image_and_never_none_or_all(int images, double share, int expected)
    {
        for (var i = 0; i < images; i++)
        {
            _folder.Write($"img/{i}.png", [1]);
            _folder.Write($"lab/{i}.png", [1]);
        }
        Describe(
            FormattableString.Invariant(
                $"images: img/{{name}}.png\nlabels: lab/{{name}}.png\nsplits: {{ val: {{ share: {share} }}, train: rest }}\n"));
        Assert.Equal((expected, images - expected), (Open("val").Count, Open("train").Count));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_name_is_one_however_Unicode_spells_its_accents(bool composedImage, bool composedLabel)
    {
        // As macOS and as others write it; the dataset file and the list the one, the disk the other.
        string Spelt(bool composed) => composed ? "caf\u00E9" : "cafe\u0301";
        Image($"fotos-{Spelt(composedImage)}/{Spelt(composedImage)}.png", 7);
        Labels($"lab/{Spelt(composedLabel)}.png", [0, 1, 2, 255]);
        foreach (var composed in new[] { true, false })
        {
            Describe(
                $"images: fotos-{Spelt(composed)}/{{name}}.png\nlabels: lab/{{name}}.png\nsplits: {{ {Spelt(!composed)}: list.txt }}\n");
            File.WriteAllText(_folder.File("list.txt"), Spelt(!composed));
            var dataset = SegmentationDataset.Open(_folder.Path, Spelt(composed));
            Assert.Equal("caf\u00E9", dataset.GetInfo(0).Name);
            Assert.Equal([0, 1, 2, 255], dataset.Load(0).Labels.Indices);
        }
    }

    [Fact]
    public void Two_spellings_of_one_name_beside_each_other_are_told_apart_for_the_reader()
    {
        Describe("images: img/{name}.png\nlabels: lab/{name}.png\n");
        Image("img/caf\u00E9.png", 1);
        Image("img/cafe\u0301.png", 2);
        Labels("lab/caf\u00E9.png", [0, 1, 2, 255]);
        Assert.EndsWith("Rename or remove one. The two names differ only in how Unicode spells their accents.", OpenFails("all"));
    }

    [Fact]
    public void Links_are_followed_and_end()
    {
        Describe("images: '**/img/{name}.png'\nlabels: lab/{name}.png\n");
        using var elsewhere = new TemporaryFolder();
        ImageFile.WritePng(elsewhere.File("far", "img", "linked.png"), new RgbImage(2, 2));
        Image("img/own.png", 1);
        foreach (var name in new[] { "linked", "own" })
            Labels($"lab/{name}.png", [0, 1, 2, 255]);
        // Two that lead to their own folder, one to all there is, one to another that comes back, and one that is meant.
        foreach (var (link, target) in new[] { ("a", "."), ("b", _folder.Path), ("c", "/"), ("d", elsewhere.Path) })
            Directory.CreateSymbolicLink(Path.Combine(_folder.Path, link), target);
        Directory.CreateSymbolicLink(Path.Combine(elsewhere.Path, "back"), _folder.Path);
        Assert.Equal(["linked", "own"], Names(Open("all")).Order());
    }

    [Fact]
    public void A_pattern_is_matched_without_going_back()
    {
        var pattern = PathPattern.FromRegex("(a+)+(?<name>b)");
        Assert.Null(pattern.Match(new string('a', 4000)));
        var stars = PathPattern.FromGlob(string.Concat(Enumerable.Repeat("*a", 30)) + "{name}.png");
        Assert.Null(stars.Match(new string('a', 250)));
        var twice = PathPattern.FromGlob("{a}{b}{c}{d}{e}{f}{g}{h}{a}{b}{c}{d}{e}{f}{g}{h}x");
        Assert.Contains("takes too long", Assert.Throws<UnusableDataException>(() => twice.Match(new string('a', 250) + "y")).Message);
    }

    [Fact]
    public void Images_and_labels_are_paired_by_the_parts_that_they_share()
    {
        Describe("images: { regex: 'cam(?<cam>\\d)/frame(?<n>\\d+)\\.png' }\nlabels: truth/{n}-{cam}.png\n");
        foreach (var (cam, n) in new[] { (1, 10), (2, 10), (1, 11) })
        {
            Image($"cam{cam}/frame{n}.png", (byte)(cam * 100 + n));
            Labels($"truth/{n}-{cam}.png", [0, 1, 2, 255]);
        }
        var dataset = SegmentationDataset.Open(_folder.Path, "all");
        Assert.Equal(["frame10", "frame11", "frame10"], Names(dataset));
        Assert.EndsWith("10-2.png", dataset.GetInfo(2).LabelPath);
        Assert.Equal(210, dataset.Load(2).Image[0, 0].R);
    }

    [Fact]
    public void Splits_are_lists_globs_shares_and_the_rest()
    {
        for (var i = 0; i < 40; i++)
        {
            Image($"img/s{i % 2}_{i:00}.png", (byte)i);
            Labels($"lab/s{i % 2}_{i:00}.png", [0, 1, 2, 255]);
        }
        const string Files = "images: img/{name}.png\nlabels: lab/{name}.png\n";
        Describe(Files + "splits: { val: ['s1_0*', s0_00], test: lists/test.txt, train: rest }\n");
        File.WriteAllText(_folder.File("lists", "test.txt"), "s0_02\nimg/s0_04.png\nimg/s0_06\n");
        Assert.Equal(["s0_00", "s1_01", "s1_03", "s1_05", "s1_07", "s1_09"], Names(Open("val")));
        Assert.Equal(["s0_02", "s0_04", "s0_06"], Names(Open("test")));
        Assert.Equal(31, Open("train").Count);
        Assert.Contains("there is no split 'trian'; the dataset has the splits val, test, train.", OpenFails("trian"));

        File.AppendAllText(_folder.File("lists", "test.txt"), "s0_99\n");
        Assert.StartsWith(
            $"{Path.Combine(_folder.Path, "lists/test.txt")}(4): there is no image 's0_99': nothing is called img/s0_99.png",
            OpenFails("test"));

        Describe(Files + "splits: { val: { share: 0.25 }, train: rest }\n");
        var before = Names(Open("val"));
        Assert.Equal((10, 30), (before.Length, Open("train").Count));
        // An image that comes or goes moves one other at most.
        Image("img/s2_new.png", 0);
        Labels("lab/s2_new.png", [0, 0, 0, 0]);
        Assert.InRange(before.Except(Names(Open("val"))).Count() + Names(Open("val")).Except(before).Count(n => n != "s2_new"), 0, 1);

        Describe(Files);
        Assert.Contains("there is no split 'train': the dataset file divides nothing, so the one split is 'all'.", OpenFails("train"));
        Assert.Equal(41, Open("all").Count);
    }

    [Fact]
    public void A_colour_coded_label_map_is_read_by_its_colours()
    {
        Describe("images: img/{name}.png\nlabels: lab/{name}.png\nlabel_format: color\nvoid: [[0, 0, 0], [255, 255, 255]]\n");
        Image("img/a.png", 1);
        ImageFile.WritePng(_folder.File("lab", "a.png"), new RgbImage(2, 2, [0, 200, 0, 128, 64, 0, 255, 255, 255, 200, 0, 0]));
        Assert.Equal([1, 0, 255, 2], Open("all").Load(0).Labels.Indices);

        ImageFile.WritePng(_folder.File("lab", "a.png"), new RgbImage(2, 2, [0, 200, 0, 128, 64, 0, 1, 2, 3, 1, 2, 3]));
        var message = Assert.Throws<UnusableDataException>(() => Open("all").Load(0)).Message;
        Assert.Contains(
            "colour #010203 at (0,1) is neither a class nor void; 2 of 4 pixels have such a colour (#010203). "
            + "Dataset 'own' has the colours of 3 classes and of void:", message);
    }

    [Theory]
    [InlineData("classes: { rest: { color: [0, 0, 0], labels: [0] }, thing: { color: [1, 1, 1], labels: [255] } }")]
    [InlineData("void: []\nclasses: { rest: { color: [0, 0, 0], labels: [0] }, thing: { color: [1, 1, 1], labels: [255] } }")]
    public void A_label_255_that_is_a_class_is_no_void(string classes)
    {
        File.WriteAllText(_folder.File("dataset.yaml"), "dataset: own\nimages: img/{name}.png\nlabels: lab/{name}.png\n" + classes);
        Image("img/a.png", 1);
        ImageFile.WriteGreyPng(_folder.File("lab", "a.png"), new LabelMap(2, 2, [0, 255, 255, 0]));
        Assert.Equal([0, 1, 1, 0], Open("all").Load(0).Labels.Indices);
        ImageFile.WriteGreyPng(_folder.File("lab", "a.png"), new LabelMap(2, 2, [0, 255, 254, 0]));
        Assert.Contains("Dataset 'own' has the classes 0, 255: ", Assert.Throws<UnusableDataException>(() => Open("all").Load(0)).Message);
    }

    [Theory]
    [InlineData(2, new byte[] { 0, 0, 0, 2, 2, 2 })]
    [InlineData(6, new byte[] { 0, 0, 0, 255, 2, 2, 2, 0 })]
    [InlineData(4, new byte[] { 0, 255, 2, 255 })]
    public void Numbers_in_equal_channels_are_numbers(int colorType, byte[] row)
    {
        Describe("images: img/{name}.png\nlabels: lab/{name}.png\n");
        _folder.Write("img/a.png", Png(2, 1, 8, 0, [0, 1, 2]));
        _folder.Write("lab/a.png", Png(2, 1, 8, colorType, [0, .. row]));
        Assert.Equal([0, 2], Open("all").Load(0).Labels.Indices);
        if (colorType != 4)
        {
            row[2] = 9;
            _folder.Write("lab/a.png", Png(2, 1, 8, colorType, [0, .. row]));
            Assert.Contains(
                "or say 'label_format: color' in the dataset file",
                Assert.Throws<UnusableDataException>(() => Open("all").Load(0)).Message);
        }
    }

    [Theory]
    [InlineData(SkiaSharp.SKWebpEncoderCompression.Lossless, null)]
    [InlineData(
        SkiaSharp.SKWebpEncoderCompression.Lossy, "this is a lossy WebP, whose compression blurs labels. Export the label map as a PNG.")]
    public void Colours_are_read_from_what_keeps_them(SkiaSharp.SKWebpEncoderCompression compression, string? fault)
    {
        Describe("images: img/{name}.png\nlabels: lab/{name}.webp\nlabel_format: color\n");
        Image("img/a.png", 1);
        using var bitmap = Skia.ToBitmap(new RgbImage(2, 2, [0, 200, 0, 128, 64, 0, 0, 200, 0, 200, 0, 0]));
        using var pixels = bitmap.PeekPixels();
        using var data = pixels.Encode(new SkiaSharp.SKWebpEncoderOptions(compression, 100));
        _folder.Write("lab/a.webp", data!.ToArray());
        if (fault is null)
            Assert.Equal([1, 0, 1, 2], Open("all").Load(0).Labels.Indices);
        else
            Assert.Contains(fault, Assert.Throws<UnusableDataException>(() => Open("all").Load(0)).Message);
    }

    [Fact]
    public void A_size_that_fits_the_image_turned_the_other_way_is_said()
    {
        const string Files = "images: img/{name}.tif\nlabels: lab/{name}.png\n";
        Describe(Files);
        _folder.Write("img/a.tif", TiffBuilder.BuildBytes(3, 2, 1, new byte[6], photometric: 1, orientation: 6));
        Labels("lab/a.png", [0, 1, 2, 0, 1, 2], 3, 2);
        Assert.EndsWith(
            "The image has the EXIF orientation 6 and is read as viewers show it; the label map fits the pixels as they are stored. "
            + "Say 'orientation: ignore' in the dataset file.",
            Assert.Throws<UnusableDataException>(() => Open("all").Load(0)).Message);
        Describe(Files + "orientation: ignore\n");
        Assert.Equal((3, 2), (Open("all").Load(0).Image.Width, Open("all").Load(0).Image.Height));
        Labels("lab/a.png", [0, 1, 2, 0, 1, 2], 2, 3);
        Assert.EndsWith(
            "the label map fits what viewers show. Take that line out of the dataset file.",
            Assert.Throws<UnusableDataException>(() => Open("all").Load(0)).Message);
    }

    [Fact]
    public void Numbers_are_mapped_to_classes_also_beyond_255()
    {
        File.WriteAllText(_folder.File("dataset.yaml"), """
            dataset: own
            images: img/{name}.png
            labels: lab/{name}.png
            classes:
              soil: { color: [1, 1, 1], labels: [7] }
              crop: { color: [2, 2, 2], labels: [8, 3000] }
            void: [0, others]
            """);
        Image("img/a.png", 1);
        byte[] raw = [0, 0, 7, 11, 184, 0, 0, 8, 0, 9];
        _folder.Write("lab/a.png", PngBuilder16(2, 2, raw));
        Assert.Equal([0, 1, 1, 255], Open("all").Load(0).Labels.Indices);
    }

    [Fact]
    public void Channels_are_stacked_from_several_files_and_scaled_by_their_range()
    {
        Describe(
            "images: ['rgb/{name}.png', 'nir/{name}.png']\nlabels: lab/{name}.png\ninput: { channels: 4, range: "
            + "1000, preview: [3, 0, 1] }\n");
        _folder.Write("rgb/a.png", Png(2, 1, 8, 2, [0, 10, 20, 30, 40, 50, 60]));
        _folder.Write("nir/a.png", Png(2, 1, 16, 0, [0, 3, 232, 1, 244]));
        ImageFile.WriteIndexedPng(_folder.File("lab", "a.png"), new LabelMap(2, 1, [0, 1]), DemoScenes.Classes);
        var sample = Open("all").Load(0);
        Assert.All(
            new[] { 0.01f, 0.04f, 0.02f, 0.05f, 0.03f, 0.06f, 1f, 0.5f }.Zip(sample.Planes!.Planes),
            p => Assert.Equal(p.First, p.Second, 1e-6));
        Assert.Equal(new Rgb(255, 0, 0), sample.Image[0, 0]);
        Assert.Equal(4, Open("all").Channels);

        using var loader = new BatchLoader(
            Open("all"),
            new TrainingTransform
            {
                CropWidth = 2,
                CropHeight = 1,
                MinScale = 1,
                MaxScale = 1,
                FlipProbability = 0,
                Normalizer = new ImageNormalizer([0, 0, 0, 0.5], [1, 1, 1, 0.5]),
            },
            new BatchLoaderOptions { BatchSize = 1 });
        var batch = loader.Epoch(0).Single();
        Assert.Equal((4, 8), (batch.Channels, batch.Images.Length));
        Assert.All(
            new[] { 0.01f, 0.04f, 0.02f, 0.05f, 0.03f, 0.06f, 1f, 0f }.Zip(batch.Images), p => Assert.Equal(p.First, p.Second, 1e-6));

        _folder.Write("nir/a.png", Png(1, 1, 16, 0, [0, 3, 232]));
        Assert.Contains("is 1x1, and", Assert.Throws<UnusableDataException>(() => Open("all").Load(0)).Message);
    }

    [Fact]
    public void Files_that_belong_together_are_found_wherever_they_lie()
    {
        Describe("images: ['rgb/{day}/{name}.png', 'nir/{name}-{day}.{tif,png}']\nlabels: lab/{name}.png\ninput: { channels: 4 }\n");
        var stacked = new StackedImages(DatasetDefinition.Read(_folder.File("dataset.yaml")));
        string File(string path) => _folder.File("new/field/" + path);
        foreach (var path in new[] { "rgb/1/a.png", "rgb/2/a.png", "nir/a-1.png", "nir/a-2.png" })
            Image("new/field/" + path, 1);

        Assert.Equal([File("rgb/2/a.png"), File("nir/a-2.png")], stacked.Of(File("rgb/2/a.png")).Paths);
        Assert.Equal(
            [[File("rgb/1/a.png"), File("nir/a-1.png")], [File("rgb/2/a.png"), File("nir/a-2.png")]],
            stacked.In(Path.Combine(_folder.Path, "new", "field")).Select(i => i.Paths));
        Assert.Equal([File("rgb/2/a.png")], stacked.In(Path.Combine(_folder.Path, "new/field/rgb/2")).Select(i => i.Paths[0]));
        Assert.Contains(
            "holds no image of own",
            Assert.Throws<UnusableDataException>(() => stacked.In(Path.Combine(_folder.Path, "new/field/nir"))).Message);

        Assert.StartsWith(
            $"{File("nir/a-1.png")}: is not called rgb/{{day}}/{{name}}.png, as the first of the 2 files of an image of own is.",
            Assert.Throws<UnusableDataException>(() => stacked.Of(File("nir/a-1.png"))).Message);
        Image("new/field/rgb/3/a.png", 1);
        Assert.StartsWith(
            $"{File("nir/a-3.{tif,png}")}: this file is missing",
            Assert.Throws<UnusableDataException>(() => stacked.Of(File("rgb/3/a.png"))).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_TIFF_of_many_channels_is_read(bool planar)
    {
        Describe("images: img/{name}.tif\nlabels: lab/{name}.png\ninput: { channels: 5 }\n");
        var values = Enumerable.Range(0, 2 * 3 * 5).Select(i => (ushort)(i * 2000)).ToArray();
        _folder.Write("img/a.tif", TiffBuilder.Build(2, 3, 5, values, planar));
        Labels("lab/a.png", [0, 1, 2, 0, 1, 2], 2, 3);
        var planes = Open("all").Load(0).Planes!;
        for (var i = 0; i < values.Length; i++)
        {
            var (pixel, channel) = planar ? (i % 6, i / 6) : (i / 5, i % 5);
            Assert.Equal(values[i] / 65535f, planes.Planes[channel * 6 + pixel], 1e-6);
        }
        Describe("images: img/{name}.tif\nlabels: lab/{name}.png\ninput: { channels: 4 }\n");
        Assert.Contains(
            "has 5 channels, and the dataset file says 'channels: 4'",
            Assert.Throws<UnusableDataException>(() => Open("all").Load(0)).Message);
        _folder.Write("img/a.tif", TiffBuilder.Build(2, 3, 5, values, planar)[..90]);
        Assert.Contains("TIFF", Assert.Throws<UnusableDataException>(() => Open("all").Load(0)).Message);
    }

    private SegmentationDataset Open(string split) => SegmentationDataset.Open(_folder.Path, split);

    private string OpenFails(string split) => Assert.Throws<UnusableDataException>(() => Open(split)).Message;

    private static string[] Names(SegmentationDataset dataset) =>
        [.. Enumerable.Range(0, dataset.Count).Select(i => dataset.GetInfo(i).Name)];

    private void Describe(string files) => File.WriteAllText(_folder.File("dataset.yaml"), "dataset: own\n" + files + Classes);

    private void Image(string path, byte red) =>
        ImageFile.WritePng(_folder.File(path), new RgbImage(2, 2, [red, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));

    private void Labels(string path, byte[] labels, int width = 2, int height = 2) =>
        ImageFile.WriteIndexedPng(_folder.File(path), new LabelMap(width, height, labels), DemoScenes.Classes);

    // Each row begins with its filter, 0 or 1 (difference to the pixel before).
    private static byte[] Png(int width, int height, int depth, int colorType, byte[] raw) =>
        Imaging.PngBuilder.Assemble(Imaging.PngBuilder.Header(width, height, depth, colorType), [], Imaging.PngBuilder.Compress(raw));

    private static byte[] PngBuilder16(int width, int height, byte[] raw) => Png(width, height, 16, 0, raw);
}
