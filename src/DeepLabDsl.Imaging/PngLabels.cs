using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Imaging;

/// <summary>Label maps as PNG: grey or palette images of up to 8 bits, whose value or index is the label.</summary>
internal static class PngLabels
{
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

    /// <summary>What every PNG begins with.</summary>
    public static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Decodes a label map.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="path">Its name in errors.</param>
    /// <returns>Grey values or palette indices.</returns>
    /// <exception cref="UnusableDataException">The file is no PNG, damaged, or of another kind.</exception>
    public static LabelMap Read(byte[] bytes, string path)
    {
        RequirePng(bytes, path);
        var reader = new PngReader(bytes, path, "label map", header =>
        {
            if (header is { ColorType: PngHeader.Grey or PngHeader.Palette, BitDepth: <= 8 })
                return;
            var mend = header.ColorType is PngHeader.Rgb or 6
                ? "Convert each colour to its class's index and write that, or say 'label_format: color' in the dataset file"
                : "Write the labels with 8 bits and one channel";
            throw new UnusableDataException(
                $"{path}: this PNG is {header.Kind}. Expected one class index a pixel: 8-bit grey whose value is the class, " +
                $"or a palette whose index is. {mend}.");
        });
        return new LabelMap(reader.Header.Width, reader.Header.Height, reader.DecodeBytes());
    }

    /// <summary>Says of a file that is no PNG why it can be no label map.</summary>
    /// <exception cref="UnusableDataException">The file is no PNG.</exception>
    public static void RequirePng(byte[] bytes, string path)
    {
        if (PngReader.IsPng(bytes))
            return;
        var kind = bytes is [0xFF, 0xD8, 0xFF, ..]
            ? "this is a JPEG, whose compression blurs labels"
            : "this is not a PNG";
        throw new UnusableDataException(
            $"{path}: {kind}. Expected a label map as a grey or palette PNG of up to 8 bits; write the labels as such.");
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
        header[9] = (byte)(classes is null ? PngHeader.Grey : PngHeader.Palette);
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

    /// <summary>Writes a chunk with its length and checksum.</summary>
    public static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, content.Length);
        stream.Write(word);
        stream.Write(type);
        stream.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(word, PngCrc.Of(type, content));
        stream.Write(word);
    }
}
