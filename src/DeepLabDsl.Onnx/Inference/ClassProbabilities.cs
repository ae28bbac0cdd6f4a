using System;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Onnx;

/// <summary>The probability of each class at each pixel of an image.</summary>
/// <param name="Classes">The number of classes.</param>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Values">The probabilities, <c>[classes, Height, Width]</c>; those of a pixel add up to 1.</param>
public sealed record ClassProbabilities(int Classes, int Width, int Height, float[] Values)
{
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
    public LabelMap MostLikely() => new(Width, Height, Planes.Largest(Values, Classes, Width * Height));
}
