using System;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DeepLabDsl.Fuzz;

/// <summary>
/// Time that the calling thread has had on a core: what a busy machine does not change. Elsewhere than on Linux, wall time.
/// </summary>
internal static partial class ThreadTime
{
    private const int ThreadCpuClock = 3;

    public static TimeSpan Now => OperatingSystem.IsLinux() && GetTime(ThreadCpuClock, out var time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0)
        : Stopwatch.GetElapsedTime(0);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
