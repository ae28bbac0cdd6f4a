using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using DeepLabDsl.Errors;

namespace DeepLabDsl.IO;

/// <summary>The elements of a NumPy array file.</summary>
internal enum NpyType
{
    /// <summary>float32.</summary>
    Float32,

    /// <summary>float64.</summary>
    Float64,

    /// <summary>int64.</summary>
    Int64,

    /// <summary>int32.</summary>
    Int32,

    /// <summary>uint8.</summary>
    Byte,
}

/// <summary>NumPy's array files (.npy), little-endian, in C order: their headers, and their content as bytes.</summary>
internal static class NpyArray
{
    private static readonly (string Code, NpyType Type, int Size)[] Types =
        [("<f4", NpyType.Float32, 4), ("<f8", NpyType.Float64, 8), ("<i8", NpyType.Int64, 8), ("<i4", NpyType.Int32, 4),
            ("|u1", NpyType.Byte, 1)];

    // NumPy's own are below 1 KB; a structured type's may be longer, and is not read.
    private const int GreatestHeader = 65536;
    private const int GreatestRank = 32;

    /// <summary>Takes an array of a file.</summary>
    /// <param name="type">Its elements.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="content">Gives them.</param>
    public delegate T Taker<out T>(NpyType type, long[] shape, long length, Stream content);

    /// <summary>Reads an array.</summary>
    /// <param name="path">The file.</param>
    /// <param name="take">Takes the content.</param>
    /// <exception cref="UnusableDataException">The file is missing, cut short, or of a kind that is not read.</exception>
    public static T Read<T>(string path, Taker<T> take)
    {
        try
        {
            return Read(File.OpenRead(path), path, take);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: can't be read: {e.Message}", e);
        }
    }

    /// <summary>Reads an array from a stream, which is closed.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="path">What it is called.</param>
    /// <param name="take">Takes the content.</param>
    /// <exception cref="UnusableDataException">The file is cut short, or of a kind that is not read.</exception>
    public static T Read<T>(Stream content, string path, Taker<T> take)
    {
        try
        {
            using var stream = content;
            var prefix = new byte[8];
            if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8 || !IsNpy(prefix))
                throw new UnusableDataException($"{path}: not a .npy file.");
            var size = new byte[prefix[6] >= 2 ? 4 : 2];
            stream.ReadExactly(size);
            var headerLength = size.Length == 4 ? BitConverter.ToUInt32(size) : BitConverter.ToUInt16(size);
            if (headerLength > GreatestHeader)
                throw new UnusableDataException($"{path}: its .npy header says that it has {headerLength} bytes; it is damaged.");
            var header = new byte[headerLength];
            stream.ReadExactly(header);
            var (type, shape, itemSize) = ParseHeader(path, Encoding.Latin1.GetString(header));
            // No product goes beyond what there is: extents are as large as somebody wrote them.
            var length = shape.Contains(0) ? 0 : shape.Aggregate((Int128)itemSize, (product, extent) => product > stream.Length ? product
                : product * extent);
            // Strides are products too, whatever extent is 0.
            var steps = shape.Aggregate((Int128)itemSize, (product, extent) => product > long.MaxValue ? product
                : product * Math.Max(1, extent));
            if (steps > long.MaxValue && length == 0)
                throw new UnusableDataException($"{path}: its .npy header has a shape that makes no sense: ({string.Join(", ", shape)}).");
            if (stream.Length - stream.Position != length)
            {
                throw new UnusableDataException(
                    $"{path}: {stream.Length - stream.Position} bytes of data where its shape [{string.Join(", ", shape)}] needs "
                    + $"{(length > stream.Length ? "more" : length)}; it is cut short or damaged.");
            }
            return take(type, shape, (long)length, stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: can't be read: {e.Message}", e);
        }
    }

    /// <summary>Writes an array, whole or not at all.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="type">Its elements.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="write">Writes its bytes.</param>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    public static void Write(string path, NpyType type, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        var extents = string.Join(", ", shape.ToArray().Select(e => e.ToString(CultureInfo.InvariantCulture)))
            + (shape.Length == 1 ? "," : "");
        var header = $"{{'descr': '{Types.First(t => t.Type == type).Code}', 'fortran_order': False, 'shape': ({extents}), }}";
        var padding = 63 - (10 + header.Length) % 64;
        header += new string(' ', padding) + "\n";
        AtomicFile.Write(path, stream =>
        {
            stream.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]);
            stream.Write(BitConverter.GetBytes((ushort)header.Length));
            stream.Write(Encoding.ASCII.GetBytes(header));
            write(stream);
        });
    }

    /// <summary>Writes an array of float32, whole or not at all.</summary>
    /// <inheritdoc cref="Write(string, NpyType, ReadOnlySpan{long}, Action{Stream})"/>
    public static void Write(string path, float[] values, ReadOnlySpan<long> shape) =>
        Write(path, NpyType.Float32, shape, stream => stream.Write(MemoryMarshal.AsBytes<float>(values)));

    /// <summary>Whether bytes begin as an array file does.</summary>
    public static bool IsNpy(ReadOnlySpan<byte> bytes) => bytes is [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..];

    private static (NpyType Type, long[] Shape, int Size) ParseHeader(string path, string header)
    {
        var match = Regex.Match(header,
            @"'descr':\s*'(?<type>[^']*)'.*'fortran_order':\s*(?<order>True|False).*'shape':\s*\((?<shape>[^)]*)\)",
            RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        if (!match.Success)
            throw new UnusableDataException($"{path}: its .npy header is not understood: {Shown(header)}");
        if (match.Groups["order"].Value == "True")
            throw new UnusableDataException($"{path}: the array is in Fortran order; save it with numpy.ascontiguousarray.");
        var code = match.Groups["type"].Value;
        var type = Types.FirstOrDefault(t => t.Code == code);
        if (type.Code is null)
            throw new UnusableDataException(
                $"{path}: elements of type '{Shown(code)}' are not read; save the array as float32 (or float64, int64, int32, uint8).");
        var extents = match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var shape = extents.Select(e => long.TryParse(e, NumberStyles.None, CultureInfo.InvariantCulture, out var extent) ? extent
            : -1).ToArray();
        return shape.Length <= GreatestRank && !shape.Contains(-1)
            ? (type.Type, shape, type.Size)
            : throw new UnusableDataException(
                $"{path}: its .npy header has a shape that makes no sense: ({Shown(match.Groups["shape"].Value)}).");
    }

    // Of a damaged header any byte may come.
    private static string Shown(string header) =>
        string.Concat(header.Trim().Take(200).Select(c => char.IsControl(c) ? '?' : c)) + (header.Length > 200 ? "..." : "");
}
