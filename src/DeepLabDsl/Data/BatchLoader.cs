using System;
using System.Collections.Generic;
using System.Threading;

namespace DeepLabDsl;

/// <summary>How a <see cref="BatchLoader"/> loads.</summary>
public sealed record BatchLoaderOptions
{
    /// <summary>Samples a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The run's seed: it decides the order of the samples and what happens to each; default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads that prepare samples; default 1. With 0 the consumer's own thread does it.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Batches that are prepared or waiting at a time, at most; default 3.</summary>
    public int Prefetch { get; init; } = 3;

    /// <summary>Whether a last batch that is not full is left out; default false.</summary>
    public bool DropLast { get; init; }

    /// <summary>Whether each epoch has an order of its own (default) or the dataset's.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Bytes of decoded samples that are kept, at most; default 1 GiB. 0: each is read again each epoch.</summary>
    public long CacheBytes { get; init; } = 1L << 30;
}

/// <summary>
/// Prepares the batches of each epoch ahead of their consumer. The same seed gives the same batches in the same order
/// whatever the number of workers.
/// </summary>
public sealed class BatchLoader : IDisposable
{
    /// <summary>Starts a loader; no thread runs before an epoch is enumerated.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="transform">What happens to each.</param>
    /// <param name="options">How they are loaded.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="DataException">There are fewer samples than a batch takes and the last batch is left out.</exception>
    public BatchLoader(ISegmentationDataset dataset, TrainingTransform transform, BatchLoaderOptions options) =>
        throw new NotImplementedException();

    /// <summary>Batches an epoch.</summary>
    public int BatchesPerEpoch => throw new NotImplementedException();

    /// <summary>How long consumers have waited for batches since the loader was made.</summary>
    public TimeSpan Waited => throw new NotImplementedException();

    /// <summary>The batches of one epoch. Ending the enumeration early stops its workers.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The batches, prepared while they are enumerated.</returns>
    /// <exception cref="DataException">While enumerating: a sample cannot be used; the message names its file.</exception>
    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Stops the workers of all enumerations and drops the cache.</summary>
    public void Dispose() => throw new NotImplementedException();
}
