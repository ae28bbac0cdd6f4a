using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using DeepLabDsl.Distributed;
using DeepLabDsl.Errors;
using Spectre.Console;

namespace DeepLabDsl.Cli;

/// <summary>
/// This process as one of several that an MPI launcher has started: rank 0 alone speaks, and of ranks that fail one says why.
/// </summary>
internal static class RankJob
{
    // Of ranks that fail at once, the lowest speaks: it ends the others before they do.
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1.5);

    // How long a rank that has nothing to say waits to be ended by the launcher, before it ends of itself.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static MpiCommunicator? _ranks;

    /// <summary><c>--distributed</c>.</summary>
    public static Option<string?> Option()
    {
        var option = new Option<string?>("--distributed")
        {
            Description = "mpi: train on all ranks that mpirun has started, each with a part of every batch; none: alone. Default: mpi "
                + "under mpirun.",
            HelpName = "mpi|none",
        };
        option.AcceptOnlyFromAmong("mpi", "none");
        return option;
    }

    /// <summary>Joins the job; null: this process works alone.</summary>
    /// <param name="wish">The option's value.</param>
    /// <param name="stop">This process was told to end.</param>
    /// <param name="logs">The folder that takes a log of each rank; null: there are none.</param>
    public static ICommunicator? Join(string? wish, CancellationToken stop, string? logs)
    {
        var launch = wish == "none" ? null : MpiLaunch.Find();
        if (wish == "mpi" && launch is null)
        {
            throw new UserException(
                "--distributed mpi: no launcher has started this process; start it by 'mpirun -n N deeplabdsl train ...' (as root with "
                + "--allow-run-as-root)");
        }
        if (launch is null or { Size: 1 })
        {
            return logs is null
                ? null
                : throw new UserException("--rank-logs is of several ranks; start them by mpirun, or leave it out");
        }
        _ranks = MpiCommunicator.Join(stop);
        if (_ranks.Rank == 0 && launch.IsBound && Environment.ProcessorCount < Cores() / launch.LocalSize)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"warning: mpirun has bound each rank to {Output.Count(Environment.ProcessorCount, "core")} of {Cores()}; with '--bind-to "
                + $"none' each takes its share of {Cores() / launch.LocalSize}"));
        }
        if (logs is not null)
            Log(logs, _ranks.Rank);
        else if (_ranks.Rank > 0)
            Speak(TextWriter.Null);
        return _ranks;
    }

    /// <summary>
    /// Joins the job where there is one, for a command whose ranks each take a shard of the work.
    /// </summary>
    /// <param name="shard">The shard that the user names; null: none is.</param>
    public static ICommunicator? JoinShards(string? shard)
    {
        if (shard is null)
            return Join(null, CancellationToken.None, null);
        return Launch() is not { Size: > 1 }
            ? null
            : throw new UserException("--shard: under mpirun each rank takes a shard by itself; leave it out");
    }

    /// <summary>The bytes of every rank, by rank, on every rank.</summary>
    public static IReadOnlyList<byte[]> Gather(ICommunicator ranks, byte[] own)
    {
        var lengths = new double[ranks.Size];
        lengths[ranks.Rank] = own.Length;
        ranks.Sum(lengths);
        var all = new byte[ranks.Size][];
        for (var rank = 0; rank < all.Length; rank++)
        {
            all[rank] = rank == ranks.Rank ? own : new byte[(int)lengths[rank]];
            ranks.Broadcast(all[rank], rank);
        }
        return all;
    }

    /// <summary>How many threads this rank computes with: ranks on one machine share its cores where nothing else is said.</summary>
    /// <param name="asked">What the user asks for.</param>
    /// <returns>Null: as many as libtorch takes.</returns>
    public static int? Threads(int? asked)
    {
        if (asked is not null || _ranks is null || MpiLaunch.Find() is not { } launch
            || Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 })
            return asked;
        var own = Environment.ProcessorCount;
        return Math.Max(1, launch.IsBound ? Math.Min(own, Cores() / launch.LocalSize) : own / launch.LocalSize);
    }

    /// <summary>
    /// Says which rank is gone once the launcher ends the others, as the first of those left beside it;
    /// those on other machines say nothing.
    /// </summary>
    /// <param name="stop">This process was told to end.</param>
    /// <param name="run">The folder of the run.</param>
    public static void TellOfLoss(CancellationToken stop, string run) => stop.Register(() =>
    {
        if (_ranks?.FindLost() is not { Lost: [var (rank, process), ..] } found)
            return;
        // Not where one has failed and said so: the launcher ends all then, and that one is the first to be gone.
        if (found.FirstLeft == _ranks.Rank && !_ranks.HasFailed)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"error: rank {_ranks.Rank} of {_ranks.Size}: rank {rank} is gone: its process {process} was killed or has crashed. The "
                + $"last checkpoint is whole; go on with: train --resume {run}"));
            Console.Error.Flush();
        }
        _ranks.GiveUp();
    });

    /// <summary>The cores of this machine, whatever this process may use of them.</summary>
    private static int Cores() => Math.Max(
        Environment.ProcessorCount,
        File.ReadLines("/proc/cpuinfo").Count(l => l.StartsWith("processor", StringComparison.Ordinal)));

    /// <summary>Leaves the job, where there is one. Not where this rank has failed.</summary>
    public static void Leave()
    {
        _ranks?.Dispose();
        _ranks = null;
    }

    /// <summary>
    /// Reports what a rank failed by, and ends the whole job; outside of one it does nothing.
    /// </summary>
    /// <returns>Whether it was reported.</returns>
    public static bool TryFail(Exception exception)
    {
        var launch = Launch();
        if (launch is null or { Size: 1 })
            return false;
        if (exception is RankFailedException)
        {
            // That rank speaks, and the launcher ends this one.
            Thread.Sleep(Patience);
        }
        else
        {
            if (launch.Rank > 0)
                Thread.Sleep(Turn);
            _ranks?.TellOfFailure();
            Failure.Report(exception, string.Create(CultureInfo.InvariantCulture, $"rank {launch.Rank} of {launch.Size}: "));
            Console.Error.Flush();
        }
        _ranks?.Abort();
        return true;
    }

    private static MpiLaunch? Launch()
    {
        try
        {
            return MpiLaunch.Find();
        }
        catch (UnusableDataException)
        {
            return null;
        }
    }

    private static void Log(string folder, int rank)
    {
        Directory.CreateDirectory(folder);
        var file = new StreamWriter(
            Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"rank-{rank:D4}.log")))
        { AutoFlush = true };
        if (rank > 0)
            Speak(file);
        else
            Speak(new TeeWriter(Console.Out, file));
    }

    private static void Speak(TextWriter writer)
    {
        Console.SetOut(writer);
        AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
    }

    /// <summary>Writes to two.</summary>
    private sealed class TeeWriter(TextWriter first, TextWriter second) : TextWriter
    {
        public override System.Text.Encoding Encoding => first.Encoding;

        public override void Write(char value)
        {
            first.Write(value);
            second.Write(value);
        }

        public override void Write(string? value)
        {
            first.Write(value);
            second.Write(value);
        }

        public override void Flush()
        {
            first.Flush();
            second.Flush();
        }
    }
}
