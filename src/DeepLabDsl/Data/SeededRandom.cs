using System;
using System.Numerics;

namespace DeepLabDsl.Data;

/// <summary>
/// A random generator (xoshiro256**) whose numbers depend on its seed only: not on the machine, the version of .NET or
/// the thread. Not thread-safe.
/// </summary>
public sealed class SeededRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>Starts a generator.</summary>
    /// <param name="seed">The seed. Neighbouring seeds give unrelated numbers.</param>
    public SeededRandom(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <summary>The generator of one sample in one epoch: what happens to the sample does not depend on any other.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The sample's index in its dataset.</param>
    /// <returns>A new generator.</returns>
    public static SeededRandom ForSample(ulong seed, int epoch, int index)
    {
        var state = seed;
        state = SplitMix(ref state) ^ (uint)epoch;
        state = SplitMix(ref state) ^ (uint)index;
        return new SeededRandom(SplitMix(ref state));
    }

    /// <summary>The next 64 random bits.</summary>
    /// <returns>Any value.</returns>
    public ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>The next number of the unit interval.</summary>
    /// <returns>At least 0, less than 1, in steps of 2^-53.</returns>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>The next number of an interval.</summary>
    /// <param name="low">The least value.</param>
    /// <param name="high">The end of the interval, not below <paramref name="low"/>.</param>
    /// <returns>At least <paramref name="low"/>, less than <paramref name="high"/> (or equal where the two are).</returns>
    public double NextDouble(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>The next whole number.</summary>
    /// <param name="low">The least value.</param>
    /// <param name="end">One above the greatest value.</param>
    /// <returns>At least <paramref name="low"/>, less than <paramref name="end"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="end"/> is not above <paramref name="low"/>.</exception>
    public int Next(int low, int end)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(end, low);
        var range = (ulong)((long)end - low);
        return (int)(low + (long)Math.BigMul(NextBits(), range, out _));
    }

    /// <summary>A yes with a probability.</summary>
    /// <param name="probability">0 to 1.</param>
    /// <returns>Whether it is yes.</returns>
    public bool NextBool(double probability = 0.5) => NextDouble() < probability;

    /// <summary>Brings items into a random order in which each order is as likely as another.</summary>
    /// <typeparam name="T">What the items are.</typeparam>
    /// <param name="items">The items.</param>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(0, i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
