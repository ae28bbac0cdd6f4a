using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;

namespace DeepLabDsl.Imaging;

/// <summary>
/// Tells results of a prediction from images, so that a folder that both lie in can be predicted again. Pictures that
/// <c>predict</c> writes say in a text chunk what they are; others are told by the image, or by the other results, beside them.
/// </summary>
internal static class PredictionFile
{
    private const int HeaderEnd = 33;

    private static readonly byte[] Mark = [.. "Software\0DeepLabDsl predict"u8];
    private static readonly string[] Endings = ["_mask.png", "_index.png", "_overlay.png", "_crf.png", "_probabilities.npy"];
    private static readonly string[] ImageExtensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".npy"];

    /// <summary>Writes a picture that says that it is a result, whole or not at all.</summary>
    /// <param name="path">The file, whose name ends as a result's does.</param>
    /// <param name="write">Writes the PNG.</param>
    /// <exception cref="UnusableDataException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var plain = new MemoryStream();
        write(plain);
        var png = plain.GetBuffer().AsMemory(0, (int)plain.Length);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(png.Span[..HeaderEnd]);
            PngLabels.WriteChunk(stream, "tEXt"u8, Mark);
            stream.Write(png.Span[HeaderEnd..]);
        });
    }

    /// <summary>Whether a file in a folder is a result and no image.</summary>
    /// <param name="path">The file.</param>
    public static bool IsResult(string path)
    {
        if (EndingOf(path) is not { } ending)
            return false;
        var image = path[..^ending.Length];
        return IsMarked(path) || ImageOf(path, File.Exists) is not null || Endings.Any(e => e != ending && File.Exists(image + e));
    }

    /// <summary>The image that a file is a result of by its name, where it is there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="exists">Whether an image is there.</param>
    /// <returns>Null where the file is called otherwise, or there is no such image.</returns>
    public static string? ImageOf(string path, Func<string, bool> exists) => EndingOf(path) is { } ending
        ? ImageExtensions.SelectMany(e => new[] { e, e.ToUpperInvariant() }).Select(e => path[..^ending.Length] + e).FirstOrDefault(exists)
        : null;

    // The image's own name is before it.
    private static string? EndingOf(string path) =>
        Array.Find(
            Endings, e => Path.GetFileName(path) is var name && name.Length > e.Length && name.EndsWith(e, StringComparison.Ordinal));

    private static bool IsMarked(string path)
    {
        var begin = new byte[HeaderEnd + 8 + Mark.Length];
        try
        {
            using var stream = File.OpenRead(path);
            return stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false) == begin.Length
                && begin.AsSpan(HeaderEnd + 4, 4).SequenceEqual("tEXt"u8) && begin.AsSpan(HeaderEnd + 8).SequenceEqual(Mark);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever reads it says what is wrong with it.
            return false;
        }
    }
}
