using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DeepLabDsl.Crf;

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

    /// <summary>Floats between a vertex' first eight channels and its next.</summary>
    public nint Block;

    /// <summary>Blurred values of the band's slots.</summary>
    public float* Source;

    /// <summary>Takes the new sums of the band's slots.</summary>
    public float* Target;

    /// <summary>The band's slots in use after each of its runs.</summary>
    public int* Fresh;

    /// <summary>Brings the slots near that a run is the first to touch, before they are used.</summary>
    /// <param name="run">The run.</param>
    /// <param name="channels">A vertex' channels.</param>
    /// <param name="slices">Whether blurred values are used.</param>
    /// <param name="splats">Whether new sums are.</param>
    public readonly void Prefetch(int run, int channels, bool slices, bool splats)
    {
        if (!Sse.IsSupported)
            return;
        const int line = 16;
        var width = Math.Min(channels, Lanes8.Count);
        var (from, to) = ((nint)First(run) * width & -line, (nint)Fresh[run] * width);
        for (nint block = 0; block < channels / width * Block; block += Block)
        {
            for (var i = from; i < to; i += line)
            {
                if (slices)
                    Sse.Prefetch1(Source + block + i);
                if (splats)
                    Sse.Prefetch1(Target + block + i);
            }
        }
    }

    /// <summary>
    /// Sets the new sums to zero of the slots that a run is the first to touch: just before, so that they are in the cache then.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="channels">A vertex' channels.</param>
    public readonly void Clear(int run, int channels)
    {
        var width = Math.Min(channels, Lanes8.Count);
        var from = First(run);
        for (nint block = 0; block < channels / width * Block; block += Block)
            new Span<float>(Target + block + (nint)from * width, (Fresh[run] - from) * width).Clear();
    }

    private readonly int First(int run) => run == 0 ? 0 : Fresh[run - 1];
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

/// <summary>The corners of a simplex, where the compiler is to know how many.</summary>
internal interface ICorners
{
    /// <summary>How many; 0: what the term says.</summary>
    static abstract int Count { get; }
}

/// <summary>Of two features: positions.</summary>
internal readonly struct ThreeCorners : ICorners
{
    public static int Count => 3;
}

/// <summary>Of five features: positions and colours.</summary>
internal readonly struct SixCorners : ICorners
{
    public static int Count => 6;
}

/// <summary>Of any number of features; two corners at least.</summary>
internal readonly struct AnyCorners : ICorners
{
    public static int Count => 0;
}

