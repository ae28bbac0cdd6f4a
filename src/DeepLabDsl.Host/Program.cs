using System;
using System.Globalization;
using DeepLabDsl.Host;
using DeepLabDsl.Host.Commands;

// What is read and printed is the same on every machine.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
// A thread of its own may fail where no command can catch it.
AppDomain.CurrentDomain.UnhandledException += (_, e) =>
{
    if (e.ExceptionObject is Exception exception)
        Failure.Report(exception);
    Environment.Exit(CommandLine.Failed);
};
return CommandLine.Run(args);
