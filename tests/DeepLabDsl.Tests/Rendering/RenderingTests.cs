using System;
using System.Linq;
using DeepLabDsl.Imaging;
using DeepLabDsl.Rendering;
using DeepLabDsl.Training;

namespace DeepLabDsl.Tests.Rendering;

public sealed class RenderingTests
{
    private static readonly ClassSet Classes = new(
        "toy", [new("red", new Rgb(200, 0, 0)), new("green", new Rgb(0, 200, 0))], 255, new Rgb(9, 9, 9));

    [Fact]
    public void A_mask_is_drawn_in_its_classes_colours()
    {
        var picture = MaskRenderer.Colorize(new LabelMap(3, 1, [1, 0, 255]), Classes);
        Assert.Equal([0, 200, 0, 200, 0, 0, 9, 9, 9], picture.Pixels);
    }

    [Fact]
    public void An_overlay_tints_classes_leaves_void_and_marks_borders()
    {
        var image = new RgbImage(5, 3, [.. Enumerable.Repeat((byte)100, 45)]);
        var labels = new LabelMap(5, 3, [0, 0, 1, 255, 255, 0, 0, 1, 255, 255, 0, 0, 1, 255, 255]);
        var plain = MaskRenderer.Overlay(image, labels, Classes, opacity: 0.5, borders: false);
        Assert.Equal((new Rgb(150, 50, 50), new Rgb(50, 150, 50), new Rgb(100, 100, 100)), (plain[0, 1], plain[2, 1], plain[4, 1]));

        var bordered = MaskRenderer.Overlay(image, labels, Classes, opacity: 0.5);
        Assert.Equal((plain[0, 1], plain[4, 1]), (bordered[0, 1], bordered[4, 1]));
        Assert.All([bordered[1, 1], bordered[2, 1]], c => Assert.True(Math.Min(c.R, Math.Min(c.G, c.B)) > 200, $"{c}"));

        Assert.Throws<ArgumentException>(() => MaskRenderer.Overlay(image, new LabelMap(4, 3), Classes));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskRenderer.Overlay(image, labels, Classes, opacity: 1.1));
    }

    [Theory]
    [InlineData(3.1, false, "0.0 0.8 1.6 2.4 3.2 4.0")]
    [InlineData(2.5, false, "0.0 0.5 1.0 1.5 2.0 2.5")]
    [InlineData(0.0421, false, "0.00 0.01 0.02 0.03 0.04 0.05")]
    [InlineData(0.494, true, "0 % 10 % 20 % 30 % 40 % 50 %")]
    [InlineData(0.12, true, "0.0 % 2.5 % 5.0 % 7.5 % 10.0 % 12.5 %")]
    [InlineData(0, true, "")]
    public void An_axis_reaches_its_greatest_value_in_round_steps(double highest, bool isShare, string labels)
    {
        var axis = PlotAxis.Reaching(highest, 5) with { IsShare = isShare };
        Assert.True(axis.High >= highest);
        if (labels.Length > 0)
            Assert.Equal(labels, string.Join(' ', Enumerable.Range(0, 6).Select(axis.Label)));
    }

    [Fact]
    public void A_training_curve_has_its_lines_and_its_numbers()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("curve.png");
        TrainingCurve.Write(path, "a network", [.. Enumerable.Range(1, 50).Select(i => (20.0 * i, 2.0 / i))], [(500, 0.2), (1000, 0.4)]);
        var picture = ImageFile.ReadRgb(path);
        int Count(int left, int right, Func<Rgb, bool> isMeant) =>
            Enumerable.Range(0, picture.Height).Sum(y => Enumerable.Range(left, right - left).Count(x => isMeant(picture[x, y])));
        static bool IsRed(Rgb c) => c.R > c.B + 60;
        static bool IsBlue(Rgb c) => c.B > c.R + 60;
        // Numbers on the left in the colour of the loss, on the right in that of mIoU; lines between.
        Assert.All([Count(0, 66, IsRed), Count(picture.Width - 66, picture.Width, IsBlue)], c => Assert.InRange(c, 60, 4000));
        Assert.All([Count(80, 500, IsRed), Count(500, 820, IsBlue)], c => Assert.True(c > 300));
    }

    [Fact]
    public void A_sheet_shows_the_columns_that_there_are()
    {
        var (image, labels) = (new RgbImage(60, 30), new LabelMap(60, 30));
        int Width(LabelMap? truth, LabelMap? prediction)
        {
            var sheet = new ContactSheet(Classes) { TileWidth = 60 };
            sheet.Add("sample", image, truth, prediction);
            return sheet.Render().Width;
        }
        Assert.Equal(Width(null, null) + 2 * 68, Width(labels, null));
        Assert.Equal(Width(null, null) + 2 * 68, Width(null, labels));
        Assert.Equal(Width(null, null) + 3 * 68, Width(labels, labels));
        var compared = new ContactSheet(Classes) { TileWidth = 60 };
        compared.Add("sample", image, labels, labels, labels);
        Assert.Equal(Width(labels, labels) + 68, compared.Render().Width);
        Assert.Throws<InvalidOperationException>(() => new ContactSheet(Classes).Render());
        Assert.Throws<ArgumentException>(() => new ContactSheet(Classes).Add("sample", image, new LabelMap(1, 1), null));
    }

    [Fact]
    public void A_sheet_has_its_pictures_its_text_and_the_legend_in_it()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("sheet.png");
        var labels = new LabelMap(96, 64);
        labels.Indices.AsSpan(0, 96 * 32).Fill(1);
        var image = new RgbImage(96, 64, [.. Enumerable.Repeat((byte)77, 96 * 64 * 3)]);
        RgbImage Sheet(string caption)
        {
            var sheet = new ContactSheet(Classes) { TileWidth = 96 };
            sheet.Add(caption, image, labels, null);
            sheet.Write(path);
            return ImageFile.ReadRgb(path);
        }
        var without = Sheet("");
        var with = Sheet("A caption");
        Assert.Equal((without.Width, without.Height), (with.Width, with.Height));

        // Only the caption's line differs, and there is ink in it: on a machine without fonts too.
        var rows = Enumerable.Range(0, with.Height).Where(y => !with.Row(y).SequenceEqual(without.Row(y))).ToArray();
        Assert.InRange(rows.Length, 9, 20);
        var ink = rows.Sum(y => with.Row(y).ToArray().Count(v => v > 150));
        Assert.True(ink > 100, $"{ink} bright values in the caption");

        // The class's colour in the truth and in the legend below.
        var reds = Enumerable.Range(0, with.Height).Where(y => with.Row(y).IndexOf([(byte)200, (byte)0, (byte)0]) >= 0).ToArray();
        Assert.True(reds.Length > 32 && reds[^1] > rows[^1]);
    }
}
