using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Distributed;

/// <summary>The ranks of an MPI job: all processes that <c>mpirun</c> has started. A process joins once.</summary>
public sealed class MpiCommunicator : ICommunicator
{
    private const int ExitCode = 1;
    private const int MaximumCount = 1 << 30;

    // A wait spins for as long as it takes to be put to sleep and woken; then it sleeps an eighth of what it has waited, in microseconds.
    private static readonly TimeSpan SpinTime = TimeSpan.FromMicroseconds(50);
    private const double SleepShare = 8;
    private const double ShortestSleep = 20;
    private const double LongestSleep = 1000;

    // Microseconds between two looks at sums under way: a part of a bucket on the fastest networks, and no load for the core.
    private const uint MoveInterval = 300;

    // How long a rank that was told to end waits for ranks that may be dead.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private readonly nint _world;
    private readonly nint _control;
    private readonly nint _bulk;
    private readonly nint _float;
    private readonly nint _double;
    private readonly nint _byte;
    private readonly nint _sum;
    private readonly nint _max;
    private readonly CancellationToken _stop;
    // The rank's own thread and the one that moves sums on call MPI in turns.
    private readonly object _gate = new();
    private readonly Queue<Pending> _pending = new();
    private Thread? _mover;
    private bool _isDisposed;
    private readonly double[] _neighbours;
    private readonly RankNotice _notice;
    private volatile bool _isHopeless;
    private long _stoppedAt;

    private MpiCommunicator(nint library, CancellationToken stop)
    {
        nint Symbol(string name) => NativeLibrary.TryGetExport(library, name, out var address)
            ? address
            : throw new UnusableDataException(
                $"{MpiLibrary.Name} has no symbol '{name}': it is not Open MPI's. Install Open MPI 4 (Debian: openmpi-bin).");
        _world = Symbol("ompi_mpi_comm_world");
        (_float, _double, _byte) = (Symbol("ompi_mpi_float"), Symbol("ompi_mpi_double"), Symbol("ompi_mpi_byte"));
        (_sum, _max) = (Symbol("ompi_mpi_op_sum"), Symbol("ompi_mpi_op_max"));
        // Open MPI would print a trace where .NET turns a fault into an exception.
        _ = MpiLibrary.SetEnvironment("OMPI_MCA_opal_signal", "", 1);
        Check(MpiLibrary.InitThread(0, 0, MpiLibrary.Serialized, out var provided), "MPI_Init_thread");
        if (provided < MpiLibrary.Serialized)
            throw new UnusableDataException("This build of Open MPI can't be called from more than one thread (MPI_THREAD_SERIALIZED).");
        Check(MpiLibrary.Rank(_world, out var rank), "MPI_Comm_rank");
        Check(MpiLibrary.Size(_world, out var size), "MPI_Comm_size");
        // Sums of gradients run while other operations do; apart, neither waits for the other's turn.
        Check(MpiLibrary.Duplicate(_world, out _control), "MPI_Comm_dup");
        Check(MpiLibrary.Duplicate(_world, out _bulk), "MPI_Comm_dup");
        (Rank, Size) = (rank, size);
        _stop = stop;
        // By these a rank sees whether those beside it are alive.
        _neighbours = new double[2 * size];
        (_neighbours[2 * rank], _neighbours[2 * rank + 1]) = (Environment.ProcessId, RankProcess.SystemKey());
        Sum(_neighbours);
        // Another number for each job, exact in a float of 64 bits.
        double[] job = [rank == 0 ? Random.Shared.NextInt64(1L << 32) : 0];
        Sum(job);
        var key = (ulong)job[0] << 32 | (ulong)_neighbours[2 * rank + 1];
        var isFirst = Enumerable.Range(0, size).First(r => _neighbours[2 * r + 1] == _neighbours[2 * rank + 1]) == rank;
        _notice = new RankNotice(key, isFirst, () => Sum(stackalloc double[1]));
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>Joins the job.</summary>
    /// <param name="stop">
    /// This process was told to end. Where other ranks then do not answer for some seconds, they are taken for dead.
    /// </param>
    /// <exception cref="UnusableDataException">Open MPI is not there, or another MPI is.</exception>
    public static unsafe MpiCommunicator Join(CancellationToken stop = default)
    {
        var library = OperatingSystem.IsLinux() ? MpiLibrary.Load() : 0;
        if (library == 0)
        {
            throw new UnusableDataException(
                $"{MpiLibrary.Name} can't be loaded: training on several ranks needs Open MPI 4 on Linux "
                + "(Debian: apt install openmpi-bin). MPICH and Intel MPI have another binary interface and can't stand in for it.");
        }
        var version = stackalloc byte[MpiLibrary.VersionLength];
        Check(MpiLibrary.GetLibraryVersion(version, out var length), "MPI_Get_library_version");
        var text = Encoding.UTF8.GetString(version, Math.Clamp(length, 0, MpiLibrary.VersionLength)).TrimEnd('\0');
        if (!text.StartsWith("Open MPI", StringComparison.Ordinal))
            throw new UnusableDataException($"{MpiLibrary.Name} is not Open MPI's but '{text}', whose binary interface is another.");
        return new MpiCommunicator(library, stop);
    }

    /// <inheritdoc/>
    public IPendingReduction BeginSum(nint values, nint sums, int count)
    {
        lock (_gate)
        {
            Check(MpiLibrary.BeginAllReduce(values, sums, count, _float, _sum, _bulk, out var request), "MPI_Iallreduce");
            var pending = new Pending(this, request);
            _pending.Enqueue(pending);
            if (_mover is null)
            {
                _mover = new Thread(MoveOn) { IsBackground = true, Name = "sums of all ranks" };
                _mover.Start();
            }
            Monitor.Pulse(_gate);
            return pending;
        }
    }

    /// <inheritdoc/>
    public void Sum(Span<double> values) => Reduce(values, _sum);

    /// <inheritdoc/>
    public void Max(Span<double> values) => Reduce(values, _max);

    /// <inheritdoc/>
    public unsafe void Broadcast(Span<byte> bytes, int root)
    {
        // A count is an int.
        for (var rest = bytes; rest.Length > 0; rest = rest[Math.Min(rest.Length, MaximumCount)..])
        {
            fixed (byte* address = rest)
            {
                nint request;
                lock (_gate)
                {
                    Check(MpiLibrary.BeginBroadcast(
                        (nint)address, Math.Min(rest.Length, MaximumCount), _byte, root, _control, out request), "MPI_Ibcast");
                }
                Wait(request);
            }
        }
    }

    /// <summary>
    /// The ranks beside this one, on the same system, whose processes have ended; and which rank is the first of those left.
    /// </summary>
    public (IReadOnlyList<(int Rank, int Process)> Lost, int FirstLeft) FindLost()
    {
        var lost = new List<(int, int)>();
        var first = Rank;
        for (var rank = Size - 1; rank >= 0; rank--)
        {
            if (_neighbours[2 * rank + 1] != _neighbours[2 * Rank + 1])
                continue;
            var process = (int)_neighbours[2 * rank];
            if (RankProcess.IsAlive(process))
                first = rank;
            else
                lost.Insert(0, (rank, process));
        }
        return (lost, first);
    }

    /// <summary>Whether a rank on this system has said what it failed by: those that end with it have nothing to add.</summary>
    public bool HasFailed => _notice.IsGiven;

    /// <summary>Tells the other ranks of this system that this one says what it fails by.</summary>
    public void TellOfFailure() => _notice.Give();

    /// <summary>Ends what waits for other ranks, here and from now on: one of them is gone.</summary>
    public void GiveUp() => _isHopeless = true;

    /// <inheritdoc/>
    public void Abort()
    {
        lock (_gate)
            _ = MpiLibrary.Abort(_world, ExitCode);
    }

    /// <summary>Leaves the job; every rank does. Not called by one that fails, which <see cref="Abort"/> is for.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        // MPI_Finalize waits for all, and holds a core meanwhile.
        Sum(stackalloc double[1]);
        lock (_gate)
        {
            _isDisposed = true;
            Monitor.PulseAll(_gate);
        }
        _mover?.Join();
        Check(MpiLibrary.End(), "MPI_Finalize");
        _notice.Dispose();
    }

