using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Data;

/// <summary>Pictures that splits have in common, and splits that keep groups whole.</summary>
public sealed class LeakageTests : IDisposable
{
    private const string Classes = "classes: { soil: [128, 64, 0], crop: [0, 200, 0] }\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Copies_crops_and_mirror_images_are_found_and_strangers_are_not()
    {
        var pictures = Enumerable.Range(0, 8).Select(i => Draw((ulong)i)).ToList();
        for (var i = 0; i < pictures.Count; i++)
            Write($"t{i}", pictures[i]);
        Write("v0", Lit(pictures[0]));
        Write("v1", Crop(pictures[1], 30, 40, 168, 126));
        Write("v2", Mirrored(pictures[2]));
        Write("v3", Mirrored(Crop(pictures[3], 10, 10, 180, 135)));
        for (var i = 4; i < 8; i++)
            Write($"v{i}", Draw((ulong)(100 + i)));
        Describe("splits: { train: ['t*'], val: ['v*'] }\n");

        var report = DatasetCheck.Run(_folder.Path);

        var leakage = Assert.Single(report.Leakage);
        Assert.Equal(("val", "train", 8), (leakage.Split, leakage.Source, leakage.Images));
        Assert.Equal(
            [
                ("v0", "t0", PictureKinship.Copy), ("v1", "t1", PictureKinship.Crop), ("v2", "t2", PictureKinship.Mirrored),
                ("v3", "t3", PictureKinship.Mirrored),
            ],
            leakage.Relations.Select(r => (Name(r.Image), Name(r.Relative), r.Kinship)).Order());
        // A part of 168 pixels of 240, its middle 6 left of the other's and 13 below.
        var crop = leakage.Relations.Single(r => r.Kinship == PictureKinship.Crop).Match.OutlineIn(
            ImageFile.ReadRgb(Photo("v1")), ImageFile.ReadRgb(Photo("t1")));
        Assert.Equal([30, 40, 198, 166], [crop.Left, crop.Top, crop.Right, crop.Bottom], (a, b) => Math.Abs(a - b) < 3);
        var problem = Assert.Single(report.Problems, p => p.Fault == DatasetFault.Leakage);
        Assert.False(problem.IsError);
        Assert.StartsWith(
            "4 of 8 pictures of 'val' (50 %) have a close relative in 'train' (2 mirror images, 1 copy, 1 crop): ", problem.Message,
            StringComparison.Ordinal);
        Assert.NotNull(DatasetCheck.DrawRelatives(report));
    }

    [Fact]
    public void Films_that_splits_share_by_their_names_are_named_where_their_pictures_are_alike()
    {
        // Two films of one light each: the pictures of a film are alike as wholes.
        for (var i = 0; i < 6; i++)
        {
            Write($"dawn_{i}", Shaded(Draw((ulong)i), fromTop: true));
            Write($"noon_{i}", Shaded(Draw((ulong)(50 + i)), fromTop: false));
        }
        Describe("splits: { val: [dawn_4, dawn_5], train: rest }\n");

        var problem = Assert.Single(DatasetCheck.Run(_folder.Path).Problems, p => p.Fault == DatasetFault.SharedGroup);

        Assert.Equal(
            "the splits 'val' and 'train' share 'dawn' by the beginnings of their names: 2 of 2 pictures of 'val' (100 %) are of a film, "
            + "place or the like that 'train' knows. Split by group, so that none is in both: 'groups: '{group}_{frame}'' and "
            + "'splits: { val: { share: 0.2 }, train: rest }' in the dataset file.", problem.Message);
    }

    [Fact]
    public void Counters_at_the_beginning_of_names_are_no_films()
    {
        for (var i = 0; i < 12; i++)
            Write($"{2007 + i % 2}_{i}", Draw((ulong)i));
        Describe("splits: { val: { share: 0.5 }, train: rest }\n");

        Assert.DoesNotContain(DatasetCheck.Run(_folder.Path).Problems, p => p.Fault == DatasetFault.SharedGroup);
    }

