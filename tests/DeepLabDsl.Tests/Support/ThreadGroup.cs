using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using DeepLabDsl.Distributed;

namespace DeepLabDsl.Tests.Support;

/// <summary>
/// Ranks that are threads of one process, each with the communicator of its number. Sums are taken in the ranks' order, after a
/// latency where one is asked for.
/// </summary>
internal sealed class ThreadGroup
{
    private readonly object _gate = new();
    private readonly Dictionary<long, Operation> _operations = [];
    private readonly TimeSpan _latency;
    private bool _failed;
    private long _lineFreeAt;

    /// <summary>Starts a group.</summary>
    /// <param name="size">How many ranks.</param>
    /// <param name="latency">
    /// How long a sum that was begun takes, from when the last rank has joined it and the sums before it are through.
    /// </param>
    public ThreadGroup(int size, TimeSpan latency = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        _latency = latency;
        Ranks = [.. Enumerable.Range(0, size).Select(rank => new Member(this, rank, size))];
    }

    /// <summary>The communicator of each rank.</summary>
    public IReadOnlyList<ICommunicator> Ranks { get; }

    private Operation Join(long number, int rank, nint values, Action<nint[]> complete, TimeSpan latency)
    {
        lock (_gate)
        {
            if (!_operations.TryGetValue(number, out var operation))
                _operations.Add(number, operation = new Operation(new nint[Ranks.Count]));
            operation.Values[rank] = values;
            if (++operation.Joined == Ranks.Count)
            {
                complete(operation.Values);
                // One line carries all: a sum is under way when those before it are through.
                var began = Math.Max(Stopwatch.GetTimestamp(), latency > TimeSpan.Zero ? _lineFreeAt : 0);
                operation.CompleteAt = began + (long)(latency.TotalSeconds * Stopwatch.Frequency);
                _lineFreeAt = operation.CompleteAt.Value;
                _operations.Remove(number);
                Monitor.PulseAll(_gate);
            }
            return operation;
        }
    }

    private void Wait(Operation operation)
    {
        lock (_gate)
        {
            while (operation.CompleteAt is null)
            {
                if (_failed)
                    throw new RankFailedException("Another rank has failed.");
                Monitor.Wait(_gate);
            }
        }
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), operation.CompleteAt.Value);
        if (left > TimeSpan.Zero)
            Thread.Sleep(left);
    }

    private void Fail()
    {
        lock (_gate)
        {
            _failed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>One operation that the ranks meet in.</summary>
    private sealed class Operation(nint[] values)
    {
        public readonly nint[] Values = values;
        public int Joined;
        public long? CompleteAt;
    }

    /// <summary>A rank's view of the group.</summary>
    private sealed class Member(ThreadGroup group, int rank, int size) : ICommunicator
    {
        private long _operations;

        public int Rank => rank;

        public int Size => size;

        public unsafe IPendingReduction BeginSum(nint values, nint sums, int count)
        {
            // The address of a rank's two places, until all have joined.
            nint[] places = [values, sums];
            var own = GCHandle.Alloc(places);
            return new Pending(group, group.Join(
                _operations++, rank, GCHandle.ToIntPtr(own),
                all =>
                {
                    var ranks = all.Select(a => (nint[])GCHandle.FromIntPtr(a).Target!).ToArray();
                    for (var i = 0; i < count; i++)
                    {
                        var sum = 0f;
                        foreach (var one in ranks)
                            sum += ((float*)one[0])[i];
                        foreach (var one in ranks)
                            ((float*)one[1])[i] = sum;
                    }
                    foreach (var address in all)
                        GCHandle.FromIntPtr(address).Free();
                },
                group._latency));
        }

        public void Sum(Span<double> values) => Reduce(values, static (a, b) => a + b);

        public void Max(Span<double> values) => Reduce(values, Math.Max);

        public unsafe void Broadcast(Span<byte> bytes, int root)
        {
            var length = bytes.Length;
            fixed (byte* own = bytes)
            {
                group.Wait(group.Join(
                    _operations++, rank, (nint)own,
                    all =>
                    {
                        foreach (var one in all)
                        {
                            if (one != all[root])
                                Unsafe.CopyBlockUnaligned((void*)one, (void*)all[root], (uint)length);
                        }
                    },
                    TimeSpan.Zero));
            }
        }

        public void Abort() => group.Fail();

        public void Dispose()
        {
        }

        private unsafe void Reduce(Span<double> values, Func<double, double, double> combine)
        {
            var count = values.Length;
            fixed (double* own = values)
            {
                group.Wait(group.Join(
                    _operations++, rank, (nint)own,
                    all =>
                    {
                        for (var i = 0; i < count; i++)
                        {
                            var result = ((double*)all[0])[i];
                            for (var r = 1; r < all.Length; r++)
                                result = combine(result, ((double*)all[r])[i]);
                            foreach (var one in all)
                                ((double*)one)[i] = result;
                        }
                    },
                    TimeSpan.Zero));
            }
        }
    }

    /// <summary>A sum under way.</summary>
    private sealed class Pending(ThreadGroup group, Operation operation) : IPendingReduction
    {
        public bool Test()
        {
            lock (group._gate)
                return operation.CompleteAt is { } at && Stopwatch.GetTimestamp() >= at;
        }

        public void Wait() => group.Wait(operation);
    }
}
