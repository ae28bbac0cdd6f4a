using System;

namespace DeepLabDsl;

/// <summary>Reads and writes images and label maps.</summary>
public static class ImageFile
{
    /// <summary>Reads a JPEG, PNG, WebP, BMP or GIF image.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The image as it is stored: a rotation in the EXIF data is not applied and no colour profile is converted.</returns>
    /// <exception cref="DataException">The file is missing, not an image, or damaged.</exception>
    /// <remarks>
    /// The rotation is left alone because a label map has no EXIF data: it was drawn on the stored pixels, and rotating
    /// only the image would part the two. Transparency is dropped, not blended.
    /// </remarks>
    public static RgbImage ReadRgb(string path) => throw new NotImplementedException();

    /// <summary>Reads a label map: a PNG of 8-bit grey values or of palette indices, which are the classes.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The indices as they are in the file; a palette's colours do not matter.</returns>
    /// <exception cref="DataException">The file is missing, damaged, or a PNG of another kind.</exception>
    public static LabelMap ReadLabels(string path) => throw new NotImplementedException();

    /// <summary>Writes an image as a PNG, whole or not at all.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="image">The image.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void WritePng(string path, RgbImage image) => throw new NotImplementedException();

    /// <summary>Writes a label map as a palette PNG, whole or not at all; <see cref="ReadLabels"/> reads it back unchanged.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="labels">The indices; they are written as they are.</param>
    /// <param name="classes">Gives the palette. An index that is no class is void's colour.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void WriteIndexedPng(string path, LabelMap labels, ClassSet classes) => throw new NotImplementedException();
}
