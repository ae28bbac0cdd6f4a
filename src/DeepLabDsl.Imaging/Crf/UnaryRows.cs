using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepLabDsl.Crf;

/// <summary>Between planes of a class each, <c>[classes, H, W]</c>, and rows of a pixel each in the order of work.</summary>
internal static unsafe class UnaryRows
{
    /// <summary>The score of channels that only fill a row up: its probability is 0.</summary>
    private const float NoClass = -1e30f;

    private const int Block = 8;

    /// <summary>Reads a band of unaries as scores: minus the unaries.</summary>
    /// <returns>Index of a value that is not finite, or -1.</returns>
    [SkipLocalsInit]
    public static long Read(ReadOnlySpan<float> unary, int classes, PixelOrder order, int band, float* rows, int stride)
    {
        var square = stackalloc Vector256<float>[Block];
        fixed (float* planes = unary)
        {
            for (var r = order.Bands[band]; r < order.Bands[band + 1]; r++)
            {
                var (pixel, position, count) = order.Runs[r];
                for (var first = 0; first < count; first += Block)
                {
                    var row = rows + (long)(position + first) * stride;
                    var lanes = Math.Min(Block, count - first);
                    for (var c = 0; c < stride; c += Block)
                    {
                        if (!Load(planes + pixel + first, order.Pixels, c, Math.Min(Block, classes - c), lanes, square))
                            return FirstBad(unary, pixel + first, order.Pixels, classes, lanes);
                        SquareOf8.Transpose(square);
                        // A row of four channels is narrower than a block.
                        if (stride < Block)
                        {
                            for (var i = 0; i < lanes; i++)
                                square[i].GetLower().Store(row + i * stride);
                        }
                        else
                        {
                            for (var i = 0; i < lanes; i++)
                                square[i].Store(row + (long)i * stride + c);
                        }
                    }
                }
            }
        }
        return -1;
    }

    /// <summary>Writes a band of probabilities and its most likely classes.</summary>
    [SkipLocalsInit]
    public static void Write(float* rows, int stride, int classes, PixelOrder order, int band, float* probabilities, byte* map)
    {
        var square = stackalloc Vector256<float>[Block];
        var part = stackalloc float[Block];
        for (var r = order.Bands[band]; r < order.Bands[band + 1]; r++)
        {
            var (pixel, position, count) = order.Runs[r];
            for (var first = 0; first < count; first += Block)
            {
                var row = rows + (long)(position + first) * stride;
                var lanes = Math.Min(Block, count - first);
                var (best, label) = (Vector256.Create(-1f), Vector256<int>.Zero);
                for (var c = 0; c < classes; c += Block)
                {
                    for (var i = 0; i < lanes; i++)
                    {
                        square[i] = stride < Block
                            ? Vector128.Load(row + i * stride).ToVector256()
                            : Vector256.Load(row + (long)i * stride + c);
                    }
                    SquareOf8.Transpose(square);
                    for (var k = 0; k < Math.Min(Block, classes - c); k++)
                    {
                        var isBetter = Vector256.GreaterThan(square[k], best);
                        best = Vector256.ConditionalSelect(isBetter, square[k], best);
                        label = Vector256.ConditionalSelect(isBetter.AsInt32(), Vector256.Create(c + k), label);
                        var plane = probabilities + (long)(c + k) * order.Pixels + pixel + first;
                        if (lanes == Block)
                        {
                            square[k].Store(plane);
                        }
                        else
                        {
                            square[k].Store(part);
                            Buffer.MemoryCopy(part, plane, lanes * sizeof(float), lanes * sizeof(float));
                        }
                    }
                }
                for (var i = 0; i < lanes; i++)
                    map[pixel + first + i] = (byte)label[i];
            }
        }
    }

    /// <summary>Loads minus eight classes of up to eight pixels.</summary>
    /// <returns>Whether all are finite.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Load(float* from, int plane, int firstClass, int classes, int lanes, Vector256<float>* square)
    {
        var difference = Vector256<float>.Zero;
        for (var k = 0; k < Block; k++)
        {
            if (k >= classes)
            {
                square[k] = Vector256.Create(NoClass);
                continue;
            }
            var at = from + (long)(firstClass + k) * plane;
            Vector256<float> value;
            if (lanes == Block)
            {
                value = Vector256.Load(at);
            }
            else
            {
                value = Vector256<float>.Zero;
                Buffer.MemoryCopy(at, &value, lanes * sizeof(float), lanes * sizeof(float));
            }
            // 0, unless a value is infinite or NaN.
            difference += value - value;
            square[k] = -value;
        }
        return Vector256.EqualsAll(difference, Vector256<float>.Zero);
    }

    private static long FirstBad(ReadOnlySpan<float> unary, int pixel, int plane, int classes, int lanes)
    {
        for (var c = 0; c < classes; c++)
        {
            for (var i = 0; i < lanes; i++)
            {
                if (!float.IsFinite(unary[c * plane + pixel + i]))
                    return (long)c * plane + pixel + i;
            }
        }
        return -1;
    }
}
