using System;
using System.Collections.Generic;
using System.Numerics;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>A place of a picture that is found again in its copies.</summary>
/// <param name="X">Pixels right of the picture's middle, at the size at which it is described.</param>
/// <param name="Y">Pixels below it.</param>
/// <param name="Level">Its scale: a pixel there is <see cref="PictureSignature.ScaleStep"/> to this power.</param>
/// <param name="Low">64 comparisons of luminances around it.</param>
/// <param name="High">Their mirror images.</param>
internal readonly record struct SignaturePoint(float X, float Y, int Level, ulong Low, ulong High)
{
    /// <summary>The same place of the mirrored picture.</summary>
    public SignaturePoint Mirrored() => new(-X, Y, Level, High, Low);

    /// <summary>How many of the 128 comparisons differ.</summary>
    public int DistanceTo(in SignaturePoint other) => BitOperations.PopCount(Low ^ other.Low) + BitOperations.PopCount(High ^ other.High);
}

/// <summary>
/// What a picture is recognised by, whole or in parts: blobs of its luminance at several scales (maxima of the Hessian's determinant,
/// Lindeberg 1998), each with 128 comparisons of luminances around it (BRIEF, Calonder et al. 2010), and a small picture of the whole. A
/// picture that is cropped, scaled, mirrored, compressed or lit otherwise keeps many of them.
/// </summary>
internal sealed class PictureSignature
{
    /// <summary>Pixels of the long side at which a picture is described.</summary>
    public const int LongSide = 160;

    /// <summary>The ratio of one scale to the next.</summary>
    public const double ScaleStep = 1.25;

    /// <summary>Columns of the small picture.</summary>
    public const int ThumbnailWidth = 16;

    /// <summary>Rows of the small picture.</summary>
    public const int ThumbnailHeight = 12;

    // Comparisons reach so far around a point, in pixels of its scale.
    private const int Reach = 9;
    private const int Margin = Reach + 1;

    // Of each cell at most one point is kept, so that a tree does not take them all.
    private const int Cell = 8;

    private const int FinestPoints = 48;
    private const int LeastPoints = 12;
    private const int LeastSide = 2 * Margin + Cell;

    // A weaker blob is noise: the determinant, in squared luminances.
    private const float LeastStrength = 10f;

    private static readonly (sbyte X1, sbyte Y1, sbyte X2, sbyte Y2)[] Comparisons = DrawComparisons();

    private readonly SignaturePoint[] _points;

    private PictureSignature(int width, int height, SignaturePoint[] points, float[] thumbnail) =>
        (Width, Height, _points, Thumbnail) = (width, height, points, thumbnail);

    /// <summary>Pixels a row, at the size at which it is described.</summary>
    public int Width { get; }

    /// <summary>Rows, at that size.</summary>
    public int Height { get; }

    /// <summary>Its points.</summary>
    public ReadOnlySpan<SignaturePoint> Points => _points;

    /// <summary>The small picture's luminances, of mean 0 and length 1; all 0 where the picture has one luminance.</summary>
    public float[] Thumbnail { get; }

    /// <summary>Describes a picture.</summary>
    /// <param name="picture">The picture, of any size.</param>
    public static PictureSignature Of(RgbImage picture)
    {
        var plane = GrayPlane.Of(picture, LongSide);
        var (width, height) = (plane.Width, plane.Height);
        var points = new List<SignaturePoint>();
        var thumbnail = plane;
        for (var level = 0; Math.Min(plane.Width, plane.Height) >= LeastSide; level++)
        {
            var blurred = plane.Blur();
            if (plane.Width >= 2 * ThumbnailWidth && plane.Height >= 2 * ThumbnailHeight)
                thumbnail = blurred;
            AddPoints(blurred, level, width, height, points);
            var scale = Math.Pow(ScaleStep, level + 1);
            plane = blurred.Resize((int)Math.Round(width / scale), (int)Math.Round(height / scale));
        }
        return new PictureSignature(width, height, [.. points], Normalized(thumbnail.Resize(ThumbnailWidth, ThumbnailHeight).Values));
    }

    /// <summary>How alike the wholes of two pictures are: the correlation of their luminances, -1 to 1.</summary>
    public double CorrelationWith(PictureSignature other)
    {
        var sum = 0.0;
        for (var i = 0; i < Thumbnail.Length; i++)
            sum += Thumbnail[i] * other.Thumbnail[i];
        return sum;
    }