    [Fact]
    public void Groups_are_held_out_by_name_and_stay_whole_in_shares()
    {
        Films(("a", 3), ("b", 5), ("c", 7), ("d", 5));

        Describe("splits: { val: { groups: '{film}_{frame}', hold_out: [b, d] }, train: rest }\n");
        Assert.Equal(["b 5", "d 5"], GroupsOf("val"));
        Assert.Equal(["a 3", "c 7"], GroupsOf("train"));

        // Of 20 images 0.35 are 7: one group of 7, where 5 or 8 would be off.
        Describe("groups: '{film}_{frame}'\nsplits: { val: { share: 0.35 }, train: rest }\n");
        Assert.Equal(["c 7"], GroupsOf("val"));
        var split = DatasetCheck.Run(_folder.Path).Splits[0];
        Assert.Equal((0.35, 0.35), (split.AskedShare, split.ShareOfAll));

        // What another split holds is not drawn.
        Describe("groups: '{film}_{frame}'\nsplits: { test: { hold_out: c }, val: { share: 0.2 }, train: rest }\n");
        Assert.Equal(["c 7"], GroupsOf("test"));
        Assert.Equal(["a 3"], GroupsOf("val"));
        Assert.Equal(["b 5", "d 5"], GroupsOf("train"));
    }

