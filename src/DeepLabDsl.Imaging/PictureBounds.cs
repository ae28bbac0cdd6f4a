using System;
using DeepLabDsl.Errors;
using SkiaSharp;

namespace DeepLabDsl.Imaging;

/// <summary>
/// How large a picture can be that lies in so many bytes. A header is a claim: memory is taken for what the rest of the file can make
/// true, and a decoder fills what it did not find with black.
/// </summary>
internal static class PictureBounds
{
    /// <summary>Deflate makes as many bytes of one at most.</summary>
    public const int DeflateExpansion = 1032;

    /// <summary>Pixels of a byte of JPEG: each block of 64 takes a bit at least.</summary>
    public const int JpegPixels = 512;

    /// <summary>Pixels of a byte of WebP, GIF or BMP, whose runs of one colour are the longest (GIF's code of 12 bits for 4095).</summary>
    public const int OtherPixels = 4096;

    /// <summary>Pixels of any file: a header takes bytes that hold none, and small pictures of one colour are real.</summary>
    public const int FreePixels = 1 << 22;

    /// <summary>Bytes of rows that any PNG may have.</summary>
    public const int FreeBytes = 1 << 16;

    /// <summary>Checks what the header of a picture says before memory is taken for it.</summary>
    /// <param name="info">What it says.</param>
    /// <param name="format">The kind of the file; of a PNG the rows are checked by <see cref="RequirePng"/>.</param>
    /// <param name="length">The file's bytes.</param>
    /// <param name="path">Its name in errors.</param>
    /// <exception cref="UnusableDataException">There can be none in so small a file, or it is too large for an array.</exception>
    public static void Require(SKImageInfo info, SKEncodedImageFormat format, long length, string path)
    {
        var pixels = (long)info.Width * info.Height;
        if (pixels * 3 > Array.MaxLength)
            throw new UnusableDataException($"{path}: an image of {info.Width}x{info.Height} is too large. Cut it into tiles.");
        if (format != SKEncodedImageFormat.Png && pixels > length * (format == SKEncodedImageFormat.Jpeg ? JpegPixels
            : OtherPixels) + FreePixels)
            throw Impossible(path, info.Width, info.Height, length);
    }

    /// <summary>Checks what the header of a PNG says before memory is taken for it.</summary>
    /// <param name="header">What it says.</param>
    /// <param name="length">The bytes of its compressed rows, or of the whole file.</param>
    /// <param name="path">The file's name in errors.</param>
    /// <exception cref="UnusableDataException">There can be no such picture in so small a file.</exception>
    public static void RequirePng(PngHeader header, long length, string path)
    {
        var rows = ((long)header.Width * header.BitDepth * header.Channels + 7) / 8 * header.Height;
        if (rows > length * DeflateExpansion + FreeBytes)
            throw Impossible(path, header.Width, header.Height, length);
    }

    private static UnusableDataException Impossible(string path, int width, int height, long length) => new(
        $"{path}: the image says that it is {width}x{height}, which {length} bytes can't hold: it is damaged or cut off. "
        + "Copy or download the file again.");
}
