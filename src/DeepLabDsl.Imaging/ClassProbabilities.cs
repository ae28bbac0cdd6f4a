using System;
using System.Threading.Tasks;

namespace DeepLabDsl.Imaging;

/// <summary>The probability of each class at each pixel of an image.</summary>
/// <param name="Classes">The number of classes.</param>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Values">The probabilities, <c>[classes, Height, Width]</c>; those of a pixel add up to 1.</param>
public sealed record ClassProbabilities(int Classes, int Width, int Height, float[] Values)
{
    // So many pixels of all classes at a time stay in the cache of a core.
    private const int Chunk = 4096;

    /// <summary>The probability of a class at a pixel.</summary>
    /// <param name="label">The class.</param>
    /// <param name="x">Column from the left.</param>
    /// <param name="y">Row from the top.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class or pixel.</exception>
    public float this[int label, int x, int y]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)label, (uint)Classes, nameof(label));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)x, (uint)Width, nameof(x));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Height, nameof(y));
            return Values[((long)label * Height + y) * Width + x];
        }
    }

    /// <summary>The most likely class of every pixel, the lowest of equals.</summary>
    public LabelMap MostLikely() => new(Width, Height, Largest(Values, Classes, Width * Height));

    /// <summary>
    /// The class of the largest value of each pixel, the lowest of equals; what is not a number counts as the largest, as in
    /// PyTorch.
    /// </summary>
    internal static byte[] Largest(float[] values, int classes, int pixels)
    {
        var labels = new byte[pixels];
        Parallel.For(0, (pixels + Chunk - 1) / Chunk, chunk =>
        {
            var start = chunk * Chunk;
            var length = Math.Min(Chunk, pixels - start);
            var best = values.AsSpan(start, length).ToArray();
            for (var c = 1; c < classes; c++)
            {
                var plane = values.AsSpan(c * pixels + start, length);
                var own = labels.AsSpan(start, length);
                for (var i = 0; i < plane.Length; i++)
                {
                    if (!(plane[i] <= best[i]) && !float.IsNaN(best[i]))
                        (best[i], own[i]) = (plane[i], (byte)c);
                }
            }
        });
        return labels;
    }
}
