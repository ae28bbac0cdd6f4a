using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepLabDsl.Crf;

/// <summary>
/// The pass of <see cref="MeanFieldPass{TLanes}"/> for more channels than registers hold, in blocks of eight, and for the divergence, which
/// needs the probabilities before the step beside those after it.
/// </summary>
internal static unsafe class WidePass
{
    /// <summary>Channels of a block.</summary>
    public const int Block = 8;

    /// <summary>Runs the pass over a band.</summary>
    /// <param name="runs">The band's runs of pixels.</param>
    /// <param name="terms">The terms.</param>
    /// <param name="rows">Minus the unaries, <c>[position][stride]</c>.</param>
    /// <param name="stride">Floats a pixel, a multiple of <see cref="Block"/>.</param>
    /// <param name="slices">Whether messages are added to the unaries.</param>
    /// <param name="splats">Whether the new probabilities are splatted.</param>
    /// <param name="results">Takes the new probabilities; null: they are not stored. May be <paramref name="rows"/>.</param>
    /// <param name="previous">The probabilities that the messages are of, to measure their divergence; null: it is not measured.</param>
    /// <returns>The divergence of <paramref name="previous"/>.</returns>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Run(
        ReadOnlySpan<PixelRun> runs, Span<TermView> terms, float* rows, int stride, bool slices, bool splats, float* results,
        float* previous)
    {
        var scores = stackalloc float[2 * stride];
        var message = scores + stride;
        var divergence = 0.0;
        for (var r = 0; r < runs.Length; r++)
        {
            for (var t = 0; t < terms.Length && splats; t++)
                terms[t].Clear(r, stride);
            for (long position = runs[r].Position, last = position + runs[r].Count; position < last; position++)
            {
                Buffer.MemoryCopy(rows + position * stride, scores, stride * sizeof(float), stride * sizeof(float));
                if (slices)
                {
                    foreach (ref var term in terms)
                        AddMessage(ref term, position, scores, message, stride);
                }
                if (previous is not null)
                    divergence += Divergence(previous + position * stride, scores, stride);
                Softmax(scores, stride);
                if (results is not null)
                    Buffer.MemoryCopy(scores, results + position * stride, stride * sizeof(float), stride * sizeof(float));
                if (splats)
                {
                    foreach (ref var term in terms)
                        Splat(ref term, position, scores, stride);
                }
            }
        }
        return divergence;
    }

    private static void AddMessage(ref TermView term, long position, float* scores, float* message, int stride)
    {
        var corners = term.Pixels + position * term.Corners;
        var factor = term.Post is null ? term.Factor : term.Factor * term.Post[position];
        var source = term.Source;
        for (var b = 0; b < stride; b += Block)
        {
            var sum = Vector256<float>.Zero;
            for (var c = 0; c < term.Corners; c++)
                sum = Vector256.MultiplyAddEstimate(Vector256.Load(source + corners[c].Offset), Vector256.Create(corners[c].Weight), sum);
            source += term.Block;
            if (term.Compatibility is null)
                Vector256.MultiplyAddEstimate(sum, Vector256.Create(factor), Vector256.Load(scores + b)).Store(scores + b);
            else
                (sum * factor).Store(message + b);
        }
        if (term.Compatibility is null)
            return;
        for (var c = 0; c < stride; c++)
        {
            var column = term.Compatibility + (long)c * stride;
            for (var b = 0; b < stride; b += Block)
            {
                Vector256.MultiplyAddEstimate(Vector256.Load(column + b), Vector256.Create(message[c]), Vector256.Load(scores + b))
                    .Store(scores + b);
            }
        }
    }

    private static void Softmax(float* scores, int stride)
    {
        var max = Vector256.Load(scores);
        for (var b = Block; b < stride; b += Block)
            max = Vector256.MaxNative(max, Vector256.Load(scores + b));
        max = FastMath.MaxOfAll(max);
        var sum = Vector256<float>.Zero;
        for (var b = 0; b < stride; b += Block)
        {
            var e = FastMath.Exp(Vector256.Load(scores + b) - max);
            e.Store(scores + b);
            sum += e;
        }
        var factor = 1 / Vector256.Sum(sum);
        for (var b = 0; b < stride; b += Block)
            (Vector256.Load(scores + b) * factor).Store(scores + b);
    }

    private static void Splat(ref TermView term, long position, float* probabilities, int stride)
    {
        var corners = term.Pixels + position * term.Corners;
        for (var c = 0; c < term.Corners; c++)
        {
            var place = term.Target + corners[c].Offset;
            var weight = Vector256.Create(corners[c].Weight);
            for (var b = 0; b < stride; b += Block)
            {
                Vector256.MultiplyAddEstimate(Vector256.Load(probabilities + b), weight, Vector256.Load(place)).Store(place);
                place += term.Block;
            }
        }
    }

    /// <summary>A pixel's share: entropy, unary and pairwise part (each pair twice, as published implementations count).</summary>
    private static double Divergence(float* probabilities, float* scores, int stride)
    {
        var sum = 0.0;
        for (var c = 0; c < stride; c++)
        {
            if (probabilities[c] > 0)
                sum += probabilities[c] * (Math.Log(Math.Max(probabilities[c], 1e-20)) - scores[c]);
        }
        return sum;
    }
}
