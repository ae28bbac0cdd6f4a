using System;
using System.Numerics;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>A plane of luminances, row by row.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Values">The luminances, 0 to 255.</param>
internal readonly record struct GrayPlane(int Width, int Height, float[] Values)
{
    /// <summary>The luminance of a picture, shrunk until its long side has at most so many pixels. It is never enlarged.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="longSide">Pixels of the long side, at most.</param>
    public static GrayPlane Of(RgbImage picture, int longSide)
    {
        var factor = Math.Max(1, Math.Max(picture.Width, picture.Height) / longSide);
        // A strip thinner than the factor keeps one pixel.
        var (width, height) = (Math.Max(1, picture.Width / factor), Math.Max(1, picture.Height / factor));
        var (columns, rows) = (Math.Min(factor, picture.Width), Math.Min(factor, picture.Height));
        var values = new float[width * height];
        var sums = new int[width];
        var scale = 1f / (256 * columns * rows);
        for (var y = 0; y < height; y++)
        {
            Array.Clear(sums);
            for (var r = 0; r < rows; r++)
                AddRow(picture.Pixels.AsSpan(3 * (y * factor + r) * picture.Width, 3 * picture.Width), columns, factor, sums);
            for (var x = 0; x < width; x++)
                values[y * width + x] = sums[x] * scale;
        }
        var plane = new GrayPlane(width, height, values);
        var ratio = longSide / (double)Math.Max(width, height);
        return ratio >= 1
            ? plane
            : plane.Resize(Math.Max(1, (int)Math.Round(width * ratio)), Math.Max(1, (int)Math.Round(height * ratio)));
    }

    /// <summary>The plane at another size, by bilinear interpolation between the centres of pixels.</summary>
    public GrayPlane Resize(int width, int height)
    {
        var values = new float[width * height];
        var columns = new (int At, float Part)[width];
        for (var x = 0; x < width; x++)
            columns[x] = Place(x, width, Width);
        Span<float> mixed = new float[Width];
        for (var y = 0; y < height; y++)
        {
            var (top, part) = Place(y, height, Height);
            var above = Values.AsSpan(top * Width, Width);
            var below = Values.AsSpan(Math.Min(top + 1, Height - 1) * Width, Width);
            for (var x = 0; x < Width; x++)
                mixed[x] = above[x] + part * (below[x] - above[x]);
            var row = values.AsSpan(y * width, width);
            for (var x = 0; x < width; x++)
            {
                var (left, share) = columns[x];
                row[x] = mixed[left] + share * (mixed[Math.Min(left + 1, Width - 1)] - mixed[left]);
            }
        }
        return new GrayPlane(width, height, values);
    }

    /// <summary>The plane, blurred by 1 4 6 4 1 both ways; its borders are repeated.</summary>
    public GrayPlane Blur()
    {
        var (width, height) = (Width, Height);
        var across = new float[Values.Length];
        var padded = new float[width + 4];
        for (var y = 0; y < height; y++)
        {
            var row = Values.AsSpan(y * width, width);
            row.CopyTo(padded.AsSpan(2));
            padded[0] = padded[1] = row[0];
            padded[width + 2] = padded[width + 3] = row[^1];
            Mix(
                padded.AsSpan(0, width), padded.AsSpan(1, width), padded.AsSpan(2, width), padded.AsSpan(3, width),
                padded.AsSpan(4, width), across.AsSpan(y * width, width));
        }
        var blurred = new float[Values.Length];
        for (var y = 0; y < height; y++)
            Mix(Row(y - 2), Row(y - 1), Row(y), Row(y + 1), Row(y + 2), blurred.AsSpan(y * width, width));
        return new GrayPlane(width, height, blurred);

        ReadOnlySpan<float> Row(int y) => across.AsSpan(Math.Clamp(y, 0, height - 1) * width, width);
    }

    private static void AddRow(ReadOnlySpan<byte> pixels, int columns, int factor, Span<int> sums)
    {
        for (var x = 0; x < sums.Length; x++)
        {
            var sum = 0;
            var at = 3 * x * factor;
            for (var c = 0; c < columns; c++, at += 3)
                sum += 77 * pixels[at] + 150 * pixels[at + 1] + 29 * pixels[at + 2];
            sums[x] += sum;
        }
    }

    private static (int At, float Part) Place(int to, int toCount, int fromCount)
    {
        var at = Math.Max(0, (to + 0.5f) * fromCount / toCount - 0.5f);
        var low = Math.Min((int)at, fromCount - 1);
        return (low, at - low);
    }

    private static void Mix(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d, ReadOnlySpan<float> e, Span<float> into)
    {
        var x = 0;
        for (; x <= into.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            var ends = new Vector<float>(a[x..]) + new Vector<float>(e[x..]);
            var near = new Vector<float>(b[x..]) + new Vector<float>(d[x..]);
            ((ends + 4f * near + 6f * new Vector<float>(c[x..])) * (1f / 16)).CopyTo(into[x..]);
        }
        for (; x < into.Length; x++)
            into[x] = (a[x] + e[x] + 4f * (b[x] + d[x]) + 6f * c[x]) * (1f / 16);
    }
}
