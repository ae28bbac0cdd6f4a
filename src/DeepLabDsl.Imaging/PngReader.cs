using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Imaging;

/// <summary>What the header of a PNG says.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="BitDepth">Bits a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="ColorType">0 grey, 2 RGB, 3 palette, 4 grey with transparency, 6 RGBA.</param>
/// <param name="Interlaced">Whether the rows come in Adam7's seven passes.</param>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, int ColorType, bool Interlaced)
{
    public const int Grey = 0;
    public const int Rgb = 2;
    public const int Palette = 3;

    /// <summary>Samples a pixel.</summary>
    public int Channels => ColorType switch { Rgb => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>What people call such a PNG.</summary>
    public string Kind => (ColorType, BitDepth) switch
    {
        (Grey, 16) => "16-bit grey",
        (Grey, _) => "grey",
        (Rgb, _) => "colour (RGB)",
        (Palette, _) => "palette",
        (4, _) => "grey with transparency",
        _ => "colour with transparency (RGBA)",
    };
}

/// <summary>
/// Decodes PNG (ISO/IEC 15948) to the samples that stand in the file: general decoders turn palette indices into colours,
/// which loses classes, and 16 bits into 8.
/// </summary>
internal sealed class PngReader
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    // The seven passes of Adam7: first column, first row, column step, row step.
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private readonly string _path;
    private readonly string _what;
    private readonly List<ReadOnlyMemory<byte>> _compressed = [];

    /// <summary>Reads the chunks of a file.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="path">Its name in errors.</param>
    /// <param name="what">What it is in errors, such as <c>label map</c>.</param>
    /// <param name="check">Is shown the header before anything else is read, and may throw; null: any PNG will do.</param>
    /// <exception cref="UnusableDataException">The file is no PNG, or damaged.</exception>
    public PngReader(byte[] bytes, string path, string what, Action<PngHeader>? check = null)
    {
        _path = path;
        _what = what;
        if (!IsPng(bytes))
            throw new UnusableDataException($"{path}: this is not a PNG.");
        PngHeader? header = null;
        var ended = false;
        for (var at = Signature.Length; !ended;)
        {
            if (bytes.Length - at < 12)
                throw Damaged("the file ends before its end mark");
            var length = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            if (length > (uint)(bytes.Length - at - 12))
                throw Damaged("the file ends within a chunk");
            var type = Encoding.Latin1.GetString(bytes, at + 4, 4);
            var content = bytes.AsMemory(at + 8, (int)length);
            if (BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at + 8 + (int)length)) != PngCrc.Of(bytes.AsSpan(
                at + 4, 4 + (int)length)))
                throw Damaged($"the checksum of its {type} chunk is wrong");
            at += 12 + (int)length;

            if (header == null && type != "IHDR")
                throw Damaged($"it starts with {type} instead of IHDR");
            switch (type)
            {
                case "IHDR":
                    if (header != null)
                        throw Damaged("it has two IHDR chunks");
                    header = ParseHeader(content.Span);
                    check?.Invoke(header.Value);
                    break;
                case "IDAT":
                    _compressed.Add(content);
                    break;
                case "IEND":
                    ended = true;
                    break;
                case "PLTE":
                    Palette = content;
                    break;
                default:
                    // An upper-case first letter marks a chunk without which the image cannot be understood.
                    if ((type[0] & 0x20) == 0)
                        throw Damaged($"it has a critical chunk {type} that PNG does not know");
                    break;
            }
        }
        if (_compressed.Count == 0)
            throw Damaged("it has no IDAT chunk");
        if (header!.Value.ColorType == PngHeader.Palette && Palette is null)
            throw Damaged("it has no PLTE chunk");
        Header = header.Value;
        PictureBounds.RequirePng(Header, _compressed.Sum(c => (long)c.Length), path);
    }

    private delegate void LineAction(ReadOnlySpan<byte> line, int y, int firstX, int stepX, int columns);

    /// <summary>What the file's header says.</summary>
    public PngHeader Header { get; }

    /// <summary>Red, green and blue of each palette index; null where there is no palette.</summary>
    public ReadOnlyMemory<byte>? Palette { get; }

    /// <summary>Whether bytes begin as a PNG does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Signature);

    /// <summary>What a PNG's header says, as far as it can be told without reading on; null where the bytes are no PNG.</summary>
    public static PngHeader? HeaderOf(byte[] bytes) =>
        IsPng(bytes) && bytes.Length >= 29 && BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(16)) is > 0 and var width
            && BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(20)) is > 0 and var height
            ? new PngHeader(width, height, bytes[24], bytes[25], bytes[28] == 1)
            : null;

    /// <summary>Decodes one channel of up to 8 bits, unscaled.</summary>
    /// <returns>One byte a pixel, row by row.</returns>
    /// <exception cref="UnusableDataException">The pixels are damaged.</exception>
    public byte[] DecodeBytes()
    {
        var (width, height, depth) = (Header.Width, Header.Height, Header.BitDepth);
        var values = new byte[(long)width * height];
        DecodeLines((line, y, firstX, stepX, columns) =>
        {
            var target = values.AsSpan(y * width, width);
            if (depth == 8 && stepX == 1)
            {
                line.CopyTo(target);
                return;
            }
            var (perByte, mask) = (8 / depth, (1 << depth) - 1);
            for (var column = 0; column < columns; column++)
            {
                var shift = 8 - depth * (column % perByte + 1);
                target[firstX + column * stepX] = (byte)((line[column / perByte] >> shift) & mask);
            }
        });
        return values;
    }

    /// <summary>Decodes every sample, unscaled, also of several channels and of 16 bits.</summary>
    /// <returns>The samples <c>[Height, Width, Channels]</c>.</returns>
    /// <exception cref="UnusableDataException">The pixels are damaged, or too many.</exception>
    public ushort[] DecodeSamples()
    {
        var (width, channels, depth) = (Header.Width, Header.Channels, Header.BitDepth);
        if ((long)width * Header.Height * channels > Array.MaxLength)
        {
            throw new UnusableDataException(
                $"{_path}: an image of {width}x{Header.Height} with {channels} channels is too large. Cut it into tiles.");
        }
        var values = new ushort[width * Header.Height * channels];
        DecodeLines((line, y, firstX, stepX, columns) =>
        {
            var mask = (1 << depth) - 1;
            for (var i = 0; i < columns * channels; i++)
            {
                var (column, channel) = (i / channels, i % channels);
                var bit = i * depth;
                values[(y * width + firstX + column * stepX) * channels + channel] = depth switch
                {
                    16 => BinaryPrimitives.ReadUInt16BigEndian(line[(2 * i)..]),
                    8 => line[i],
                    _ => (ushort)((line[bit / 8] >> (8 - depth - bit % 8)) & mask),
                };
            }
        });
        return values;
    }

    private void DecodeLines(LineAction take)
    {
        try
        {
            using var zlib = new ZLibStream(new ChunkStream(_compressed), CompressionMode.Decompress);
            if (Header.Interlaced)
            {
                foreach (var (x, y, stepX, stepY) in Adam7)
                    DecodePass(zlib, x, y, stepX, stepY, take);
            }
            else
            {
                DecodePass(zlib, 0, 0, 1, 1, take);
            }
            // Reading the end makes the stream compare its checksum.
            if (zlib.ReadByte() >= 0)
                throw Damaged("it has more pixels than its size says");
        }
        catch (EndOfStreamException exception)
        {
            throw Damaged("its pixels end early", exception);
        }
        catch (InvalidDataException exception)
        {
            throw Damaged("its pixels cannot be decompressed", exception);
        }
    }

    private void DecodePass(Stream pixels, int firstX, int firstY, int stepX, int stepY, LineAction take)
    {
        var columns = (Header.Width - firstX + stepX - 1) / stepX;
        var rows = (Header.Height - firstY + stepY - 1) / stepY;
        if (columns <= 0 || rows <= 0)
            return;
        var bits = Header.BitDepth * Header.Channels;
        var length = (int)(((long)columns * bits + 7) / 8);
        // Filters work on whole pixels, or bytes where a pixel is less.
        var unit = Math.Max(1, bits / 8);
        var line = new byte[length];
        var above = new byte[length];
        for (var row = 0; row < rows; row++)
        {
            var filter = pixels.ReadByte();
            if (filter < 0)
                throw new EndOfStreamException();
            pixels.ReadExactly(line);
            Unfilter(filter, line, above, unit);
            take(line, firstY + row * stepY, firstX, stepX, columns);
            (line, above) = (above, line);
        }
    }

    private void Unfilter(int filter, Span<byte> line, ReadOnlySpan<byte> above, int unit)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (var i = unit; i < line.Length; i++)
                    line[i] += line[i - unit];
                break;
            case 2:
                for (var i = 0; i < line.Length; i++)
                    line[i] += above[i];
                break;
            case 3:
                for (var i = 0; i < line.Length; i++)
                    line[i] += (byte)(((i < unit ? 0 : line[i - unit]) + above[i]) / 2);
                break;
            case 4:
                for (var i = 0; i < line.Length; i++)
                    line[i] += i < unit ? above[i] : Paeth(line[i - unit], above[i], above[i - unit]);
                break;
            default:
                throw Damaged($"a row has filter {filter}, and there are 0 to 4");
        }
    }

    private static byte Paeth(int left, int above, int corner)
    {
        var estimate = left + above - corner;
        var toLeft = Math.Abs(estimate - left);
        var toAbove = Math.Abs(estimate - above);
        var toCorner = Math.Abs(estimate - corner);
        return (byte)(toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner);
    }

    private PngHeader ParseHeader(ReadOnlySpan<byte> content)
    {
        if (content.Length != 13)
            throw Damaged($"its IHDR chunk has {content.Length} bytes instead of 13");
        var width = BinaryPrimitives.ReadUInt32BigEndian(content);
        var height = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        int bitDepth = content[8], colorType = content[9];
        if (width == 0 || height == 0 || width > int.MaxValue || height > int.MaxValue)
            throw Damaged($"its size is {width}x{height}");
        if ((long)width * height > Array.MaxLength)
            throw new UnusableDataException($"{_path}: a {_what} of {width}x{height} is too large. Cut it into tiles.");
        if ((colorType, bitDepth) is not ((0, 1 or 2 or 4 or 8 or 16) or (3, 1 or 2 or 4 or 8) or (2 or 4 or 6, 8 or 16)))
            throw Damaged($"colour type {colorType} with {bitDepth} bits does not exist");
        if (content[10] != 0 || content[11] != 0 || content[12] > 1)
            throw Damaged("it names a compression, filter or interlace method that does not exist");
        return new PngHeader((int)width, (int)height, bitDepth, colorType, content[12] == 1);
    }

    private UnusableDataException Damaged(string what, Exception? cause = null) =>
        new($"{_path}: the PNG is damaged: {what}. Copy or export the {_what} again.", cause);

    /// <summary>The contents of all IDAT chunks, one after the other.</summary>
    private sealed class ChunkStream(List<ReadOnlyMemory<byte>> chunks) : Stream
    {
        private int _chunk;
        private int _offset;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            while (_chunk < chunks.Count && _offset == chunks[_chunk].Length)
            {
                _chunk++;
                _offset = 0;
            }
            if (_chunk == chunks.Count)
                return 0;
            var rest = chunks[_chunk].Span[_offset..];
            var count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            _offset += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
