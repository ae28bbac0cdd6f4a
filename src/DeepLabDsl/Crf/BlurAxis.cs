using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DeepLabDsl;

/// <summary>
/// The blur [1/2 1 1/2] along one axis of the lattice. Vertices are stored as the lines that they form, end to end: going along
/// a line, each vertex is read once and written once, in place. A vertex without neighbours keeps its value and is left out.
/// </summary>
internal sealed unsafe class BlurAxis
{
    /// <summary>Vertices are asked for this many before their turn: large lattices are not in the cache, and their order is no stride.</summary>
    private const int Ahead = 8;

    // Vertices in the order of their lines; the first of a line is complemented, which makes it negative.
    private int[] _line = [];
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
    public void Build(VertexKeys keys, VertexTable table, ReadOnlySpan<long> names, int axis, int parts, Scratch scratch)
    {
        scratch.Ensure(names.Length);
        var next = scratch.Next.AsSpan(0, names.Length);
        var heads = scratch.Heads.AsSpan(0, names.Length);
        // First 1 where a vertex has one before it, then the list of those that begin a line: it never grows past what was read.
        heads.Clear();
        for (var slot = 0; slot < names.Length; slot++)
        {
            next[slot] = names[slot] < 0 ? -1 : table.Find(keys.Next(names[slot], axis));
            if (next[slot] >= 0)
                heads[next[slot]] = 1;
        }
        var count = 0;
        for (var slot = 0; slot < names.Length; slot++)
        {
            if (heads[slot] == 0 && next[slot] >= 0)
                heads[count++] = slot;
        }
        WriteLines(next, heads[..count]);
        Deal(parts);
    }

    /// <summary>Blurs a part of the lines.</summary>
    /// <param name="part">The part.</param>
    /// <param name="values">The channels of slot s at <c>s * stride</c>.</param>
    /// <param name="stride">Floats a slot.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Blur<TLanes>(int part, float* values, int stride)
        where TLanes : struct, ILanes<TLanes>
    {
        fixed (int* line = _line)
        {
            var at = line + _parts[part];
            var end = line + _parts[part + 1];
            while (at < end)
            {
                Prefetch(at + Ahead, values, stride);
                var place = values + (long)~*at++ * stride;
                var own = TLanes.Load(place);
                var second = values + (long)*at++ * stride;
                var after = TLanes.Load(second);
                own.AddScaled(after, 0.5f).Store(place);
                while (at < end && *at >= 0)
                {
                    Prefetch(at + Ahead, values, stride);
                    var before = own;
                    own = after;
                    place = second;
                    second = values + (long)*at++ * stride;
                    after = TLanes.Load(second);
                    own.AddScaled(before.Add(after), 0.5f).Store(place);
                }
                after.AddScaled(own, 0.5f).Store(second);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(int* vertex, float* values, int stride)
    {
        if (!Sse.IsSupported)
            return;
        var slot = *vertex ^ (*vertex >> 31);
        var place = values + (long)slot * stride;
        Sse.Prefetch0(place);
        Sse.Prefetch0(place + 16);
    }

    private void WriteLines(ReadOnlySpan<int> next, ReadOnlySpan<int> heads)
    {
        if (_line.Length <= next.Length + Ahead)
            _line = new int[next.Length + Ahead + 1];
        Count = 0;
        foreach (var head in heads)
        {
            _line[Count++] = ~head;
            for (var slot = next[head]; slot >= 0; slot = next[slot])
                _line[Count++] = slot;
        }
    }

    private void Deal(int parts)
    {
        if (_parts.Length != parts + 1)
            _parts = new int[parts + 1];
        for (var p = 1; p <= parts; p++)
        {
            var at = Math.Max(_parts[p - 1], (int)((long)Count * p / parts));
            while (at < Count && _line[at] >= 0)
                at++;
            _parts[p] = at;
        }
    }

    /// <summary>Memory that one thread needs to find lines: two lists of as many numbers as there are slots.</summary>
    public sealed class Scratch
    {
        /// <summary>The slot after each.</summary>
        public int[] Next { get; private set; } = [];

        /// <summary>Those that begin a line.</summary>
        public int[] Heads { get; private set; } = [];

        /// <summary>Makes room.</summary>
        public void Ensure(int length)
        {
            if (Next.Length < length)
                (Next, Heads) = (GC.AllocateUninitializedArray<int>(length), GC.AllocateUninitializedArray<int>(length));
        }
    }
}
