using System;

namespace DeepLabDsl.Imaging;

/// <summary>An image of 8 bits a channel, red, green and blue interleaved, row by row from the top left.</summary>
public sealed class RgbImage
{
    /// <summary>Starts a black image.</summary>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or the image would not fit in one array.</exception>
    public RgbImage(int width, int height)
        : this(width, height, new byte[CheckedLength(width, height)])
    {
    }

    /// <summary>Wraps pixels, which are not copied.</summary>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="pixels">Three bytes a pixel.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or the image would not fit in one array.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> is not <c>3 * width * height</c> long.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        var length = CheckedLength(width, height);
        if (pixels.Length != length)
            throw new ArgumentException($"An image of {width}x{height} has {length} bytes, not {pixels.Length}.", nameof(pixels));
        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The pixels themselves: <c>[Height, Width, 3]</c>, in the order red, green, blue.</summary>
    public byte[] Pixels { get; }

    /// <summary>One pixel.</summary>
    /// <param name="x">Column from the left.</param>
    /// <param name="y">Row from the top.</param>
    /// <exception cref="IndexOutOfRangeException">The pixel is outside the image.</exception>
    public Rgb this[int x, int y]
    {
        get
        {
            var at = Offset(x, y);
            return new Rgb(Pixels[at], Pixels[at + 1], Pixels[at + 2]);
        }
        set
        {
            var at = Offset(x, y);
            Pixels[at] = value.R;
            Pixels[at + 1] = value.G;
            Pixels[at + 2] = value.B;
        }
    }

    /// <summary>The bytes of one row.</summary>
    /// <param name="y">Row from the top.</param>
    /// <returns><c>3 * Width</c> bytes that belong to the image.</returns>
    public Span<byte> Row(int y) => Pixels.AsSpan(y * Width * 3, Width * 3);

    private int Offset(int x, int y)
    {
        if ((uint)x >= (uint)Width || (uint)y >= (uint)Height)
            throw new IndexOutOfRangeException($"({x},{y}) is outside an image of {Width}x{Height}.");
        return (y * Width + x) * 3;
    }

    private static int CheckedLength(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var length = 3L * width * height;
        if (length > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(width), $"{width}x{height} pixels do not fit in one array.");
        return (int)length;
    }
}
