using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>What stands in the label files of a dataset for a class.</summary>
public enum LabelFormat
{
    /// <summary>A number: a grey value or a palette index.</summary>
    Index,

    /// <summary>A colour.</summary>
    Color,
}

/// <summary>How a dataset's label files say which class a pixel has. Immutable and thread-safe.</summary>
public sealed class LabelCoding
{
    /// <summary>What a label that means nothing is decoded to.</summary>
    internal const short Unknown = -1;

    private readonly Dictionary<int, byte> _meanings;
    private readonly short _others;
    private readonly short[] _table = new short[65536];

    /// <summary>Starts a coding.</summary>
    /// <param name="format">Numbers or colours.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="meanings">
    /// The class, or <see cref="LabelMap.Void"/>, of each number 0 to 65535, or of each colour as <c>0xRRGGBB</c>.
    /// </param>
    /// <param name="othersAreVoid">Whether every other label is void; else it is an error.</param>
    public LabelCoding(LabelFormat format, ClassSet classes, IReadOnlyDictionary<int, byte> meanings, bool othersAreVoid = false)
    {
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(meanings);
        Format = format;
        Classes = classes;
        _meanings = new Dictionary<int, byte>(meanings);
        _others = othersAreVoid ? LabelMap.Void : Unknown;
        for (var value = 0; value < _table.Length; value++)
            _table[value] = _meanings.TryGetValue(value, out var meaning) ? meaning : _others;
    }

    /// <summary>Numbers or colours.</summary>
    public LabelFormat Format { get; }

    /// <summary>The classes.</summary>
    public ClassSet Classes { get; }

    /// <summary>Whether void is 255 only because nothing says what is void.</summary>
    internal bool IsVoidDefault { get; init; }

    /// <summary>The coding in which a class's number is its index and one number is void.</summary>
    /// <param name="classes">The classes, whose void index counts.</param>
    public static LabelCoding Plain(ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        var meanings = Enumerable.Range(0, classes.Count).ToDictionary(c => c, c => (byte)c);
        meanings[classes.VoidIndex] = LabelMap.Void;
        return new LabelCoding(LabelFormat.Index, classes, meanings);
    }

    /// <summary>Reads a label file.</summary>
    /// <param name="path">The file: a PNG, or for numbers also a TIFF.</param>
    /// <returns>Classes, and <see cref="LabelMap.Void"/>.</returns>
    /// <exception cref="UnusableDataException">The file cannot be read, or a label means nothing.</exception>
    public LabelMap Read(string path)
    {
        var raw = ReadRaw(path);
        var labels = new LabelMap(raw.Width, raw.Height);
        return Decode(raw, labels.Indices) ? labels : throw OutOfRange(raw, path);
    }

    /// <summary>Reads a label file's numbers or colours as they stand there.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnusableDataException">The file cannot be read, or is of another kind.</exception>
    internal RawLabels ReadRaw(string path)
    {
        var bytes = ImageFile.ReadBytes(path, "label map");
        if (TiffFile.IsTiff(bytes) && Format == LabelFormat.Index)
            return FromSamples(TiffFile.Read(bytes, path).Stored, path);
        if (Format == LabelFormat.Index)
        {
            PngLabels.RequirePng(bytes, path);
            var reader = new PngReader(bytes, path, "label map");
            if (reader.Header is { ColorType: PngHeader.Grey, BitDepth: 16 })
                return new RawLabels(reader.Header.Width, reader.Header.Height, null, reader.DecodeSamples());
            if (reader.Header is { ColorType: not (PngHeader.Grey or PngHeader.Palette) } header && GreyOf(reader) is { } grey)
                return new RawLabels(header.Width, header.Height, null, grey);
            var map = PngLabels.Read(bytes, path);
            return new RawLabels(map.Width, map.Height, map.Indices, null);
        }
        if (bytes is [0xFF, 0xD8, 0xFF, ..])
            throw new UnusableDataException($"{path}: this is a JPEG, whose compression blurs labels. Export the label map as a PNG.");
        if (IsLossyWebP(bytes))
        {
            throw new UnusableDataException(
                $"{path}: this is a lossy WebP, whose compression blurs labels. Export the label map as a PNG.");
        }
        // Whoever draws labels draws them as they are seen, and stores them so: an orientation that came along with them means nothing.
        var image = ImageFile.ReadRgb(bytes, path, PictureOrientation.Ignore);
        return new RawLabels(image.Width, image.Height, image.Pixels, null) { IsColor = true };
    }

