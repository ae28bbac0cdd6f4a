using System;
using System.IO;
using System.Runtime.CompilerServices;
using DeepLabDsl.Errors;
using static TorchSharp.torch;

namespace DeepLabDsl.Fuzz;

/// <summary>What a reader did with a file.</summary>
/// <param name="Fault">What must not be; null: nothing.</param>
/// <param name="IsRead">Whether the file was taken.</param>
/// <param name="Time">How long it took, on a core.</param>
/// <param name="Allocated">Bytes that were allocated, freed ones with them.</param>
/// <param name="Peak">Bytes by which the process grew at its peak; 0 where that was not measured.</param>
internal sealed record FileVerdict(string? Fault, bool IsRead, TimeSpan Time, long Allocated, long Peak);

/// <summary>What must hold of every file: it is read, or refused in one message that names it, in little time and memory.</summary>
internal static class FileOracle
{
    public const long GreatestMemory = 256 << 20;
    private const int GreatestMessage = 8_003;

    private static readonly TimeSpan GreatestTime = TimeSpan.FromSeconds(2);

    // The library finds libtorch; a test that calls TorchSharp first would not.
    static FileOracle() => RuntimeHelpers.RunModuleConstructor(typeof(DeepLabDsl.Weights.WeightsFile).Module.ModuleHandle);

    /// <param name="format">The kind of the file.</param>
    /// <param name="path">The file.</param>
    /// <param name="measuresPeak">Whether the process's own peak is looked at: only where it does nothing else.</param>
    public static FileVerdict Judge(FileFormat format, string path, bool measuresPeak)
    {
        var verdict = Once(format, path, measuresPeak);
        // The first run of a method is slow, and a collector's work is no reader's; a slow reader is slow every time.
        for (var again = 0; again < 2 && verdict.Fault is not null; again++)
            verdict = Once(format, path, measuresPeak);
        return verdict;
    }

    /// <summary>What a message lacks.</summary>
    public static string? Misses(DeepLabDslException exception, string? name)
    {
        if (name is not null && !exception.Message.Contains(name, StringComparison.Ordinal))
            return $"a message that does not name the file: {exception}";
        return exception.Message.Length > GreatestMessage
            ? $"a message of {exception.Message.Length} characters: {exception.Message[..300]}" : null;
    }

    private static FileVerdict Once(FileFormat format, string path, bool measuresPeak)
    {
        using var scope = NewDisposeScope();
        var own = new FileInfo(path).Length;
        var before = measuresPeak ? ProcessMemory.Reset() : 0;
        var (begin, bytes) = (ThreadTime.Now, GC.GetAllocatedBytesForCurrentThread());
        string? fault = null;
        var isRead = false;
        try
        {
            format.Read(path);
            isRead = true;
        }
        catch (DeepLabDslException e)
        {
            fault = Misses(e, format.FileName is "log.jsonl" or "config.json" ? Path.GetFileName(Path.GetDirectoryName(path))
                : Path.GetFileName(path));
        }
        catch (Exception e)
        {
            fault = e.ToString();
        }
        var (time, allocated) = (ThreadTime.Now - begin, GC.GetAllocatedBytesForCurrentThread() - bytes);
        var peak = measuresPeak ? Math.Max(0, ProcessMemory.Peak() - before) : 0;
        fault ??= time > GreatestTime ? $"it took {time.TotalSeconds:0.00} s" : null;
        fault ??= allocated > GreatestMemory + 4 * own ? $"it allocated {allocated >> 20} MB for a file of {own} bytes" : null;
        fault ??= peak > GreatestMemory + 4 * own ? $"the process grew by {peak >> 20} MB for a file of {own} bytes" : null;
        return new FileVerdict(fault, isRead, time, allocated, peak);
    }
}

/// <summary>The memory of this process, native libraries' with it. Linux keeps its greatest since it was last reset.</summary>
internal static class ProcessMemory
{
    /// <summary>Starts a measurement; returns what is held now, in bytes, or 0 where that can't be told.</summary>
    public static long Reset()
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Value("VmRSS:");
    }

    /// <summary>The greatest since then.</summary>
    public static long Peak() => OperatingSystem.IsLinux() ? Value("VmHWM:") : 0;

    private static long Value(string name)
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
                return long.Parse(line.AsSpan(name.Length).Trim(" \tkB"), System.Globalization.CultureInfo.InvariantCulture) << 10;
        }
        return 0;
    }
}
