using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace DeepLabDsl.Cli.Tests;

/// <summary>The host as a process of its own, which can be sent signals.</summary>
internal sealed class HostProcess : IDisposable
{
    private readonly Process _process;

    private HostProcess(Process process) => _process = process;

    /// <summary>Its process number.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a command.</summary>
    public static HostProcess Start(params string[] args) =>
        StartProgram("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "DeepLabDsl.Host.dll"), .. args]);

    /// <summary>Starts another program, which starts the host.</summary>
    public static HostProcess StartProgram(string name, string[] args)
    {
        var start = new ProcessStartInfo(name, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new HostProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end.</summary>
    public static (int ExitCode, string Output) Run(params string[] args)
    {
        using var host = Start(args);
        return host.Finish();
    }

    /// <summary>Sends it a signal, by its name.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Lets it run for a time.</summary>
    /// <returns>Whether it has ended.</returns>
    public bool HasEndedAfter(TimeSpan time) => _process.WaitForExit(time);

    /// <summary>Kills it as nothing can be prepared for: SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    public (int ExitCode, string Output) Finish()
    {
        var error = _process.StandardError.ReadToEndAsync();
        var output = _process.StandardOutput.ReadToEnd();
        _process.WaitForExit();
        return (_process.ExitCode, output + error.Result);
    }

    public void Dispose() => _process.Dispose();
}
