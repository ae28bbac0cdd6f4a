using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;

namespace DeepLabDsl.Imaging;

/// <summary>
/// Reads images of any number of channels and of up to 32 bits: TIFF, PNG (also of 16 bits), NumPy arrays and whatever else
/// <see cref="ImageFile"/> reads.
/// </summary>
internal static class ChannelFile
{
    /// <summary>Reads an image whose channels stand in one file or are stacked from several.</summary>
    /// <param name="paths">The files in the order of the channels.</param>
    /// <param name="channels">The number of channels that there must be.</param>
    /// <param name="range">The value that becomes 1; null: the maximum of the file's kind, 255 or 65535, and 1 for fractions.</param>
    /// <param name="wanted">What says that there must be so many channels.</param>
    /// <param name="orientation">Whether each file is turned as its orientation says.</param>
    /// <exception cref="UnusableDataException">A file is missing, damaged, or of another size or number of channels.</exception>
    public static ChannelImage Read(
        IReadOnlyList<string> paths, int channels, double? range, string wanted, PictureOrientation orientation) =>
        Read([.. paths.Select(p => (p, ReadSamples(p, orientation)))], channels, range, wanted);

    /// <summary>Stacks the samples of files.</summary>
    /// <inheritdoc cref="Read(IReadOnlyList{string}, int, double?, string, PictureOrientation)"/>
    public static ChannelImage Read(IReadOnlyList<(string Path, Samples Samples)> parts, int channels, double? range, string wanted)
    {
        var (width, height) = (parts[0].Samples.Width, parts[0].Samples.Height);
        if (parts.FirstOrDefault(p => (p.Samples.Width, p.Samples.Height) != (width, height)) is { Path: { } other, Samples: var odd })
        {
            throw new UnusableDataException(
                $"{other}: is {odd.Width}x{odd.Height}, and {parts[0].Path} with its other channels is {width}x{height}. "
                + "Export both at one size.");
        }
        var found = parts.Sum(p => p.Samples.Channels);
        if (found != channels)
        {
            var have = parts.Count > 1 ? $"its {parts.Count} files have {found} channels together" : $"has {found} channels";
            throw new UnusableDataException($"{parts[0].Path}: {have}, and {wanted}.");
        }
        if ((long)width * height * channels > Array.MaxLength)
        {
            throw new UnusableDataException(
                $"{parts[0].Path}: {channels} channels of {width}x{height} do not fit in memory. Cut it into tiles.");
        }
        var planes = new float[width * height * channels];
        var channel = 0;
        foreach (var (_, samples) in parts)
        {
            var scale = (float)(1 / (range ?? samples.Maximum));
            for (var c = 0; c < samples.Channels; c++, channel++)
                samples.CopyChannel(c, planes.AsSpan(channel * width * height, width * height), scale);
        }
        return new ChannelImage(width, height, channels, planes);
    }

    /// <summary>Reads the samples of a file, whose kind its content says.</summary>
    /// <param name="path">The file.</param>
    /// <param name="orientation">Whether it is turned as its orientation says.</param>
    /// <exception cref="UnusableDataException">The file is missing, damaged, or of a kind that is not read.</exception>
    public static Samples ReadSamples(string path, PictureOrientation orientation) =>
        ReadSamples(ImageFile.ReadBytes(path, "image"), path, orientation);

    /// <summary>Reads the samples of a file that is in memory.</summary>
    /// <param name="bytes">The file's content.</param>
    /// <param name="path">What it is called.</param>
    /// <param name="orientation">Whether it is turned as its orientation says.</param>
    /// <exception cref="UnusableDataException">It is damaged, or of a kind that is not read.</exception>
    public static Samples ReadSamples(byte[] bytes, string path, PictureOrientation orientation)
    {
        if (NpyArray.IsNpy(bytes))
            return ReadArray(bytes, path);
        if (TiffFile.IsTiff(bytes))
        {
            var (samples, turn) = TiffFile.Read(bytes, path);
            return orientation == PictureOrientation.Apply ? turn.Apply(samples) : samples;
        }
        // A palette's indices are no samples, its colours are.
        if (PngReader.IsPng(bytes) && new PngReader(bytes, path, "image") is { Header: { ColorType: not PngHeader.Palette } header } reader)
        {
            var samples = new Samples(
                header.Width, header.Height, header.Channels, (1 << header.BitDepth) - 1, false,
                Array.ConvertAll(reader.DecodeSamples(), v => (float)v));
            return orientation == PictureOrientation.Apply ? Orientation.Of(bytes).Apply(samples) : samples;
        }
        var image = ImageFile.ReadRgb(bytes, path, orientation);
        return new Samples(image.Width, image.Height, 3, 255, false, Array.ConvertAll(image.Pixels, v => (float)v));
    }

    private static Samples ReadArray(byte[] file, string path) =>
        NpyArray.Read(new MemoryStream(file), path, (type, shape, length, content) =>
    {
        if (shape.Length is not (2 or 3))
            throw new UnusableDataException(
                $"{path}: an image is an array [channels, height, width] or [height, width], not [{string.Join(", ", shape)}].");
        if (length == 0)
            throw new UnusableDataException($"{path}: the array [{string.Join(", ", shape)}] is empty; an image has at least one pixel.");
        if (length > Array.MaxLength || shape.Any(e => e > int.MaxValue))
            throw new UnusableDataException(
                $"{path}: the array [{string.Join(", ", shape)}] is too large for an image. Cut it into tiles.");
        var bytes = new byte[length];
        content.ReadExactly(bytes);
        var (values, greatest) = type switch
        {
            NpyType.Byte => (Array.ConvertAll(bytes, v => (float)v), 255),
            NpyType.Int32 => (Convert<int>(bytes, v => v), 65535),
            NpyType.Int64 => (Convert<long>(bytes, v => v), 65535),
            NpyType.Float64 => (Convert<double>(bytes, v => (float)v), 1),
            _ => (Convert<float>(bytes, v => v), 1),
        };
        return new Samples((int)shape[^1], (int)shape[^2], shape.Length == 3 ? (int)shape[0] : 1, greatest, true, values);
    });

    private static float[] Convert<T>(byte[] bytes, Converter<T, float> convert)
        where T : unmanaged =>
        Array.ConvertAll(MemoryMarshal.Cast<byte, T>(bytes).ToArray(), convert);
}

/// <summary>The samples of an image file, not scaled.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">Samples a pixel.</param>
/// <param name="Maximum">The maximum value of the file's kind.</param>
/// <param name="IsPlanar">Whether a channel's samples stand together, in place of a pixel's.</param>
/// <param name="Values">The samples.</param>
internal sealed record Samples(int Width, int Height, int Channels, double Maximum, bool IsPlanar, float[] Values)
{
    /// <summary>Copies and scales one channel.</summary>
    public void CopyChannel(int channel, Span<float> target, float scale)
    {
        var (start, step) = IsPlanar ? (channel * target.Length, 1) : (channel, Channels);
        for (var i = 0; i < target.Length; i++)
            target[i] = Values[start + i * step] * scale;
    }
}
