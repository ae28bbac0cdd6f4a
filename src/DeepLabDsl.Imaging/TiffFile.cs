using System;
using System.Buffers.Binary;
using System.IO;
using BitMiracle.LibTiff.Classic;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Imaging;

/// <summary>
/// Reads the first image of a TIFF. Files come from anywhere: what the library throws at a header that makes no sense is told
/// as damage, and no more is decoded than so small a file can hold.
/// </summary>
internal static class TiffFile
{
    // What a byte of the file comes to at most: Deflate makes 1032 of one, LZW some more.
    private const int GreatestExpansion = 1400;
    private const int Slack = 1 << 16;

    // A tile is as large as the writer made it, however small the image.
    private const int GreatestTile = 1 << 20;

    // Of what is not compressed: rows of YCbCr come to less than their pixels, by 24 to 9 at most.
    private const int PlainExpansion = 3;

    private static readonly object Silencing = new();
    private static bool _isSilent;

    /// <summary>Whether bytes begin as a TIFF or a BigTIFF does.</summary>
    public static bool IsTiff(ReadOnlySpan<byte> bytes) =>
        bytes is [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..];

    /// <summary>The tag Orientation; upright where the file can't be read, which is said by whoever reads it.</summary>
    public static Orientation OrientationOf(byte[] file)
    {
        try
        {
            return Decode(file, "TIFF", OrientationOf);
        }
        catch (UnusableDataException)
        {
            return Orientation.Upright;
        }
    }

    /// <summary>Width and height by the header; null where it can't be read, which is said by whoever reads the file.</summary>
    public static (int Width, int Height)? SizeOf(byte[] file)
    {
        try
        {
            return Decode<(int, int)?>(file, "TIFF", tiff => new Header(tiff) is var header ? (header.Width, header.Height) : null);
        }
        catch (UnusableDataException)
        {
            return null;
        }
    }

    /// <summary>Reads numbers, also of many channels or with fractions, as they are stored.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="path">Its name in errors.</param>
    /// <returns>The samples of 1 to 32 bits, and how they are turned to be seen.</returns>
    /// <exception cref="UnusableDataException">The file is damaged, or of a kind that is not read.</exception>
    public static (Samples Stored, Orientation Orientation) Read(byte[] bytes, string path) =>
        Decode(bytes, path, tiff => (ReadSamples(tiff, new Header(tiff), bytes, path), OrientationOf(tiff)));

    /// <summary>Reads a picture of 8 bits a channel, as it is stored.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="path">Its name in errors.</param>
    /// <returns>The picture without transparency, and how it is turned to be seen.</returns>
    /// <exception cref="UnusableDataException">The file is damaged, or no picture.</exception>
    public static (RgbImage Stored, Orientation Orientation) ReadRgb(byte[] bytes, string path) => Decode(bytes, path, tiff =>
    {
        var header = new Header(tiff);
        var orientation = OrientationOf(tiff);
        var isGrey = header.IsGrey && header.Channels <= 2;
        // Three bands without a word of their colours are red, green and blue: so does whoever writes them look at them.
        var isColor = header is { Photometric: Photometric.RGB, Channels: >= 3 } || header is { IsGrey: true, Channels: 3 };
        if ((isGrey || isColor) && header is { Format: SampleFormat.UINT, Bits: <= 16 })
            return (ToPicture(ReadSamples(tiff, header, bytes, path)), orientation);
        if (isGrey || isColor || header.IsGrey || !tiff.RGBAImageOK(out _))
        {
            throw new UnusableDataException(
                $"{path}: this TIFF has {header.Channels} channel{(header.Channels == 1 ? "" : "s")} of {header.Bits} bits "
                + $"({header.Format}). A picture has 1 or 3 of 8 or 16 bits; "
                + $"to read this one say 'input: {{ channels: {header.Channels} }}' in the dataset file, and in the network's spec.");
        }
        header.Check(bytes, path);
        // Told that it is upright, the library leaves the rows and columns in their order.
        tiff.SetField(TiffTag.ORIENTATION, BitMiracle.LibTiff.Classic.Orientation.TOPLEFT);
        var raster = new int[header.Width * header.Height];
        if (!tiff.ReadRGBAImageOriented(
            header.Width, header.Height, raster, BitMiracle.LibTiff.Classic.Orientation.TOPLEFT, stopOnError: true))
            throw Damaged(path);
        var image = new RgbImage(header.Width, header.Height);
        for (var i = 0; i < raster.Length; i++)
        {
            (image.Pixels[3 * i], image.Pixels[3 * i + 1], image.Pixels[3 * i + 2]) =
                ((byte)Tiff.GetR(raster[i]), (byte)Tiff.GetG(raster[i]), (byte)Tiff.GetB(raster[i]));
        }
        return (image, orientation);
    });

