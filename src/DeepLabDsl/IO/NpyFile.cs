using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using DeepLabDsl.Errors;
using static TorchSharp.torch;

namespace DeepLabDsl.IO;

/// <summary>NumPy's array files (.npy), little-endian, in C order.</summary>
public static class NpyFile
{
    private static readonly (string Code, ScalarType Type, int Size)[] Types =
        [("<f4", ScalarType.Float32, 4), ("<f8", ScalarType.Float64, 8), ("<i8", ScalarType.Int64, 8), ("<i4", ScalarType.Int32, 4),
        ("|u1", ScalarType.Byte, 1)];

    // NumPy's own are below 1 KB; a structured type's may be longer, and is not read.
    private const int MaximumHeader = 65536;
    private const int MaximumRank = 32;

    /// <summary>Reads an array.</summary>
    /// <param name="path">The file.</param>
    /// <returns>A new tensor on the CPU, of the file's shape and element type.</returns>
    /// <exception cref="UnusableDataException">The file is missing, cut short, or of a kind that is not read.</exception>
    public static Tensor Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var prefix = new byte[8];
            if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8 || !IsNpy(prefix))
                throw new UnusableDataException($"{path}: not a .npy file.");
            var size = new byte[prefix[6] >= 2 ? 4 : 2];
            stream.ReadExactly(size);
            var headerLength = size.Length == 4 ? BitConverter.ToUInt32(size) : BitConverter.ToUInt16(size);
            if (headerLength > MaximumHeader)
                throw new UnusableDataException($"{path}: its .npy header says that it has {headerLength} bytes; it is damaged.");
            var header = new byte[headerLength];
            stream.ReadExactly(header);
            var (type, shape, itemSize) = ParseHeader(path, Encoding.Latin1.GetString(header));
            // No product goes beyond what there is: extents are as large as somebody wrote them.
            var length = shape.Contains(0)
                ? 0
                : shape.Aggregate((Int128)itemSize, (product, extent) => product > stream.Length ? product : product * extent);
            if (stream.Length - stream.Position != length)
            {
                throw new UnusableDataException(
                    $"{path}: {stream.Length - stream.Position} bytes of data where its shape [{string.Join(", ", shape)}] needs "
                    + $"{(length > stream.Length ? "more" : length)}; it is cut short or damaged.");
            }
            var tensor = empty(shape, dtype: type);
            stream.ReadExactly(tensor.bytes);
            return tensor;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: can't be read: {e.Message}", e);
        }
    }

    /// <summary>Writes a tensor, whole or not at all.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="tensor">A tensor of float32, float64, int64, int32 or uint8, on any device.</param>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    /// <exception cref="ArgumentException">The element type is another.</exception>
    public static void Write(string path, Tensor tensor)
    {
        var type = Types.FirstOrDefault(t => t.Type == tensor.dtype);
        if (type.Code is null)
            throw new ArgumentException($".npy files are not written for {tensor.dtype}.", nameof(tensor));
        var extents = string.Join(", ", tensor.shape.Select(e => e.ToString(CultureInfo.InvariantCulture)))
            + (tensor.dim() == 1 ? "," : "");
        var header = $"{{'descr': '{type.Code}', 'fortran_order': False, 'shape': ({extents}), }}";
        var padding = 63 - (10 + header.Length) % 64;
        header += new string(' ', padding) + "\n";
        using var scope = NewDisposeScope();
        var plain = tensor.detach().cpu().contiguous();
        AtomicFile.Write(path, stream =>
        {
            stream.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]);
            stream.Write(BitConverter.GetBytes((ushort)header.Length));
            stream.Write(Encoding.ASCII.GetBytes(header));
            stream.Write(plain.bytes);
        });
    }

    /// <summary>Whether bytes begin as an array file does.</summary>
    internal static bool IsNpy(ReadOnlySpan<byte> bytes) => bytes is [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..];

    private static (ScalarType Type, long[] Shape, int Size) ParseHeader(string path, string header)
    {
        var match = Regex.Match(
            header, @"'descr':\s*'(?<type>[^']*)'.*'fortran_order':\s*(?<order>True|False).*'shape':\s*\((?<shape>[^)]*)\)",
            RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        if (!match.Success)
            throw new UnusableDataException($"{path}: its .npy header is not understood: {Shown(header)}");
        if (match.Groups["order"].Value == "True")
            throw new UnusableDataException($"{path}: the array is in Fortran order; save it with numpy.ascontiguousarray.");
        var code = match.Groups["type"].Value;
        var type = Types.FirstOrDefault(t => t.Code == code);
        if (type.Code is null)
        {
            throw new UnusableDataException(
                $"{path}: elements of type '{Shown(code)}' are not read; save the array as float32 (or float64, int64, int32, uint8).");
        }
        var extents = match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var shape = extents.Select(e => long.TryParse(e, NumberStyles.None, CultureInfo.InvariantCulture, out var extent) ? extent : -1)
            .ToArray();
        return shape.Length <= MaximumRank && !shape.Contains(-1)
            ? (type.Type, shape, type.Size)
            : throw new UnusableDataException(
                $"{path}: its .npy header has a shape that makes no sense: ({Shown(match.Groups["shape"].Value)}).");
    }

    // Of a damaged header any byte may come.
    private static string Shown(string header) =>
        string.Concat(header.Trim().Take(200).Select(c => char.IsControl(c) ? '?' : c)) + (header.Length > 200 ? "..." : "");
}
