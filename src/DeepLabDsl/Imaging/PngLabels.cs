using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Text;

namespace DeepLabDsl;

/// <summary>
/// The part of PNG (ISO/IEC 15948) that label maps need: grey and palette images of up to 8 bits, interlaced or not.
/// General decoders turn palette indices into colours, which loses the classes.
/// </summary>
internal static class PngLabels
{
    private const int Grey = 0;
    private const int Palette = 3;

    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly uint[] CrcTable = MakeCrcTable();

    // The seven passes of Adam7: first column, first row, column step, row step.
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Decodes a label map.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="path">Its name in errors.</param>
    /// <returns>Grey values or palette indices.</returns>
    /// <exception cref="DataException">The file is no PNG, damaged, or of another kind.</exception>
    public static LabelMap Read(byte[] bytes, string path)
    {
        if (!bytes.AsSpan().StartsWith(Signature))
        {
            var kind = bytes is [0xFF, 0xD8, 0xFF, ..]
                ? "this is a JPEG, whose compression blurs class indices"
                : "this is not a PNG";
            throw new DataException(
                $"{path}: {kind}. Expected a label map as a grey or palette PNG of up to 8 bits; write the labels as such.");
        }

        Header? header = null;
        var compressed = new List<ReadOnlyMemory<byte>>();
        var palette = false;
        var ended = false;
        for (var at = Signature.Length; !ended;)
        {
            if (bytes.Length - at < 12)
                throw Damaged(path, "the file ends before its end mark");
            var length = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            if (length > (uint)(bytes.Length - at - 12))
                throw Damaged(path, "the file ends within a chunk");
            var type = Encoding.Latin1.GetString(bytes, at + 4, 4);
            var content = bytes.AsMemory(at + 8, (int)length);
            if (BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at + 8 + (int)length)) != Crc(bytes.AsSpan(at + 4, 4 + (int)length)))
                throw Damaged(path, $"the checksum of its {type} chunk is wrong");
            at += 12 + (int)length;

