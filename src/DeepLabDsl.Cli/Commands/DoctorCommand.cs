using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using DeepLabDsl.Cli.Doctor;
using DeepLabDsl.Native;
using DeepLabDsl.SelfChecks;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>doctor</c>: what the machine is, and whether its numbers are right.</summary>
internal static class DoctorCommand
{
    /// <summary>NaN can't be written as a number; it is a string here.</summary>
    private static readonly JsonSerializerOptions Json = new(Output.Json)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static Command Create()
    {
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        var json = CommandOptions.Flag("--json", "Print JSON, with every comparison.");
        var only = new Option<string?>("--only")
        {
            Description = "Only the cases whose kind and name hold this text, such as 'convolution 1x1'.",
            HelpName = "TEXT",
        };
        var worker = new Option<string?>("--worker")
        {
            Description = "Compute these cases and print what comes out, for the process that watches.",
            Hidden = true,
        };
        return new Command("doctor", "Show what this machine is and check its numbers against float64; exit code 1 where one is wrong.")
        {
            device, threads, only, json, worker,
        }.Returns(result =>
        {
            var name = result.GetRequiredValue(device).ToLowerInvariant();
            var count = result.GetValue(threads);
            var on = Open(name, count);
            if (result.GetValue(worker) is { } cases)
            {
                SweepWorker.Run(cases.Split(',').Select(c => int.Parse(c, CultureInfo.InvariantCulture)), on, Console.Out);
                return 0;
            }
            var report = Examine(name, count, Choose(result.GetValue(only)), isQuiet: result.GetValue(json));
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(report, Json));
            else
                DoctorText.Show(report);
            return report.IsHealthy ? 0 : 1;
        });
    }

    private static Device Open(string device, int? threads)
    {
        try
        {
            return SharedOptions.OpenDevice(device, threads);
        }
        catch (TypeInitializationException e)
        {
            // TorchSharp tells everything that it tried, line by line; the first says what it is about.
            var reason = (e.InnerException ?? e).Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .FirstOrDefault();
            var off = NativeBackend.Describe().Fixes.Where(f => f.State == NativeFixState.Off).Select(f => f.Name).ToList();
            throw new UserException(
                "libtorch does not load: "
                + $"{reason}{(off.Count > 0 ? $" {NativeBackend.SwitchVariable} leaves off {string.Join(", ", off)}; unset it." : "")}");
        }
    }

    private static List<int> Choose(string? text)
    {
        var chosen = Enumerable.Range(0, NumberCases.All.Count)
            .Where(i =>
                text is null || $"{NumberCases.All[i].Group} {NumberCases.All[i].Name}".Contains(text, StringComparison.OrdinalIgnoreCase))
            .ToList();
        return chosen.Count > 0
            ? chosen
            : throw new UserException(
                $"--only: no case holds '{text}'; the kinds are {string.Join(", ", NumberCases.All.Select(c => c.Group).Distinct())}");
    }

    private static DoctorReport Examine(string device, int? threads, List<int> chosen, bool isQuiet)
    {
        var machine = MachineReport.Read(get_num_threads());
        var library = LibraryReport.Read();
        var watch = Stopwatch.StartNew();
        using var progress = new ProgressLine(isQuiet ? null : "checking");
        var done = 0;
        var results = new Sweep(device, threads).Run(chosen, _ => progress.Show(++done, chosen.Count));
        var isHealthy = results.All(r => r.Status == CheckStatus.Right);
        var seconds = Math.Round(watch.Elapsed.TotalSeconds, 1);
        var advice = isHealthy
            ? []
            : Remedy.Find(results, device, library.Fixes, (setting, cases) => new Sweep(device, threads, setting).Run(cases));
        if (device == "cpu" && (!isHealthy || chosen.Count == NumberCases.All.Count))
            SelfCheck.Note(isHealthy);
        return new DoctorReport(DoctorReport.CurrentVersion, isHealthy, device, machine, library, results, advice, seconds);
    }
}