    private static RgbImage ToPicture(Samples samples)
    {
        var image = new RgbImage(samples.Width, samples.Height);
        var plane = new float[samples.Width * samples.Height];
        for (var c = 0; c < 3; c++)
        {
            samples.CopyChannel(samples.Channels >= 3 ? c : 0, plane, (float)(255 / samples.Maximum));
            for (var i = 0; i < plane.Length; i++)
                image.Pixels[3 * i + c] = (byte)(plane[i] + 0.5f);
        }
        return image;
    }

    private static T Decode<T>(byte[] bytes, string path, Func<Tiff, T> read)
    {
        lock (Silencing)
        {
            // The library writes to the console otherwise; what goes wrong is said by what its calls return.
            if (!_isSilent)
                Tiff.SetErrorHandler(new SilentHandler());
            _isSilent = true;
        }
        try
        {
            if (!TiffDirectory.IsPossible(bytes, GreatestTile))
                throw Damaged(path);
            using var stream = new MemoryStream(bytes, writable: false);
            using var tiff = Tiff.ClientOpen(path, "r", stream, new TiffStream())
                ?? throw new UnusableDataException($"{path}: this is not a TIFF, or it is damaged. Export the file again.");
            return read(tiff);
        }
        catch (Exception exception) when (exception is not UnusableDataException)
        {
            // Offsets, counts and sizes of a damaged header go into the library's arithmetic unchecked.
            throw Damaged(path, exception);
        }
    }

