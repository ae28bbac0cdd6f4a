using System;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Rendering;

/// <summary>Draws label maps.</summary>
public static class MaskRenderer
{
    /// <summary>The part of a class's colour in the tint of an overlay.</summary>
    public const double DefaultOpacity = 0.55;

    // How much of a border is white; the rest is its class's colour.
    private const double BorderWhite = 0.8;

    /// <summary>Draws a label map in the colours of its classes.</summary>
    /// <param name="labels">The labels; one that is no class is void.</param>
    /// <param name="classes">The classes.</param>
    /// <returns>A picture of the map's size.</returns>
    public static RgbImage Colorize(LabelMap labels, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        var colors = Colors(classes);
        var picture = new RgbImage(labels.Width, labels.Height);
        Span<byte> pixels = picture.Pixels;
        ReadOnlySpan<byte> indices = labels.Indices;
        for (int i = 0, at = 0; i < indices.Length; i++, at += 3)
            (pixels[at], pixels[at + 1], pixels[at + 2]) = colors[indices[i]];
        return picture;
    }

    /// <summary>Draws a label map over its image: tinted areas with bright borders. Void is not tinted.</summary>
    /// <param name="image">The image.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="opacity">The part of the class's colour in the tint, 0 to 1; default 0.55.</param>
    /// <param name="borders">Whether the classes' borders are drawn, one pixel wide; default true.</param>
    /// <returns>A picture of the image's size.</returns>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="opacity"/> is not in 0 to 1.</exception>
    public static RgbImage Overlay(
        RgbImage image, LabelMap labels, ClassSet classes, double opacity = DefaultOpacity, bool borders = true)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        if (!(opacity is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(opacity), opacity, "An opacity is 0 to 1.");
        RequireSize(image, labels, nameof(labels));

        var colors = Colors(classes);
        var tint = (int)Math.Round(opacity * 256);
        var white = (int)Math.Round(BorderWhite * 256);
        var picture = new RgbImage(image.Width, image.Height);
        for (var y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = labels.Row(y);
            ReadOnlySpan<byte> below = labels.Row(Math.Min(y + 1, image.Height - 1));
            ReadOnlySpan<byte> source = image.Row(y);
            var target = picture.Row(y);
            for (int x = 0, at = 0; x < row.Length; x++, at += 3)
            {
                var label = row[x];
                var (r, g, b) = colors[label];
                if (borders && (below[x] != label || (x + 1 < row.Length && row[x + 1] != label)))
                {
                    target[at] = Mix(r, 255, white);
                    target[at + 1] = Mix(g, 255, white);
                    target[at + 2] = Mix(b, 255, white);
                }
                else
                {
                    var part = label < classes.Count ? tint : 0;
                    target[at] = Mix(source[at], r, part);
                    target[at + 1] = Mix(source[at + 1], g, part);
                    target[at + 2] = Mix(source[at + 2], b, part);
                }
            }
        }
        return picture;
    }

    internal static void RequireSize(RgbImage image, LabelMap labels, string parameter)
    {
        if (image.Width != labels.Width || image.Height != labels.Height)
        {
            throw new ArgumentException(
                $"The labels are {labels.Width}x{labels.Height}, the image is {image.Width}x{image.Height}.", parameter);
        }
    }

    private static byte Mix(int from, int to, int part) => (byte)(from + (((to - from) * part + 128) >> 8));

    private static Rgb[] Colors(ClassSet classes)
    {
        var colors = new Rgb[256];
        for (var label = 0; label < colors.Length; label++)
            colors[label] = classes.ColorOf(label);
        return colors;
    }
}
