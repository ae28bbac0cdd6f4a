using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using DeepLabDsl.IO;

namespace DeepLabDsl.Cli.Doctor;

/// <summary>A cache as the system tells of it.</summary>
/// <param name="Level">1 for L1 …</param>
/// <param name="Type"><c>data</c>, <c>instruction</c> or <c>unified</c>.</param>
/// <param name="Size">Such as <c>2048K</c>.</param>
internal sealed record SystemCache(int Level, string Type, string Size);

/// <summary>The machine.</summary>
/// <param name="Processor">Its name.</param>
/// <param name="InstructionSets">Those that libtorch chooses kernels by.</param>
/// <param name="LogicalProcessors">How many this process may use.</param>
/// <param name="Threads">Threads of one operation.</param>
/// <param name="CpuLimit">Processors that the cgroup allows, as a number; null: no limit.</param>
/// <param name="Caches">The caches of the first processor as the system tells; empty where it does not.</param>
/// <param name="MemoryBytes">All memory.</param>
/// <param name="FreeMemoryBytes">What the system can give.</param>
/// <param name="MemoryLimitBytes">What the cgroup allows; null: no limit.</param>
/// <param name="System">The operating system.</param>
/// <param name="Runtime">.NET.</param>
internal sealed record MachineReport(
    string Processor, IReadOnlyList<string> InstructionSets, int LogicalProcessors, int Threads, double? CpuLimit,
    IReadOnlyList<SystemCache> Caches,
    long? MemoryBytes, long? FreeMemoryBytes, long? MemoryLimitBytes, string System, string Runtime)
{
    /// <summary>Flags of the processor that oneDNN, MKL and libtorch look at, as Linux names them.</summary>
    private static readonly string[] Telling =
    [
        "sse4_1", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16",
        "avx_vnni",
        "amx_tile", "amx_bf16", "amx_int8", "asimd", "sve", "bf16",
    ];

    public static MachineReport Read(int threads)
    {
        var flags = (ProcFile.Find("/proc/cpuinfo", "flags") ?? ProcFile.Find("/proc/cpuinfo", "Features"))?.Split(' ').ToHashSet()
            ?? Intrinsics();
        return new MachineReport(
            ProcFile.Find("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
            [.. Telling.Where(flags.Contains)],
            Environment.ProcessorCount,
            threads,
            Cgroup.CpuLimit(),
            SystemCaches("/sys/devices/system/cpu/cpu0/cache"),
            ProcFile.Bytes("/proc/meminfo", "MemTotal"),
            ProcFile.Bytes("/proc/meminfo", "MemAvailable"),
            Cgroup.MemoryLimit(),
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription);
    }

    private static HashSet<string> Intrinsics() =>
    [
        .. new[] { ("sse4_1", Sse41.IsSupported), ("avx", Avx.IsSupported), ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported),
            ("avx512f", Avx512F.IsSupported) }
            .Where(i => i.Item2).Select(i => i.Item1),
    ];

    internal static IReadOnlyList<SystemCache> SystemCaches(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        return [.. Directory.EnumerateDirectories(folder, "index*").Order(StringComparer.Ordinal)
            .Select(d => (Level: Line(d, "level"), Type: Line(d, "type"), Size: Line(d, "size")))
            .Where(c => c is { Level: not null, Type: not null, Size: not null })
            .Select(c => new SystemCache(int.Parse(c.Level!, CultureInfo.InvariantCulture), c.Type!.ToLowerInvariant(), c.Size!))];
    }

    private static string? Line(string folder, string name) => Cgroup.Line(Path.Combine(folder, name));
}
