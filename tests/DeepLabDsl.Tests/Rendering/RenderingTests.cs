using System;
using System.Linq;
using System.Xml.Linq;
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
    [InlineData(3.1, 0.8)]
    [InlineData(2.5, 0.5)]
    [InlineData(0.0421, 0.01)]
    [InlineData(0.494, 0.1)]
    [InlineData(0.12, 0.025)]
    public void An_axis_reaches_its_highest_value_in_round_steps(double highest, double step) =>
        Assert.Equal(step, LineChart.StepReaching(highest, 5), 1e-12);

    [Fact]
    public void A_training_curve_has_a_line_and_an_axis_for_loss_and_for_mIoU()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("curve.svg");
        TrainingCurve.Write(
            path, "a <network>", [.. Enumerable.Range(1, 50).Select(i => (20.0 * i, 2.0 / i))], [(500, 0.2), (1000, 0.45)]);
        var svg = XDocument.Load(path).Root!;
        string[] Texts(string color) =>
            [.. svg.Elements().Where(e => (string?)e.Attribute("style") == $"fill:{color}").Select(e => e.Value)];

        Assert.Equal(("900", "460"), ((string?)svg.Attribute("width"), (string?)svg.Attribute("height")));
        Assert.Contains(svg.Elements(), e => e.Value == "a <network>");
        Assert.Equal(["0.0", "0.5", "1.0", "1.5", "2.0"], Texts(LineChart.Colors[1]));
        Assert.Equal(["0 %", "15 %", "30 %", "45 %", "60 %"], Texts(LineChart.Colors[0]));
        // Both lines end at the right edge, and the marks of the scores lie at 20 of 60 and 45 of 60 %.
        var paths = svg.Elements().Where(e => e.Name.LocalName == "path").Select(e => (string)e.Attribute("d")!).ToList();
        Assert.All(paths, d => Assert.Equal("844", d.Split('L')[^1].Split(' ')[0]));
        var heights = svg.Elements().Where(e => e.Name.LocalName == "circle").Select(e => (double)e.Attribute("cy")!);
        Assert.Equal([422 - 388 * 20 / 60.0, 422 - 388 * 45 / 60.0], heights, (a, b) => Math.Abs(a - b) < 0.1);
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
