using System;
using System.Numerics;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Cli.Demo;

/// <summary>
/// Four samples a pixel, each with a colour and a class. The picture is their mean, so that its edges are smooth; the
/// truth is the class that most of them have, so that it is exact.
/// </summary>
internal sealed class DemoCanvas
{
    private const int Samples = 2;

    private readonly Vector3[] _colors;
    private readonly byte[] _labels;
    private readonly int _columns;
    private readonly int _rows;

    public DemoCanvas(int width, int height)
    {
        Width = width;
        Height = height;
        _columns = width * Samples;
        _rows = height * Samples;
        _colors = new Vector3[_columns * _rows];
        _labels = new byte[_columns * _rows];
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Gives a class and a colour to what is inside a shape.</summary>
    public void Fill(
        float left, float top, float right, float bottom, byte label, Func<float, float, bool> inside,
        Func<float, float, Vector3> shade)
    {
        var (x0, x1) = Range(left, right, _columns);
        var (y0, y1) = Range(top, bottom, _rows);
        for (var row = y0; row < y1; row++)
        {
            var y = (row + 0.5f) / Samples;
            for (var column = x0; column < x1; column++)
            {
                var x = (column + 0.5f) / Samples;
                if (!inside(x, y))
                    continue;
                var at = row * _columns + column;
                _colors[at] = shade(x, y);
                _labels[at] = label;
            }
        }
    }

    /// <summary>Mixes a colour into what is there, which keeps its class.</summary>
    public void Tint(float left, float top, float right, float bottom, Vector3 color, Func<float, float, float> strength)
    {
        var (x0, x1) = Range(left, right, _columns);
        var (y0, y1) = Range(top, bottom, _rows);
        for (var row = y0; row < y1; row++)
        {
            for (var column = x0; column < x1; column++)
            {
                var part = strength((column + 0.5f) / Samples, (row + 0.5f) / Samples);
                ref var target = ref _colors[row * _columns + column];
                if (part > 0)
                    target = Vector3.Lerp(target, color, Math.Min(1, part));
            }
        }
    }

    /// <summary>Reduces the samples to pixels.</summary>
    /// <param name="grade">Gives the final colour of a pixel on the scale 0 to 1.</param>
    public (RgbImage Image, LabelMap Labels) Finish(Func<float, float, Vector3, Vector3> grade)
    {
        var image = new RgbImage(Width, Height);
        var labels = new LabelMap(Width, Height);
        for (var y = 0; y < Height; y++)
        {
            var pixels = image.Row(y);
            var indices = labels.Row(y);
            for (var x = 0; x < Width; x++)
            {
                var at = y * Samples * _columns + x * Samples;
                var sum = _colors[at] + _colors[at + 1] + _colors[at + _columns] + _colors[at + _columns + 1];
                var color = Vector3.Clamp(grade(x, y, sum / (Samples * Samples)), Vector3.Zero, Vector3.One) * 255;
                pixels[3 * x] = (byte)(color.X + 0.5f);
                pixels[3 * x + 1] = (byte)(color.Y + 0.5f);
                pixels[3 * x + 2] = (byte)(color.Z + 0.5f);
                indices[x] = Majority(
                    _labels[at], _labels[at + 1], _labels[at + _columns], _labels[at + _columns + 1]);
            }
        }
        return (image, labels);
    }

    // Of two against two, the greater class: classes ascend from what is behind to what is in front.
    private static byte Majority(byte a, byte b, byte c, byte d)
    {
        byte best = a;
        var maximum = 0;
        foreach (var label in (ReadOnlySpan<byte>)[a, b, c, d])
        {
            var votes = (label == a ? 1 : 0) + (label == b ? 1 : 0) + (label == c ? 1 : 0) + (label == d ? 1 : 0);
            if (votes > maximum || (votes == maximum && label > best))
                (best, maximum) = (label, votes);
        }
        return best;
    }

    private static (int First, int End) Range(float low, float high, int count) =>
        ((int)Math.Clamp(MathF.Floor(low * Samples), 0, count), (int)Math.Clamp(MathF.Ceiling(high * Samples), 0, count));
}
