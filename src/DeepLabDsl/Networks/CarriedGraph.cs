using System;
using System.Buffers;
using System.Buffers.Text;
using System.IO;
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
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (Base64.DecodeFromUtf8(base64, bytes, out _, out var written) != OperationStatus.Done)
            throw new InvalidDataException("The graph that the assembly carries is damaged: build it again.");
        return GraphReader.Read(bytes[..written]);
    }
}
