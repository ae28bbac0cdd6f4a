using System;
using System.Buffers.Binary;
using System.IO;
using BitMiracle.LibTiff.Classic;

namespace DeepLabDsl;

/// <summary>Reads TIFF images of any number of channels: whole numbers of 8, 16 and 32 bits and floating-point numbers.</summary>
internal static class TiffFile
{
    private static readonly object Silencing = new();
    private static bool _isSilent;

    /// <summary>Reads the first image of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">The file is missing, damaged, or of a kind that is not read.</exception>
    public static Samples Read(string path)
    {
        lock (Silencing)
        {
            // The library writes to the console otherwise; what goes wrong is said by what its calls return.
            if (!_isSilent)
                Tiff.SetErrorHandler(new SilentHandler());
            _isSilent = true;
        }
        using var stream = new MemoryStream(ImageFile.ReadBytes(path, "image"));
        using var tiff = Tiff.ClientOpen(path, "r", stream, new TiffStream())
            ?? throw new DataException($"{path}: this is not a TIFF, or it is damaged. Export the file again.");
        int width = Value(tiff, TiffTag.IMAGEWIDTH, 0), height = Value(tiff, TiffTag.IMAGELENGTH, 0);
        int channels = Value(tiff, TiffTag.SAMPLESPERPIXEL, 1), bits = Value(tiff, TiffTag.BITSPERSAMPLE, 1);
        var format = (SampleFormat)Value(tiff, TiffTag.SAMPLEFORMAT, (int)SampleFormat.UINT);
        var isPlanar = Value(tiff, TiffTag.PLANARCONFIG, (int)PlanarConfig.CONTIG) == (int)PlanarConfig.SEPARATE;
        if (width <= 0 || height <= 0 || (long)width * height * channels > Array.MaxLength)
            throw new DataException($"{path}: a TIFF of {width}x{height} with {channels} channels can't be read; cut it into tiles.");
        if ((format, bits) is not ((SampleFormat.UINT or SampleFormat.INT, 8 or 16 or 32) or (SampleFormat.IEEEFP, 32 or 64)))
            throw new DataException($"{path}: TIFF samples of {bits} bits ({format}) are not read; export whole numbers of 8, 16 or 32 bits, or floats.");

        var values = new float[width * height * channels];
        var planes = isPlanar ? channels : 1;
        var each = isPlanar ? 1 : channels;
        for (var plane = 0; plane < planes; plane++)
        {
            var target = values.AsSpan(plane * width * height, isPlanar ? width * height : values.Length);
            if (tiff.IsTiled())
                ReadTiles(tiff, path, plane, width, height, each, bits, format, target);
            else
                ReadLines(tiff, path, plane, width, height, each, bits, format, target);
        }
        return new Samples(width, height, channels, format == SampleFormat.IEEEFP ? 1 : Math.Pow(2, Math.Min(bits, 16)) - 1, isPlanar, values);
    }

    private static void ReadLines(Tiff tiff, string path, int plane, int width, int height, int each, int bits, SampleFormat format, Span<float> target)
    {
        var line = new byte[tiff.ScanlineSize()];
        for (var y = 0; y < height; y++)
        {
            if (!tiff.ReadScanline(line, y, (short)plane))
                throw Damaged(path);
            Convert(line, bits, format, target.Slice(y * width * each, width * each));
        }
    }

    private static void ReadTiles(Tiff tiff, string path, int plane, int width, int height, int each, int bits, SampleFormat format, Span<float> target)
    {
        int tileWidth = Value(tiff, TiffTag.TILEWIDTH, 0), tileHeight = Value(tiff, TiffTag.TILELENGTH, 0);
        var tile = new byte[tiff.TileSize()];
        var bytes = bits / 8 * each;
        for (var top = 0; top < height; top += tileHeight)
        {
            for (var left = 0; left < width; left += tileWidth)
            {
                if (tiff.ReadTile(tile, 0, left, top, 0, (short)plane) < 0)
                    throw Damaged(path);
                var columns = Math.Min(tileWidth, width - left);
                for (var y = top; y < Math.Min(height, top + tileHeight); y++)
                    Convert(tile.AsSpan((y - top) * tileWidth * bytes, columns * bytes), bits, format, target.Slice((y * width + left) * each, columns * each));
            }
        }
    }

    // The library has turned the bytes into the machine's order.
    private static void Convert(ReadOnlySpan<byte> bytes, int bits, SampleFormat format, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (format, bits) switch
            {
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

    private static int Value(Tiff tiff, TiffTag tag, int otherwise) => tiff.GetField(tag) is [var value, ..] ? value.ToInt() : otherwise;

    private static DataException Damaged(string path) => new($"{path}: the TIFF is damaged or cut off. Export the file again.");

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