/// <summary>
/// The pass over the pixels of a mean-field step: messages of all terms are sliced from the blurred values and added to the
/// unaries, then softmax, then the new probabilities are splatted for the next step.
/// </summary>
/// <remarks>
/// Each of these goes over one run of pixels before the next begins, with the run's scores in the first-level cache. Done pixel by
/// pixel, all of it would be one chain of some 170 cycles that a processor can't overlap with the next pixel's, for want of room; a
/// loop of slicing, of softmax, or of splatting alone is short enough for several pixels to be under way.
/// </remarks>
/// <typeparam name="TLanes">Registers of a pixel's channels.</typeparam>
internal static unsafe class MeanFieldPass<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private const int CacheLine = 64;

    /// <summary>Runs the pass over a band.</summary>
    /// <param name="runs">The band's runs of pixels.</param>
    /// <param name="terms">The terms.</param>
    /// <param name="rows">Minus the unaries, <c>[position][Count]</c>.</param>
    [SkipLocalsInit]
    public static void Run<TMode>(ReadOnlySpan<PixelRun> runs, Span<TermView> terms, float* rows)
        where TMode : struct, IPassMode
    {
        var room = stackalloc byte[PixelOrder.RunLength * TLanes.Count * sizeof(float) + CacheLine];
        var scores = (float*)(((nint)room + CacheLine - 1) & -CacheLine);
        fixed (TermView* views = terms)
        {
            var end = views + terms.Length;
            for (var r = 0; r < runs.Length; r++)
            {
                var (position, count) = ((long)runs[r].Position, runs[r].Count);
                var row = rows + position * TLanes.Count;
                var from = row;
                for (var term = views; term < end && r + 1 < runs.Length; term++)
                    term->Prefetch(r + 1, TLanes.Count, TMode.Slices, TMode.Splats);
                if (TMode.Slices)
                {
                    for (var term = views; term < end; term++)
                    {
                        AddMessages(term, position, count, from, scores);
                        from = scores;
                    }
                }
                Softmax(from, TMode.Stores ? row : scores, count);
                if (TMode.Splats)
                {
                    for (var term = views; term < end; term++)
                    {
                        term->Clear(r, TLanes.Count);
                        Splat(term, position, count, scores);
                    }
                }
            }
        }
    }

    private static void AddMessages(TermView* term, long position, int count, float* from, float* to)
    {
        if (term->Compatibility is not null || term->Post is not null)
            AddAnyMessages(term, position, count, from, to);
        else if (term->Corners == 3)
            AddMessages<ThreeCorners>(term, position, count, from, to);
        else if (term->Corners == 6)
            AddMessages<SixCorners>(term, position, count, from, to);
        else
            AddAnyMessages(term, position, count, from, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddMessages<TCorners>(TermView* term, long position, int count, float* from, float* to)
        where TCorners : struct, ICorners
    {
        var corner = term->Pixels + position * TCorners.Count;
        var source = term->Source;
        var block = term->Block;
        var factor = term->Factor;
        for (var end = from + count * TLanes.Count; from < end; from += TLanes.Count)
        {
            TLanes.Load(from).AddScaled(Slice<TCorners>(corner, source, block, TCorners.Count), factor).Store(to);
            to += TLanes.Count;
            corner += TCorners.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddAnyMessages(TermView* term, long position, int count, float* from, float* to)
    {
        var corner = term->Pixels + position * term->Corners;
        for (var i = 0; i < count; i++)
        {
            var factor = term->Factor;
            if (term->Post is not null)
                factor *= term->Post[position + i];
            var message = Slice<AnyCorners>(corner, term->Source, term->Block, term->Corners);
            var sum = TLanes.Load(from);
            sum = term->Compatibility is null ? sum.AddScaled(message, factor) : AddCompatible(term, message.Scale(factor), sum);
            sum.Store(to);
            from += TLanes.Count;
            to += TLanes.Count;
            corner += term->Corners;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Slice<TCorners>(Corner* corner, float* source, nint block, nint corners)
        where TCorners : struct, ICorners
    {
        var message = TLanes.Load(source + corner[0].Offset, block).Scale(corner[0].Weight)
            .AddScaledFrom(source + corner[1].Offset, block, corner[1].Weight);
        if (TCorners.Count is 3 or 6)
            message = message.AddScaledFrom(source + corner[2].Offset, block, corner[2].Weight);
        if (TCorners.Count == 6)
        {
            message = message.AddScaledFrom(source + corner[3].Offset, block, corner[3].Weight)
                .AddScaledFrom(source + corner[4].Offset, block, corner[4].Weight)
                .AddScaledFrom(source + corner[5].Offset, block, corner[5].Weight);
        }
        if (TCorners.Count == 0)
        {
            for (nint c = 2; c < corners; c++)
                message = message.AddScaledFrom(source + corner[c].Offset, block, corner[c].Weight);
        }
        return message;
    }

    private static TLanes AddCompatible(TermView* term, TLanes message, TLanes sum)
    {
        var channels = stackalloc float[TLanes.Count];
        message.Store(channels);
        for (var c = 0; c < TLanes.Count; c++)
            sum = sum.AddScaled(TLanes.Load(term->Compatibility + c * TLanes.Count), channels[c]);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax(float* from, float* to, int count)
    {
        if (TLanes.Count % SoftmaxOf8.Pixels == 0)
        {
            for (; count >= SoftmaxOf8.Pixels; count -= SoftmaxOf8.Pixels)
            {
                SoftmaxOf8.Run<TLanes>(from, to);
                from += SoftmaxOf8.Pixels * TLanes.Count;
                to += SoftmaxOf8.Pixels * TLanes.Count;
            }
        }
        for (var end = from + count * TLanes.Count; from < end; from += TLanes.Count)
        {
            TLanes.Load(from).ExpBelowMax().Normalize().Store(to);
            to += TLanes.Count;
        }
    }

    private static void Splat(TermView* term, long position, int count, float* probabilities)
    {
        if (term->Corners == 3)
            Splat<ThreeCorners>(term, position, count, probabilities);
        else if (term->Corners == 6)
            Splat<SixCorners>(term, position, count, probabilities);
        else
            Splat<AnyCorners>(term, position, count, probabilities);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Splat<TCorners>(TermView* term, long position, int count, float* probabilities)
        where TCorners : struct, ICorners
    {
        var corners = TCorners.Count == 0 ? term->Corners : TCorners.Count;
        var corner = term->Pixels + position * corners;
        var target = term->Target;
        var block = term->Block;
        for (var last = probabilities + count * TLanes.Count; probabilities < last; probabilities += TLanes.Count)
        {
            var own = TLanes.Load(probabilities);
            for (var end = corner + corners; corner < end; corner++)
            {
                var place = target + corner->Offset;
                TLanes.Load(place, block).AddScaled(own, corner->Weight).Store(place, block);
            }
        }
    }
}