            if (header == null && type != "IHDR")
                throw Damaged(path, $"it starts with {type} instead of IHDR");
            switch (type)
            {
                case "IHDR":
                    if (header != null)
                        throw Damaged(path, "it has two IHDR chunks");
                    header = Header.Parse(content.Span, path);
                    break;
                case "IDAT":
                    compressed.Add(content);
                    break;
                case "IEND":
                    ended = true;
                    break;
                case "PLTE":
                    // The class is the index, whatever its colour and even where it has none.
                    palette = true;
                    break;
                default:
                    // An upper-case first letter marks a chunk without which the image cannot be understood.
                    if ((type[0] & 0x20) == 0)
                        throw Damaged(path, $"it has a critical chunk {type} that PNG does not know");
                    break;
            }
        }
        if (compressed.Count == 0)
            throw Damaged(path, "it has no IDAT chunk");
        if (header!.Value.ColorType == Palette && !palette)
            throw Damaged(path, "it has no PLTE chunk");
        return Decode(header.Value, compressed, path);
    }

    /// <summary>Encodes a label map as a PNG of 8 bits.</summary>
    /// <param name="stream">Takes the file.</param>
    /// <param name="labels">The palette indices, or the grey values.</param>
    /// <param name="classes">The palette; null: the image is grey.</param>
    public static void Write(Stream stream, LabelMap labels, ClassSet? classes)
    {
        stream.Write(Signature);

        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, labels.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], labels.Height);
        header[8] = 8;
        header[9] = (byte)(classes is null ? Grey : Palette);
        header[10..].Clear();
        WriteChunk(stream, "IHDR"u8, header);

        if (classes is not null)
            WriteChunk(stream, "PLTE"u8, PaletteOf(labels, classes));

        var buffer = new MemoryStream();
        using (var zlib = new ZLibStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var y = 0; y < labels.Height; y++)
            {
                // No filter: differences of indices mean nothing.
                zlib.WriteByte(0);
                zlib.Write(labels.Row(y));
            }
        }
        WriteChunk(stream, "IDAT"u8, buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        WriteChunk(stream, "IEND"u8, []);
    }

    private static byte[] PaletteOf(LabelMap labels, ClassSet classes)
    {
        // Every index that occurs needs an entry: decoders call an index beyond the palette an error.
        var entries = classes.Count;
        foreach (var label in labels.Indices)
            entries = Math.Max(entries, label + 1);
        var palette = new byte[entries * 3];
        for (var i = 0; i < entries; i++)
            (palette[i * 3], palette[i * 3 + 1], palette[i * 3 + 2]) = classes.ColorOf(i);
        return palette;
    }

    private static LabelMap Decode(Header header, List<ReadOnlyMemory<byte>> compressed, string path)
    {
        var map = new LabelMap(header.Width, header.Height);
        try
        {
            using var zlib = new ZLibStream(new ChunkStream(compressed), CompressionMode.Decompress);
            if (header.Interlaced)
            {
                foreach (var (x, y, stepX, stepY) in Adam7)
                    DecodePass(zlib, map, header.BitDepth, x, y, stepX, stepY, path);
            }
            else
            {
                DecodePass(zlib, map, header.BitDepth, 0, 0, 1, 1, path);
            }
            // Reading the end makes the stream compare its checksum.
            if (zlib.ReadByte() >= 0)
                throw Damaged(path, "it has more pixels than its size says");
        }
        catch (EndOfStreamException exception)
        {
            throw Damaged(path, "its pixels end early", exception);
        }
        catch (InvalidDataException exception)
        {
            throw Damaged(path, "its pixels cannot be decompressed", exception);
        }
        return map;
    }

    private static void DecodePass(
        Stream pixels, LabelMap map, int bitDepth, int firstX, int firstY, int stepX, int stepY, string path)
    {
        var columns = (map.Width - firstX + stepX - 1) / stepX;
        var rows = (map.Height - firstY + stepY - 1) / stepY;
        if (columns <= 0 || rows <= 0)
            return;
        var length = (int)(((long)columns * bitDepth + 7) / 8);
        var line = new byte[length];
        var above = new byte[length];
        for (var row = 0; row < rows; row++)
        {
            var filter = pixels.ReadByte();
            if (filter < 0)
                throw new EndOfStreamException();
            pixels.ReadExactly(line);
            Unfilter(filter, line, above, path);
            var target = map.Row(firstY + row * stepY);
            if (bitDepth == 8 && stepX == 1)
                line.CopyTo(target);
            else
                Unpack(line, bitDepth, target, firstX, stepX);
            (line, above) = (above, line);
        }
    }

    // One byte is one filter unit: there is one channel of at most 8 bits.
    private static void Unfilter(int filter, Span<byte> line, ReadOnlySpan<byte> above, string path)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (var i = 1; i < line.Length; i++)
                    line[i] += line[i - 1];
                break;
            case 2:
                for (var i = 0; i < line.Length; i++)
                    line[i] += above[i];
                break;
            case 3:
                line[0] += (byte)(above[0] / 2);
                for (var i = 1; i < line.Length; i++)
                    line[i] += (byte)((line[i - 1] + above[i]) / 2);
                break;
            case 4:
                line[0] += above[0];
                for (var i = 1; i < line.Length; i++)
                    line[i] += Paeth(line[i - 1], above[i], above[i - 1]);
                break;
            default:
                throw Damaged(path, $"a row has filter {filter}, and there are 0 to 4");
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

    private static void Unpack(ReadOnlySpan<byte> line, int bitDepth, Span<byte> target, int firstX, int stepX)
    {
        var perByte = 8 / bitDepth;
        var mask = (1 << bitDepth) - 1;
        for (int x = firstX, column = 0; x < target.Length; x += stepX, column++)
        {
            var shift = 8 - bitDepth * (column % perByte + 1);
            target[x] = (byte)((line[column / perByte] >> shift) & mask);
        }
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, content.Length);
        stream.Write(word);
        stream.Write(type);
        stream.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(word, ~CrcStep(CrcStep(uint.MaxValue, type), content));
        stream.Write(word);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes) => ~CrcStep(uint.MaxValue, bytes);

    private static uint CrcStep(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            table[i] = value;
        }
        return table;
    }

    private static DataException Damaged(string path, string what, Exception? cause = null) =>
        new($"{path}: the PNG is damaged: {what}. Copy or export the label map again.", cause);

    private readonly record struct Header(int Width, int Height, int BitDepth, int ColorType, bool Interlaced)
    {
        public static Header Parse(ReadOnlySpan<byte> content, string path)
        {
            if (content.Length != 13)
                throw Damaged(path, $"its IHDR chunk has {content.Length} bytes instead of 13");
            var width = BinaryPrimitives.ReadUInt32BigEndian(content);
            var height = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
            int bitDepth = content[8], colorType = content[9];
            if (width == 0 || height == 0 || width > int.MaxValue || height > int.MaxValue)
                throw Damaged(path, $"its size is {width}x{height}");
            if ((long)width * height > Array.MaxLength)
                throw new DataException($"{path}: a label map of {width}x{height} is too large. Cut it into tiles.");
            var kind = (colorType, bitDepth) switch
            {
                (Grey, 1 or 2 or 4 or 8) or (Palette, 1 or 2 or 4 or 8) => null,
                (Grey, 16) => "16-bit grey",
                (2, 8 or 16) => "colour (RGB)",
                (4, 8 or 16) => "grey with transparency",
                (6, 8 or 16) => "colour with transparency (RGBA)",
                _ => throw Damaged(path, $"colour type {colorType} with {bitDepth} bits does not exist"),
            };
            if (kind != null)
            {
                var mend = colorType is 2 or 6
                    ? "Convert each colour to its class's index and write that"
                    : "Write the labels with 8 bits and one channel";
                throw new DataException(
                    $"{path}: this PNG is {kind}. Expected one class index a pixel: 8-bit grey whose value is the class, " +
                    $"or a palette whose index is. {mend}.");
            }
            if (content[10] != 0 || content[11] != 0 || content[12] > 1)
                throw Damaged(path, "it names a compression, filter or interlace method that does not exist");
            return new Header((int)width, (int)height, bitDepth, colorType, content[12] == 1);
        }
    }

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
