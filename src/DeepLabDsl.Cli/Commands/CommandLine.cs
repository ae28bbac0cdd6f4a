using System;
using System.CommandLine;
using System.Linq;

namespace DeepLabDsl.Cli.Commands;

/// <summary>The command line: parses, runs a command, and turns what goes wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    public const int Failed = 1;
    private const int BadUsage = 2;

    /// <summary>Runs a command.</summary>
    /// <returns>0: done; 1: it could not be done; 2: the command line is not understood.</returns>
    public static int Run(string[] args)
    {
        try
        {
            var root = CreateRoot();
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

    /// <summary>All commands.</summary>
    public static RootCommand CreateRoot() =>
        new("DeepLab networks written in YAML and compiled to TorchSharp modules: train, evaluate and apply them.")
    {
        ListCommand.Create(),
        InspectCommand.Create(),
        CheckCommand.Create(),
        SchemaCommand.Create(),
        ZooCommand.Create(),
        TrainCommand.Create(),
        EvalCommand.Create(),
        PredictCommand.Create(),
        ExportCommand.Create(),
        CrfCommand.Create(),
        DatasetCommand.Create(),
        ReportCommand.Create(),
        CompareCommand.Create(),
        ForwardCommand.Create(),
        WeightsCommand.Create(),
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
