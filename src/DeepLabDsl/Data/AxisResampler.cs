using System;

namespace DeepLabDsl.Data;

/// <summary>
/// For each pixel of a piece of a scaled axis, the source pixels that it is a weighted mean of: linear interpolation
/// between pixel centres when enlarging, the same triangle widened to the scale (so that nothing aliases) when
/// reducing, as Pillow and PyTorch's <c>antialias=True</c> do. Beyond the edges the weights are shared among what is
/// there.
/// </summary>
internal sealed class AxisResampler
{
    private readonly float[] _weights;
    private readonly int[] _firsts;
    private readonly int[] _nearest;

    /// <summary>Computes a piece of a scaled axis.</summary>
    /// <param name="source">Pixels of the source axis.</param>
    /// <param name="scaled">Pixels that the whole axis is scaled to.</param>
    /// <param name="start">The first pixel of the piece on the scaled axis.</param>
    /// <param name="count">The pixels of the piece; all are on the axis.</param>
    /// <param name="mirrored">Whether the piece is computed from its end to its start.</param>
    public AxisResampler(int source, int scaled, int start, int count, bool mirrored)
    {
        Count = count;
        var ratio = (double)source / scaled;
        var support = Math.Max(1.0, ratio);
        Taps = Math.Min(source, (int)Math.Ceiling(support) * 2 + 1);
        if (ratio <= 1)
            Taps = Math.Min(source, 2);
        _weights = new float[count * Taps];
        _firsts = new int[count];
        _nearest = new int[count];
        Begin = source;
        Span<double> row = stackalloc double[Math.Min(Taps, 256)];
        if (Taps > row.Length)
            row = new double[Taps];

        for (var i = 0; i < count; i++)
        {
            var at = start + (mirrored ? count - 1 - i : i);
            var center = (at + 0.5) * ratio;
            // In whole numbers: a centre on the edge of two source pixels must not fall to either side by rounding.
            _nearest[i] = (int)((2L * at + 1) * source / (2L * scaled));

            // Source pixel j has its centre at j + 0.5 and a weight where that is nearer than the support.
            var first = Math.Max(0, (int)Math.Floor(center - support - 0.5) + 1);
            var end = Math.Min(source, (int)Math.Ceiling(center + support - 0.5));
            // A window of all taps must lie on the axis; the surplus has no weight.
            first = Math.Min(first, source - Taps);
            var sum = 0.0;
            for (var tap = 0; tap < Taps; tap++)
            {
                var weight = first + tap < end ? Math.Max(0, 1 - Math.Abs(first + tap + 0.5 - center) / support) : 0;
                row[tap] = weight;
                sum += weight;
            }
            for (var tap = 0; tap < Taps; tap++)
                _weights[i * Taps + tap] = (float)(row[tap] / sum);
            _firsts[i] = first;
            Begin = Math.Min(Begin, first);
            End = Math.Max(End, first + Taps);
        }
    }

    /// <summary>The pixels of the piece.</summary>
    public int Count { get; }

    /// <summary>The source pixels that each pixel is a mean of.</summary>
    public int Taps { get; }

    /// <summary>The first source pixel that is needed.</summary>
    public int Begin { get; }

    /// <summary>One past the last source pixel that is needed.</summary>
    public int End { get; }

    /// <summary>The first of the <see cref="Taps"/> source pixels of each pixel.</summary>
    public ReadOnlySpan<int> Firsts => _firsts;

    /// <summary>The weights of a pixel's source pixels; their sum is 1.</summary>
    public ReadOnlySpan<float> Weights => _weights;

    /// <summary>The source pixel in whose area each pixel's centre lies.</summary>
    public ReadOnlySpan<int> Nearest => _nearest;
}
