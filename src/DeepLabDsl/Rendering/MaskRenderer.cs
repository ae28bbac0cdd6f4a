using System;

namespace DeepLabDsl;

/// <summary>Draws label maps.</summary>
public static class MaskRenderer
{
    /// <summary>Draws a label map in the colours of its classes.</summary>
    /// <param name="labels">The labels; one that is no class is void.</param>
    /// <param name="classes">The classes.</param>
    /// <returns>A picture of the map's size.</returns>
    public static RgbImage Colorize(LabelMap labels, ClassSet classes) => throw new NotImplementedException();

    /// <summary>Draws a label map over its image: tinted areas with bright borders. Void stays as it is in the image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="opacity">The part of the class's colour in the tint, 0 to 1; default 0.55.</param>
    /// <param name="borders">Whether the classes' borders are drawn; default true.</param>
    /// <returns>A picture of the image's size.</returns>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="opacity"/> is not in 0 to 1.</exception>
    public static RgbImage Overlay(
        RgbImage image, LabelMap labels, ClassSet classes, double opacity = 0.55, bool borders = true) =>
        throw new NotImplementedException();
}
