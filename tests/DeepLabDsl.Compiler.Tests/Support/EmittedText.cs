using System;
using System.IO;
using System.Text;
using Snapshooter;
using Snapshooter.Xunit;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>
/// Snapshots of text whose bytes are promised: generated code, drawings. The snapshot library takes one kind of line end for the
/// other and does not see a final one, so the file is compared byte by byte besides.
/// </summary>
internal static class EmittedText
{
    /// <summary>Compares a text with its snapshot.</summary>
    public static void Match(string? text, SnapshotNameExtension? name = null)
    {
        var file = name is null ? Snapshot.FullName() : Snapshot.FullName(name);
        Snapshot.Match(text, file);
        Same(Path.Combine(file.FolderPath, "__snapshots__", file.Filename), text!);
    }

    /// <summary>Compares a text with a file, byte by byte.</summary>
    public static void Same(string path, string text)
    {
        var (expected, found) = (File.ReadAllBytes(path), Encoding.UTF8.GetBytes(text));
        // The library begins its files with a mark of the byte order, which is not the text's.
        if (expected.AsSpan().StartsWith(Encoding.UTF8.Preamble))
            expected = expected[Encoding.UTF8.Preamble.Length..];
        var common = expected.AsSpan().CommonPrefixLength(found);
        Assert.True(
            expected.Length == found.Length && common == found.Length,
            $"{path}: {found.Length} bytes where the snapshot has {expected.Length}; they differ from byte {common} on (line "
            + $"{text.AsSpan(0, Math.Min(common, text.Length)).Count('\n') + 1}): look at line ends and the end of the text");
    }
}
