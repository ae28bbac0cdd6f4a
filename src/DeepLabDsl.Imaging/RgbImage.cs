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

    /// <summary>Copies the pixels of another library.</summary>
    /// <param name="pixels">The pixels, row by row from the top.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="layout">The bytes of a pixel; OpenCV has <see cref="PixelLayout.Bgr"/>, Windows <see cref="PixelLayout.Bgra"/>.</param>
    /// <param name="stride">Bytes from one row to the next; 0: rows follow each other without a gap.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or the image would not fit in one array.</exception>
    /// <exception cref="ArgumentException">There are too few bytes, or a row does not fit in its stride.</exception>
    public static RgbImage FromPixels(
        ReadOnlySpan<byte> pixels, int width, int height, PixelLayout layout = PixelLayout.Rgb, int stride = 0)
    {
        var image = new RgbImage(width, height);
        var (size, red, green, blue) = layout switch
        {
            PixelLayout.Rgb => (3, 0, 1, 2),
            PixelLayout.Bgr => (3, 2, 1, 0),
            PixelLayout.Rgba => (4, 0, 1, 2),
            PixelLayout.Bgra => (4, 2, 1, 0),
            PixelLayout.Grey => (1, 0, 0, 0),
            _ => throw new ArgumentOutOfRangeException(nameof(layout), layout, "There is no such layout."),
        };
        var row = (long)size * width;
        if (stride == 0)
            stride = checked((int)row);
        if (stride < row)
            throw new ArgumentException($"A row of {width} pixels has {row} bytes, more than its stride of {stride}.", nameof(stride));
        var needed = (long)stride * (height - 1) + row;
        if (pixels.Length < needed)
        {
            throw new ArgumentException(
                $"An image of {width}x{height} has {needed} bytes in this layout, and there are {pixels.Length}.", nameof(pixels));
        }
        for (var y = 0; y < height; y++)
        {
            var source = pixels.Slice(y * stride, (int)row);
            var target = image.Row(y);
            for (int x = 0, at = 0; x < source.Length; x += size, at += 3)
                (target[at], target[at + 1], target[at + 2]) = (source[x + red], source[x + green], source[x + blue]);
        }
        return image;
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
