using System;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Benchmarks;

/// <summary>
/// Where the time of the module and of its form for inference goes: what oneDNN says of each kernel, and each kind of operation.
/// </summary>
internal static class InferenceProfile
{
    public static void Print(string network, int threads)
    {
        Console.WriteLine($"`{network}`, {threads} threads: what oneDNN ran in one pass (ONEDNN_VERBOSE=1)");
        Console.WriteLine();
        Console.WriteLine("| engine | primitive, kernel | calls | ms |");
        Console.WriteLine("|---|---|---:|---:|");
        foreach (var engine in new[] { "module", "inference" })
        {
            using var worker = new InferenceBenchmark.Worker(network, engine, threads, "", isVerbose: true);
            worker.Lines("ready");
            worker.AskLines("mark", "marked");
            var calls = worker.AskLines("mark run", "marked").Select(Call).OfType<(string Kernel, double Time)>();
            foreach (var kernel in calls.GroupBy(c => c.Kernel).OrderByDescending(k => k.Sum(c => c.Time)))
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {engine} | {kernel.Key} | {kernel.Count()} | {kernel.Sum(c => c.Time):0.0} |"));
            }
        }
        Console.WriteLine();
        Console.WriteLine("| operation of the module, one by one | ms |");
        Console.WriteLine("|---|---:|");
        using var operations = new InferenceBenchmark.Worker(network, "operations", threads, "");
        operations.Lines("ready");
        foreach (var line in operations.AskLines("mark run", "marked"))
            Console.WriteLine(line);
        Console.WriteLine();
    }

    /// <summary>onednn_verbose,v1,primitive,exec,cpu,convolution,brgconv:avx512_core,forward_inference,...,1.25.</summary>
    private static (string Kernel, double Time)? Call(string line)
    {
        var parts = line.Split(',');
        var at = Array.IndexOf(parts, "exec");
        return at >= 0 && parts.Length > at + 4
            && double.TryParse(parts[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var time)
            ? ($"{parts[at + 2]}, {parts[at + 3]}", time)
            : null;
    }
}
