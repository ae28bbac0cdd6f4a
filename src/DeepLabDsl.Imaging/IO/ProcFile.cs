using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace DeepLabDsl.IO;

/// <summary>What Linux tells under <c>/proc</c>, in lines of a key, a colon and a value.</summary>
internal static class ProcFile
{
    /// <summary>The value of a key; null where there is no such file or key.</summary>
    public static string? Find(string path, string key)
    {
        try
        {
            var line = File.Exists(path) ? File.ReadLines(path).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) : null;
            return line?[(line.IndexOf(':') + 1)..].Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The bytes of a value in kB; null where there is none.</summary>
    public static long? Bytes(string path, string key) =>
        Find(path, key) is { } text && long.TryParse(text.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var kilo)
            ? kilo << 10
            : null;
}
