using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>
/// Samples that are trained on together. Disposing it gives its arrays back to its loader for a later batch; read them
/// before that. A batch that is never disposed is left to the garbage collector.
/// </summary>
public sealed class Batch : IDisposable
{
    private readonly string[] _names;
    private readonly ConcurrentBag<BatchArrays>? _home;
    private BatchArrays? _arrays;

    internal Batch(BatchArrays arrays, ConcurrentBag<BatchArrays>? home, string[] names, int channels, int height, int width)
    {
        _arrays = arrays;
        _home = home;
        _names = names;
        Channels = channels;
        Height = height;
        Width = width;
    }

    /// <summary>Normalised images <c>[Count, Channels, Height, Width]</c>; exactly that long.</summary>
    /// <exception cref="ObjectDisposedException">The batch is disposed.</exception>
    public float[] Images => Arrays.Images;

    /// <summary>Classes <c>[Count, Height, Width]</c>, void is 255 (<see cref="LabelMap.Void"/>); exactly that long.</summary>
    /// <exception cref="ObjectDisposedException">The batch is disposed.</exception>
    public long[] Labels => Arrays.Labels;

    /// <summary>The number of samples.</summary>
    public int Count => _names.Length;

    /// <summary>The number of planes an image.</summary>
    public int Channels { get; }

    /// <summary>Rows of each crop.</summary>
    public int Height { get; }

    /// <summary>Columns of each crop.</summary>
    public int Width { get; }

    /// <summary>The names of the samples in the order of the images.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>How long the consumer waited for the batch.</summary>
    public TimeSpan Waited { get; internal set; }

    private BatchArrays Arrays => _arrays ?? throw new ObjectDisposedException(nameof(Batch));

    /// <summary>Gives the arrays back to the loader.</summary>
    public void Dispose()
    {
        if (System.Threading.Interlocked.Exchange(ref _arrays, null) is { } arrays)
            _home?.Add(arrays);
    }
}

/// <summary>The memory of a batch.</summary>
/// <param name="Images">The images.</param>
/// <param name="Labels">The labels.</param>
internal sealed record BatchArrays(float[] Images, long[] Labels);
