using System;

namespace DeepLabDsl.Imaging;

/// <summary>
/// An image of any number of channels, planar, on the scale 0 to 1. Shared between threads and epochs: never write into one.
/// </summary>
public sealed class ChannelImage
{
    /// <summary>Wraps planes, which are not copied.</summary>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="planes">The values <c>[channels, height, width]</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="planes"/> has another length.</exception>
    public ChannelImage(int width, int height, int channels, float[] planes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentNullException.ThrowIfNull(planes);
        if (planes.LongLength != (long)width * height * channels)
        {
            throw new ArgumentException(
                $"{channels} channels of {width}x{height} have {(long)width * height * channels} values, not {planes.Length}.",
                nameof(planes));
        }
        Width = width;
        Height = height;
        Channels = channels;
        Planes = planes;
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The number of channels.</summary>
    public int Channels { get; }

    /// <summary>The values themselves: <c>[Channels, Height, Width]</c>.</summary>
    public float[] Planes { get; }

    /// <summary>The values of one row of one channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="y">Row from the top.</param>
    public ReadOnlySpan<float> Row(int channel, int y) => Planes.AsSpan((channel * Height + y) * Width, Width);

    /// <summary>Draws channels for people: each is stretched so that its darkest and brightest fiftieth are black and white.</summary>
    /// <param name="red">The channel that is drawn red; with all three the same the picture is grey.</param>
    /// <param name="green">The channel that is drawn green.</param>
    /// <param name="blue">The channel that is drawn blue.</param>
    /// <returns>A picture of the same size.</returns>
    public RgbImage Preview(int red, int green, int blue)
    {
        var picture = new RgbImage(Width, Height);
        var at = 0;
        foreach (var channel in new[] { red, green, blue })
        {
            var plane = Planes.AsSpan(channel * Width * Height, Width * Height);
            var (low, high) = Limits(plane);
            var scale = high > low ? 255 / (high - low) : 0;
            for (var i = 0; i < plane.Length; i++)
                picture.Pixels[i * 3 + at] = (byte)Math.Clamp((plane[i] - low) * scale + 0.5f, 0, 255);
            at++;
        }
        return picture;
    }

    private static (float Low, float High) Limits(ReadOnlySpan<float> plane)
    {
        // A sample of the pixels is enough for a picture.
        var step = Math.Max(1, plane.Length / 20_000);
        var values = new float[(plane.Length + step - 1) / step];
        for (var i = 0; i < values.Length; i++)
            values[i] = plane[i * step];
        Array.Sort(values);
        return (values[values.Length / 50], values[values.Length - 1 - values.Length / 50]);
    }
}
