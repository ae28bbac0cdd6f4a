using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace DeepLabDsl.Cli;

/// <summary>
/// Reads items in order, some of them before they are asked for, so that whoever works on one does not wait for the next.
/// </summary>
/// <typeparam name="TSource">What is read.</typeparam>
/// <typeparam name="T">What it is read as.</typeparam>
internal sealed class ReadAhead<TSource, T> : IDisposable
{
    // Two, so that one that takes long to read does not keep the reader of many waiting; each is in memory.
    private const int Depth = 2;

    private readonly IEnumerator<TSource> _sources;
    private readonly Func<TSource, T> _read;
    private readonly Queue<Task<T>> _open = new();

    /// <param name="sources">What is read, in order.</param>
    /// <param name="read">Reads one; several at once.</param>
    public ReadAhead(IEnumerable<TSource> sources, Func<TSource, T> read)
    {
        (_sources, _read) = (sources.GetEnumerator(), read);
        Fill();
    }

    /// <summary>The next item, as often as there are items; what its reading throws comes out here.</summary>
    public T Next()
    {
        var next = _open.Dequeue();
        Fill();
        return next.GetAwaiter().GetResult();
    }

    /// <summary>Waits for what is being read; nobody asks for it any more.</summary>
    public void Dispose()
    {
        _sources.Dispose();
        Task.WhenAll(_open).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
    }

    private void Fill()
    {
        while (_open.Count < Depth && _sources.MoveNext())
        {
            var source = _sources.Current;
            _open.Enqueue(Task.Run(() => _read(source)));
        }
    }
}
