using System;

namespace DeepLabDsl.IO;

/// <summary>What memory there is. A system that runs out of it ends the process without a word.</summary>
internal static class FreeMemory
{
    /// <summary>A heap takes more than is asked of it: from 1.1 to 1.4 times as much in trainings of five networks.</summary>
    public const double Spread = 1.25;

    /// <summary>What the system can give, within the limit that the process may have; null where it does not say.</summary>
    public static long? Bytes()
    {
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        return ProcFile.Bytes("/proc/meminfo", "MemAvailable") is { } free ? Math.Min(limit, free) : limit > 0 ? limit : null;
    }

    /// <summary>Bytes in GB of 10^9, with one digit.</summary>
    public static double Giga(long bytes) => Math.Round(bytes / 1e9, 1);
}
