using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using DeepLabDsl.Errors;

namespace DeepLabDsl;

/// <summary>Reads a stream that comes from anyone to its end, and no further than a limit.</summary>
internal static class BoundedStream
{
    private const int Piece = 1 << 16;

    /// <summary>Reads all bytes. What the stream itself throws goes through.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="limit">Bytes that there may be.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="cancellationToken">Gives up between two reads.</param>
    /// <exception cref="UnusableDataException">There are more, or none.</exception>
    public static byte[] Read(Stream stream, long limit, string name, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        var piece = new byte[Piece];
        int count;
        while ((count = stream.Read(piece)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Add(all, piece.AsSpan(0, count), limit, name);
        }
        return Finish(all, name);
    }

    /// <inheritdoc cref="Read"/>
    public static async Task<byte[]> ReadAsync(Stream stream, long limit, string name, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        var piece = new byte[Piece];
        int count;
        while ((count = await stream.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0)
            Add(all, piece.AsSpan(0, count), limit, name);
        return Finish(all, name);
    }

    private static void Add(MemoryStream all, ReadOnlySpan<byte> piece, long limit, string name)
    {
        if (all.Length + piece.Length > limit)
            throw new UnusableDataException($"{name}: has more than {limit} bytes. Send a smaller file, or raise the limit.");
        all.Write(piece);
    }

    private static byte[] Finish(MemoryStream all, string name) => all.Length > 0
        ? all.ToArray()
        : throw new UnusableDataException($"{name}: is empty. Send the bytes of an image file.");
}
