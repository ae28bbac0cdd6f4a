using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace DeepLabDsl.Cli;

/// <summary>
/// Writes results while the next are computed: a number of them at once, no more, so that a slow disk does not fill the memory. What is
/// said of each is said in order.
/// </summary>
/// <param name="limit">How many are written at once.</param>
internal sealed class WriteBehind(int limit) : IDisposable
{
    private readonly Queue<(Task Task, Action? Done)> _open = new();

    /// <summary>So many that their encoding takes less time than the network, which uses all cores.</summary>
    public static int Default => Math.Clamp(Environment.ProcessorCount / 2, 1, 4);

    /// <summary>
    /// Begins to write a result; waits first where as many as may be are being written. What one of those throws comes out here.
    /// </summary>
    /// <param name="write">Writes it, on another thread.</param>
    /// <param name="done">Is called when it and all before it are written, on the thread that adds; null: nothing is.</param>
    public void Add(Action write, Action? done)
    {
        while (_open.Count >= limit)
            FinishFirst();
        _open.Enqueue((Task.Run(write), done));
    }

    /// <summary>Waits until all is written. What one throws comes out here.</summary>
    public void Finish()
    {
        while (_open.Count > 0)
            FinishFirst();
    }

    /// <summary>Waits for what is being written, after a failure too: nothing is cut off in its middle.</summary>
    public void Dispose()
    {
        while (_open.TryDequeue(out var write))
            write.Task.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
    }

    private void FinishFirst()
    {
        var (task, done) = _open.Dequeue();
        task.GetAwaiter().GetResult();
        done?.Invoke();
    }
}
