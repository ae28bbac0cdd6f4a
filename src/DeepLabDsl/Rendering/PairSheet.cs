using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Imaging;
using SkiaSharp;

namespace DeepLabDsl.Rendering;

/// <summary>One picture of pairs of pictures: each pair a row, side by side, with an outline in the second.</summary>
/// <param name="title">A line above the pairs.</param>
internal sealed class PairSheet(string title)
{
    private const int TileWidth = 360;
    private const int Margin = 16;
    private const int Gap = 10;
    private const int CaptionHeight = 24;
    private const int TitleHeight = 40;
    private const float TextSize = 12.5f;
    private const float TitleTextSize = 17;

    private static readonly SKColor Background = new(0x17, 0x1A, 0x20);
    private static readonly SKColor Text = new(0xE6, 0xE9, 0xEF);
    private static readonly SKColor Outline = new(0xFF, 0xC2, 0x3D);

    private readonly List<Pair> _pairs = [];

    /// <summary>The number of pairs so far.</summary>
    public int Pairs => _pairs.Count;

    /// <summary>Adds a pair.</summary>
    /// <param name="left">The first picture.</param>
    /// <param name="leftCaption">What stands under it.</param>
    /// <param name="right">The second.</param>
    /// <param name="rightCaption">What stands under that.</param>
    /// <param name="outline">A rectangle of the second in its pixels; what is beyond the picture is not drawn.</param>
    public void Add(
        RgbImage left, string leftCaption, RgbImage right, string rightCaption,
        (double Left, double Top, double Right, double Bottom) outline) =>
        _pairs.Add(new Pair(left, leftCaption, right, rightCaption, outline));

    /// <summary>Draws the sheet.</summary>
    /// <exception cref="InvalidOperationException">There are no pairs.</exception>
    public RgbImage Render()
    {
        if (_pairs.Count == 0)
            throw new InvalidOperationException("A sheet needs at least one pair.");
        var width = 2 * Margin + 2 * TileWidth + Gap;
        var height = TitleHeight + _pairs.Sum(p => HeightOf(p) + CaptionHeight + Gap) + Margin;
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(Background);
        PictureText.Draw(
            canvas, PictureText.Fit(title, TitleTextSize, width - 2 * Margin), Margin, Margin + 10, TitleTextSize, Text);
        var y = TitleHeight;
        foreach (var pair in _pairs)
        {
            var tile = HeightOf(pair);
            Draw(canvas, pair.Left, pair.LeftCaption, Margin, y, tile);
            var (x, scale) = (Margin + TileWidth + Gap, Draw(canvas, pair.Right, pair.RightCaption, Margin + TileWidth + Gap, y, tile));
            canvas.Save();
            canvas.ClipRect(new SKRect(x, y, x + (float)(scale * pair.Right.Width), y + (float)(scale * pair.Right.Height)));
            using var line = new SKPaint { Color = Outline, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 3 };
            var (left, top, right, bottom) = pair.Outline;
            canvas.DrawRect(
                new SKRect(
                    (float)(x + scale * left), (float)(y + scale * top), (float)(x + scale * right), (float)(y + scale * bottom)), line);
            canvas.Restore();
            y += tile + CaptionHeight + Gap;
        }
        canvas.Flush();
        return Skia.ToImage(bitmap);
    }

    // As wide as there is room for, and of a tall picture not more than twice as high.
    private static double ScaleOf(RgbImage picture) => Math.Min(TileWidth / (double)picture.Width, 2.0 * TileWidth / picture.Height);

    private static int HeightOf(Pair pair) => (int)Math.Ceiling(
        Math.Max(ScaleOf(pair.Left) * pair.Left.Height, ScaleOf(pair.Right) * pair.Right.Height));

    private static double Draw(SKCanvas canvas, RgbImage picture, string caption, int x, int y, int tile)
    {
        var scale = ScaleOf(picture);
        using var bitmap = Skia.ToBitmap(picture);
        using var image = SKImage.FromBitmap(bitmap);
        var sampling = scale < 1
            ? new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear)
            : new SKSamplingOptions(SKCubicResampler.Mitchell);
        canvas.DrawImage(
            image, new SKRect(x, y, x + (float)(scale * picture.Width), y + (float)(scale * picture.Height)), sampling);
        PictureText.Draw(canvas, PictureText.Fit(caption, TextSize, TileWidth), x, y + tile + 16, TextSize, Text);
        return scale;
    }

    private sealed record Pair(
        RgbImage Left, string LeftCaption, RgbImage Right, string RightCaption,
        (double Left, double Top, double Right, double Bottom) Outline);
}
