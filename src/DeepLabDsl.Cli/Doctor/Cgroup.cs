using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Cli.Doctor;

/// <summary>What control groups of Linux (versions 1 and 2) allow this process.</summary>
internal static class Cgroup
{
    private const string Root = "/sys/fs/cgroup";

    /// <summary>Larger limits are how version 1 writes that there is none.</summary>
    private const long None = 1L << 60;

    /// <summary>Bytes of memory; null: no limit.</summary>
    public static long? MemoryLimit() => MemoryLimit(Root, Line("/proc/self/cgroup", "0::"));

    /// <summary>Processors, as a number; null: no limit.</summary>
    public static double? CpuLimit() => CpuLimit(Root, Line("/proc/self/cgroup", "0::"));

    internal static long? MemoryLimit(string root, string? own) => Smallest(
        Folders(root, own).Select(d => Number(Line(Path.Combine(d, "memory.max"))))
            .Append(Number(Line(Path.Combine(root, "memory", "memory.limit_in_bytes"))))
            .Where(b => b is < None));

    internal static double? CpuLimit(string root, string? own)
    {
        var second = Folders(root, own).Select(d => Line(Path.Combine(d, "cpu.max"))?.Split(' '))
            .Select(p => p is [var quota, var period] ? Share(quota, period) : null);
        var first = Path.Combine(root, "cpu");
        return Smallest(
            second.Append(Share(Line(Path.Combine(first, "cpu.cfs_quota_us")), Line(Path.Combine(first, "cpu.cfs_period_us"))))
                .Where(s => s is not null));
    }

    /// <summary>The group's folder and those above it: the tightest limit counts.</summary>
    private static IEnumerable<string> Folders(string root, string? own)
    {
        var parts = (own ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Enumerable.Range(0, parts.Length + 1).Select(n => Path.Combine([root, .. parts[..n]]));
    }

    private static T? Smallest<T>(IEnumerable<T?> values)
        where T : struct => values.Min();

    private static double? Share(string? quota, string? period) =>
        Number(quota) is > 0 and var share && Number(period) is > 0 and var whole ? (double)share / whole : null;

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The first line of a file, or what follows a start of a line; null where there is none.</summary>
    internal static string? Line(string path, string start = "")
    {
        try
        {
            return File.Exists(path)
                ? File.ReadLines(path).FirstOrDefault(l => l.StartsWith(start, StringComparison.Ordinal))?[start.Length..].Trim()
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
