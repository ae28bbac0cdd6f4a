using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using SkiaSharp;

namespace DeepLabDsl;

/// <summary>Draws loss and mIoU against iterations.</summary>
internal static class TrainingCurve
{
    private const int Width = 900;
    private const int Height = 420;
    private const float Left = 70;
    private const float Right = 70;
    private const float Top = 40;
    private const float Bottom = 50;

    private static readonly SKColor LossColor = new(0xC8, 0x4A, 0x3A);
    private static readonly SKColor ScoreColor = new(0x2E, 0x6F, 0xB7);

    public static void Write(
        string path, string title, IReadOnlyList<(double Iteration, double Value)> losses, IReadOnlyList<(double Iteration, double Value)> scores)
    {
        using var surface = SKSurface.Create(new SKImageInfo(Width, Height));
        var canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        using var font = new SKFont(SKTypeface.Default, 13);
        using var grid = new SKPaint { Color = new SKColor(0xE4, 0xE4, 0xE4), StrokeWidth = 1 };
        var end = losses[^1].Iteration;
        var smooth = Smooth(losses);
        // Loss begins far above where it spends its time: the axis ends at what nearly all of it is below.
        var highest = smooth.Select(l => l.Value).Order().ElementAt((int)(smooth.Count * 0.98)) * 1.1 + 1e-6;
        for (var i = 0; i <= 5; i++)
        {
            var y = Y(i / 5.0);
            canvas.DrawLine(Left, y, Width - Right, y, grid);
            Text(canvas, font, (highest * i / 5).ToString("0.00", CultureInfo.InvariantCulture), Left - 8, y + 4, LossColor, SKTextAlign.Right);
            if (scores.Count > 0)
                Text(canvas, font, $"{20 * i} %", Width - Right + 8, y + 4, ScoreColor, SKTextAlign.Left);
            Text(canvas, font, (end * i / 5).ToString("0", CultureInfo.InvariantCulture), X(i / 5.0), Height - Bottom + 20, SKColors.Black, SKTextAlign.Center);
        }
        Line(canvas, smooth.Select(l => new SKPoint(X(l.Iteration / end), Y(Math.Min(1, l.Value / highest)))).ToArray(), LossColor, dots: false);
        Line(canvas, scores.Select(s => new SKPoint(X(s.Iteration / end), Y(s.Value))).ToArray(), ScoreColor, dots: true);
        Text(canvas, font, title, Width / 2f, 22, SKColors.Black, SKTextAlign.Center);
        Text(canvas, font, "loss", Left, 22, LossColor, SKTextAlign.Left);
        Text(canvas, font, "mIoU", Width - Right, 22, ScoreColor, SKTextAlign.Right);
        Text(canvas, font, "iterations", Width / 2f, Height - 10, SKColors.Black, SKTextAlign.Center);
        ImageFile.WritePng(path, surface);
    }

    private static float X(double share) => (float)(Left + share * (Width - Left - Right));

    private static float Y(double share) => (float)(Height - Bottom - share * (Height - Top - Bottom));

    /// <summary>A running mean: single batches jump too much to read.</summary>
    private static List<(double Iteration, double Value)> Smooth(IReadOnlyList<(double Iteration, double Value)> values)
    {
        var weight = Math.Min(0.95, 1 - 1 / (1 + values.Count / 60.0));
        var mean = values[0].Value;
        return values.Select(v => (v.Iteration, mean = weight * mean + (1 - weight) * v.Value)).ToList();
    }

    private static void Line(SKCanvas canvas, SKPoint[] points, SKColor color, bool dots)
    {
        using var paint = new SKPaint { Color = color, StrokeWidth = 2, IsStroke = true, IsAntialias = true };
        canvas.DrawPoints(SKPointMode.Polygon, points, paint);
        if (!dots)
            return;
        paint.IsStroke = false;
        foreach (var point in points)
            canvas.DrawCircle(point, 4, paint);
    }

    private static void Text(SKCanvas canvas, SKFont font, string text, float x, float y, SKColor color, SKTextAlign align)
    {
        using var paint = new SKPaint { Color = color, IsAntialias = true };
        canvas.DrawText(text, x, y, align, font, paint);
    }
}
