using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace DeepLabDsl;

/// <summary>
/// Threads that go through the same phases together. A phase of a filter lasts tens of microseconds, so they wait for each
/// other by spinning; a waiter gives its core away when another thread needs it.
/// </summary>
internal sealed class WorkerTeam
{
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
            Volatile.Write(ref _phase, phase + 1);
            return;
        }
        var spin = new SpinWait();
        while (Volatile.Read(ref _phase) == phase)
        {
            if (Volatile.Read(ref _failure) is not null)
                throw new OperationCanceledException();
            spin.SpinOnce(sleep1Threshold: -1);
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
            Interlocked.CompareExchange(ref _failure, e, null);
        }
    }
}
