using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;

namespace DeepLabDsl.Native;

/// <summary>
/// Files of ours that a machine keeps: in the user's local application data, or in the temporary folder where that can't be
/// written.
/// </summary>
internal static class NativeStore
{
    /// <summary>The folders to try, in their order.</summary>
    public static IReadOnlyList<string> Folders =>
        [Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
        Path.GetTempPath()];

    /// <summary>Writes bytes to a file of a folder that only this user can write to, once, whoever else does the same.</summary>
    /// <param name="fileName">The file's name; its folder is named after the bytes.</param>
    /// <param name="bytes">What it holds.</param>
    /// <param name="folders">The folders to try.</param>
    /// <returns>The file.</returns>
    /// <exception cref="DllNotFoundException">None of the folders can be written to.</exception>
    public static string Store(string fileName, byte[] bytes, IEnumerable<string> folders)
    {
        var faults = new List<string>();
        var key = Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
        foreach (var folder in folders)
        {
            try
            {
                var home = Path.Combine(folder, "DeepLabDsl", "native-" + key);
                if (!OperatingSystem.IsWindows())
                    Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                var path = Path.Combine(home, fileName);
                // What lies there already is trusted only when it is what would be written.
                if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
                    return path;
                var temporary = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():n}";
                using (var stream = new FileStream(temporary, FileMode.CreateNew))
                {
                    stream.Write(bytes);
                    stream.Flush(flushToDisk: true);
                }
                File.Move(temporary, path, overwrite: true);
                return path;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add($"{folder}: {e.Message}");
            }
        }
        throw new DllNotFoundException(
            $"TorchSharp's {fileName} needs a patched copy on this system, and no folder can take it ({string.Join("; ", faults)}). "
            + "Make one of them writable.");
    }
}
