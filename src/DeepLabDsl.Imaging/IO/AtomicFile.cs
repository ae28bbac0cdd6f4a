using System;
using System.IO;
using DeepLabDsl.Errors;

namespace DeepLabDsl.IO;

/// <summary>Writes files so that a reader sees the old file or the new one and never a part of it.</summary>
internal static class AtomicFile
{
    private const string Extension = ".tmp";

    // What the systems call a full disk, and a user's share of one that is used up.
    private const int NoSpace = 28;
    private const int NoQuota = 122;
    private const int NoQuotaOnMac = 69;
    private const int NoSpaceOnWindows = unchecked((int)0x80070070);

    /// <summary>Whether a file is one that a process that was killed had begun to write.</summary>
    public static bool IsTemporary(string path) =>
        Path.GetFileName(path) is ['.', ..] name && name.EndsWith(Extension, StringComparison.Ordinal)
        && Guid.TryParseExact(name[..^Extension.Length].Split('.')[^1], "N", out _);

    /// <summary>Writes into a temporary file of the same folder, flushes it to the disk and renames it.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="UnusableDataException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string? temporary = null;
        try
        {
            var full = Path.GetFullPath(path);
            var folder = Path.GetDirectoryName(full)
                ?? throw new IOException("it is a folder");
            Directory.CreateDirectory(folder);
            // Without the file's own name, which may be as long as a name can be.
            temporary = Path.Combine(folder, $".{Guid.NewGuid():N}{Extension}");
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
            temporary = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var mend = exception switch
            {
                UnauthorizedAccessException => " Name a file in a folder that may be written to.",
                { HResult: NoSpace or NoQuota or NoQuotaOnMac or NoSpaceOnWindows } =>
                    " Make room there, or name a folder on another disk.",
                PathTooLongException => " Its name is longer than the file system takes: give a shorter one.",
                _ => "",
            };
            var message = mend.Length > 0 ? exception.Message.TrimEnd('.') + "." : exception.Message;
            throw new UnusableDataException($"{path}: cannot be written: {message}{mend}", exception);
        }
        finally
        {
            if (temporary != null)
            {
                try
                {
                    File.Delete(temporary);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // What stopped the write matters more than what it left behind.
                }
            }
        }
    }
}
