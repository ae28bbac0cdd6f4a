using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using DeepLabDsl.IO;
using TorchSharp;

namespace DeepLabDsl.Cli;

/// <summary>Says what machine this is.</summary>
internal static class Machine
{
    public static IReadOnlyList<KeyValuePair<string, string>> Describe() =>
    [
        new("processor", ProcFile.Find("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString()),
        new("cores", $"{Environment.ProcessorCount}"),
        new("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB"),
        new("system", RuntimeInformation.OSDescription),
        new("runtime", RuntimeInformation.FrameworkDescription),
        new("TorchSharp", typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "?"),
    ];
}
