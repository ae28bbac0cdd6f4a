using System;

namespace DeepLabDsl.Native;

/// <summary>
/// How the C library's heap treats the blocks that libtorch frees; see docs/native-library.md. Only glibc's is changed, since only
/// there the trouble was seen.
/// </summary>
public static class NativeHeap
{
    /// <summary>
    /// Keeps freed blocks for the next operation in place of handing them back to the system. glibc maps each block above 32 MiB anew,
    /// whatever its threshold has learnt, and unmaps it when it is freed; each operation with such a result pays a page fault for
    /// every 4 KiB of it.
    /// </summary>
    /// <returns>What was done, in a sentence; null where the C library is not glibc.</returns>
    internal static string? KeepFreedBlocks() => WithGlibc(() =>
    {
        // -1 is the largest size: never. An older glibc refuses thresholds above 32 MiB; there, mapping is forbidden altogether.
        var kept = SystemLibrary.MallocOption(SystemLibrary.MmapThreshold, -1) == 1
            || SystemLibrary.MallocOption(SystemLibrary.MaximumMmaps, 0) == 1;
        kept &= SystemLibrary.MallocOption(SystemLibrary.TrimThreshold, -1) == 1;
        return kept ? "freed blocks are kept for the next operation" : "glibc refused the thresholds";
    });

    /// <summary>
    /// Hands all freed blocks back to the system. For after work of other sizes, such as an evaluation between the steps of a training: it
    /// splits the heap, the steps' blocks no longer fit where they were, and the heap grows though nothing is held. Does nothing
    /// where the C library is not glibc.
    /// </summary>
    public static void Trim() => WithGlibc(() => $"{SystemLibrary.MallocTrim(0)}");

    private static string? WithGlibc(Func<string> action)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        try
        {
            return action();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library (musl): its heap has no such options.
            return null;
        }
    }
}
