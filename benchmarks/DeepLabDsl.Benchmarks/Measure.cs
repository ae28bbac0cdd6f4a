using System;
using System.Diagnostics;
using System.Linq;

namespace DeepLabDsl.Benchmarks;

/// <summary>Times things.</summary>
internal static class Measure
{
    /// <summary>The median of a number of runs, after one that does not count, in milliseconds.</summary>
    public static double Median(int repeat, Action action) => Median(repeat, () =>
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    });

    /// <summary>The median of what a number of runs return, after one that does not count.</summary>
    public static double Median(int repeat, Func<double> run)
    {
        run();
        return Median(Enumerable.Range(0, repeat).Select(_ => run()).ToArray());
    }

    /// <summary>The median of numbers.</summary>
    public static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    /// <summary>Bytes a second that a number of threads read and write together: a triad over more than the caches hold.</summary>
    public static double Bandwidth(int threads)
    {
        const int length = 24 << 20;
        var (a, b, c) = (new float[length], new float[length], new float[length]);
        var milliseconds = Median(5, () => System.Threading.Tasks.Parallel.For(0, threads, t =>
        {
            var (from, count) = ((int)((long)length * t / threads), length / threads);
            Triad(a.AsSpan(from, count), b.AsSpan(from, count), c.AsSpan(from, count));
        }));
        return 3.0 * sizeof(float) * length / (milliseconds / 1000);
    }

    private static void Triad(Span<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c)
    {
        var width = System.Numerics.Vector<float>.Count;
        for (var i = 0; i + width <= a.Length; i += width)
        {
            var sum = new System.Numerics.Vector<float>(b[i..]) + new System.Numerics.Vector<float>(c[i..]) * 0.5f;
            sum.CopyTo(a[i..]);
        }
    }
}
