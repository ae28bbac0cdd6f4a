using System;
using System.Buffers.Binary;
using SkiaSharp;

namespace DeepLabDsl.Imaging;

/// <summary>What is done about a picture's orientation: EXIF's in JPEG, PNG and WebP, the tag of the same name in TIFF.</summary>
public enum PictureOrientation
{
    /// <summary>The picture is turned as every viewer turns it. What the network sees is what people see.</summary>
    Apply,

    /// <summary>The pixels stay as they are stored.</summary>
    Ignore,
}

/// <summary>
/// The value of the tag Orientation: which side of what is seen the first stored row and column are (TIFF 6.0, section 8).
/// </summary>
/// <param name="Value">1 (stored as seen) to 8.</param>
internal readonly record struct Orientation(int Value)
{
    private const int Tag = 274;

    /// <summary>The picture is stored as it is seen.</summary>
    public static Orientation Upright { get; } = new(1);

    /// <summary>Whether the picture is stored as it is seen.</summary>
    public bool IsUpright => Value == 1;

    /// <summary>Whether width and height change places.</summary>
    public bool SwapsSides => Value >= 5;

    /// <summary>Says how a file's picture is stored.</summary>
    /// <param name="file">A JPEG, PNG, WebP or TIFF; anything else is upright.</param>
    public static Orientation Of(byte[] file)
    {
        if (TiffFile.IsTiff(file))
            return TiffFile.OrientationOf(file);
        if (PngReader.IsPng(file))
            return OfPng(file);
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        return codec is null ? Upright : Of(file, codec);
    }

    /// <summary>Says how a file's picture is stored, with its decoder at hand.</summary>
    /// <remarks>Skia knows EXIF's orientation in JPEG and WebP, and passes over a PNG's chunk eXIf.</remarks>
    public static Orientation Of(byte[] file, SKCodec codec) =>
        PngReader.IsPng(file) ? OfPng(file) : Checked((int)codec.EncodedOrigin);

    /// <summary>A value that does not exist means what a missing one does.</summary>
    public static Orientation Checked(int value) => value is >= 1 and <= 8 ? new(value) : Upright;

    /// <summary>Turns an image to how it is seen.</summary>
    /// <param name="stored">As it is stored.</param>
    /// <returns>The image itself where there is nothing to turn.</returns>
    public RgbImage Apply(RgbImage stored) => IsUpright
        ? stored
        : SwapsSides
            ? new RgbImage(stored.Height, stored.Width, Apply(stored.Pixels, stored.Width, stored.Height, 3))
            : new RgbImage(stored.Width, stored.Height, Apply(stored.Pixels, stored.Width, stored.Height, 3));

    /// <summary>Turns samples to how they are seen.</summary>
    /// <param name="stored">As they are stored.</param>
    /// <returns>The samples themselves where there is nothing to turn.</returns>
    public Samples Apply(Samples stored)
    {
        if (IsUpright)
            return stored;
        var (width, height) = SwapsSides ? (stored.Height, stored.Width) : (stored.Width, stored.Height);
        if (!stored.IsPlanar)
        {
            return stored with
            {
                Width = width,
                Height = height,
                Values = Apply(stored.Values, stored.Width, stored.Height, stored.Channels),
            };
        }
        var values = new float[stored.Values.Length];
        var size = width * height;
        for (var c = 0; c < stored.Channels; c++)
            Apply<float>(stored.Values.AsSpan(c * size, size), values.AsSpan(c * size, size), stored.Width, stored.Height, 1);
        return stored with { Width = width, Height = height, Values = values };
    }

    private T[] Apply<T>(T[] stored, int width, int height, int each)
    {
        var seen = new T[stored.Length];
        Apply<T>(stored, seen, width, height, each);
        return seen;
    }

    private void Apply<T>(ReadOnlySpan<T> stored, Span<T> seen, int width, int height, int each)
    {
        // Where the first seen pixel is stored, and how far a step to the right and one down lead there.
        var (first, right, down) = Value switch
        {
            2 => (width - 1, -1, width),
            3 => (width * height - 1, -1, -width),
            4 => (width * (height - 1), 1, -width),
            5 => (0, width, 1),
            6 => (width * (height - 1), -width, 1),
            7 => (width * height - 1, -width, -1),
            8 => (width - 1, width, -1),
            _ => (0, 1, width),
        };
        var (columns, rows) = SwapsSides ? (height, width) : (width, height);
        var to = 0;
        for (var y = 0; y < rows; y++)
        {
            var from = first + y * down;
            for (var x = 0; x < columns; x++, from += right)
            {
                for (var c = 0; c < each; c++)
                    seen[to++] = stored[from * each + c];
            }
        }
    }

    private static Orientation OfPng(ReadOnlySpan<byte> file)
    {
        for (var at = 8; file.Length - at >= 12;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > (uint)(file.Length - at - 12))
                break;
            if (file.Slice(at + 4, 4).SequenceEqual("eXIf"u8))
                return OfExif(file.Slice(at + 8, (int)length));
            at += 12 + (int)length;
        }
        return Upright;
    }

    // EXIF is a TIFF without strips; the orientation stands in its first directory.
    private static Orientation OfExif(ReadOnlySpan<byte> exif)
    {
        if (exif.Length < 8 || !TiffFile.IsTiff(exif))
            return Upright;
        var isLittle = exif[0] == (byte)'I';
        var start = Long(exif, 4, isLittle);
        if (start > (uint)exif.Length - 2)
            return Upright;
        var at = (int)start;
        for (int left = Short(exif, at, isLittle), entry = at + 2; left > 0 && entry <= exif.Length - 12; left--, entry += 12)
        {
            if (Short(exif, entry, isLittle) == Tag)
                return Checked(Short(exif, entry + 8, isLittle));
        }
        return Upright;
    }

    private static int Short(ReadOnlySpan<byte> bytes, int at, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    private static uint Long(ReadOnlySpan<byte> bytes, int at, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
}
