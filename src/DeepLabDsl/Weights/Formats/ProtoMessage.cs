using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Google.Protobuf;

namespace DeepLabDsl.Weights.Formats;

/// <summary>A field of a message: a number, or a stretch of the file.</summary>
/// <param name="Number">The field's number in the schema.</param>
/// <param name="Type">How it is written.</param>
/// <param name="Value">A number's bits; of a stretch, its length.</param>
/// <param name="Offset">Where the number or the stretch begins.</param>
internal readonly record struct ProtoField(int Number, WireFormat.WireType Type, ulong Value, long Offset);

/// <summary>
/// A protocol buffers message in a file, read field by field without a schema's classes: what is long stays on the disk.
/// </summary>
/// <param name="Stream">The file.</param>
/// <param name="Begin">The message's first byte.</param>
/// <param name="End">The byte after its last.</param>
internal readonly record struct ProtoMessage(Stream Stream, long Begin, long End)
{
    private const int MaximumText = 4096;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The fields, in the file's order.</summary>
    /// <exception cref="FormatException">The bytes are no message.</exception>
    public IEnumerable<ProtoField> Fields()
    {
        for (var position = Begin; position < End;)
        {
            // Setting the position would empty the stream's buffer, and a field may be two bytes.
            Stream.Seek(position, SeekOrigin.Begin);
            var tag = Varint(Stream);
            if (tag > uint.MaxValue)
                throw new FormatException($"a field of an unknown kind at {position}");
            var type = WireFormat.GetTagWireType((uint)tag);
            var offset = Stream.Position;
            ulong value = 0;
            switch (type)
            {
                case WireFormat.WireType.Varint:
                    value = Varint(Stream);
                    position = Stream.Position;
                    break;
                case WireFormat.WireType.Fixed32:
                    value = Fixed(Stream, sizeof(uint));
                    position = Stream.Position;
                    break;
                case WireFormat.WireType.Fixed64:
                    value = Fixed(Stream, sizeof(ulong));
                    position = Stream.Position;
                    break;
                case WireFormat.WireType.LengthDelimited:
                    value = Varint(Stream);
                    offset = Stream.Position;
                    if (value > (ulong)Math.Max(0, End - offset))
                        throw new FormatException($"a field that does not fit at {offset}");
                    position = offset + (long)value;
                    break;
                default:
                    throw new FormatException($"a field of an unknown kind at {position}");
            }
            if (position > End || WireFormat.GetTagFieldNumber((uint)tag) == 0)
                throw new FormatException($"a field that does not fit at {offset}");
            yield return new ProtoField(WireFormat.GetTagFieldNumber((uint)tag), type, value, offset);
        }
    }

    /// <summary>The message in a field.</summary>
    public ProtoMessage Message(ProtoField field) => field.Type == WireFormat.WireType.LengthDelimited
        ? new ProtoMessage(Stream, field.Offset, field.Offset + (long)field.Value)
        : throw new FormatException($"field {field.Number} is no message at {field.Offset}");

    /// <summary>The text in a field.</summary>
    public string Text(ProtoField field)
    {
        if (field.Type != WireFormat.WireType.LengthDelimited || field.Value > MaximumText)
            throw new FormatException($"field {field.Number} is no name at {field.Offset}");
        var bytes = new byte[field.Value];
        Stream.Position = field.Offset;
        Stream.ReadExactly(bytes);
        return Strict.GetString(bytes);
    }

    /// <summary>The whole numbers in a field, packed or single.</summary>
    public IEnumerable<long> Numbers(ProtoField field)
    {
        if (field.Type == WireFormat.WireType.Varint)
        {
            yield return (long)field.Value;
            yield break;
        }
        if (field.Type != WireFormat.WireType.LengthDelimited || field.Value > MaximumText)
            throw new FormatException($"field {field.Number} is no list of numbers at {field.Offset}");
        var bytes = new byte[field.Value];
        Stream.Position = field.Offset;
        Stream.ReadExactly(bytes);
        using var input = new CodedInputStream(bytes);
        while (!input.IsAtEnd)
            yield return input.ReadInt64();
    }

    /// <summary>The number of at most 64 bits that begins where a stream stands.</summary>
    public static ulong Varint(Stream stream)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = stream.ReadByte();
            if (next < 0)
                throw new FormatException("it ends in the middle of a number");
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw new FormatException($"a number of more than 64 bits at {stream.Position}");
    }

    private static ulong Fixed(Stream stream, int size)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        if (stream.ReadAtLeast(bytes[..size], size, throwOnEndOfStream: false) < size)
            throw new FormatException("it ends in the middle of a number");
        return BitConverter.ToUInt64(bytes);
    }
}
