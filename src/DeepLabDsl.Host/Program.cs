using System;
using System.Globalization;
using DeepLabDsl.Host;
using DeepLabDsl.Host.Commands;
using Spectre.Console;

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
return CommandLine.Run(args);
