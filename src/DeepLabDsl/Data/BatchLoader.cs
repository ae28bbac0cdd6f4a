using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Data;

/// <summary>How a <see cref="BatchLoader"/> loads.</summary>
public sealed record BatchLoaderOptions
{
    /// <summary>Samples a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>
    /// Which part of each batch is prepared, of how many: for ranks that train together. Together the parts are the whole batches that one
    /// loader prepares. Batches that are not full are then left out.
    /// </summary>
    public (int Rank, int Ranks) Share { get; init; } = (0, 1);

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
    // Keeps the stream of the order apart from the streams of the samples.
    private const ulong OrderStream = 0x6F72646572;

    private readonly ISegmentationDataset _dataset;
    private readonly TrainingTransform _transform;
    private readonly BatchLoaderOptions _options;
    private readonly int _whole;
    private readonly int _first;
    private readonly ConcurrentBag<BatchArrays> _spare = [];
    private readonly CancellationTokenSource _disposal = new();
    private long _waitedTicks;

    /// <summary>Starts a loader; no thread runs before an epoch is enumerated.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="transform">What happens to each.</param>
    /// <param name="options">How they are loaded.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="UnusableDataException">There are fewer samples than a batch takes and the last batch is left out.</exception>
    public BatchLoader(ISegmentationDataset dataset, TrainingTransform transform, BatchLoaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(transform);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Workers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Prefetch);
        ArgumentOutOfRangeException.ThrowIfNegative(options.CacheBytes);
        transform.Validate();
        if ((long)dataset.Channels * options.BatchSize * transform.CropHeight * transform.CropWidth > Array.MaxLength)
        {
            throw new ArgumentException(
                $"A batch of {options.BatchSize} crops of {transform.CropHeight}x{transform.CropWidth} does not fit in one array.",
                nameof(options));
        }
        _dataset = options.CacheBytes > 0 && dataset is not InMemoryDataset
            ? new CachingDataset(dataset, options.CacheBytes)
            : dataset;
        _transform = transform;
        var (rank, ranks) = options.Share;
        if (ranks < 1 || rank < 0 || rank >= ranks || ranks > options.BatchSize || (ranks > 1 && !options.DropLast))
        {
            throw new ArgumentException(
                $"Rank {rank} of {ranks} can't have a part of batches of {options.BatchSize}, or batches that are not full are kept.",
                nameof(options));
        }
        _first = options.BatchSize * rank / ranks;
        _options = options with { BatchSize = options.BatchSize * (rank + 1) / ranks - _first };
        _whole = options.BatchSize;
        BatchesPerEpoch = options.DropLast
            ? dataset.Count / options.BatchSize
            : (dataset.Count - 1) / options.BatchSize + 1;
        if (BatchesPerEpoch == 0)
        {
            throw new UnusableDataException(
                $"{dataset.Name}: split '{dataset.Split}' has {dataset.Count} samples, a batch takes {options.BatchSize}, and a " +
                "batch that is not full is left out: nothing is left to train on. Take a smaller batch.");
        }
    }

    /// <summary>Batches an epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>How long consumers have waited for batches since the loader was made.</summary>
    public TimeSpan Waited => new(Interlocked.Read(ref _waitedTicks));

    /// <summary>The batches of one epoch. Ending the enumeration early stops its workers.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="first">The first batch, from 0: those before it are left out and not prepared.</param>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The batches, prepared while they are enumerated. Dispose each after use.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="epoch"/> or <paramref name="first"/> is negative.</exception>
    /// <exception cref="ObjectDisposedException">The loader is disposed.</exception>
    /// <exception cref="UnusableDataException">While enumerating: a sample cannot be used; the message names its file.</exception>
    public IEnumerable<Batch> Epoch(int epoch, int first = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ObjectDisposedException.ThrowIf(_disposal.IsCancellationRequested, this);
        return Enumerate(epoch, first, cancellationToken);
    }

    /// <summary>Stops the workers of all enumerations, which end with an <see cref="OperationCanceledException"/>.</summary>
    public void Dispose()
    {
        // The source is not disposed: an enumeration may still be about to look at its token.
        _disposal.Cancel();
        _spare.Clear();
    }

    private IEnumerable<Batch> Enumerate(int epoch, int first, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposal.Token);
        using var run = new EpochRun(this, epoch, first, stop.Token);
        for (var index = first; index < BatchesPerEpoch; index++)
        {
            var started = Stopwatch.GetTimestamp();
            var batch = run.Take(index);
            batch.Waited = Stopwatch.GetElapsedTime(started);
            Interlocked.Add(ref _waitedTicks, batch.Waited.Ticks);
            yield return batch;
        }
    }

    private int[] OrderOf(int epoch)
    {
        var order = new int[_dataset.Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        if (_options.Shuffle)
            SeededRandom.ForSample(_options.Seed ^ OrderStream, epoch, 0).Shuffle<int>(order);
        if (_whole == _options.BatchSize)
            return order;
        var own = new int[BatchesPerEpoch * _options.BatchSize];
        for (var i = 0; i < own.Length; i++)
            own[i] = order[i / _options.BatchSize * _whole + _first + i % _options.BatchSize];
        return own;
    }

    private BatchArrays Rent(int count)
    {
        if (count == _options.BatchSize && _spare.TryTake(out var arrays))
            return arrays;
        var size = count * _transform.CropHeight * _transform.CropWidth;
        return new BatchArrays(
            GC.AllocateUninitializedArray<float>(_dataset.Channels * size), GC.AllocateUninitializedArray<long>(size));
    }

    /// <summary>Prepares one sample.</summary>
    private string Prepare(int epoch, int sample, int place, BatchArrays arrays)
    {
        var size = _transform.CropHeight * _transform.CropWidth;
        var info = _dataset.GetInfo(sample);
        try
        {
            _transform.Apply(
                _dataset.Load(sample),
                SeededRandom.ForSample(_options.Seed, epoch, sample),
                arrays.Images.AsSpan(place * _dataset.Channels * size, _dataset.Channels * size),
                arrays.Labels.AsSpan(place * size, size));
        }
        catch (Exception exception) when (exception is not UnusableDataException)
        {
            throw new UnusableDataException(
                $"{info.ImagePath ?? info.Name}: the sample cannot be prepared: {exception.Message}", exception);
        }
        return info.Name;
    }

    /// <summary>A batch while its samples are prepared. Everything but the arrays' content belongs to the run's lock.</summary>
    private sealed class Slot(BatchArrays arrays, int count)
    {
        public readonly BatchArrays Arrays = arrays;
        public readonly string[] Names = new string[count];
        public int Missing = count;
        public int FailedPlace = int.MaxValue;
        public ExceptionDispatchInfo? Failure;
    }

    /// <summary>
    /// One enumeration. Workers draw samples in order, one at a time, so that the first batch is ready soon; no batch is
    /// begun before there is room for it.
    /// </summary>
    private sealed class EpochRun : IDisposable
    {
        private readonly BatchLoader _loader;
        private readonly int _epoch;
        private readonly CancellationToken _stop;
        private readonly CancellationTokenRegistration _registration;
        private readonly int[] _order;
        private readonly int _samples;
        private readonly Dictionary<int, Slot> _slots = [];
        private readonly Thread[] _workers;
        private readonly object _gate = new();
        private int _next;
        private int _taken;
        private bool _stopped;

        public EpochRun(BatchLoader loader, int epoch, int first, CancellationToken stop)
        {
            _loader = loader;
            _epoch = epoch;
            _stop = stop;
            _order = loader.OrderOf(epoch);
            _samples = Math.Min(_order.Length, loader.BatchesPerEpoch * loader._options.BatchSize);
            _taken = Math.Min(first, loader.BatchesPerEpoch);
            _next = Math.Min(_taken * loader._options.BatchSize, _samples);
            _workers = new Thread[loader._options.Workers];
            for (var i = 0; i < _workers.Length; i++)
            {
                _workers[i] = new Thread(Work) { IsBackground = true, Name = $"batch loader {i}" };
                _workers[i].Start();
            }
            _registration = stop.Register(Wake);
        }

        public Batch Take(int index)
        {
            _stop.ThrowIfCancellationRequested();
            if (_workers.Length == 0)
            {
                for (var left = CountOf(index); left > 0; left--)
                {
                    _stop.ThrowIfCancellationRequested();
                    PrepareNext(_next++);
                }
            }
            Slot slot;
            lock (_gate)
            {
                while (!_slots.TryGetValue(index, out slot!) || slot.Missing > 0)
                {
                    _stop.ThrowIfCancellationRequested();
                    Monitor.Wait(_gate);
                }
                _slots.Remove(index);
                _taken = index + 1;
                Monitor.PulseAll(_gate);
            }
            slot.Failure?.Throw();
            var home = slot.Names.Length == _loader._options.BatchSize ? _loader._spare : null;
            return new Batch(
                slot.Arrays, home, slot.Names, _loader._dataset.Channels, _loader._transform.CropHeight, _loader._transform.CropWidth);
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _stopped = true;
                Monitor.PulseAll(_gate);
            }
            _registration.Dispose();
            // Each finishes the sample at hand at most.
            foreach (var worker in _workers)
                worker.Join();
        }

        private void Wake()
        {
            lock (_gate)
                Monitor.PulseAll(_gate);
        }

        private int CountOf(int batch) =>
            Math.Min(_loader._options.BatchSize, _samples - batch * _loader._options.BatchSize);

        private void Work()
        {
            while (true)
            {
                int ticket;
                lock (_gate)
                {
                    while (!_stopped && !_stop.IsCancellationRequested && _next < _samples
                        && _next / _loader._options.BatchSize >= _taken + _loader._options.Prefetch)
                    {
                        Monitor.Wait(_gate);
                    }
                    if (_stopped || _stop.IsCancellationRequested || _next == _samples)
                        return;
                    ticket = _next++;
                }
                PrepareNext(ticket);
            }
        }

        private void PrepareNext(int ticket)
        {
            var index = ticket / _loader._options.BatchSize;
            var place = ticket % _loader._options.BatchSize;
            Slot? slot;
            lock (_gate)
            {
                if (!_slots.TryGetValue(index, out slot))
                {
                    slot = new Slot(_loader.Rent(CountOf(index)), CountOf(index));
                    _slots.Add(index, slot);
                }
            }

            ExceptionDispatchInfo? failure = null;
            var name = "";
            try
            {
                name = _loader.Prepare(_epoch, _order[ticket], place, slot.Arrays);
            }
            catch (Exception exception)
            {
                // It surfaces at the consumer, when the batch's turn comes.
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            lock (_gate)
            {
                slot.Names[place] = name;
                if (failure != null && place < slot.FailedPlace)
                {
                    // Of several, the first in order: which one is reported does not depend on the workers.
                    slot.FailedPlace = place;
                    slot.Failure = failure;
                }
                if (--slot.Missing == 0)
                    Monitor.PulseAll(_gate);
            }
        }
    }
}
