using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using DeepLabDsl.Networks;

namespace DeepLabDsl.Cli.Commands;

/// <summary>The command line: parses, runs a command, and turns what goes wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    public const int Failed = 1;
    private const int BadUsage = 2;

    /// <summary>Runs a command.</summary>
    /// <returns>0: done; 1: it could not be done; 2: the command line is not understood.</returns>
    /// <param name="args">The words of the command line.</param>
    /// <param name="networks">The program's networks beside the zoo's.</param>
    /// <param name="own">The program's commands beside ours.</param>
    public static int Run(string[] args, IReadOnlyList<NetworkDescriptor> networks, IEnumerable<Command> own)
    {
        try
        {
            var root = CreateRoot(networks, own);
            var words = CommandWords.Read(root, args, out var faults);
            // A picture may be called @name: no word names a file of further words.
            var parsed = root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (faults.Count == 0)
                faults = [.. parsed.Errors.Select(e => e.Message)];
            if (faults.Count == 0)
                return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
            foreach (var fault in faults)
                Console.Error.WriteLine($"error: {fault}");
            Console.Error.WriteLine("'--help' lists commands and options.");
            return BadUsage;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("stopped");
            return Failed;
        }
        catch (Exception e)
        {
            if (!RankJob.TryFail(e))
                Failure.Report(e);
            return Failed;
        }
    }

    /// <summary>All commands for the zoo's networks.</summary>
    public static RootCommand CreateRoot() => CreateRoot([], []);

    /// <summary>All commands.</summary>
    /// <exception cref="ArgumentException">A command of the program is called as one of ours.</exception>
    private static RootCommand CreateRoot(IReadOnlyList<NetworkDescriptor> own, IEnumerable<Command> commands)
    {
        var root = CreateRoot(new NetworkOptions(own));
        foreach (var command in commands)
        {
            if (root.Subcommands.Any(c => c.Name == command.Name || c.Aliases.Contains(command.Name)))
                throw new ArgumentException($"the program's command '{command.Name}' has the name of one that is there already");
            root.Add(command);
        }
        return root;
    }

    private static RootCommand CreateRoot(NetworkOptions networks) =>
        new("DeepLab networks written in YAML and compiled to TorchSharp modules: train, evaluate and apply them.")
    {
        ListCommand.Create(networks),
        InspectCommand.Create(networks),
        CheckCommand.Create(),
        SchemaCommand.Create(),
        ZooCommand.Create(),
        TrainCommand.Create(networks),
        EvalCommand.Create(networks),
        PredictCommand.Create(networks),
        ExportCommand.Create(networks),
        CrfCommand.Create(networks),
        DatasetCommand.Create(),
        ReportCommand.Create(networks),
        CompareCommand.Create(),
        ForwardCommand.Create(networks),
        WeightsCommand.Create(networks),
        DemoCommand.Create(),
        DoctorCommand.Create(),
    };

    /// <summary>Runs a command's action, which gives the exit code.</summary>
    public static Command Returns(this Command command, Func<ParseResult, int> action)
    {
        command.SetAction(action);
        return command;
    }

    /// <summary>Runs a command's action; a command that returns is done.</summary>
    public static Command Does(this Command command, Action<ParseResult> action)
    {
        command.SetAction(result =>
        {
            action(result);
            return 0;
        });
        return command;
    }
}