    /// <summary>Decodes labels.</summary>
    /// <param name="raw">The labels as they stand in the file.</param>
    /// <param name="target">Takes classes and void, one a pixel; a label without meaning becomes void.</param>
    /// <returns>Whether every label has a meaning.</returns>
    internal bool Decode(RawLabels raw, Span<byte> target)
    {
        var all = true;
        if (raw.IsColor)
        {
            // Neighbours mostly have one colour.
            int last = -1, at = 0;
            short meaning = Unknown;
            ReadOnlySpan<byte> pixels = raw.Bytes;
            for (var i = 0; i < target.Length; i++, at += 3)
            {
                var color = pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2];
                if (color != last)
                    meaning = MeaningOf(last = color);
                all &= meaning != Unknown;
                target[i] = meaning == Unknown ? LabelMap.Void : (byte)meaning;
            }
            return all;
        }
        for (var i = 0; i < target.Length; i++)
        {
            var meaning = _table[raw[i]];
            all &= meaning != Unknown;
            target[i] = meaning == Unknown ? LabelMap.Void : (byte)meaning;
        }
        return all;
    }

    /// <summary>What a number or a colour means: a class, void, or <see cref="Unknown"/>.</summary>
    internal short MeaningOf(int value) => _meanings.TryGetValue(value, out var meaning) ? meaning : _others;

    /// <summary>How a label is written.</summary>
    internal string Describe(int value) => Format == LabelFormat.Color ? $"#{value:x6}" : $"{value}";

    /// <summary>The labels that mean something, in words.</summary>
    internal string Expected()
    {
        if (Format == LabelFormat.Color)
            return $"the colours of {Classes.Count} classes" + (_meanings.Any(m => m.Value == LabelMap.Void) ? " and of void" : "");
        var classes = Spans(_meanings.Where(m => m.Value != LabelMap.Void).Select(m => m.Key));
        var voids = Spans(_meanings.Where(m => m.Value == LabelMap.Void).Select(m => m.Key));
        return $"the classes {classes}"
            + (voids.Length == 0 ? "" : IsVoidDefault ? $" and, as the dataset file says none, void {voids}" : $" and void {voids}");
    }

    private static string Spans(IEnumerable<int> values)
    {
        var spans = new List<(int First, int Last)>();
        foreach (var value in values.Order())
        {
            if (spans.Count > 0 && spans[^1].Last == value - 1)
                spans[^1] = (spans[^1].First, value);
            else
                spans.Add((value, value));
        }
        return string.Join(", ", spans.Select(s => s.First == s.Last ? $"{s.First}" : $"{s.First} to {s.Last}"));
    }

    // Many tools write numbers as grey in three equal channels; where they differ, they are colours.
    private static ushort[]? GreyOf(PngReader reader)
    {
        var (samples, channels) = (reader.DecodeSamples(), reader.Header.Channels);
        var grey = new ushort[samples.Length / channels];
        for (var i = 0; i < grey.Length; i++)
        {
            grey[i] = samples[i * channels];
            if (channels >= 3 && (samples[i * channels + 1] != grey[i] || samples[i * channels + 2] != grey[i]))
                return null;
        }
        return grey;
    }

    // The chunk of a lossy picture is called "VP8 ", of a lossless one "VP8L"; others may come before.
    private static bool IsLossyWebP(ReadOnlySpan<byte> file)
    {
        if (file.Length < 20 || !file.StartsWith("RIFF"u8) || !file[8..].StartsWith("WEBP"u8))
            return false;
        for (var at = 12; file.Length - at >= 8;)
        {
            if (file[at..].StartsWith("VP8 "u8))
                return true;
            var length = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            if (length > (uint)(file.Length - at - 8))
                return false;
            at += 8 + (int)length + ((int)length & 1);
        }
        return false;
    }

    private static RawLabels FromSamples(Samples samples, string path)
    {
        if (samples.Channels != 1 || Array.Exists(samples.Values, v => v is not (>= 0 and <= 65535) || v != MathF.Floor(v)))
        {
            throw new UnusableDataException(
                $"{path}: a label map has one channel of whole numbers from 0 to 65535; this TIFF has {samples.Channels} channels or "
                + "other numbers.");
        }
        return new RawLabels(samples.Width, samples.Height, null, Array.ConvertAll(samples.Values, v => (ushort)v));
    }

    private UnusableDataException OutOfRange(RawLabels raw, string path)
    {
        var counts = new Dictionary<int, long>();
        var first = -1;
        for (var i = 0; i < raw.Count; i++)
        {
            var value = raw[i];
            if (MeaningOf(value) != Unknown)
                continue;
            counts[value] = counts.GetValueOrDefault(value) + 1;
            first = first < 0 ? i : first;
        }
        var all = string.Join(", ", counts.Keys.Order().Take(8).Select(Describe)) + (counts.Count > 8 ? ", ..." : "");
        var kind = Format == LabelFormat.Color ? "colour" : "label";
        var mend = Format == LabelFormat.Color
            ? $"mend the labels (scaling and JPEG mix colours), add the colour to a class or to void, or say 'void: others'"
            : "mend the labels, or name the dataset file that belongs to them";
        return new UnusableDataException(
            $"{path}: {kind} {Describe(raw[first])} at ({first % raw.Width},{first / raw.Width}) is neither a class nor void; " +
            $"{counts.Values.Sum()} of {raw.Count} pixels have such a {kind} ({all}). Dataset '{Classes.Name}' has {Expected()}: {mend}.");
    }
}

/// <summary>A label file's content: bytes, 16-bit numbers, or colours.</summary>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Bytes">A number a pixel, or red, green and blue.</param>
/// <param name="Words">A number a pixel where a byte does not hold it.</param>
internal sealed record RawLabels(int Width, int Height, byte[]? Bytes, ushort[]? Words)
{
    /// <summary>Whether the bytes are colours.</summary>
    public bool IsColor { get; init; }

    /// <summary>The number of pixels.</summary>
    public int Count => Width * Height;

    /// <summary>A pixel's number, or its colour as <c>0xRRGGBB</c>.</summary>
    public int this[int pixel] => Words is not null ? Words[pixel]
        : IsColor ? Bytes![3 * pixel] << 16 | Bytes[3 * pixel + 1] << 8 | Bytes[3 * pixel + 2] : Bytes![pixel];
}
