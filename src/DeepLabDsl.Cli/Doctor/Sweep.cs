using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.Json;
using DeepLabDsl.SelfChecks;

namespace DeepLabDsl.Cli.Doctor;

/// <summary>Has cases computed by a process of its own, and by another where that one dies.</summary>
internal sealed class Sweep
{
    /// <summary>Processes that may die before the rest is given up.</summary>
    private const int MaximumDeaths = 8;

    /// <summary>How long a case may say nothing. The longest step takes a second on a free core.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Func<IReadOnlyList<int>, ProcessStartInfo> _start;

    /// <summary>Prepares a sweep.</summary>
    /// <param name="device">The device, as the command line names it.</param>
    /// <param name="threads">Threads of an operation; null: one a core.</param>
    /// <param name="setting">A variable to be set in the process that computes.</param>
    public Sweep(string device, int? threads, KeyValuePair<string, string>? setting = null)
        : this(cases => Self(device, threads, setting, cases))
    {
    }

    /// <summary>Prepares one with processes of another kind.</summary>
    internal Sweep(Func<IReadOnlyList<int>, ProcessStartInfo> start) => _start = start;

    /// <summary>Computes cases.</summary>
    /// <param name="cases">Their numbers.</param>
    /// <param name="done">Told of each that has ended.</param>
    /// <exception cref="UserException">No process gets as far as a case.</exception>
    public IReadOnlyList<CheckResult> Run(IReadOnlyList<int> cases, Action<CheckResult>? done = null)
    {
        var results = new List<CheckResult>();
        for (var deaths = 0; results.Count < cases.Count;)
        {
            if (deaths++ == MaximumDeaths)
            {
                foreach (var rest in cases.Skip(results.Count).ToList())
                    Add(new Progress(rest).End(CheckStatus.NotRun, message: $"{MaximumDeaths} processes have died before"));
                break;
            }
            RunOne([.. cases.Skip(results.Count)], Add);
        }
        return results;

        void Add(CheckResult result)
        {
            results.Add(result);
            done?.Invoke(result);
        }
    }

    private void RunOne(IReadOnlyList<int> cases, Action<CheckResult> add)
    {
        using var process = Process.Start(_start(cases))!;
        var errors = process.StandardError.ReadToEndAsync();
        using var lines = new BlockingCollection<string>();
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is null)
                lines.CompleteAdding();
            else
                lines.Add(e.Data);
        };
        process.BeginOutputReadLine();
        Progress? current = null;
        while (lines.TryTake(out var text, Patience))
        {
            if (!text.StartsWith('{') || JsonSerializer.Deserialize<SweepLine>(text, SweepLine.Json) is not { } line)
                continue;
            if (current?.Case != line.Case)
                current = new Progress(line.Case);
            if (current.Take(line) is { } result)
            {
                add(result);
                current = null;
            }
        }
        if (!lines.IsCompleted)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            add((current ?? new Progress(cases[0])).End(CheckStatus.Stuck, message: $"nothing came for {Patience.TotalSeconds:0} s"));
            return;
        }
        process.WaitForExit();
        if (process.ExitCode == 0)
            return;
        var said = LastLine(errors.Result);
        if (current is null)
        {
            throw new UserException(
                $"the process that checks numbers {Ending(process.ExitCode)} before it has computed "
                + $"anything{(said is null ? "" : $": {said}")}");
        }
        add(current.End(CheckStatus.Died, message: Ending(process.ExitCode)));
    }

    /// <summary>How a process ended, from its exit code.</summary>
    internal static string Ending(int code) => (code - 128) switch
    {
        4 => "was ended by SIGILL (an instruction that this processor does not have)",
        6 => "was ended by SIGABRT",
        7 => "was ended by SIGBUS",
        8 => "was ended by SIGFPE (a division by zero in native code)",
        9 => "was ended by SIGKILL (by the system where memory is short)",
        11 => "was ended by SIGSEGV",
        _ => string.Create(CultureInfo.InvariantCulture, $"ended with exit code {code}"),
    };

    private static string? LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();

    /// <summary>This program again, as a worker.</summary>
    private static ProcessStartInfo Self(string device, int? threads, KeyValuePair<string, string>? setting, IReadOnlyList<int> cases)
    {
        var program = Environment.ProcessPath!;
        var isMuxer = Path.GetFileNameWithoutExtension(program) == "dotnet";
        // Where another program runs commands in its process (a test), the one beside this library does the work.
        var host = ThisProgram.IsHost
            ? Assembly.GetEntryAssembly()!.Location : Path.Combine(AppContext.BaseDirectory, "DeepLabDsl.Host.dll");
        var start = isMuxer || !ThisProgram.IsHost
            ? new ProcessStartInfo(isMuxer ? program : "dotnet", ["exec", host])
            : new ProcessStartInfo(program);
        foreach (var argument in new[] { "doctor", "--device", device, "--worker", string.Join(',', cases) })
            start.ArgumentList.Add(argument);
        if (threads is { } count)
        {
            start.ArgumentList.Add("--threads");
            start.ArgumentList.Add(count.ToString(CultureInfo.InvariantCulture));
        }
        if (setting is { } variable)
            start.Environment[variable.Key] = variable.Value;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return start;
    }

    /// <summary>What is known of a case so far.</summary>
    private sealed class Progress(int number)
    {
        private readonly List<Deviation> _deviations = [];
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private string? _step;

        public int Case => number;

        /// <summary>Takes a line; gives the result where the line ends the case.</summary>
        public CheckResult? Take(SweepLine line)
        {
            if (line.Entering is { } step)
                _step = step;
            if (line.Deviation is { } deviation)
                _deviations.Add(deviation);
            if (line.Error is { } error)
                return End(CheckStatus.Failed, error);
            if (line.Seconds is null)
                return null;
            var status = _deviations.All(d => d.IsRight) ? CheckStatus.Right : CheckStatus.Wrong;
            _step = null;
            return End(status) with { Seconds = Math.Round(line.Seconds.Value, 3) };
        }

        public CheckResult End(CheckStatus status, string? message = null)
        {
            var one = NumberCases.All[number];
            return new CheckResult(
                number, one.Group, one.Name, status, _step, message, Math.Round(_watch.Elapsed.TotalSeconds, 3), _deviations);
        }
    }
}
