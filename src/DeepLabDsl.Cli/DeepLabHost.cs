using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using DeepLabDsl.Cli;
using DeepLabDsl.Cli.Commands;
using DeepLabDsl.Networks;
using Spectre.Console;

namespace DeepLabDsl;

/// <summary>The command line, as a program's whole <c>Main</c>.</summary>
public static class DeepLabHost
{
    /// <summary>Runs a command. What goes wrong is one line on the standard error, never an exception.</summary>
    /// <param name="args">The words of the command line, without the program's name.</param>
    /// <returns>0: done; 1: it could not be done; 2: the command line is not understood.</returns>
    public static int Run(string[] args) => Run(args, []);

    /// <summary>Runs a command, of ours or of the program's own, for the program's own networks and those of the zoo.</summary>
    /// <example>
    /// The whole <c>Program.cs</c> of a project with specs:
    /// <code>return DeepLabHost.Run(args, NetworkCatalog.All);</code>
    /// </example>
    /// <param name="args">The words of the command line, without the program's name.</param>
    /// <param name="networks">
    /// The program's networks: <c>NetworkCatalog.All</c> of its namespace. Where the zoo has a network of the same name, the
    /// program's is meant.
    /// </param>
    /// <param name="commands">
    /// Commands of the program, which stand beside ours. What they throw is one line on the standard error too.
    /// </param>
    /// <returns>0: done; 1: it could not be done; 2: the command line is not understood.</returns>
    public static int Run(string[] args, IReadOnlyList<NetworkDescriptor> networks, params IEnumerable<Command> commands)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(commands);
        ThisProgram.IsHost = true;
        // What is read and printed is the same on every machine.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        // Tables and live views go to the console as it is: they escape what they show cell by cell.
        AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings());
        Console.SetOut(new PlainWriter(Console.Out));
        Console.SetError(new PlainWriter(Console.Error));
        // A thread of its own may fail where no command can catch it.
        AppDomain.CurrentDomain.UnhandledException += (_, e) =>
        {
            if (e.ExceptionObject is Exception exception)
                Failure.Report(exception);
            Environment.Exit(CommandLine.Failed);
        };
        return CommandLine.Run(args, networks, commands);
    }
}
