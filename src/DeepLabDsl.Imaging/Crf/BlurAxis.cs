using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DeepLabDsl.Crf;

/// <summary>
/// The blur [1/2 1 1/2] along one axis of the lattice. Vertices are stored as the lines that they form, end to end: going along
/// a line, each vertex is read once and written once, in place. A vertex without neighbours keeps its value and is left out.
/// </summary>
internal sealed unsafe class BlurAxis
{
    /// <summary>
    /// Vertices are asked for this many before their turn: what comes from memory takes some hundred nanoseconds, and a turn two.
    /// </summary>
    private const int Ahead = 64;

    /// <summary>Vertices that are looked for together.</summary>
    private const int Lookups = 64;

    // Vertices in the order of their lines, the shortest lines first: among lines of one length, the processor never guesses their
    // ends wrong.
    private int[] _line = [];
    private Group[] _groups = [];
    private int[] _parts = [];

    /// <summary>The number of vertices that have neighbours.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => 4L * _line.Length;

    /// <summary>Finds the lines of an axis.</summary>
    /// <param name="keys">What names vertices.</param>
    /// <param name="table">Their slots.</param>
    /// <param name="names">The vertex in each slot; negative where it has none of its own.</param>
    /// <param name="axis">0 to d.</param>
    /// <param name="parts">Into how many parts of equal length the lines are dealt.</param>
    /// <param name="scratch">Of the thread.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Build(VertexKeys keys, VertexTable table, ReadOnlySpan<long> names, int axis, int parts, Scratch scratch)
    {
        scratch.Ensure(names.Length);
        var next = scratch.Next.AsSpan(0, names.Length);
        var heads = scratch.Heads.AsSpan(0, names.Length);
        // First 1 where a vertex has one before it, then the list of those that begin a line: it never grows past what was read.
        heads.Clear();
        Span<long> neighbors = stackalloc long[Lookups];
        for (var first = 0; first < names.Length; first += Lookups)
        {
            var own = names.Slice(first, Math.Min(Lookups, names.Length - first));
            for (var i = 0; i < own.Length; i++)
                neighbors[i] = keys.Next(own[i] < 0 ? names[0] : own[i], axis);
            var found = next.Slice(first, own.Length);
            table.Find(neighbors[..own.Length], found);
            for (var i = 0; i < own.Length; i++)
            {
                if (own[i] < 0)
                    found[i] = -1;
                if (found[i] >= 0)
                    heads[found[i]] = 1;
            }
        }
        var count = 0;
        for (var slot = 0; slot < names.Length; slot++)
        {
            if (heads[slot] == 0 && next[slot] >= 0)
                heads[count++] = slot;
        }
        WriteLines(next, heads[..count], scratch);
        Deal(parts, scratch);
    }

