using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Native;
using Spectre.Console;

namespace DeepLabDsl.Cli.Doctor;

/// <summary>Shows a report to a person.</summary>
internal static class DoctorText
{
    /// <summary>More wrong comparisons of a case than this are counted, not listed.</summary>
    private const int MaximumShown = 3;

    public static void Show(DoctorReport report)
    {
        var facts = Output.Table("machine", "");
        foreach (var (name, value) in Facts(report))
            facts.AddRow(name.Cell(), value.Cell());
        AnsiConsole.Write(facts);
        var groups = Output.Table("check", ">cases", ">comparisons", ">largest share of the tolerance", ">seconds", "");
        foreach (var group in report.Checks.GroupBy(c => c.Group))
        {
            var bad = group.Count(c => c.Status != CheckStatus.Right);
            var shares = group.SelectMany(c => c.Deviations).Where(d => d.Tolerance > 0).Select(d => d.Difference / d.Tolerance).ToList();
            groups.AddRow(
                group.Key.Cell(), Number(group.Count()), Number(group.Sum(c => c.Deviations.Count)),
                shares.Count == 0 ? "-" : shares.Any(s => !(s <= 1)) ? "too large" : Output.Percent(shares.Max()),
                group.Sum(c => c.Seconds).ToString("0.0", CultureInfo.InvariantCulture),
                bad == 0 ? "[green]right[/]" : $"[red]{bad} not right[/]");
        }
        AnsiConsole.Write(groups);
        foreach (var check in report.Checks.Where(c => c.Status != CheckStatus.Right))
            Show(check);
        if (report.IsHealthy)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"all {report.Checks.Sum(c => c.Deviations.Count)} comparisons with float64 are right on "
                + $"{report.Device} ({report.Seconds:0.0} s)"));
            return;
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\n{report.Checks.Count(c => c.Status != CheckStatus.Right)} of {report.Checks.Count} cases are not right on "
            + $"{report.Device} ({report.Seconds:0.0} s). What to do:"));
        foreach (var advice in report.Advice)
            Console.WriteLine($"- {advice}");
    }

    private static void Show(CheckResult check)
    {
        var name = $"{check.Group} {check.Name}";
        if (check.Status != CheckStatus.Wrong)
        {
            Console.WriteLine(
                $"{Word(check.Status)}: "
                + $"{name}{(check.Step is { } step ? $"; in {step}" : "")}{(check.Message is { } message ? $"; {message}" : "")}");
            return;
        }
        var wrong = check.Wrong.ToList();
        foreach (var d in wrong.Take(MaximumShown))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"wrong: {name}; {d.Quantity}, {d.Format} {d.Type}, is off by {d.Difference:g3} where rounding explains "
                + $"{d.Tolerance:g2} (values up to {d.Scale:g3})"));
        }
        if (wrong.Count > MaximumShown)
            Console.WriteLine($"       and {wrong.Count - MaximumShown} more comparisons of it");
    }

    private static string Word(NativeFixState state) => state switch
    {
        NativeFixState.InForce => "in force",
        NativeFixState.NotNeeded => "not needed",
        NativeFixState.Off => "off",
        _ => "needed and not to be had",
    };

    private static string Word(CheckStatus status) => status switch
    {
        CheckStatus.Died => "the process died",
        CheckStatus.Stuck => "does not end",
        CheckStatus.Failed => "refused",
        CheckStatus.NotRun => "not run",
        _ => "wrong",
    };

    private static IEnumerable<(string Name, string Value)> Facts(DoctorReport report)
    {
        var (machine, library) = (report.Machine, report.Library);
        yield return ("processor", machine.Processor);
        yield return ("instruction sets", string.Join(' ', machine.InstructionSets));
        yield return ("caches", machine.Caches.Count == 0
            ? "the system tells none"
            : string.Join(", ", machine.Caches.Select(c => $"L{c.Level} {c.Type} {c.Size}")));
        yield return ("caches by CPUID", library.CpuidCaches);
        var limit = machine.CpuLimit is { } cpus ? Invariant($"; the cgroup allows {cpus:0.##}") : "";
        yield return ("processors", Invariant($"{machine.LogicalProcessors}, {machine.Threads} threads an operation{limit}"));
        yield return ("memory", $"{Giga(machine.MemoryBytes)}, "
            + $"{Giga(machine.FreeMemoryBytes)} free{(machine.MemoryLimitBytes is { } bytes ? $"; the cgroup allows {Giga(bytes)}" : "")}");
        yield return ("system", $"{machine.System}, {machine.Runtime}");
        yield return ("library", $"TorchSharp {library.TorchSharp}, libtorch "
            + (library.LibtorchVersion ?? "of a version that it does not tell")
            + (library.LibtorchFolder is { } folder ? $" in {folder}" : ""));
        yield return ("GPU", library.Cuda ? "seen by libtorch" : "none that libtorch sees");
        foreach (var (name, value) in library.Environment)
            yield return (name, value);
        foreach (var fix in library.Fixes)
            yield return ($"fix {fix.Name}", $"{Word(fix.State)}: {fix.Detail}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Giga(long? bytes) =>
        bytes is { } known ? (known / (double)(1 << 30)).ToString("0.0", CultureInfo.InvariantCulture) + " GiB" : "unknown";
}
