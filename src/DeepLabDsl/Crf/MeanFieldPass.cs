using System;
using System.Runtime.CompilerServices;

namespace DeepLabDsl;

/// <summary>One pairwise term as a pass over the pixels sees it.</summary>
internal unsafe struct TermView
{
    /// <summary>d + 1.</summary>
    public nint Corners;

    /// <summary>See <see cref="Lattice.Pixels"/>.</summary>
    public Corner* Pixels;

    /// <summary>See <see cref="Lattice.Post"/>.</summary>
    public float* Post;

    /// <summary>The factor of the sliced value.</summary>
    public float Factor;

    /// <summary>Minus the compatibility, by columns of <c>stride</c> floats; null: Potts.</summary>
    public float* Compatibility;

    /// <summary>Blurred values of the band's slots.</summary>
    public float* Source;

    /// <summary>Takes the new sums of the band's slots.</summary>
    public float* Target;
}

/// <summary>What a pass does; the compiler leaves out what a mode does not do.</summary>
internal interface IPassMode
{
    /// <summary>Whether messages are sliced and added to the unaries.</summary>
    static abstract bool Slices { get; }

    /// <summary>Whether the new probabilities are splatted.</summary>
    static abstract bool Splats { get; }

    /// <summary>Whether the new probabilities are stored, in place of the unaries.</summary>
    static abstract bool Stores { get; }
}

/// <summary>The softmax of the unaries goes to the vertices.</summary>
internal readonly struct FirstPass : IPassMode
{
    public static bool Slices => false;

    public static bool Splats => true;

    public static bool Stores => false;
}

/// <summary>A whole step: messages in, probabilities out to the vertices. They are never in memory.</summary>
internal readonly struct MiddlePass : IPassMode
{
    public static bool Slices => true;

    public static bool Splats => true;

    public static bool Stores => false;
}

/// <summary>The last step.</summary>
internal readonly struct LastPass : IPassMode
{
    public static bool Slices => true;

    public static bool Splats => false;

    public static bool Stores => true;
}

/// <summary>No step at all: the softmax of the unaries.</summary>
internal readonly struct OnlyPass : IPassMode
{
    public static bool Slices => false;

    public static bool Splats => false;

    public static bool Stores => true;
}

/// <summary>
/// The pass over the pixels of a mean-field step. Slicing the blurred values of all terms, adding the unaries, softmax, and splatting
/// the new probabilities for the next step are one loop: a pixel's channels stay in registers from the first to the last.
/// </summary>
/// <typeparam name="TLanes">Registers of a pixel's channels.</typeparam>
internal static unsafe class MeanFieldPass<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Runs the pass over a band.</summary>
    /// <param name="runs">The band's runs of pixels.</param>
    /// <param name="fresh">Slots in use after each run, by term, <c>[terms][runs]</c>.</param>
    /// <param name="terms">The terms.</param>
    /// <param name="rows">Minus the unaries, <c>[position][Count]</c>.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TMode>(ReadOnlySpan<PixelRun> runs, int** fresh, Span<TermView> terms, float* rows)
        where TMode : struct, IPassMode
    {
        fixed (TermView* views = terms)
        {
            var end = views + terms.Length;
            for (var r = 0; r < runs.Length; r++)
            {
                if (TMode.Splats)
                    Clear(views, terms.Length, fresh, r);
                var position = (long)runs[r].Position;
                for (var last = position + runs[r].Count; position < last; position++)
                {
                    var row = rows + position * TLanes.Count;
                    var sum = TLanes.Load(row);
                    if (TMode.Slices)
                    {
                        for (var term = views; term < end; term++)
                            sum = AddMessage(term, position, sum);
                    }
                    var probabilities = sum.ExpBelowMax().Normalize();
                    if (TMode.Stores)
                        probabilities.Store(row);
                    if (TMode.Splats)
                    {
                        for (var term = views; term < end; term++)
                            Splat(term, position, probabilities);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes AddMessage(TermView* term, long position, TLanes sum)
    {
        var corner = term->Pixels + position * term->Corners;
        var end = corner + term->Corners;
        var source = term->Source;
        var message = TLanes.Load(source + corner->Offset).Scale(corner->Weight);
        while (++corner < end)
            message = message.AddScaledFrom(source + corner->Offset, corner->Weight);
        var factor = term->Factor;
        if (term->Post is not null)
            factor *= term->Post[position];
        return term->Compatibility is null ? sum.AddScaled(message, factor) : AddCompatible(term, message.Scale(factor), sum);
    }

    private static TLanes AddCompatible(TermView* term, TLanes message, TLanes sum)
    {
        var channels = stackalloc float[TLanes.Count];
        message.Store(channels);
        for (var c = 0; c < TLanes.Count; c++)
            sum = sum.AddScaled(TLanes.Load(term->Compatibility + c * TLanes.Count), channels[c]);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Splat(TermView* term, long position, TLanes probabilities)
    {
        var corner = term->Pixels + position * term->Corners;
        var target = term->Target;
        for (var end = corner + term->Corners; corner < end; corner++)
        {
            var place = target + corner->Offset;
            TLanes.Load(place).AddScaled(probabilities, corner->Weight).Store(place);
        }
    }

    /// <summary>Sets the slots that a run is the first to touch to zero: just before, so that they are in the cache then.</summary>
    private static void Clear(TermView* terms, int count, int** fresh, int run)
    {
        for (var t = 0; t < count; t++)
        {
            var from = run == 0 ? 0 : fresh[t][run - 1];
            new Span<float>(terms[t].Target + (long)from * TLanes.Count, (fresh[t][run] - from) * TLanes.Count).Clear();
        }
    }
}