    /// <summary>Blurs a part of the lines.</summary>
    /// <param name="part">The part.</param>
    /// <param name="values">As many channels of slot s as <typeparamref name="TLanes"/> has, at <c>s * TLanes.Count</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Blur<TLanes>(int part, float* values)
        where TLanes : struct, ILanes<TLanes>
    {
        fixed (int* line = _line)
        {
            for (var g = _parts[part]; g < _parts[part + 1]; g++)
            {
                var (start, length, lines) = _groups[g];
                if (length == 2)
                    BlurPairs<TLanes>(line + start, lines, values);
                else
                    BlurLines<TLanes>(line + start, length, lines, values);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlurPairs<TLanes>(int* at, int lines, float* values)
        where TLanes : struct, ILanes<TLanes>
    {
        for (var end = at + 2 * (nint)lines; at < end; at += 2)
        {
            Prefetch<TLanes>(at + Ahead, values);
            Prefetch<TLanes>(at + Ahead + 1, values);
            var first = values + (long)at[0] * TLanes.Count;
            var second = values + (long)at[1] * TLanes.Count;
            var (a, b) = (TLanes.Load(first), TLanes.Load(second));
            a.AddScaled(b, 0.5f).Store(first);
            b.AddScaled(a, 0.5f).Store(second);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlurLines<TLanes>(int* at, int length, int lines, float* values)
        where TLanes : struct, ILanes<TLanes>
    {
        for (; lines > 0; lines--)
        {
            var place = values + (long)*at * TLanes.Count;
            var own = TLanes.Load(place);
            var second = values + (long)at[1] * TLanes.Count;
            var after = TLanes.Load(second);
            own.AddScaled(after, 0.5f).Store(place);
            Prefetch<TLanes>(at + Ahead, values);
            Prefetch<TLanes>(at + Ahead + 1, values);
            var end = at + length;
            for (at += 2; at < end; at++)
            {
                Prefetch<TLanes>(at + Ahead, values);
                var before = own;
                own = after;
                place = second;
                second = values + (long)*at * TLanes.Count;
                after = TLanes.Load(second);
                own.AddScaled(before.Add(after), 0.5f).Store(place);
            }
            after.AddScaled(own, 0.5f).Store(second);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<TLanes>(int* vertex, float* values)
        where TLanes : struct, ILanes<TLanes>
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(values + (long)*vertex * TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteLines(ReadOnlySpan<int> next, ReadOnlySpan<int> heads, Scratch scratch)
    {
        if (_line.Length < next.Length + Ahead + 1)
            _line = new int[next.Length + Ahead + 1];
        // First one after the other, then each to those of its length: a line is followed only once, for each of its steps waits
        // for the last.
        var lengths = scratch.Lengths.AsSpan(0, heads.Length);
        var flat = scratch.Flat;
        var (longest, end) = (1, 0);
        for (var i = 0; i < heads.Length; i++)
        {
            var begin = end;
            for (var slot = heads[i]; slot >= 0; slot = next[slot])
                flat[end++] = slot;
            lengths[i] = end - begin;
            longest = Math.Max(longest, end - begin);
        }
        Count = end;
        var starts = scratch.Starts(longest + 1);
        foreach (var length in lengths)
            starts[length] += length;
        var sum = 0;
        foreach (ref var start in starts)
            (start, sum) = (sum, sum + start);
        var from = 0;
        foreach (var length in lengths)
        {
            ref var at = ref starts[length];
            for (var i = 0; i < length; i++)
                _line[at++] = flat[from++];
        }
    }

    /// <summary>Cuts the lines, which lie in the order of their lengths, into parts of about as many vertices.</summary>
    private void Deal(int parts, Scratch scratch)
    {
        if (_parts.Length != parts + 1)
            _parts = new int[parts + 1];
        var ends = scratch.Ends;
        var (at, groups) = (0, 0);
        for (var p = 0; p < parts; p++)
        {
            _parts[p] = groups;
            var last = (int)((long)Count * (p + 1) / parts);
            for (var length = 2; length < ends.Length; length++)
            {
                var lines = (Math.Min(ends[length], last) - at + length - 1) / length;
                if (lines <= 0)
                    continue;
                if (groups == _groups.Length)
                    Array.Resize(ref _groups, Math.Max(16, 2 * groups));
                _groups[groups++] = new Group(at, length, lines);
                at += lines * length;
            }
        }
        _parts[parts] = groups;
    }

    /// <summary>Lines of one length.</summary>
    /// <param name="Start">Where they begin.</param>
    /// <param name="Length">Vertices of each.</param>
    /// <param name="Lines">How many.</param>
    private readonly record struct Group(int Start, int Length, int Lines);

    /// <summary>Memory that one thread needs to find lines: four lists of as many numbers as there are slots.</summary>
    public sealed class Scratch
    {
        private int[] _starts = [];
        private int _longest;

        /// <summary>The slot after each.</summary>
        public int[] Next { get; private set; } = [];

        /// <summary>Those that begin a line.</summary>
        public int[] Heads { get; private set; } = [];

        /// <summary>The length of each line.</summary>
        public int[] Lengths { get; private set; } = [];

        /// <summary>The lines one after the other.</summary>
        public int[] Flat { get; private set; } = [];

        /// <summary>Where lines of each length end, once they are written.</summary>
        public ReadOnlySpan<int> Ends => _starts.AsSpan(0, _longest);

        /// <summary>A zero for each length of lines.</summary>
        public Span<int> Starts(int longest)
        {
            if (_starts.Length < longest)
                _starts = new int[longest];
            _longest = longest;
            _starts.AsSpan(0, longest).Clear();
            return _starts.AsSpan(0, longest);
        }

        /// <summary>Makes room.</summary>
        public void Ensure(int length)
        {
            if (Next.Length >= length)
                return;
            Next = GC.AllocateUninitializedArray<int>(length);
            Heads = GC.AllocateUninitializedArray<int>(length);
            Lengths = GC.AllocateUninitializedArray<int>(length);
            Flat = GC.AllocateUninitializedArray<int>(length);
        }
    }
}
