using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Numerics;
using System.Text;

namespace DeepLabDsl.Weights.Formats;

/// <summary>A pickle that can't be read: damaged, or asking for what is not given.</summary>
internal sealed class PickleException(string message) : Exception(message);

/// <summary>The bytes of pickles, with the position known and every length checked before anything of it is allocated.</summary>
internal sealed class PickleInput(Stream stream, long length)
{
    /// <summary>More than the pickles of any checkpoint: its numbers lie elsewhere.</summary>
    private const long MaximumBytes = 64 << 20;
    private const int MaximumText = 16 << 20;
    private const int MaximumLine = 4096;
    private const int MaximumNumber = 256;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly StringBuilder _line = new();
    private int _next;
    private int _end;

    /// <summary>The storages that were referred to so far, by their keys.</summary>
    public Dictionary<string, PickleStorage> Storages { get; } = new(StringComparer.Ordinal);

    /// <summary>How many bytes have been read.</summary>
    public long Position { get; private set; }

    public byte Byte()
    {
        if (_next == _end)
        {
            _next = 0;
            _end = stream.Read(_buffer);
            if (_end == 0)
                throw new PickleException("it ends in the middle");
        }
        if (++Position > MaximumBytes)
            throw new PickleException($"it is longer than {MaximumBytes >> 20} MB, which no checkpoint needs");
        return _buffer[_next++];
    }

    public byte[] Bytes(long count)
    {
        if (count < 0 || count > MaximumText || count > length - Position)
            throw new PickleException($"it speaks of {count} bytes where there are {length - Position}");
        var bytes = new byte[count];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = Byte();
        return bytes;
    }

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(8));

    public double DoubleBigEndian() => BinaryPrimitives.ReadDoubleBigEndian(Bytes(8));

    public string Text(long count)
    {
        try
        {
            return Strict.GetString(Bytes(count));
        }
        catch (DecoderFallbackException)
        {
            throw new PickleException("it holds text that is not UTF-8");
        }
    }

    public string Latin1(long count) => Encoding.Latin1.GetString(Bytes(count));

    /// <summary>Text up to the end of the line.</summary>
    public string Line()
    {
        var line = _line.Clear();
        for (var next = Byte(); next != '\n'; next = Byte())
        {
            if (line.Length == MaximumLine)
                throw new PickleException($"it holds a line of more than {MaximumLine} characters");
            line.Append((char)next);
        }
        return line.ToString().TrimEnd('\r');
    }

    /// <summary>A whole number in as many bytes: a <see cref="long"/> where it fits.</summary>
    public object Number(long count)
    {
        if (count is < 0 or > MaximumNumber)
            throw new PickleException($"it holds a number of {count} bytes");
        var number = new BigInteger(Bytes(count));
        return number >= long.MinValue && number <= long.MaxValue ? (long)number : number;
    }
}
