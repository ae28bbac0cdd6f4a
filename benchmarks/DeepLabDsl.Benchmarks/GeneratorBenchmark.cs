using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;

namespace DeepLabDsl.Benchmarks;

/// <summary>What the generator costs a build and an editor.</summary>
internal static class GeneratorBenchmark
{
    private const string SharedBlock = "conv_bn_act.yaml";

    public static int Run(string[] args)
    {
        var repeat = Number(args, "--repeat") ?? 11;
        var networks = Number(args, "--networks") ?? 0;
        if (args.Contains("--once"))
        {
            // A process of its own: nothing of the generator is compiled to machine code before.
            Console.WriteLine(GeneratorRun.Over(GeneratorRun.Specs(networks)).Milliseconds.ToString(CultureInfo.InvariantCulture));
            return 0;
        }
        Console.WriteLine(
            $"{RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} cores; median (minimum to maximum) in ms");
        if (args.Contains("--build"))
            return GeneratorBuild.Run(repeat);
        foreach (var count in new[] { 0, 200 })
            Measure(GeneratorRun.Specs(count), count, repeat);
        return 0;
    }

    private static void Measure(IReadOnlyList<(string Path, string Text)> specs, int count, int repeat)
    {
        var networks = specs.Where(s => GeneratorRun.IsNetwork(s.Text)).ToList();
        Console.WriteLine($"{networks.Count} networks, {specs.Count} spec files");
        Print("all, in a new process", Enumerable.Range(0, Math.Max(3, repeat / 2)).Select(_ => InNewProcess(count)));
        var first = GeneratorRun.Over(specs);
        Print("all, once more in the same", Enumerable.Range(0, repeat).Select(_ => GeneratorRun.Over(specs).Milliseconds));
        var tracked = GeneratorRun.Over(specs, isTracked: true);
        var edits = networks.Where((_, i) => i % Math.Max(1, networks.Count / 60) == 0)
            .Select(n => (n.Path, Times: Edits(first, n, repeat), tracked.Edit(n.Path, Edited(n.Text, 0)).Compiled)).ToList();
        Print($"an edit of one network ({edits.Count} of them, one after the other)", edits.SelectMany(e => e.Times));
        var slowest = edits.MaxBy(e => Median(e.Times))!;
        Print($"  the slowest, {slowest.Path}", slowest.Times);
        Console.WriteLine($"  compiled again by such an edit: 1 network for {edits.Count(e => e.Compiled == 1)} of the {edits.Count}; "
            + $"with those that extend it, up to {edits.Max(e => e.Compiled)}");
        var block = specs.Single(s => s.Path == SharedBlock);
        Print(
            $"an edit of {SharedBlock}, after which {tracked.Edit(block.Path, Edited(block.Text, 0)).Compiled} networks are compiled again",
            Edits(first, block, repeat));
    }

    private static double[] Edits(GeneratorRun first, (string Path, string Text) spec, int repeat) =>
        [.. Enumerable.Range(0, repeat).Select(i => first.Edit(spec.Path, Edited(spec.Text, i)).Milliseconds)];

    /// <summary>The text with another summary, which the code carries as documentation.</summary>
    private static string Edited(string text, int number) => text.Contains("\nsummary: ", StringComparison.Ordinal)
        ? text.Replace("\nsummary: ", $"\nsummary: Edit {number}. ", StringComparison.Ordinal)
        : text.Insert(text.IndexOf('\n', StringComparison.Ordinal) + 1, $"summary: Edit {number}.\n");

    private static double InNewProcess(int networks)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, ["generator", "--once", "--networks", networks.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(text, CultureInfo.InvariantCulture);
    }

    public static void Print(string what, IEnumerable<double> values)
    {
        var all = values.ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {Median(all):0.0} ({all.Min():0.0} to {all.Max():0.0})"));
    }

    private static double Median(double[] values) => Benchmarks.Measure.Median([.. values]);

    private static int? Number(string[] args, string name) =>
        Array.IndexOf(args, name) is >= 0 and var at ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : null;
}