    [Theory]
    [InlineData("splits: { val: { hold_out: [b] }, train: rest }", "(5,28): hold_out names groups, and the file does not say")]
    [InlineData(
        "splits: { val: { groups: '{film}_{frame}', hold_out: [z] }, train: rest }",
        "(5,54): hold_out: there is no group 'z'; by '{film}_{frame}' there are a, b.")]
    [InlineData("groups: '{film}'", "(5,9): groups: by '{film}' alone each image is a group of its own")]
    [InlineData("groups: 'a_*'", "(5,9): groups: 'a_*' has no part that names the group")]
    [InlineData(
        "splits: { val: { groups: '{film}-{frame}', hold_out: [a] }, train: rest }",
        "(5,26): groups: '{film}-{frame}' does not fit the name of photos/a_0.png and 7 more images")]
    [InlineData("splits: { val: { groups: '{film}_{frame}', sahre: 0.2 }, train: rest }", "(5,44): 'sahre' is not a key of a split")]
    [InlineData("splits: { val: { groups: '{film}_{frame}' }, train: rest }", "(5,16): a split by group is { hold_out:")]
    public void A_fault_in_groups_is_told_with_its_line(string line, string message)
    {
        Films(("a", 3), ("b", 5));
        Describe(line + "\n");

        var fault = Assert.Throws<DeepLabDsl.Errors.UnusableDataException>(() => SegmentationDataset.Open(_folder.Path, "val"));

        Assert.Contains("dataset.yaml" + message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folds_are_of_whole_groups_and_as_large_as_one_another_as_groups_come()
    {
        Films(("a", 3), ("b", 5), ("c", 7), ("d", 5), ("e", 2));
        Describe("groups: '{film}_{frame}'\nsplits: { val: { hold_out: e }, train: rest }\n");

        var folds = Enumerable.Range(1, 3).Select(k => SegmentationDataset.OpenFold(_folder.Path, "train", new Fold(k, 3))).ToList();

        Assert.Equal(["c 7", "a 3,b 5", "d 5"], folds.Select(f => string.Join(',', GroupsOf(f.HeldOut))));
        Assert.Equal(["a 3", "b 5", "d 5"], GroupsOf(folds[0].Train));
        Assert.Equal("fold 2/3 of train", folds[1].HeldOut.Split);
        Assert.Contains(
            "has 4 groups (a, b, c, d), and 5 folds need as many",
            Assert.Throws<DeepLabDsl.Errors.UnusableDataException>(
                () => SegmentationDataset.OpenFold(_folder.Path, "train", new Fold(1, 5))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1/3", true)]
    [InlineData("3/3", true)]
    [InlineData("0/3", false)]
    [InlineData("4/3", false)]
    [InlineData("1/1", false)]
    [InlineData("1", false)]
    public void A_fold_is_one_of_at_least_two(string text, bool isFold) => Assert.Equal(isFold, Fold.Parse(text) is not null);

    [Theory]
    // Exactly what is asked for where groups come so, the nearest else; never none, never all.
    [InlineData(new[] { 62, 101, 305 }, 93.6, new[] { 1 })]
    [InlineData(new[] { 5, 5, 5 }, 0.1, new[] { 0 })]
    [InlineData(new[] { 5, 5, 5 }, 14.9, new[] { 0, 1 })]
    public void Whole_groups_come_as_near_to_a_share_as_they_can(int[] sizes, double wanted, int[] chosen) =>
        Assert.Equal(chosen, ImageGroups.Choose(sizes, wanted));

    [Fact]
    public void Many_groups_come_to_a_share_to_the_image()
    {
        var random = new SeededRandom(5);
        int[] sizes = [.. Enumerable.Range(0, 500).Select(_ => random.Next(1, 40))];

        Assert.Equal(2000, ImageGroups.Choose(sizes, 2000).Sum(i => sizes[i]));
    }

    // Rectangles and discs on a ground, of sizes as things have.
    private static RgbImage Draw(ulong seed)
    {
        var random = new SeededRandom(seed);
        var picture = new RgbImage(240, 180);
        for (var thing = 0; thing < 160; thing++)
        {
            var (x, y, size) = (random.Next(0, 240), random.Next(0, 180), random.Next(4, thing < 30 ? 60 : 18));
            var (color, isDisc) = (new Rgb(Shade(), Shade(), Shade()), random.NextBool());
            var tall = random.Next(4, size + 4);
            for (var v = Math.Max(0, y - tall); v < Math.Min(180, y + tall); v++)
            {
                for (var u = Math.Max(0, x - size); u < Math.Min(240, x + size); u++)
                {
                    var (across, down) = ((u - x) / (double)size, (v - y) / (double)tall);
                    if (!isDisc || across * across + down * down < 1)
                        picture[u, v] = color;
                }
            }
        }
        return picture;

        byte Shade() => (byte)random.Next(20, 236);
    }

    private static RgbImage Map(int width, int height, Func<int, int, Rgb> pixel)
    {
        var picture = new RgbImage(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                picture[x, y] = pixel(x, y);
        }
        return picture;
    }

    private static RgbImage Crop(RgbImage from, int left, int top, int width, int height) =>
        Map(width, height, (x, y) => from[left + x, top + y]);

    private static RgbImage Mirrored(RgbImage from) => Map(from.Width, from.Height, (x, y) => from[from.Width - 1 - x, y]);

    private static RgbImage Lit(RgbImage from) => Map(
        from.Width, from.Height, (x, y) => new Rgb(Lit(from[x, y].R), Lit(from[x, y].G), Lit(from[x, y].B)));

    private static byte Lit(byte value) => (byte)(200 * Math.Pow(value / 255.0, 0.7));

    private static RgbImage Shaded(RgbImage from, bool fromTop) => Map(from.Width, from.Height, (x, y) =>
    {
        var light = fromTop ? y / 180.0 : 1 - y / 180.0;
        return new Rgb((byte)(from[x, y].R * light), (byte)(from[x, y].G * light), (byte)(from[x, y].B * light));
    });

    private void Films(params (string Name, int Frames)[] films)
    {
        foreach (var (name, frames) in films)
        {
            for (var i = 0; i < frames; i++)
                Write($"{name}_{i}", new RgbImage(4, 2));
        }
    }

    private string Photo(string name) => _folder.File($"photos/{name}.png");

    private void Write(string name, RgbImage picture)
    {
        ImageFile.WritePng(Photo(name), picture);
        var labels = new LabelMap(picture.Width, picture.Height);
        labels.Indices.AsSpan(0, labels.Indices.Length / 2).Fill(1);
        ImageFile.WriteIndexedPng(
            _folder.File($"masks/{name}.png"), labels,
            new ClassSet("farm", [new SegmentationClass("soil", default), new SegmentationClass("crop", new Rgb(0, 200, 0))]));
    }

    private void Describe(string lines) => File.WriteAllText(
        _folder.File("dataset.yaml"), $"dataset: farm\nimages: photos/{{name}}.png\nlabels: masks/{{name}}.png\n{Classes}{lines}");

    private string[] GroupsOf(string split) => GroupsOf(SegmentationDataset.Open(_folder.Path, split));

    private static string[] GroupsOf(SegmentationDataset dataset) =>
        [.. Enumerable.Range(0, dataset.Count).Select(i => dataset.GetInfo(i).Group!)
            .CountBy(g => g).Select(g => $"{g.Key} {g.Value}").Order()];

    private static string Name(string path) => Path.GetFileNameWithoutExtension(path);
}
