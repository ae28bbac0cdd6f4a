using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using SkiaSharp;

namespace DeepLabDsl.Rendering;

/// <summary>A vertical axis of a plot.</summary>
/// <param name="Low">The value at the bottom.</param>
/// <param name="Step">The distance of its marks.</param>
/// <param name="Steps">How many steps there are from the bottom to the top.</param>
internal sealed record PlotAxis(double Low, double Step, int Steps)
{
    private static readonly double[] RoundSteps = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

    /// <summary>Whether values are shares, which people read in percent.</summary>
    public bool IsShare { get; init; }

    /// <summary>The value at the top.</summary>
    public double High => Low + Steps * Step;

    /// <summary>The axis from 0 with a number of round steps that reaches a value.</summary>
    /// <param name="highest">The value.</param>
    /// <param name="steps">The number of steps.</param>
    public static PlotAxis Reaching(double highest, int steps)
    {
        var minimum = Math.Max(highest, 1e-9) / steps;
        var power = Math.Pow(10, Math.Floor(Math.Log10(minimum)));
        return new PlotAxis(0, power * RoundSteps.First(s => s * power >= minimum * (1 - 1e-9)), steps);
    }

    /// <summary>How the mark after a number of steps is written: with as many digits as the distance of two takes.</summary>
    /// <param name="step">The number of steps from the bottom.</param>
    public string Label(int step)
    {
        var scale = IsShare ? 100 : 1;
        var digits = Enumerable.Range(0, 9).First(d => d == 8 || Math.Abs(Math.Round(Step * scale, d) - Step * scale) < 1e-9 * scale);
        return ((Low + step * Step) * scale).ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            + (IsShare ? " %" : "");
    }
}

/// <summary>A line of a plot.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Points">Its points, by x; those that are no number are left out.</param>
/// <param name="Color">Its colour.</param>
internal sealed record PlotLine(string Name, IReadOnlyList<(double X, double Y)> Points, SKColor Color)
{
    /// <summary>Whether each point is marked.</summary>
    public bool IsMarked { get; init; }

    /// <summary>Whether it is read from the axis on the right, whose numbers then have the line's colour.</summary>
    public bool IsRight { get; init; }
}

/// <summary>
/// Draws lines over axes as a PNG, for a file that is looked at on its own. In pages <see cref="LineChart"/> draws, whose text
/// is the browser's.
/// </summary>
/// <param name="title">What stands above.</param>
/// <param name="horizontal">What the horizontal axis counts, from 0.</param>
/// <param name="end">Its end.</param>
/// <param name="left">The axis on the left.</param>
/// <param name="right">The axis on the right, with as many steps; null: none.</param>
internal sealed class LinePlot(string title, string horizontal, double end, PlotAxis left, PlotAxis? right = null)
{
    private const int Width = 900;
    private const int Height = 460;
    private const float Left = 70;
    private const float Top = 60;
    private const float Bottom = 58;
    private const float TitleHeight = 11;
    private const float TextHeight = 9;
    private const int LegendLine = 22;

    private static readonly SKColor Ink = new(0x22, 0x22, 0x22);
    private static readonly SKColor Quiet = new(0x66, 0x66, 0x66);

    private readonly float _right = right is null ? 28 : 70;

    /// <summary>Colours of lines.</summary>
    public static IReadOnlyList<SKColor> Colors { get; } =
    [
        new(0xC8, 0x4A, 0x3A), new(0x2E, 0x6F, 0xB7), new(0x3B, 0x8E, 0x4E), new(0x8A, 0x55, 0xA8),
    ];

    /// <summary>Writes the plot.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lines">The lines.</param>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    public void Write(string path, IReadOnlyList<PlotLine> lines)
    {
        using var surface = SKSurface.Create(new SKImageInfo(Width, Height));
        var canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        StrokeFont.Draw(canvas, StrokeFont.Fit(title, TitleHeight, Width - Left - _right), Left, 24, TitleHeight, Ink, 1.4f);
        DrawAxes(canvas, lines);
        DrawLegend(canvas, lines);
        foreach (var line in lines)
            DrawLine(canvas, line);
        ImageFile.WritePng(path, surface);
    }

    private void DrawAxes(SKCanvas canvas, IReadOnlyList<PlotLine> lines)
    {
        using var grid = new SKPaint { Color = new SKColor(0xE4, 0xE4, 0xE4), StrokeWidth = 1 };
        // With two axes a number's colour says whose it is.
        var leftColor = right is null ? Ink : lines.First(l => !l.IsRight).Color;
        for (var i = 0; i <= left.Steps; i++)
        {
            var y = Y(left, left.Low + i * left.Step);
            canvas.DrawLine(Left, y, Width - _right, y, grid);
            Text(canvas, left.Label(i), Left - 8, y + TextHeight / 2, leftColor, 1);
            if (right is not null)
                Text(canvas, right.Label(i), Width - _right + 8, y + TextHeight / 2, lines.First(l => l.IsRight).Color, 0);
        }
        var (_, _, step) = LineChart.Nice(0, end);
        for (var x = 0.0; x <= end * (1 + 1e-9); x += step)
            Text(canvas, x.ToString("#,0.##", CultureInfo.InvariantCulture), X(x), Height - Bottom + 20, Ink, 0.5f);
        Text(canvas, horizontal, (Left + Width - _right) / 2, Height - 14, Quiet, 0.5f);
    }

    private void DrawLegend(SKCanvas canvas, IReadOnlyList<PlotLine> lines)
    {
        var x = Left;
        foreach (var line in lines)
        {
            using var paint = Stroke(line.Color);
            canvas.DrawLine(x, Top - 18, x + LegendLine, Top - 18, paint);
            Text(canvas, line.Name, x + LegendLine + 7, Top - 18 + TextHeight / 2, Ink, 0);
            x += LegendLine + 33 + StrokeFont.Measure(line.Name, TextHeight);
        }
    }

    private void DrawLine(SKCanvas canvas, PlotLine line)
    {
        var axis = line.IsRight ? right! : left;
        SKPoint[] points = [.. line.Points.Where(p => double.IsFinite(p.Y)).Select(p => new SKPoint(X(p.X), Y(axis, p.Y)))];
        using var paint = Stroke(line.Color);
        canvas.Save();
        // What is beyond an axis leaves the picture, and does not lie along its edge.
        canvas.ClipRect(new SKRect(Left - 5, Top - 1, Width - _right + 5, Height - Bottom + 5));
        canvas.DrawPoints(SKPointMode.Polygon, points, paint);
        paint.Style = SKPaintStyle.Fill;
        foreach (var point in line.IsMarked ? points : [])
            canvas.DrawCircle(point, 4, paint);
        canvas.Restore();
    }

    private float X(double value) => (float)(Left + value / end * (Width - Left - _right));

    private static float Y(PlotAxis axis, double value) =>
        (float)(Height - Bottom - (value - axis.Low) / (axis.High - axis.Low) * (Height - Top - Bottom));

    private static SKPaint Stroke(SKColor color) =>
        new() { Color = color, StrokeWidth = 2, IsAntialias = true, Style = SKPaintStyle.Stroke };

    // The part of the text that stands before x.
    private static void Text(SKCanvas canvas, string text, float x, float baseLine, SKColor color, float before) =>
        StrokeFont.Draw(canvas, text, x - before * StrokeFont.Measure(text, TextHeight), baseLine, TextHeight, color);
}
