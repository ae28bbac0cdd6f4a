using System;
using System.Numerics.Tensors;
using System.Threading.Tasks;

namespace DeepLabDsl.Onnx;

/// <summary>Arithmetic on planar maps, <c>[channels, height, width]</c>, as PyTorch does it.</summary>
internal static class Planes
{
    // So many pixels of all classes at a time stay in the cache of a core.
    private const int Chunk = 4096;

    /// <summary>Resizes bilinearly with half-pixel centres.</summary>
    public static float[] Resize(float[] source, int channels, int height, int width, int toHeight, int toWidth)
    {
        var result = new float[(long)channels * toHeight * toWidth];
        var (rows, columns) = (Taps.Of(height, toHeight), Taps.Of(width, toWidth));
        Parallel.For(0, channels, channel =>
        {
            var line = new float[width];
            var plane = source.AsSpan(channel * height * width, height * width);
            var target = result.AsSpan(channel * toHeight * toWidth, toHeight * toWidth);
            for (var y = 0; y < toHeight; y++)
            {
                var upper = plane.Slice(rows.First[y] * width, width);
                var lower = plane.Slice(rows.Second[y] * width, width);
                TensorPrimitives.Lerp(upper, lower, rows.Share[y], line);
                var row = target.Slice(y * toWidth, toWidth);
                for (var x = 0; x < row.Length; x++)
                {
                    var left = line[columns.First[x]];
                    row[x] = left + (line[columns.Second[x]] - left) * columns.Share[x];
                }
            }
        });
        return result;
    }

    /// <summary>The same map mirrored left to right.</summary>
    public static T[] Mirror<T>(T[] source, int width, int pixelSize = 1)
    {
        var result = new T[source.Length];
        var rowLength = width * pixelSize;
        Parallel.For(0, source.Length / rowLength, row =>
        {
            for (var x = 0; x < width; x++)
                source.AsSpan(row * rowLength + x * pixelSize, pixelSize).CopyTo(
                    result.AsSpan(row * rowLength + (width - 1 - x) * pixelSize));
        });
        return result;
    }

    /// <summary>Scores to probabilities, in place.</summary>
    /// <param name="scores">The scores, <c>[classes, pixels]</c>.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="pixels">Pixels.</param>
    public static void Softmax(float[] scores, int classes, int pixels) => EachChunk(pixels, (start, length) =>
    {
        var largest = new float[length];
        var sum = new float[length];
        Of(0).CopyTo(largest);
        for (var c = 1; c < classes; c++)
            TensorPrimitives.Max(largest, Of(c), largest);
        for (var c = 0; c < classes; c++)
        {
            TensorPrimitives.Subtract(Of(c), largest, Of(c));
            TensorPrimitives.Exp(Of(c), Of(c));
            TensorPrimitives.Add(sum, Of(c), sum);
        }
        for (var c = 0; c < classes; c++)
            TensorPrimitives.Divide(Of(c), sum, Of(c));

        Span<float> Of(int c) => scores.AsSpan(c * pixels + start, length);
    });

    /// <summary>Divides the values of each pixel by their sum, in place.</summary>
    public static void Normalize(float[] values, int classes, int pixels) => EachChunk(pixels, (start, length) =>
    {
        var sum = new float[length];
        for (var c = 0; c < classes; c++)
            TensorPrimitives.Add(sum, values.AsSpan(c * pixels + start, length), sum);
        for (var c = 0; c < classes; c++)
        {
            var plane = values.AsSpan(c * pixels + start, length);
            TensorPrimitives.Divide(plane, sum, plane);
        }
    });

    /// <summary>Adds a value to the same place of another map.</summary>
    public static void AddTo(float[] sum, float[] values) => TensorPrimitives.Add(sum, values, sum);

    private static void EachChunk(int pixels, Action<int, int> work) =>
        Parallel.For(0, (pixels + Chunk - 1) / Chunk, number => work(number * Chunk, Math.Min(Chunk, pixels - number * Chunk)));

    /// <summary>For each pixel of a resized axis, the two of the source that it lies between.</summary>
    private sealed record Taps(int[] First, int[] Second, float[] Share)
    {
        public static Taps Of(int length, int resized)
        {
            var taps = new Taps(new int[resized], new int[resized], new float[resized]);
            var scale = (float)length / resized;
            for (var i = 0; i < resized; i++)
            {
                var place = Math.Max(0, (i + 0.5f) * scale - 0.5f);
                var first = Math.Min((int)place, length - 1);
                (taps.First[i], taps.Second[i], taps.Share[i]) = (first, Math.Min(first + 1, length - 1), place - first);
            }
            return taps;
        }
    }
}
