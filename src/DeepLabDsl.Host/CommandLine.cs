using System;
using System.CommandLine;
using DeepLabDsl.Host.Commands;

namespace DeepLabDsl.Host;

/// <summary>The command line: parses, runs a command, and turns what goes wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    private const int Failed = 1;
    private const int BadUsage = 2;

    /// <summary>Set to anything, this environment variable shows where an error comes from.</summary>
    private const string DebugVariable = "DEEPLABDSL_DEBUG";

    /// <summary>Runs a command.</summary>
    /// <returns>0: done; 1: it could not be done; 2: the command line is not understood.</returns>
    public static int Run(string[] args)
    {
        var root = new RootCommand("DeepLab networks written in YAML and compiled to TorchSharp modules: train, evaluate and apply them.")
        {
            ListCommand.Create(),
            InspectCommand.Create(),
            CheckCommand.Create(),
            SchemaCommand.Create(),
            ZooCommand.Create(),
            TrainCommand.Create(),
            EvalCommand.Create(),
            PredictCommand.Create(),
            CrfCommand.Create(),
            DatasetCommand.Create(),
            ReportCommand.Create(),
            CompareCommand.Create(),
            ForwardCommand.Create(),
            WeightsCommand.Create(),
            DemoCommand.Create(),
            DoctorCommand.Create(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                Console.Error.WriteLine($"error: {error.Message}");
            Console.Error.WriteLine("'--help' lists commands and options.");
            return BadUsage;
        }
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is UserException or DataException or WeightsException or TrainingException or SelfCheckException)
        {
            Fail(e);
            return Failed;
        }
        catch (ArgumentException e) when (e.ParamName is null)
        {
            Fail(e);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("stopped");
            return Failed;
        }
    }

    private static void Fail(Exception exception)
    {
        Console.Error.WriteLine($"error: {exception.Message}");
        if (Environment.GetEnvironmentVariable(DebugVariable) is { Length: > 0 })
            Console.Error.WriteLine(exception);
    }

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
