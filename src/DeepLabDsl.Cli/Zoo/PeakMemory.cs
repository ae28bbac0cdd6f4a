using System;
using System.Diagnostics;
using System.IO;
using DeepLabDsl.IO;

namespace DeepLabDsl.Cli;

/// <summary>The most memory that the process has held since the last reset.</summary>
internal static class PeakMemory
{
    /// <summary>Starts anew. Linux alone can; elsewhere the peak is that of the whole process.</summary>
    public static void Reset()
    {
        GC.Collect();
        try
        {
            if (OperatingSystem.IsLinux())
                File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A kernel without it: the peak since the process began.
        }
    }

    /// <summary>The peak in bytes.</summary>
    public static long Read()
    {
        if (ProcFile.Bytes("/proc/self/status", "VmHWM") is { } peak)
            return peak;
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
