using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using SkiaSharp;

namespace DeepLabDsl.Imaging;

/// <summary>Reads and writes images and label maps.</summary>
public static class ImageFile
{
    /// <summary>Reads a JPEG, PNG, WebP, BMP, GIF or TIFF image; its content says which it is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="orientation">Whether it is turned as its orientation (EXIF's, or TIFF's own) says; by default it is.</param>
    /// <returns>The image as every viewer shows it, or as it is stored; no colour profile is converted.</returns>
    /// <exception cref="UnusableDataException">The file is missing, not an image, or damaged.</exception>
    /// <remarks>Transparency is dropped, not blended. Grey becomes equal red, green and blue; 16 bits become 8.</remarks>
    public static RgbImage ReadRgb(string path, PictureOrientation orientation = PictureOrientation.Apply) =>
        ReadRgb(ReadBytes(path, "image"), path, orientation);

    /// <summary>Reads an image that is in memory, such as one that was sent.</summary>
    /// <param name="bytes">The file's content.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <param name="orientation">Whether it is turned as its orientation says; by default it is.</param>
    /// <exception cref="UnusableDataException">It is no image, or damaged.</exception>
    public static RgbImage ReadRgb(byte[] bytes, string name, PictureOrientation orientation = PictureOrientation.Apply)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        var (image, turn) = TiffFile.IsTiff(bytes) ? TiffFile.ReadRgb(bytes, name) : Decode(bytes, name);
        return orientation == PictureOrientation.Apply ? turn.Apply(image) : image;
    }

    /// <summary>How a file's picture is turned to be seen; upright where the file is no picture.</summary>
    internal static Orientation OrientationOf(string path) => Orientation.Of(ReadBytes(path, "image"));

    /// <summary>Refuses an image of too many pixels by its header, before memory is taken for them.</summary>
    /// <param name="bytes">The file's content; what is no image passes: whoever reads it says what is wrong.</param>
    /// <param name="most">Pixels that it may have.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <exception cref="UnusableDataException">It has more.</exception>
    internal static void RequirePixels(byte[] bytes, long most, string name)
    {
        if (SizeOf(bytes) is var (width, height) && (long)width * height > most)
        {
            throw new UnusableDataException(
                $"{name}: has {width}x{height} pixels (width x height), and {most} are allowed. Send a smaller one, or raise the limit.");
        }
    }

    /// <summary>Width and height by the header; null where it can't be told, or the bytes themselves bound the size.</summary>
    private static (int Width, int Height)? SizeOf(byte[] bytes)
    {
        if (PngReader.HeaderOf(bytes) is { } header)
            return (header.Width, header.Height);
        if (TiffFile.IsTiff(bytes))
            return TiffFile.SizeOf(bytes);
        if (NpyArray.IsNpy(bytes))
            return null;
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        return codec is null ? null : (codec.Info.Width, codec.Info.Height);
    }

    private static (RgbImage Stored, Orientation Orientation) Decode(byte[] bytes, string path)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data) ?? throw new UnusableDataException($"{path}: {WhyNot(bytes)}");

        PictureBounds.Require(codec.Info, codec.EncodedFormat, bytes.LongLength, path);
        if (PngReader.HeaderOf(bytes) is { } header)
            PictureBounds.RequirePng(header, bytes.LongLength, path);
        var opaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        // Without a colour space nothing is converted: the values are those that the file holds.
        var info = new SKImageInfo(
            codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info))
            throw new UnusableDataException($"{path}: there is not enough memory for an image of {info.Width}x{info.Height}.");
        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new UnusableDataException(
                $"{path}: the image of {info.Width}x{info.Height} is damaged or cut off ({result}). " +
                "Copy or download the file again.");
        }
        return (Skia.ToImage(bitmap), Orientation.Of(bytes, codec));
    }

    private static string WhyNot(byte[] bytes)
    {
        const string Expected = "Expected JPEG, PNG, WebP, BMP, GIF or TIFF; ";
        if (NpyArray.IsNpy(bytes))
            return "this is a NumPy array. Arrays are read where the dataset file, or the network's spec, says how many channels they "
                + "have: input: { channels: N }.";
        // Telephones write HEIC; both kinds are boxes, the first of which names its brand.
        return bytes.Length >= 12 && bytes.AsSpan(4, 4).SequenceEqual("ftyp"u8)
            && Encoding.ASCII.GetString(bytes, 8, 4) is "heic" or "heix" or "mif1" or "avif"
            ? $"this is {(bytes[8] == (byte)'a' ? "an AVIF" : "a HEIC")} picture, which is not read. {Expected}convert the file."
            : $"this is not an image that can be read. {Expected}convert the file, or copy it again if it was cut off.";
    }

    /// <summary>
    /// Reads a label map from a PNG: the class of a pixel is its grey value (1, 2, 4 or 8 bits, not scaled) or its
    /// palette index.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <returns>The indices as they are in the file; a palette's colours do not matter.</returns>
    /// <exception cref="UnusableDataException">The file is missing, damaged, or a PNG of another kind.</exception>
    public static LabelMap ReadLabels(string path) => PngLabels.Read(ReadBytes(path, "label map"), path);

    /// <summary>Writes an image as a PNG, whole or not at all.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="image">The image.</param>
    /// <exception cref="UnusableDataException">The file cannot be written.</exception>
    public static void WritePng(string path, RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        AtomicFile.Write(path, stream => PngPicture.Write(stream, image));
    }

    /// <summary>Writes a picture of a prediction, which is told from an image when its folder is predicted again.</summary>
    /// <param name="path">The file, called as a result is.</param>
    /// <param name="image">The picture.</param>
    /// <exception cref="UnusableDataException">The file cannot be written.</exception>
    internal static void WriteResult(string path, RgbImage image) => PredictionFile.Write(path, stream => PngPicture.Write(stream, image));

    /// <summary>Writes the classes of a prediction as a palette PNG.</summary>
    /// <inheritdoc cref="WriteResult(string, RgbImage)"/>
    internal static void WriteResult(string path, LabelMap labels, ClassSet classes) =>
        PredictionFile.Write(path, stream => PngLabels.Write(stream, labels, classes));

    /// <summary>Writes a label map as a palette PNG, whole or not at all; <see cref="ReadLabels"/> reads it back unchanged.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="labels">The indices; they are written as they are.</param>
    /// <param name="classes">Gives the palette. An index that is no class is void's colour.</param>
    /// <exception cref="UnusableDataException">The file cannot be written.</exception>
    public static void WriteIndexedPng(string path, LabelMap labels, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        AtomicFile.Write(path, stream => PngLabels.Write(stream, labels, classes));
    }

    /// <summary>A label map as the content of a palette PNG.</summary>
    /// <param name="labels">The indices.</param>
    /// <param name="classes">Gives the palette. An index that is no class is void's colour.</param>
    public static byte[] ToPng(LabelMap labels, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        using var stream = new MemoryStream();
        PngLabels.Write(stream, labels, classes);
        return stream.ToArray();
    }

    /// <summary>An image as the content of a PNG.</summary>
    /// <param name="image">The image.</param>
    public static byte[] ToPng(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var stream = new MemoryStream();
        PngPicture.Write(stream, image);
        return stream.ToArray();
    }

    /// <summary>Writes what was drawn as a PNG, whole or not at all.</summary>
    /// <exception cref="UnusableDataException">The file cannot be written.</exception>
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
    /// <exception cref="UnusableDataException">The file cannot be written.</exception>
    public static void WriteGreyPng(string path, LabelMap labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        AtomicFile.Write(path, stream => PngLabels.Write(stream, labels, null));
    }

    /// <summary>Reads an image of any number of channels.</summary>
    /// <param name="path">A TIFF, a PNG, a NumPy array or a picture.</param>
    /// <param name="format">The number of channels and the values' range.</param>
    /// <returns>What people see of it, and its channels.</returns>
    /// <exception cref="UnusableDataException">The file is missing, damaged, or has another number of channels.</exception>
    public static (RgbImage Picture, ChannelImage Planes) ReadChannels(string path, ChannelFormat format) => ReadChannels([path], format);

    /// <summary>Reads an image whose channels are stacked from several files.</summary>
    /// <param name="paths">The files in the order of the channels.</param>
    /// <param name="format">The number of channels of all files and the values' range.</param>
    /// <param name="wanted">What says that there are so many channels; null: the dataset file.</param>
    /// <param name="orientation">Whether each file is turned as its orientation says; by default it is.</param>
    /// <returns>What people see of it, and its channels.</returns>
    /// <exception cref="UnusableDataException">
    /// A file is missing, damaged, or of another size, or they have another number of channels.
    /// </exception>
    public static (RgbImage Picture, ChannelImage Planes) ReadChannels(
        IReadOnlyList<string> paths, ChannelFormat format, string? wanted = null, PictureOrientation orientation = PictureOrientation.Apply)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(format);
        var planes = ChannelFile.Read(
            paths, format.Count, format.Range, wanted ?? $"the dataset file says 'channels: {format.Count}'", orientation);
        return (planes.Preview(format.Preview.Red, format.Preview.Green, format.Preview.Blue), planes);
    }

    /// <summary>Reads an image of any number of channels that is in memory.</summary>
    /// <param name="bytes">The file's content.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <param name="format">The number of channels and the values' range.</param>
    /// <param name="wanted">What says that there are so many channels.</param>
    /// <exception cref="UnusableDataException">It is no image, damaged, or has another number of channels.</exception>
    internal static (RgbImage Picture, ChannelImage Planes) ReadChannels(byte[] bytes, string name, ChannelFormat format, string wanted)
    {
        var planes = ChannelFile.Read(
            [(name, ChannelFile.ReadSamples(bytes, name, PictureOrientation.Apply))], format.Count, format.Range, wanted);
        return (planes.Preview(format.Preview.Red, format.Preview.Green, format.Preview.Blue), planes);
    }

    /// <summary>Encodes an image to stand in a page: photographs as JPEG, drawings as PNG.</summary>
    internal static byte[] EncodeForPage(RgbImage image, bool isPhoto, out string type)
    {
        const int GoodQuality = 84;
        using var bitmap = Skia.ToBitmap(image);
        using var data = bitmap.Encode(isPhoto ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png, GoodQuality)
            ?? throw new UnusableDataException($"An image of {image.Width}x{image.Height} could not be encoded.");
        type = isPhoto ? "jpeg" : "png";
        return data.ToArray();
    }

    internal static byte[] ReadBytes(string path, string kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            // Pipes and devices have no length either. Opened, they would wait, or give bytes without end.
            return new FileInfo(path).Length > 0
                ? File.ReadAllBytes(path)
                : throw new UnusableDataException($"{path}: the {kind} is empty, or no file but a pipe or a device. Name a file.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnusableDataException(
                $"{path}: there is no such {kind}. "
                + (path.Contains('\uFFFD')
                    ? "Its name is not in UTF-8, so that it can't be opened: rename it."
                    : "Check the name and its extension."), exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: the {kind} cannot be read: {exception.Message}", exception);
        }
    }
}
