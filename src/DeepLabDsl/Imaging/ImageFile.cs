using System;
using System.Collections.Generic;
using System.IO;
using SkiaSharp;

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
    /// only the image would part the two. Transparency is dropped, not blended. Grey becomes equal red, green and blue.
    /// </remarks>
    public static RgbImage ReadRgb(string path)
    {
        var bytes = ReadBytes(path, "image");
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data)
            ?? throw new DataException(
                $"{path}: this is not an image that can be read. Expected JPEG, PNG, WebP, BMP or GIF; " +
                "convert the file, or copy it again if it was cut off.");

        var opaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        // Without a colour space nothing is converted: the values are those that the file holds.
        var info = new SKImageInfo(
            codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info))
            throw new DataException($"{path}: there is not enough memory for an image of {info.Width}x{info.Height}.");
        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new DataException(
                $"{path}: the image of {info.Width}x{info.Height} is damaged or cut off ({result}). " +
                "Copy or download the file again.");
        }

        return Skia.ToImage(bitmap);
    }

    /// <summary>
    /// Reads a label map from a PNG: the class of a pixel is its grey value (1, 2, 4 or 8 bits, not scaled) or its
    /// palette index.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <returns>The indices as they are in the file; a palette's colours do not matter.</returns>
    /// <exception cref="DataException">The file is missing, damaged, or a PNG of another kind.</exception>
    public static LabelMap ReadLabels(string path) => PngLabels.Read(ReadBytes(path, "label map"), path);

    /// <summary>Writes an image as a PNG, whole or not at all.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="image">The image.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void WritePng(string path, RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var bitmap = Skia.ToBitmap(image);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100)
            ?? throw new DataException($"{path}: an image of {image.Width}x{image.Height} could not be encoded as PNG.");
        AtomicFile.Write(path, data.SaveTo);
    }

    /// <summary>Writes a label map as a palette PNG, whole or not at all; <see cref="ReadLabels"/> reads it back unchanged.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="labels">The indices; they are written as they are.</param>
    /// <param name="classes">Gives the palette. An index that is no class is void's colour.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void WriteIndexedPng(string path, LabelMap labels, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        AtomicFile.Write(path, stream => PngLabels.Write(stream, labels, classes));
    }

    /// <summary>Writes what was drawn as a PNG, whole or not at all.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    internal static void WritePng(string path, SKSurface drawing)
    {
        using var image = drawing.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, data.SaveTo);
    }

    /// <summary>
    /// Writes a label map as a grey PNG whose values are the indices, whole or not at all: no picture to look at, but
    /// what every program reads as numbers. <see cref="ReadLabels"/> reads it back unchanged.
    /// </summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="labels">The indices.</param>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void WriteGreyPng(string path, LabelMap labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        AtomicFile.Write(path, stream => PngLabels.Write(stream, labels, null));
    }

    /// <summary>Reads an image of any number of channels.</summary>
    /// <param name="path">A TIFF, a PNG, a NumPy array or a picture.</param>
    /// <param name="format">The number of channels and the values' range.</param>
    /// <returns>What people see of it, and its channels.</returns>
    /// <exception cref="DataException">The file is missing, damaged, or has another number of channels.</exception>
    public static (RgbImage Picture, ChannelImage Planes) ReadChannels(string path, ChannelFormat format) => ReadChannels([path], format);

    /// <summary>Reads an image whose channels are stacked from several files.</summary>
    /// <param name="paths">The files in the order of the channels.</param>
    /// <param name="format">The number of channels of all files and the values' range.</param>
    /// <param name="wanted">What says that there are so many channels; null: the dataset file.</param>
    /// <returns>What people see of it, and its channels.</returns>
    /// <exception cref="DataException">A file is missing, damaged, or of another size, or they have another number of channels.</exception>
    public static (RgbImage Picture, ChannelImage Planes) ReadChannels(IReadOnlyList<string> paths, ChannelFormat format, string? wanted = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(format);
        var planes = ChannelFile.Read(paths, format.Count, format.Range, wanted ?? $"the dataset file says 'channels: {format.Count}'");
        return (planes.Preview(format.Preview.Red, format.Preview.Green, format.Preview.Blue), planes);
    }

    /// <summary>Encodes an image to stand in a page: photographs as JPEG, drawings as PNG.</summary>
    internal static byte[] EncodeForPage(RgbImage image, bool isPhoto, out string type)
    {
        const int GoodQuality = 84;
        using var bitmap = Skia.ToBitmap(image);
        using var data = bitmap.Encode(isPhoto ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png, GoodQuality)
            ?? throw new DataException($"An image of {image.Width}x{image.Height} could not be encoded.");
        type = isPhoto ? "jpeg" : "png";
        return data.ToArray();
    }

    internal static byte[] ReadBytes(string path, string kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{path}: there is no such {kind}. Check the name and its extension.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the {kind} cannot be read: {exception.Message}", exception);
        }
    }
}
