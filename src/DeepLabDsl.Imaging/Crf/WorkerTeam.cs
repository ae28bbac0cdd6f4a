using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace DeepLabDsl.Crf;

/// <summary>
/// Threads that go through the same phases together. A phase of a filter lasts tens of microseconds, so they wait for each
/// other by spinning, but not for long: on a busy machine a waiter would keep the one that it waits for off its core.
/// </summary>
internal sealed class WorkerTeam
{
    private const int Spins = 40;

    private readonly object _gate = new();
    private int _waiting;
    private int _phase;
    private Exception? _failure;

    private WorkerTeam(int count) => Count = count;

    /// <summary>The number of threads.</summary>
    public int Count { get; }

    /// <summary>Runs the body once on each of a number of threads, this one included, and returns when all are done.</summary>
    /// <param name="count">The number of threads.</param>
    /// <param name="body">Is given the team and the thread's number.</param>
    public static void Run(int count, Action<WorkerTeam, int> body)
    {
        var team = new WorkerTeam(count);
        var others = new Thread[count - 1];
        for (var i = 0; i < others.Length; i++)
        {
            var number = i + 1;
            others[i] = new Thread(() => team.Work(body, number)) { IsBackground = true, Name = "dense CRF" };
            others[i].Start();
        }
        team.Work(body, 0);
        foreach (var other in others)
            other.Join();
        if (team._failure is { } failure)
            ExceptionDispatchInfo.Capture(failure).Throw();
    }

    /// <summary>Waits until all threads of the team are here.</summary>
    public void Wait()
    {
        if (Count == 1)
            return;
        var phase = Volatile.Read(ref _phase);
        if (Interlocked.Increment(ref _waiting) == Count)
        {
            Volatile.Write(ref _waiting, 0);
            lock (_gate)
            {
                Volatile.Write(ref _phase, phase + 1);
                Monitor.PulseAll(_gate);
            }
            return;
        }
        var spin = new SpinWait();
        while (spin.Count < Spins && Volatile.Read(ref _phase) == phase && Volatile.Read(ref _failure) is null)
            spin.SpinOnce(sleep1Threshold: -1);
        lock (_gate)
        {
            while (_phase == phase)
            {
                if (_failure is not null)
                    throw new OperationCanceledException();
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>This thread's share of a number of things.</summary>
    /// <param name="total">How many there are.</param>
    /// <param name="number">The thread's number.</param>
    public (int From, int To) Share(int total, int number) =>
        ((int)((long)total * number / Count), (int)((long)total * (number + 1) / Count));

    private void Work(Action<WorkerTeam, int> body, int number)
    {
        try
        {
            body(this, number);
        }
        catch (Exception e)
        {
            // The first failure is the one to tell; the others' are that they stopped waiting.
            lock (_gate)
            {
                _failure ??= e;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
