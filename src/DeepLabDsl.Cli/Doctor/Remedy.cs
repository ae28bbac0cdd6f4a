using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Native;

namespace DeepLabDsl.Cli.Doctor;

/// <summary>Finds what to do about cases that are not right, by trying it on them.</summary>
internal static class Remedy
{
    private const string InstructionSets = "ONEDNN_MAX_CPU_ISA";

    /// <summary>oneDNN's own limits of instruction sets, the fastest first.</summary>
    private static readonly string[] Limits = ["AVX2", "AVX", "SSE41"];

    /// <summary>What to do.</summary>
    /// <param name="results">What all cases came to.</param>
    /// <param name="device">The device that they ran on.</param>
    /// <param name="fixes">The native fixes.</param>
    /// <param name="retry">Runs cases again with a variable set.</param>
    public static IReadOnlyList<string> Find(
        IReadOnlyList<CheckResult> results, string device, IReadOnlyList<FixReport> fixes,
        Func<KeyValuePair<string, string>, IReadOnlyList<int>, IReadOnlyList<CheckResult>> retry)
    {
        const string Report = "Please report it with what 'doctor --json' prints.";
        if (device != "cpu")
        {
            return [$"Do not train or predict on {device} here before this is mended: use --device cpu. "
                + "A newer driver is the first thing to try.", Report];
        }
        // What was not reached may be wrong in ways of its own, so it is tried too.
        var bad = results.Where(r => r.Status != CheckStatus.Right).Select(r => r.Case).ToList();
        var off = fixes.Where(f => f.State == NativeFixState.Off).Select(f => f.Name).ToList();
        if (off.Count > 0 && Mends(NativeBackend.SwitchVariable, "on"))
            return [$"Unset {NativeBackend.SwitchVariable}: it leaves off {string.Join(", ", off)}. {Seen}"];
        foreach (var limit in Limits)
        {
            if (Environment.GetEnvironmentVariable(InstructionSets) != limit && Mends(InstructionSets, limit))
                return [$"Set {InstructionSets}={limit} in the environment. {Seen} Convolutions get slower by it.", Report];
        }
        return
        [
            "Do not trust a training or a prediction on this machine. None of oneDNN's settings that were tried "
            + $"({InstructionSets}={string.Join(", ", Limits)}) mends it.", Report,
        ];

        bool Mends(string variable, string value) => retry(new(variable, value), bad).All(r => r.Status == CheckStatus.Right);
    }

    private const string Seen = "All cases that are not right were right so, just now.";
}
