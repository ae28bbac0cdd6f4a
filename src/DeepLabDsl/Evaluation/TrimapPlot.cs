using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using SkiaSharp;

namespace DeepLabDsl;

/// <summary>Draws mIoU against the width of the band around boundaries.</summary>
public static class TrimapPlot
{
    private const int Width = 720;
    private const int Height = 420;
    private const float Left = 64;
    private const float Right = 24;
    private const float Top = 48;
    private const float Bottom = 48;
    private const float TextHeight = 9;

    private static readonly SKColor[] Colors = [new(0xC8, 0x4A, 0x3A), new(0x2E, 0x6F, 0xB7), new(0x3B, 0x8E, 0x4E), new(0x8A, 0x55, 0xA8)];

    /// <summary>Writes the plot as a PNG.</summary>
    /// <param name="path">The file.</param>
    /// <param name="curves">Names and scores, such as before and after a CRF.</param>
    /// <exception cref="DataException">The file can't be written.</exception>
    public static void Write(string path, params IReadOnlyList<(string Name, IReadOnlyList<BandScore> Trimap)> curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        using var surface = SKSurface.Create(new SKImageInfo(Width, Height));
        var canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        var values = curves.SelectMany(c => c.Trimap).Select(b => b.MeanIoU).Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        // Whole tenths around what there is to see.
        var (low, high) = (Math.Floor(values.Min() * 10) / 10, Math.Ceiling(values.Max() * 10 + 1e-9) / 10);
        float X(double band) => (float)(Left + band / BoundaryEvaluation.WidestBand * (Width - Left - Right));
        float Y(double score) => (float)(Height - Bottom - (score - low) / (high - low) * (Height - Top - Bottom));
        using var grid = new SKPaint { Color = new SKColor(0xE4, 0xE4, 0xE4), StrokeWidth = 1 };
        for (var score = low; score <= high + 1e-6; score += 0.05)
        {
            canvas.DrawLine(Left, Y(score), Width - Right, Y(score), grid);
            var text = (100 * score).ToString("0", CultureInfo.InvariantCulture) + " %";
            StrokeFont.Draw(canvas, text, Left - 8 - StrokeFont.Measure(text, TextHeight), Y(score) + TextHeight / 2, TextHeight, SKColors.Black);
        }
        for (var band = 0; band <= BoundaryEvaluation.WidestBand; band += 5)
        {
            var text = band.ToString(CultureInfo.InvariantCulture);
            StrokeFont.Draw(canvas, text, X(band) - StrokeFont.Measure(text, TextHeight) / 2, Height - Bottom + 18, TextHeight, SKColors.Black);
        }
        const string axis = "pixels from the boundary";
        StrokeFont.Draw(canvas, axis, (Width - StrokeFont.Measure(axis, TextHeight)) / 2, Height - 10, TextHeight, SKColors.Black);
        var legend = Left;
        for (var i = 0; i < curves.Count; i++)
        {
            var (name, trimap) = curves[i];
            using var paint = new SKPaint { Color = Colors[i % Colors.Length], StrokeWidth = 2, IsAntialias = true, Style = SKPaintStyle.Stroke };
            var points = trimap.Where(b => double.IsFinite(b.MeanIoU)).Select(b => new SKPoint(X(b.Width), Y(b.MeanIoU))).ToArray();
            canvas.DrawPoints(SKPointMode.Polygon, points, paint);
            canvas.DrawLine(legend, 22, legend + 24, 22, paint);
            StrokeFont.Draw(canvas, "mIoU " + name, legend + 32, 22 + TextHeight / 2, TextHeight, SKColors.Black);
            legend += 64 + StrokeFont.Measure("mIoU " + name, TextHeight);
        }
        ImageFile.WritePng(path, surface);
    }
}
