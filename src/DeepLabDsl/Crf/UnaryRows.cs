using System;

namespace DeepLabDsl;

/// <summary>Between planes of a class each, <c>[classes, H, W]</c>, and rows of a pixel each in the order of work.</summary>
internal static unsafe class UnaryRows
{
    /// <summary>The score of channels that only fill a row up: its probability is 0.</summary>
    private const float NoClass = -1e30f;

    /// <summary>Reads a band of unaries as scores: minus the unaries.</summary>
    /// <returns>Index of a value that is not finite, or -1.</returns>
    public static long Read(ReadOnlySpan<float> unary, int classes, PixelOrder order, int band, float* rows, int stride)
    {
        var bad = -1L;
        fixed (float* planes = unary)
        {
            for (var r = order.Bands[band]; r < order.Bands[band + 1]; r++)
            {
                var (pixel, position, count) = order.Runs[r];
                var row = rows + (long)position * stride;
                for (var c = 0; c < classes; c++)
                {
                    var plane = planes + (long)c * order.Pixels + pixel;
                    var check = 0f;
                    for (var i = 0; i < count; i++)
                    {
                        row[(long)i * stride + c] = -plane[i];
                        // Stays 0 unless a value is infinite or NaN.
                        check += plane[i] * 0;
                    }
                    if (check != 0)
                        bad = FirstBad(planes, (long)c * order.Pixels + pixel, count);
                }
                for (var i = 0; i < count; i++)
                    new Span<float>(row + (long)i * stride + classes, stride - classes).Fill(NoClass);
            }
        }
        return bad;
    }

    /// <summary>Writes a band of probabilities and its most likely classes.</summary>
    public static void Write(float* rows, int stride, int classes, PixelOrder order, int band, Span<float> probabilities, Span<byte> map)
    {
        Span<float> best = stackalloc float[PixelOrder.RunLength];
        fixed (float* planes = probabilities)
        {
            for (var r = order.Bands[band]; r < order.Bands[band + 1]; r++)
            {
                var (pixel, position, count) = order.Runs[r];
                var row = rows + (long)position * stride;
                var labels = map.Slice(pixel, count);
                best.Fill(-1);
                for (var c = 0; c < classes; c++)
                {
                    var plane = planes + (long)c * order.Pixels + pixel;
                    for (var i = 0; i < count; i++)
                    {
                        var value = row[(long)i * stride + c];
                        plane[i] = value;
                        if (value > best[i])
                            (best[i], labels[i]) = (value, (byte)c);
                    }
                }
            }
        }
    }

    private static long FirstBad(float* planes, long from, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!float.IsFinite(planes[from + i]))
                return from + i;
        }
        return -1;
    }
}