    private static void AddPoints(GrayPlane plane, int level, int width, int height, List<SignaturePoint> points)
    {
        var (values, stride) = (plane.Values, plane.Width);
        var strengths = Strengths(plane);
        var found = new List<(float Strength, int X, int Y)>();
        for (var top = Margin; top < plane.Height - Margin; top += Cell)
        {
            for (var left = Margin; left < stride - Margin; left += Cell)
            {
                var (best, at) = (LeastStrength, -1);
                for (var y = top; y < Math.Min(top + Cell, plane.Height - Margin); y++)
                {
                    var row = strengths.AsSpan(y * stride, stride);
                    for (var x = left; x < Math.Min(left + Cell, stride - Margin); x++)
                    {
                        if (row[x] > best)
                            (best, at) = (row[x], y * stride + x);
                    }
                }
                if (at >= 0 && IsHighest(strengths, at, stride))
                    found.Add((best, at % stride, at / stride));
            }
        }
        found.Sort((a, b) => (b.Strength.CompareTo(a.Strength), a.Y.CompareTo(b.Y), a.X.CompareTo(b.X)) switch
        {
            (not 0 and var strength, _, _) => strength,
            (_, not 0 and var y, _) => y,
            (_, _, var x) => x,
        });
        var count = Math.Max(LeastPoints, (int)(FinestPoints / Math.Pow(ScaleStep, level)));
        var (scaleX, scaleY) = (width / (float)stride, height / (float)plane.Height);
        foreach (var (_, x, y) in found.Count > count ? found.GetRange(0, count) : found)
        {
            var (low, high) = Compare(values, y * stride + x, stride);
            points.Add(new SignaturePoint((x + 0.5f) * scaleX - width / 2f, (y + 0.5f) * scaleY - height / 2f, level, low, high));
        }
    }

    private static bool IsHighest(float[] strengths, int at, int stride)
    {
        var own = strengths[at];
        for (var row = at - stride; row <= at + stride; row += stride)
        {
            if (strengths[row - 1] > own || strengths[row] > own || strengths[row + 1] > own)
                return false;
        }
        return true;
    }

    // The Hessian's determinant, with differences over two pixels; negative at saddles and edges.
    private static float[] Strengths(GrayPlane plane)
    {
        var (values, stride) = (plane.Values, plane.Width);
        var strengths = new float[values.Length];
        for (var y = 2; y < plane.Height - 2; y++)
        {
            var above = values.AsSpan((y - 2) * stride, stride);
            var row = values.AsSpan(y * stride, stride);
            var below = values.AsSpan((y + 2) * stride, stride);
            var into = strengths.AsSpan(y * stride, stride);
            var x = 2;
            for (; x < stride - 2 - Vector<float>.Count; x += Vector<float>.Count)
            {
                var twice = 2f * new Vector<float>(row[x..]);
                var across = new Vector<float>(row[(x - 2)..]) - twice + new Vector<float>(row[(x + 2)..]);
                var down = new Vector<float>(above[x..]) - twice + new Vector<float>(below[x..]);
                var mixed = 0.25f * (new Vector<float>(above[(x - 2)..]) - new Vector<float>(above[(x + 2)..])
                    - new Vector<float>(below[(x - 2)..]) + new Vector<float>(below[(x + 2)..]));
                (across * down - mixed * mixed).CopyTo(into[x..]);
            }
            for (; x < stride - 2; x++)
            {
                var across = row[x - 2] - 2f * row[x] + row[x + 2];
                var down = above[x] - 2f * row[x] + below[x];
                var mixed = 0.25f * (above[x - 2] - above[x + 2] - below[x - 2] + below[x + 2]);
                into[x] = across * down - mixed * mixed;
            }
        }
        return strengths;
    }

    private static (ulong Low, ulong High) Compare(float[] values, int at, int stride)
    {
        var (low, high) = (0UL, 0UL);
        for (var i = 0; i < Comparisons.Length; i++)
        {
            var (x1, y1, x2, y2) = Comparisons[i];
            var (first, second) = (at + y1 * stride, at + y2 * stride);
            low |= (values[first + x1] > values[second + x2] ? 1UL : 0) << i;
            high |= (values[first - x1] > values[second - x2] ? 1UL : 0) << i;
        }
        return (low, high);
    }

    // Drawn once and for all, more of them near the middle.
    private static (sbyte, sbyte, sbyte, sbyte)[] DrawComparisons()
    {
        var random = new SeededRandom(1);
        var comparisons = new List<(sbyte, sbyte, sbyte, sbyte)>();
        while (comparisons.Count < 64)
        {
            var (x1, y1, x2, y2) = (Draw(), Draw(), Draw(), Draw());
            // Neighbours are alike whatever the picture, and a pair that is its own mirror image says one thing twice.
            if ((x1 - x2) * (x1 - x2) + (y1 - y2) * (y1 - y2) < 16 || (y1 == y2 && x1 == -x2) || (x1 == 0 && x2 == 0))
                continue;
            comparisons.Add(((sbyte)x1, (sbyte)y1, (sbyte)x2, (sbyte)y2));
        }
        return [.. comparisons];

        int Draw() => (int)Math.Round((random.NextDouble() + random.NextDouble() - 1) * Reach);
    }

    private static float[] Normalized(float[] values)
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var value in values)
            sum += value;
        var mean = sum / values.Length;
        foreach (var value in values)
            squares += (value - mean) * (value - mean);
        var length = Math.Sqrt(squares);
        var normalized = new float[values.Length];
        // Less than half a luminance around the mean is no picture.
        if (length < 0.5 * Math.Sqrt(values.Length))
            return normalized;
        for (var i = 0; i < values.Length; i++)
            normalized[i] = (float)((values[i] - mean) / length);
        return normalized;
    }
}
