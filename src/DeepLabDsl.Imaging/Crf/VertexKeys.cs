using System;

namespace DeepLabDsl.Crf;

/// <summary>
/// How a vertex of the lattice is written as one number. The d+1 coordinates of a vertex leave the same remainder r when divided
/// by d+1 and sum to 0, so r and the first d quotients say it all: a mixed-radix number, r lowest. Moving to a
/// neighbour adds a constant that depends on the axis and on whether r is 0.
/// </summary>
internal sealed class VertexKeys
{
    private readonly long[] _stride;

    /// <summary>Chooses the radices so that every vertex of the features and its neighbours have a number of their own.</summary>
    /// <exception cref="ArgumentException">The features spread over so many sigmas that a number does not hold a vertex.</exception>
    /// <param name="low">The minimum value of each feature.</param>
    /// <param name="high">The greatest value of each feature.</param>
    /// <param name="scale">See <see cref="SimplexFinder.Scale"/>.</param>
    public VertexKeys(ReadOnlySpan<float> low, ReadOnlySpan<float> high, ReadOnlySpan<float> scale)
    {
        var d = scale.Length;
        Dimensions = d;
        RemainderBits = 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)d);
        Low = new int[d];
        _stride = new long[d + 1];
        Int128 range = 1 << RemainderBits;
        for (var i = 0; i < d; i++)
        {
            var (minimum, maximum) = Extremes(low, high, scale, i);
            // Rounding, the way back onto the plane, the vertex itself and its neighbour each move a quotient by one.
            const int margin = 5;
            var quotients = (Math.Ceiling(maximum / (d + 1)) + margin) - (Math.Floor(minimum / (d + 1)) - margin) + 1;
            if (!(quotients < 1 << 23) || range * (long)quotients > long.MaxValue)
            {
                throw new ArgumentException(
                    $"The features spread too wide for their sigmas: feature {i} spans {high[i] - low[i]:g3} sigmas. "
                    + "Larger sigmas or fewer features are needed.");
            }
            Low[i] = (int)Math.Floor(minimum / (d + 1)) - margin;
            _stride[i] = (long)range;
            range *= (long)quotients;
            Wrap -= _stride[i];
        }
        Range = (long)range;
        Wrap += d;
    }

    /// <summary>What the step to the next vertex adds where the remainder is 0, beside the axis' <see cref="Stride"/>; else -1.</summary>
    public long Wrap { get; }

    /// <summary>d.</summary>
    public int Dimensions { get; }

    /// <summary>Bits of the remainder.</summary>
    public int RemainderBits { get; }

    /// <summary>What is taken off each quotient so that none is negative.</summary>
    public int[] Low { get; }

    /// <summary>What one more of each quotient adds to the number; 0 for the last coordinate, which the others imply.</summary>
    public ReadOnlySpan<long> Stride => _stride;

    /// <summary>All numbers are below.</summary>
    public long Range { get; }

    /// <summary>The next vertex along an axis: all coordinates less one, the axis' plus d.</summary>
    public long Next(long key, int axis)
    {
        var remainder = key & ((1L << RemainderBits) - 1);
        return key + _stride[axis] + (remainder == 0 ? Wrap : -1);
    }

    /// <summary>The minimum and the greatest value of an elevated coordinate.</summary>
    private static (double Minimum, double Maximum) Extremes(
        ReadOnlySpan<float> low, ReadOnlySpan<float> high, ReadOnlySpan<float> scale, int coordinate)
    {
        var (minimum, maximum) = (0.0, 0.0);
        for (var j = Math.Max(coordinate - 1, 0); j < scale.Length; j++)
        {
            var factor = (double)scale[j] * (j == coordinate - 1 ? -coordinate : 1);
            var (a, b) = (low[j] * factor, high[j] * factor);
            minimum += Math.Min(a, b);
            maximum += Math.Max(a, b);
        }
        return (minimum, maximum);
    }
}
