using System;
using SkiaSharp;

namespace DeepLabDsl.Imaging;

/// <summary>Between this library's images and SkiaSharp's.</summary>
internal static class Skia
{
    /// <summary>Copies an image into a bitmap of four bytes a pixel.</summary>
    /// <param name="image">The image.</param>
    /// <returns>A bitmap that the caller disposes.</returns>
    public static SKBitmap ToBitmap(RgbImage image)
    {
        var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var y = 0; y < image.Height; y++)
        {
            var source = image.Row(y);
            var target = PixelRow(bitmap, y);
            for (int from = 0, to = 0; from + 2 < source.Length && to + 3 < target.Length; from += 3, to += 4)
            {
                target[to] = source[from];
                target[to + 1] = source[from + 1];
                target[to + 2] = source[from + 2];
                target[to + 3] = 255;
            }
        }
        return bitmap;
    }

    /// <summary>Copies an opaque <see cref="SKColorType.Rgba8888"/> bitmap.</summary>
    /// <param name="bitmap">The bitmap.</param>
    /// <returns>Its pixels without alpha.</returns>
    public static RgbImage ToImage(SKBitmap bitmap)
    {
        var image = new RgbImage(bitmap.Width, bitmap.Height);
        for (var y = 0; y < image.Height; y++)
        {
            var source = PixelRow(bitmap, y);
            var target = image.Row(y);
            for (int from = 0, to = 0; to + 2 < target.Length && from + 3 < source.Length; from += 4, to += 3)
            {
                target[to] = source[from];
                target[to + 1] = source[from + 1];
                target[to + 2] = source[from + 2];
            }
        }
        return image;
    }

    private static unsafe Span<byte> PixelRow(SKBitmap bitmap, int y) =>
        new((byte*)bitmap.GetPixels() + (long)y * bitmap.RowBytes, bitmap.Width * 4);
}
