using System;
using System.Collections.Generic;

namespace DeepLabDsl.Imaging;

/// <summary>
/// Turns 8-bit pixels into what a network takes: <c>(value / 255 - mean) / std</c> a channel. Immutable and
/// thread-safe.
/// </summary>
public sealed class ImageNormalizer
{
    // What each of the 256 values of each channel becomes.
    private readonly float[] _table;

    /// <summary>Starts a normaliser.</summary>
    /// <param name="mean">Mean of each channel (red, green and blue as a rule) on the scale 0 to 1.</param>
    /// <param name="std">Standard deviation of each channel on the scale 0 to 1; none is 0.</param>
    /// <exception cref="ArgumentException">
    /// There are none or not as many of one as of the other, a mean is not finite or a std not positive.
    /// </exception>
    public ImageNormalizer(IReadOnlyList<double> mean, IReadOnlyList<double> std)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(std);
        if (mean.Count == 0)
            throw new ArgumentException("There is no channel.", nameof(mean));
        if (std.Count != mean.Count)
            throw new ArgumentException($"The mean has {mean.Count} channels, the std has {std.Count}.", nameof(std));
        _table = new float[mean.Count * 256];
        for (var channel = 0; channel < mean.Count; channel++)
        {
            if (!double.IsFinite(mean[channel]))
                throw new ArgumentException($"The mean of channel {channel} is {mean[channel]}.", nameof(mean));
            if (!(std[channel] > 0) || !double.IsFinite(std[channel]))
                throw new ArgumentException($"The std of channel {channel} is {std[channel]}.", nameof(std));
            for (var value = 0; value < 256; value++)
            {
                _table[channel * 256 + value] = (float)((value / 255.0 - mean[channel]) / std[channel]);
                if (!float.IsFinite(_table[channel * 256 + value]))
                {
                    throw new ArgumentException(
                        $"The mean {mean[channel]} and the std {std[channel]} of channel {channel} make numbers beyond float32.",
                        nameof(std));
                }
            }
        }
        Mean = [.. mean];
        Std = [.. std];
    }

    /// <summary>The usual statistics of ImageNet: mean 0.485, 0.456, 0.406; std 0.229, 0.224, 0.225.</summary>
    public static ImageNormalizer ImageNet { get; } = new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <summary>The number of channels.</summary>
    public int Channels => Mean.Count;

    /// <summary>Mean of each channel on the scale 0 to 1.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>Standard deviation of each channel on the scale 0 to 1.</summary>
    public IReadOnlyList<double> Std { get; }

    /// <summary>Converts a whole image.</summary>
    /// <param name="image">The image.</param>
    /// <returns>Planes <c>[3, Height, Width]</c>.</returns>
    public float[] Normalize(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var planes = new float[image.Pixels.Length];
        Normalize(image, planes);
        return planes;
    }

    /// <summary>Converts a whole image of any number of channels.</summary>
    /// <param name="image">The image.</param>
    /// <returns>Planes <c>[Channels, Height, Width]</c>.</returns>
    /// <exception cref="ArgumentException">The image has another number of channels.</exception>
    public float[] Normalize(ChannelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels != Channels)
            throw new ArgumentException($"The image has {image.Channels} channels, mean and std have {Channels}.", nameof(image));
        var planes = new float[image.Planes.Length];
        var size = image.Width * image.Height;
        for (var i = 0; i < planes.Length; i++)
            planes[i] = (float)((image.Planes[i] - Mean[i / size]) / Std[i / size]);
        return planes;
    }

    /// <summary>Converts a whole image into given memory.</summary>
    /// <param name="image">The image.</param>
    /// <param name="planes">Takes <c>[3, Height, Width]</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="planes"/> is not <c>3 * Height * Width</c> long.</exception>
    public void Normalize(RgbImage image, Span<float> planes)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (Channels != 3)
            throw new ArgumentException($"A picture has 3 channels, mean and std have {Channels}.", nameof(image));
        ReadOnlySpan<byte> pixels = image.Pixels;
        if (planes.Length != pixels.Length)
        {
            throw new ArgumentException(
                $"An image of {image.Width}x{image.Height} becomes {pixels.Length} values, not {planes.Length}.", nameof(planes));
        }
        var size = pixels.Length / 3;
        var red = planes[..size];
        var green = planes.Slice(size, size);
        var blue = planes[(2 * size)..];
        ReadOnlySpan<float> table = _table;
        for (int i = 0, at = 0; i < size; i++, at += 3)
        {
            red[i] = table[pixels[at]];
            green[i] = table[256 + pixels[at + 1]];
            blue[i] = table[512 + pixels[at + 2]];
        }
    }
}
