using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace DeepLabDsl.Cli;

/// <summary>
/// Ctrl-C, SIGTERM, SIGHUP (the terminal was closed) and SIGUSR1 (which mpirun hands on, and schedulers send ahead of the end): the first
/// asks to stop in order, the second ends the process at once. Under nohup, which ignores SIGHUP, the run goes on.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int SignalBase = 128;
    private const int HangUpNumber = 1;
    private const int InterruptNumber = 2;
    private const int TerminateNumber = 15;
    private const int User1Number = 10;

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _hangUp;
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration? _user1;
    private int _number;

    public StopSignals()
    {
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, c => Handle(c, HangUpNumber));
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Handle(c, InterruptNumber));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Handle(c, TerminateNumber));
        // .NET has no name for it, and takes its number.
        if (OperatingSystem.IsLinux())
            _user1 = PosixSignalRegistration.Create((PosixSignal)User1Number, c => Handle(c, User1Number));
    }

    /// <summary>Is cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>What a shell sees of a process that a signal has ended: 128 and its number.</summary>
    public int ExitCode => SignalBase + _number;

    public void Dispose()
    {
        _hangUp.Dispose();
        _interrupt.Dispose();
        _terminate.Dispose();
        _user1?.Dispose();
        _stop.Dispose();
    }

    private void Handle(PosixSignalContext context, int number)
    {
        context.Cancel = !_stop.IsCancellationRequested;
        _number = number;
        _stop.Cancel();
    }
}
