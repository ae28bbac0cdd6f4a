using System;
using System.Collections.Generic;

namespace DeepLabDsl;

/// <summary>Turns 8-bit pixels into what a network takes: <c>(value / 255 - mean) / deviation</c> a channel.</summary>
public sealed class ImageNormalizer
{
    /// <summary>Starts a normaliser.</summary>
    /// <param name="mean">Mean of red, green and blue on the scale 0 to 1.</param>
    /// <param name="deviation">Standard deviation of red, green and blue on the scale 0 to 1; none is 0.</param>
    /// <exception cref="ArgumentException">There are not three values, or a deviation is not positive.</exception>
    public ImageNormalizer(IReadOnlyList<double> mean, IReadOnlyList<double> deviation)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(deviation);
        Mean = [.. mean];
        Deviation = [.. deviation];
    }

    /// <summary>The usual statistics of ImageNet: mean 0.485, 0.456, 0.406; deviation 0.229, 0.224, 0.225.</summary>
    public static ImageNormalizer ImageNet { get; } = new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <summary>Mean of red, green and blue on the scale 0 to 1.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>Standard deviation of red, green and blue on the scale 0 to 1.</summary>
    public IReadOnlyList<double> Deviation { get; }

    /// <summary>Converts a whole image.</summary>
    /// <param name="image">The image.</param>
    /// <returns>Planes <c>[3, Height, Width]</c>.</returns>
    public float[] Normalize(RgbImage image) => throw new NotImplementedException();

    /// <summary>Converts a whole image into given memory.</summary>
    /// <param name="image">The image.</param>
    /// <param name="planes">Takes <c>[3, Height, Width]</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="planes"/> is not <c>3 * Height * Width</c> long.</exception>
    public void Normalize(RgbImage image, Span<float> planes) => throw new NotImplementedException();
}
