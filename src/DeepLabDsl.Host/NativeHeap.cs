using System;
using System.Runtime.InteropServices;

namespace DeepLabDsl.Host;

/// <summary>How the C library's heap treats what a training step frees.</summary>
internal static partial class NativeHeap
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    /// <summary>
    /// Keeps freed blocks for the next step in place of handing them back to the system. Activations of a step are freed and
    /// asked for again in the same sizes; each round trip costs page faults on all of their memory (a tenth to a fifth of
    /// the time of a step on two cores). Does nothing where the C library is not glibc.
    /// </summary>
    public static void KeepFreedBlocks() => WithGlibc(() =>
    {
        SetOption(MmapThreshold, 1 << 30);
        SetOption(TrimThreshold, int.MaxValue);
    });

    /// <summary>
    /// Hands all freed blocks back to the system: for after work of other sizes than the steps', such as an evaluation. It splits the
    /// heap, the steps' blocks no longer fit where they were, and the heap grows though nothing is held: by some 150 MB in seven
    /// evaluations of a training.
    /// </summary>
    public static void Trim() => WithGlibc(() => Trim(0));

    private static void WithGlibc(Action action)
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            action();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library (musl): its heap can do neither.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keptAtTheEnd);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