    private static void Check(int code, string function)
    {
        // Open MPI ends the job itself where an operation fails, unless it is told otherwise.
        if (code != 0)
            throw new RankFailedException($"{function} failed with code {code}.");
    }

    private bool Test(ref nint request)
    {
        lock (_gate)
        {
            Check(MpiLibrary.Test(ref request, out var flag, 0), "MPI_Test");
            return flag != 0;
        }
    }

    /// <summary>
    /// Moves on the sums under way while the rank computes: Open MPI passes on the next part of a sum only within a call.
    /// </summary>
    private void MoveOn()
    {
        while (true)
        {
            lock (_gate)
            {
                while (_pending.Count == 0 && !_isDisposed)
                    Monitor.Wait(_gate);
                if (_isDisposed)
                    return;
                try
                {
                    while (_pending.TryPeek(out var oldest) && oldest.Test())
                        _pending.Dequeue();
                }
                catch (RankFailedException)
                {
                    // The rank's own thread meets it where it waits.
                    return;
                }
            }
            MpiLibrary.Sleep(MoveInterval);
        }
    }

    private unsafe void Reduce(Span<double> values, nint operation)
    {
        fixed (double* address = values)
        {
            nint request;
            lock (_gate)
            {
                Check(MpiLibrary.BeginAllReduce(
                    MpiLibrary.InPlace, (nint)address, values.Length, _double, operation, _control, out request), "MPI_Iallreduce");
            }
            Wait(request);
        }
    }

    private void Wait(nint request) => WaitUntil(() => Test(ref request));

    private void WaitUntil(Func<bool> isComplete)
    {
        var began = Stopwatch.GetTimestamp();
        while (!isComplete())
        {
            var waited = Stopwatch.GetElapsedTime(began);
            // A sum of norms among ranks in step takes some microseconds: sleeping would make it ten times as long.
            if (waited < SpinTime)
                continue;
            // What is late is waited for asleep: the rank that it comes from, or its loader, may need this core. Yielding is not enough:
            // the kernel gives a thread that yields its turn again and again, as if it had computed.
            MpiLibrary.Sleep((uint)Math.Clamp(waited.TotalMicroseconds / SleepShare, ShortestSleep, LongestSleep));
            RequireHope();
        }
    }

    private void RequireHope()
    {
        if (_isHopeless)
            throw new RankFailedException("A rank is gone.");
        if (!_stop.IsCancellationRequested)
            return;
        if (_stoppedAt == 0)
            _stoppedAt = Stopwatch.GetTimestamp();
        else if (Stopwatch.GetElapsedTime(_stoppedAt) > Patience)
            throw new RankFailedException("The other ranks no longer answer.");
    }

    /// <summary>A sum under way.</summary>
    private sealed class Pending(MpiCommunicator owner, nint request) : IPendingReduction
    {
        private nint _request = request;
        private bool _isComplete;

        public bool Test()
        {
            lock (owner._gate)
                return _isComplete = _isComplete || owner.Test(ref _request);
        }

        public void Wait() => owner.WaitUntil(Test);
    }
}
