using System;
using System.IO;
using System.Runtime.CompilerServices;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Networks;

/// <summary>The graph of a network as its assembly carries it.</summary>
public static class CarriedGraph
{
    /// <summary>Reads a graph.</summary>
    /// <param name="base64">What the generator wrote; line ends in it do not matter.</param>
    /// <exception cref="InvalidDataException">Another version of the generator wrote it.</exception>
    public static NetworkGraph Read(ReadOnlySpan<byte> base64)
    {
        var bytes = new byte[base64.Length / 4 * 3];
        return Decode(base64, bytes) is var length and >= 0
            ? GraphReader.Read(bytes[..length])
            : throw new InvalidDataException("The graph that the assembly carries is damaged: build it again.");
    }

    /// <summary>
    /// Not the framework's decoder, whose vector code is compiled anew in each process and takes longer than this. Optimised at once, since
    /// a loop that is not is compiled a second time while it runs.
    /// </summary>
    /// <returns>How many bytes there are; -1 where it is no base64.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Decode(ReadOnlySpan<byte> base64, byte[] bytes)
    {
        var (bits, count, length, ended) = (0, 0, 0, 0);
        foreach (var c in base64)
        {
            var value = c switch
            {
                >= (byte)'A' and <= (byte)'Z' => c - 'A',
                >= (byte)'a' and <= (byte)'z' => c - 'a' + 26,
                >= (byte)'0' and <= (byte)'9' => c - '0' + 52,
                (byte)'+' => 62,
                (byte)'/' => 63,
                _ => -1,
            };
            if (value >= 0 && ended == 0)
            {
                bits = bits << 6 | value;
                if ((++count & 3) == 0)
                {
                    bytes[length++] = (byte)(bits >> 16);
                    bytes[length++] = (byte)(bits >> 8);
                    bytes[length++] = (byte)bits;
                }
            }
            else if (c == '=')
                ended++;
            else if (c is not ((byte)'\n' or (byte)'\r'))
                return -1;
        }
        // One byte of the last four characters where two of them are =, two bytes where one is.
        if ((count + ended & 3) != 0 || ended > 2)
            return -1;
        if (ended > 0)
            bytes[length++] = (byte)(bits >> (ended == 2 ? 4 : 10));
        if (ended == 1)
            bytes[length++] = (byte)(bits >> 2);
        return length;
    }
}
