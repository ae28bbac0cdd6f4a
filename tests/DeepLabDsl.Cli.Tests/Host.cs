using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using DeepLabDsl.Cli.Commands;
using DeepLabDsl.Networks;
using Spectre.Console;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What a command said and how it ended.</summary>
/// <param name="ExitCode">0: done; 1: it could not be done; 2: the command line is not understood.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record HostRun(int ExitCode, string Output, string Error);

/// <summary>Runs commands in this process. The console is one for all, so tests that use it share a collection.</summary>
internal static class Host
{
    public const string Collection = "console";

    public static HostRun Run(params string[] args) => Run(args, [], []);

    /// <summary>Runs a command of a program with networks and commands of its own.</summary>
    public static HostRun Run(string[] args, IReadOnlyList<NetworkDescriptor> networks, IEnumerable<Command> commands)
    {
        var (output, error) = (Console.Out, Console.Error);
        var console = AnsiConsole.Console;
        using var outputText = new StringWriter();
        using var errorText = new StringWriter();
        try
        {
            Console.SetOut(outputText);
            Console.SetError(errorText);
            AnsiConsole.Console = AnsiConsole.Create(
                new AnsiConsoleSettings { Out = new AnsiConsoleOutput(outputText), Ansi = AnsiSupport.No });
            AnsiConsole.Profile.Width = 200;
            var code = CommandLine.Run(args, networks, commands);
            return new HostRun(code, outputText.ToString(), errorText.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
            AnsiConsole.Console = console;
        }
    }

    /// <summary>Runs a command that must succeed.</summary>
    /// <returns>Its standard output.</returns>
    public static string Succeed(params string[] args)
    {
        var run = Run(args);
        Assert.True(run.ExitCode == 0, $"exit code {run.ExitCode}: {run.Error}");
        return run.Output;
    }

    /// <summary>Runs a command that must fail, in one line.</summary>
    /// <returns>That line.</returns>
    public static string Fail(params string[] args) => Fail(args, [], []);

    /// <inheritdoc cref="Fail(string[])"/>
    public static string Fail(string[] args, IReadOnlyList<NetworkDescriptor> networks, IEnumerable<Command> commands)
    {
        var run = Run(args, networks, commands);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        return run.Error;
    }
}
