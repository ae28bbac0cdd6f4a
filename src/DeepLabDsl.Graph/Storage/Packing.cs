using System;
using System.Collections.Generic;

namespace DeepLabDsl.Graph;

/// <summary>
/// Packs bytes: repeats become references to where they first stood (LZ77, in the layout of an LZ4 block). Not the framework's
/// own compression, whose bytes differ from one version of .NET to the next, so that a build would not be repeatable.
/// </summary>
internal static class Packing
{
    private const int ShortestMatch = 4;
    private const int LongestDistance = 65535;
    private const int HashBits = 13;

    public static byte[] Pack(byte[] data)
    {
        var packed = new List<byte>(data.Length / 2);
        // Where four bytes of a hash were seen last, from 1: what stands there says whether they are the same.
        var seen = new int[1 << HashBits];
        var start = 0;
        for (var at = 0; at + ShortestMatch <= data.Length;)
        {
            var four = Four(data, at);
            var from = seen[Hash(four)] - 1;
            var isRepeat = from >= 0 && at - from <= LongestDistance && Four(data, from) == four;
            seen[Hash(four)] = at + 1;
            if (!isRepeat)
            {
                at++;
                continue;
            }
            var length = ShortestMatch;
            while (at + length < data.Length && data[from + length] == data[at + length])
                length++;
            Write(packed, data, start, at - start, at - from, length);
            for (var i = at + 1; i + ShortestMatch <= data.Length && i < at + length; i++)
                seen[Hash(Four(data, i))] = i + 1;
            at += length;
            start = at;
        }
        Write(packed, data, start, data.Length - start, 0, 0);
        return [.. packed];
    }

    private static int Four(byte[] data, int at) => data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24;

    private static int Hash(int four) => (int)(unchecked((uint)four * 2654435761u) >> (32 - HashBits));

    /// <summary>The bytes again.</summary>
    /// <param name="packed">What <see cref="Pack"/> gave.</param>
    /// <param name="length">How many bytes there were.</param>
    public static byte[] Unpack(byte[] packed, int length)
    {
        var data = new byte[length];
        for (int at = 0, to = 0; at < packed.Length;)
        {
            var token = packed[at++];
            var literals = Length(packed, ref at, token >> 4);
            Buffer.BlockCopy(packed, at, data, to, literals);
            (at, to) = (at + literals, to + literals);
            if (at >= packed.Length)
                break;
            var from = to - (packed[at] | packed[at + 1] << 8);
            at += 2;
            // A match may reach into what it writes itself: then it is what stands there over and over.
            for (var left = Length(packed, ref at, token & 15) + ShortestMatch; left > 0;)
            {
                var part = Math.Min(left, to - from);
                Buffer.BlockCopy(data, from, data, to, part);
                (to, left) = (to + part, left - part);
            }
        }
        return data;
    }

    private static void Write(List<byte> packed, byte[] data, int start, int literals, int distance, int length)
    {
        var match = Math.Max(0, length - ShortestMatch);
        packed.Add((byte)(Math.Min(literals, 15) << 4 | Math.Min(match, 15)));
        WriteRest(packed, literals);
        for (var i = 0; i < literals; i++)
            packed.Add(data[start + i]);
        if (length == 0)
            return;
        packed.Add((byte)distance);
        packed.Add((byte)(distance >> 8));
        WriteRest(packed, match);
    }

    private static void WriteRest(List<byte> packed, int length)
    {
        if (length < 15)
            return;
        for (length -= 15; length >= 255; length -= 255)
            packed.Add(255);
        packed.Add((byte)length);
    }

    private static int Length(byte[] packed, ref int at, int first)
    {
        if (first < 15)
            return first;
        int next;
        do
            first += next = packed[at++];
        while (next == 255);
        return first;
    }
}
