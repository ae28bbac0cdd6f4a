using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;

namespace DeepLabDsl.Cli;

/// <summary><c>--watch</c>: a command that is done again whenever one of its spec files changes.</summary>
internal static class SpecWatch
{
    // Files are asked, not the system: that is right on network drives and in containers too.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    public static Option<bool> Option() =>
        CommandOptions.Flag("--watch", "Do it again whenever a spec file changes; Ctrl-C ends it.");

    /// <summary>Runs until a signal comes. What a run throws is shown, and the next change is waited for.</summary>
    /// <param name="paths">The files and folders to watch.</param>
    /// <param name="run">What is done.</param>
    /// <returns>The exit code of a process that a signal has ended.</returns>
    public static int Run(IReadOnlyList<string> paths, Action run)
    {
        using var signals = new StopSignals();
        return Run(paths, run, signals.Token, Interval) ? signals.ExitCode : 0;
    }

    /// <inheritdoc cref="Run(IReadOnlyList{string}, Action)"/>
    /// <returns>Whether it was stopped.</returns>
    internal static bool Run(IReadOnlyList<string> paths, Action run, CancellationToken stop, TimeSpan interval)
    {
        var seen = "";
        while (true)
        {
            var now = Stamp(paths);
            // An editor writes a file in several steps: what changes no more is read.
            while (seen.Length > 0 && now != seen && !stop.WaitHandle.WaitOne(interval) && Stamp(paths) is var later && later != now)
                now = later;
            if (now != seen && !stop.IsCancellationRequested)
            {
                seen = now;
                Once(run);
            }
            if (stop.WaitHandle.WaitOne(interval))
                return true;
        }
    }

    private static void Once(Action run)
    {
        if (Console.IsOutputRedirected)
            Console.WriteLine($"--- {DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}");
        else
            Console.Clear();
        try
        {
            run();
        }
        catch (Exception e)
        {
            Failure.Report(e);
        }
    }

    /// <summary>What tells one state of the files from another: their names, sizes and times.</summary>
    private static string Stamp(IReadOnlyList<string> paths)
    {
        try
        {
            return string.Join('\n', SpecFiles.Find(paths).Select(p => new FileInfo(p))
                .Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}")));
        }
        catch (Exception e) when (e is UserException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
