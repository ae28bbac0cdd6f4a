using System;

namespace DeepLabDsl.Distributed;

/// <summary>
/// Processes, or threads, that compute one thing together: each is a rank. Every rank calls the same operations in the same order; an
/// operation ends on a rank once the ranks that it needs have called it too. One thread of a rank calls at a time.
/// </summary>
public interface ICommunicator : IDisposable
{
    /// <summary>Which rank this is, from 0.</summary>
    int Rank { get; }

    /// <summary>How many there are.</summary>
    int Size { get; }

    /// <summary>Begins to add numbers up over all ranks, element by element; the same bits on every rank.</summary>
    /// <param name="values">The address of this rank's numbers, which stay there and are not written until the sum is complete.</param>
    /// <param name="sums">
    /// The address that takes the sums, another one: MPI passes around parts of a sum of its own place only whole, which for many ranks
    /// is several times the traffic.
    /// </param>
    /// <param name="count">How many.</param>
    /// <exception cref="RankFailedException">Another rank has failed.</exception>
    IPendingReduction BeginSum(nint values, nint sums, int count);

    /// <summary>Replaces numbers by their sum over all ranks, element by element; the same bits on every rank.</summary>
    /// <exception cref="RankFailedException">Another rank has failed.</exception>
    void Sum(Span<double> values);

    /// <summary>Replaces numbers by their maximum over all ranks, element by element.</summary>
    /// <exception cref="RankFailedException">Another rank has failed.</exception>
    void Max(Span<double> values);

    /// <summary>Replaces the bytes by those of one rank.</summary>
    /// <param name="bytes">As many on every rank.</param>
    /// <param name="root">The rank whose bytes they are.</param>
    /// <exception cref="RankFailedException">Another rank has failed.</exception>
    void Broadcast(Span<byte> bytes, int root);

    /// <summary>Ends all ranks: this one can't go on. Those that wait for it learn of it.</summary>
    void Abort();
}

/// <summary>A sum under way.</summary>
public interface IPendingReduction
{
    /// <summary>Moves it on, and says whether it is complete.</summary>
    bool Test();

    /// <summary>Waits until it is complete.</summary>
    /// <exception cref="RankFailedException">Another rank has failed.</exception>
    void Wait();
}
