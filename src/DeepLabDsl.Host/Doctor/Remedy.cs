using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Host.Doctor;

/// <summary>Finds what to do about cases that are not right, by trying it on them.</summary>
internal static class Remedy
{
    private const string InstructionSets = "ONEDNN_MAX_CPU_ISA";

    /// <summary>oneDNN's own limits of instruction sets, the fastest first.</summary>
    private static readonly string[] Limits = ["AVX2", "AVX", "SSE41"];

    /// <summary>What to do.</summary>
    /// <param name="results">What all cases came to.</param>
    /// <param name="device">The device that they ran on.</param>
    /// <param name="retry">Runs cases again with a variable set.</param>
    public static IReadOnlyList<string> Find(
        IReadOnlyList<CheckResult> results, string device, Func<KeyValuePair<string, string>, IReadOnlyList<int>, IReadOnlyList<CheckResult>> retry)
    {
        var bad = results.Where(r => r.Status != CheckStatus.Right).ToList();
        const string Report = "Please report it with what 'doctor --json' prints.";
        if (device != "cpu")
            return [$"Do not train or predict on {device} here before this is mended: use --device cpu. A newer driver is the first thing to try.", Report];
        // One case of each kind tells; what was not reached may be wrong in ways of its own, so it is tried too.
        var numbers = bad.Select(b => b.Case).ToList();
        foreach (var limit in Limits)
        {
            if (Environment.GetEnvironmentVariable(InstructionSets) == limit)
                continue;
            var tried = retry(new(InstructionSets, limit), numbers);
            if (tried.All(t => t.Status == CheckStatus.Right))
            {
                return
                [
                    $"Set {InstructionSets}={limit} in the environment: with it, all {tried.Count} of them were right just now. Convolutions get slower by it.",
                    Report,
                ];
            }
        }
        return
        [
            $"Do not trust a training or a prediction on this machine. None of oneDNN's settings that were tried ({InstructionSets}={string.Join(", ", Limits)}) mends it.", Report,
        ];
    }
}
