using System;

namespace DeepLabDsl.Imaging;

/// <summary>One class index a pixel, row by row from the top left.</summary>
public sealed class LabelMap
{
    /// <summary>
    /// The index of pixels that are neither trained on nor scored. A dataset's own void index becomes this one when a
    /// sample is loaded, so that everything after that knows one void only.
    /// </summary>
    public const byte Void = 255;

    /// <summary>Starts a map of class 0.</summary>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or the map would not fit in one array.</exception>
    public LabelMap(int width, int height)
        : this(width, height, new byte[CheckedLength(width, height)])
    {
    }

    /// <summary>Wraps indices, which are not copied.</summary>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="indices">One byte a pixel.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or the map would not fit in one array.</exception>
    /// <exception cref="ArgumentException"><paramref name="indices"/> is not <c>width * height</c> long.</exception>
    public LabelMap(int width, int height, byte[] indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        var length = CheckedLength(width, height);
        if (indices.Length != length)
            throw new ArgumentException($"A map of {width}x{height} has {length} indices, not {indices.Length}.", nameof(indices));
        Width = width;
        Height = height;
        Indices = indices;
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The indices themselves: <c>[Height, Width]</c>.</summary>
    public byte[] Indices { get; }

    /// <summary>The class of one pixel.</summary>
    /// <param name="x">Column from the left.</param>
    /// <param name="y">Row from the top.</param>
    /// <exception cref="IndexOutOfRangeException">The pixel is outside the map.</exception>
    public byte this[int x, int y]
    {
        get => Indices[Offset(x, y)];
        set => Indices[Offset(x, y)] = value;
    }

    /// <summary>The indices of one row.</summary>
    /// <param name="y">Row from the top.</param>
    /// <returns><see cref="Width"/> bytes that belong to the map.</returns>
    public Span<byte> Row(int y) => Indices.AsSpan(y * Width, Width);

    private int Offset(int x, int y)
    {
        if ((uint)x >= (uint)Width || (uint)y >= (uint)Height)
            throw new IndexOutOfRangeException($"({x},{y}) is outside a map of {Width}x{Height}.");
        return y * Width + x;
    }

    private static int CheckedLength(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var length = (long)width * height;
        if (length > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(width), $"{width}x{height} indices do not fit in one array.");
        return (int)length;
    }
}
