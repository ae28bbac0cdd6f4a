using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DeepLabDsl.Host;

/// <summary>Says what machine this is.</summary>
internal static class Machine
{
    public static IReadOnlyList<KeyValuePair<string, string>> Describe() =>
    [
        new("processor", Processor()),
        new("cores", $"{Environment.ProcessorCount}"),
        new("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB"),
        new("system", RuntimeInformation.OSDescription),
        new("runtime", RuntimeInformation.FrameworkDescription),
        new("TorchSharp", typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "?"),
    ];

    private static string Processor()
    {
        const string Source = "/proc/cpuinfo";
        try
        {
            var line = File.Exists(Source) ? File.ReadLines(Source).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
            return line?[(line.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
        }
        catch (IOException)
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }
    }
}
