using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace DeepLabDsl.Fuzz;

/// <summary>How a number is written.</summary>
internal enum Coding
{
    U8,
    U16,
    U16Big,
    U32,
    U32Big,
    U64,
    Varint,
    Digits,
}

/// <summary>
/// A piece of a file with its meaning: a number, bytes, or pieces in a group. A valid file is built of them; what is changed is a
/// length, a count, a type, an offset, a name or the nesting, and what depends on it follows or is left behind.
/// </summary>
internal abstract class Part
{
    /// <summary>It and all in it.</summary>
    public virtual IEnumerable<Part> All() => [this];

    public abstract Part Clone();

    /// <summary>Writes it; places of parts are noted, for offsets that are written in a second pass.</summary>
    public abstract void Write(Stream stream, Dictionary<Part, long> places);

    public byte[] ToBytes()
    {
        var places = new Dictionary<Part, long>(ReferenceEqualityComparer.Instance);
        using var first = new MemoryStream();
        Write(first, places);
        // Offsets know now where what they speak of begins.
        using var second = new MemoryStream();
        Write(second, places);
        return second.ToArray();
    }

    public static void WriteNumber(Stream stream, Coding coding, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        switch (coding)
        {
            case Coding.U8:
                stream.WriteByte((byte)value);
                break;
            case Coding.U16:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
                stream.Write(bytes[..2]);
                break;
            case Coding.U16Big:
                BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
                stream.Write(bytes[..2]);
                break;
            case Coding.U32:
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value);
                stream.Write(bytes[..4]);
                break;
            case Coding.U32Big:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)value);
                stream.Write(bytes[..4]);
                break;
            case Coding.U64:
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
                stream.Write(bytes);
                break;
            case Coding.Varint:
                for (; value >= 0x80; value >>= 7)
                    stream.WriteByte((byte)(value | 0x80));
                stream.WriteByte((byte)value);
                break;
            default:
                stream.Write(Encoding.ASCII.GetBytes(((long)value).ToString(CultureInfo.InvariantCulture)));
                break;
        }
    }
}

/// <summary>A number: a count, a type, an extent, a flag.</summary>
internal sealed class NumberPart(Coding coding, ulong value) : Part
{
    public Coding Coding { get; } = coding;

    public ulong Value { get; set; } = value;

    public override Part Clone() => new NumberPart(Coding, Value);

    public override void Write(Stream stream, Dictionary<Part, long> places)
    {
        places[this] = stream.Position;
        WriteNumber(stream, Coding, Value);
    }
}

/// <summary>Where another part begins, or how many bytes it has.</summary>
internal sealed class ReferencePart(Coding coding, Part target, bool isLength = false) : Part
{
    [ThreadStatic]
    private static HashSet<Part>? _counted;

    /// <summary>What is written in place of the truth; null: the truth.</summary>
    public ulong? Lie { get; set; }

    /// <summary>What is added to the truth.</summary>
    public long Shift { get; set; }

    private static HashSet<Part> Counted => _counted ??= new HashSet<Part>(ReferenceEqualityComparer.Instance);

    public override Part Clone() => new ReferencePart(coding, target, isLength) { Lie = Lie, Shift = Shift };

    /// <summary>The target's bytes; 0 while these are counted already, since a change may have put the reference into its target.</summary>
    private long Length()
    {
        if (!Counted.Add(target))
            return 0;
        var length = target.ToBytes().Length;
        Counted.Remove(target);
        return length;
    }

    public override void Write(Stream stream, Dictionary<Part, long> places)
    {
        places[this] = stream.Position;
        WriteNumber(stream, coding, Lie ?? (ulong)((isLength ? Length() : places.GetValueOrDefault(target)) + Shift));
    }
}

/// <summary>Bytes: a magic number, a name, text, numbers of a tensor.</summary>
internal sealed class BytesPart(byte[] bytes, bool isName = false) : Part
{
    public byte[] Bytes { get; set; } = bytes;

    public bool IsName { get; } = isName;

    public static BytesPart Of(string text) => new(Encoding.UTF8.GetBytes(text));

    public static BytesPart Name(string text) => new(Encoding.UTF8.GetBytes(text), isName: true);

    public override Part Clone() => new BytesPart(Bytes, IsName);

    public override void Write(Stream stream, Dictionary<Part, long> places)
    {
        places[this] = stream.Position;
        stream.Write(Bytes);
    }
}

/// <summary>Parts one after the other, with their length before them, or packed or summed as a whole.</summary>
internal sealed class GroupPart(params IEnumerable<Part> parts) : Part
{
    public List<Part> Parts { get; } = [.. parts];

    /// <summary>How the length stands before it; null: it does not.</summary>
    public Coding? Prefix { get; init; }

    /// <summary>Written in place of the length.</summary>
    public ulong? Lie { get; set; }

    /// <summary>What becomes of the bytes: compressed, or a checksum added.</summary>
    public Func<byte[], byte[]>? Seal { get; set; }

    public override IEnumerable<Part> All() => Parts.SelectMany(p => p.All()).Prepend(this);

    public override Part Clone() => new GroupPart(Parts.Select(p => p.Clone())) { Prefix = Prefix, Lie = Lie, Seal = Seal };

    public override void Write(Stream stream, Dictionary<Part, long> places)
    {
        places[this] = stream.Position;
        if (Prefix is null && Seal is null)
        {
            foreach (var part in Parts)
                part.Write(stream, places);
            return;
        }
        using var inner = new MemoryStream();
        var within = new Dictionary<Part, long>(ReferenceEqualityComparer.Instance);
        // What it holds refers to places within it alone, and may do so before they are known.
        for (var pass = 0; pass < (Prefix is null ? 2 : 1); pass++)
        {
            inner.SetLength(0);
            foreach (var part in Parts)
                part.Write(inner, within);
        }
        var bytes = Seal is null ? inner.ToArray() : Seal(inner.ToArray());
        if (Prefix is { } coding)
            WriteNumber(stream, coding, Lie ?? (ulong)bytes.Length);
        var begin = stream.Position;
        foreach (var (part, place) in within)
        {
            // What is packed has no place of its own.
            if (Seal is null)
                places[part] = begin + place;
        }
        stream.Write(bytes);
    }
}
