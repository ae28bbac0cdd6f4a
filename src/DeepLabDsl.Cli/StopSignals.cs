using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace DeepLabDsl.Cli;

/// <summary>
/// Ctrl-C, SIGTERM and SIGHUP (the terminal was closed): the first asks to stop in order, the second ends the process at once. Under nohup,
/// which ignores SIGHUP, the run goes on.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int SignalBase = 128;
    private const int HangUpNumber = 1;
    private const int InterruptNumber = 2;
    private const int TerminateNumber = 15;

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _hangUp;
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private int _number;

    public StopSignals()
    {
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, c => Handle(c, HangUpNumber));
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Handle(c, InterruptNumber));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Handle(c, TerminateNumber));
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
        _stop.Dispose();
    }

    private void Handle(PosixSignalContext context, int number)
    {
        context.Cancel = !_stop.IsCancellationRequested;
        _number = number;
        _stop.Cancel();
    }
}