    private static Samples ReadSamples(Tiff tiff, Header header, byte[] bytes, string path)
    {
        header.Check(bytes, path);
        var (width, height, channels, bits, format) = (header.Width, header.Height, header.Channels, header.Bits, header.Format);
        if ((format, bits) is not ((SampleFormat.UINT, 1 or 2 or 4) or (SampleFormat.UINT or SampleFormat.INT, 8 or 16
            or 32) or (SampleFormat.IEEEFP, 32 or 64)))
        {
            throw new UnusableDataException(
                $"{path}: TIFF samples of {bits} bits ({format}) are not read; export whole numbers of 8, 16 or 32 bits, or floats.");
        }
        if (header.Photometric == Photometric.YCBCR)
        {
            if (header.Compression != Compression.JPEG)
                throw new UnusableDataException($"{path}: this TIFF holds luminance and chrominance (YCbCr); export it as RGB.");
            tiff.SetField(TiffTag.JPEGCOLORMODE, JpegColorMode.RGB);
        }

        var values = new float[width * height * channels];
        var planes = header.IsPlanar ? channels : 1;
        var each = header.IsPlanar ? 1 : channels;
        for (var plane = 0; plane < planes; plane++)
        {
            var target = values.AsSpan(plane * width * height, header.IsPlanar ? width * height : values.Length);
            if (tiff.IsTiled())
                ReadTiles(tiff, header, path, plane, each, target);
            else
                ReadLines(tiff, header, path, plane, each, target);
        }
        var maximum = format == SampleFormat.IEEEFP ? 1 : Math.Pow(2, Math.Min(bits, 16)) - 1;
        if (header.Photometric == Photometric.MINISWHITE && format == SampleFormat.UINT && bits <= 16)
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)maximum - values[i];
        }
        return new Samples(width, height, channels, maximum, header.IsPlanar, values);
    }

    private static void ReadLines(Tiff tiff, Header header, string path, int plane, int each, Span<float> target)
    {
        var count = header.Width * each;
        var line = new byte[tiff.ScanlineSize()];
        if (line.Length < (count * (long)header.Bits + 7) / 8)
            throw Damaged(path);
        for (var y = 0; y < header.Height; y++)
        {
            if (!tiff.ReadScanline(line, y, (short)plane))
                throw Damaged(path);
            Convert(line, header, target.Slice(y * count, count));
        }
    }

    private static void ReadTiles(Tiff tiff, Header header, string path, int plane, int each, Span<float> target)
    {
        int tileWidth = Value(tiff, TiffTag.TILEWIDTH, 0), tileHeight = Value(tiff, TiffTag.TILELENGTH, 0);
        var rowBytes = ((long)tileWidth * each * header.Bits + 7) / 8;
        // A tile is at least one pixel, and larger than the image only by its padding.
        if (tileWidth <= 0 || tileHeight <= 0 || rowBytes * tileHeight > 4L * header.Bytes + GreatestTile
            || tiff.TileSize() < rowBytes * tileHeight)
            throw Damaged(path);
        var tile = new byte[tiff.TileSize()];
        for (var top = 0; top < header.Height; top += tileHeight)
        {
            for (var left = 0; left < header.Width; left += tileWidth)
            {
                if (tiff.ReadTile(tile, 0, left, top, 0, (short)plane) < 0)
                    throw Damaged(path);
                var columns = Math.Min(tileWidth, header.Width - left);
                for (var y = top; y < Math.Min(header.Height, top + tileHeight); y++)
                {
                    Convert(
                        tile.AsSpan((int)((y - top) * rowBytes)), header, target.Slice((y * header.Width + left) * each, columns * each));
                }
            }
        }
    }

    // The library has turned the bytes into the machine's order.
    private static void Convert(ReadOnlySpan<byte> bytes, Header header, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (header.Format, header.Bits) switch
            {
                (SampleFormat.UINT, 1 or 2 or 4) =>
                    (bytes[i * header.Bits / 8] >> (8 - header.Bits - i * header.Bits % 8)) & ((1 << header.Bits) - 1),
                (SampleFormat.UINT, 8) => bytes[i],
                (SampleFormat.INT, 8) => (sbyte)bytes[i],
                (SampleFormat.UINT, 16) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]),
                (SampleFormat.INT, 16) => BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]),
                (SampleFormat.UINT, 32) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]),
                (SampleFormat.INT, 32) => BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]),
                (_, 32) => BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]),
                _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]),
            };
        }
    }

    private static Orientation OrientationOf(Tiff tiff) => Orientation.Checked(Value(tiff, TiffTag.ORIENTATION, 1));

    private static int Value(Tiff tiff, TiffTag tag, int otherwise) => tiff.GetField(tag) is [var value, ..] ? value.ToInt() : otherwise;

    private static UnusableDataException Damaged(string path, Exception? cause = null) =>
        new($"{path}: the TIFF is damaged or cut off. Export the file again.", cause);

    /// <summary>What the first directory says.</summary>
    private sealed class Header(Tiff tiff)
    {
        public int Width { get; } = Value(tiff, TiffTag.IMAGEWIDTH, 0);

        public int Height { get; } = Value(tiff, TiffTag.IMAGELENGTH, 0);

        public int Channels { get; } = Value(tiff, TiffTag.SAMPLESPERPIXEL, 1);

        public int Bits { get; } = Value(tiff, TiffTag.BITSPERSAMPLE, 1);

        public SampleFormat Format { get; } = (SampleFormat)Value(tiff, TiffTag.SAMPLEFORMAT, (int)SampleFormat.UINT);

        public Photometric Photometric { get; } = (Photometric)Value(tiff, TiffTag.PHOTOMETRIC, (int)Photometric.MINISBLACK);

        public Compression Compression { get; } = (Compression)Value(tiff, TiffTag.COMPRESSION, (int)Compression.NONE);

        public bool IsPlanar { get; } = Value(tiff, TiffTag.PLANARCONFIG, (int)PlanarConfig.CONTIG) == (int)PlanarConfig.SEPARATE;

        public bool IsGrey => Photometric is Photometric.MINISBLACK or Photometric.MINISWHITE;

        /// <summary>Bytes of all samples, packed.</summary>
        public long Bytes => ((long)Width * Channels * Bits + 7) / 8 * Height;

        /// <summary>Whether there can be such an image in such a file.</summary>
        /// <exception cref="UnusableDataException">There can't.</exception>
        public void Check(byte[] file, string path)
        {
            if (Width <= 0 || Height <= 0 || Channels <= 0 || Bits is <= 0 or > 64 || (Int128)Width * Height * Channels > Array.MaxLength)
                throw new UnusableDataException(
                    $"{path}: a TIFF of {Width}x{Height} with {Channels} channels can't be read; cut it into tiles.");
            if (Bytes > file.LongLength * (Compression == Compression.NONE ? PlainExpansion : GreatestExpansion) + Slack)
                throw new UnusableDataException($"{path}: the TIFF says that it is {Width}x{Height} with {Channels} channels, which "
                    + $"{file.LongLength} bytes can't hold: it is damaged or cut off. Export the file again.");
        }
    }

    private sealed class SilentHandler : TiffErrorHandler
    {
        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }

        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }
    }
}
