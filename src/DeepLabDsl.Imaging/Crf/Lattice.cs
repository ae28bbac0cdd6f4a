using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepLabDsl.Crf;

/// <summary>One of the d+1 vertices around a pixel.</summary>
internal struct Corner
{
    /// <summary>Where the vertex' channels begin, in floats from those of its band's first slot.</summary>
    public int Offset;

    /// <summary>The pixel's weight in it, times what the normalisation multiplies before the filter.</summary>
    public float Weight;
}

/// <summary>
/// The permutohedral lattice of one term for one image: which vertices are around each pixel, with what weights, and the lines
/// along which vertices are blurred. Filtering splats values to the vertices, blurs them along d+1 axes and slices them back.
/// </summary>
/// <remarks>
/// Each band of the image (a thread's share) numbers its vertices by itself, in slots of its own, so that threads splat
/// without meeting. A vertex that several bands touch lives in the first one's slot; the others' slots are mirrors of it: their
/// sums are added to it before the blur, and its result is copied to them after.
/// </remarks>
internal sealed unsafe class Lattice : IDisposable
{
    private readonly AlignedBuffer<Corner> _pixels = new();
    private readonly AlignedBuffer<float> _post = new();
    private readonly AlignedBuffer<int> _fresh = new();
    private VertexTable[] _tables = [];
    private long[][] _bandNames = [];
    private long[] _names = [];
    private int[] _mirrors = [];
    private int[] _originals = [];
    private int _mirrorCount;
    private PixelOrder _order = null!;
    private FeatureReader _features = null!;
    private VertexKeys _keys = null!;
    private SimplexFinder _finder = null!;

    /// <summary>d.</summary>
    public int Dimensions { get; private set; }

    /// <summary>Slots of all bands.</summary>
    public int SlotCount => BandStart[^1];

    /// <summary>The number of vertices.</summary>
    public int VertexCount => SlotCount - _mirrorCount;

    /// <summary>Where each band's slots begin, and the end.</summary>
    public int[] BandStart { get; private set; } = [0];

    /// <summary>The vertices around each pixel, <c>[position][d + 1]</c>.</summary>
    public Corner* Pixels => _pixels.Pointer;

    /// <summary>Floats a slot that the offsets of <see cref="Pixels"/> count on: its channels that are side by side.</summary>
    public int Width { get; private set; }

    /// <summary>What each pixel's filtered value is multiplied with beside <see cref="Scale"/>; null: nothing.</summary>
    public float* Post { get; private set; }

    /// <summary>The constant factor of every filtered value.</summary>
    public float Scale => 1 / (1 + MathF.Pow(2, -Dimensions));

    /// <summary>The blur, axis by axis.</summary>
    public BlurAxis[] Axes { get; private set; } = [];

    /// <summary>How many slots of its band are in use after each run of pixels.</summary>
    public int* Fresh => _fresh.Pointer;

    /// <summary>Bytes held.</summary>
    public long Bytes
    {
        get
        {
            var bytes = _pixels.Bytes + _post.Bytes + _fresh.Bytes + 4L * (_mirrors.Length + _originals.Length);
            foreach (var axis in Axes)
                bytes += axis.Bytes;
            return bytes;
        }
    }

    /// <summary>Begins the lattice of another image.</summary>
    /// <exception cref="ArgumentException">The features spread too wide for a lattice.</exception>
    public void Begin(FeatureReader features, PixelOrder order)
    {
        _features = features;
        _order = order;
        Dimensions = features.Dimensions;
        var scale = SimplexFinder.Scale(Dimensions);
        _keys = new VertexKeys(features.Low, features.High, scale);
        _finder = new SimplexFinder(_keys, scale);
        var bands = order.Bands.Length - 1;
        if (_tables.Length != bands)
        {
            _tables = new VertexTable[bands];
            _bandNames = new long[bands][];
            for (var b = 0; b < bands; b++)
                (_tables[b], _bandNames[b]) = (new VertexTable(), new long[1024]);
        }
        if (Axes.Length != Dimensions + 1)
        {
            Axes = new BlurAxis[Dimensions + 1];
            for (var a = 0; a < Axes.Length; a++)
                Axes[a] = new BlurAxis();
        }
        _fresh.Ensure(order.Runs.Length);
        // The last block of a run may be written past its pixels.
        var entries = ((long)order.Pixels + SimplexFinder.Lanes) * (Dimensions + 1);
        _pixels.Ensure(entries);
        Width = 1;
    }

    /// <summary>Finds the vertices of one band. Bands may be done at the same time.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void FindVertices(int band)
    {
        const int longest = PixelOrder.RunLength;
        var corners = Dimensions + 1;
        var table = _tables[band];
        table.Reset(_keys.Range, 4L * _order.Pixels / (_order.Bands.Length - 1) + (1 << 16));
        var features = stackalloc float[Dimensions * longest];
        var keys = stackalloc long[corners * SimplexFinder.Lanes];
        var weights = stackalloc Vector256<float>[corners];
        var lastKeys = stackalloc long[corners];
        var lastSlots = stackalloc int[corners];
        for (var r = 0; r < corners; r++)
            lastKeys[r] = -1;
        var names = _bandNames[band];
        new Span<float>(features, Dimensions * longest).Clear();
        for (var run = _order.Bands[band]; run < _order.Bands[band + 1]; run++)
        {
            var (pixel, position, count) = _order.Runs[run];
            _features.Read(pixel, count, new Span<float>(features, Dimensions * longest), longest);
            if (names.Length < table.Count + count * corners)
                Array.Resize(ref names, Math.Max(names.Length * 2, table.Count + count * corners));
            for (var first = 0; first < count; first += SimplexFinder.Lanes)
            {
                _finder.Find(features + first, longest, keys, (float*)weights);
                var lanes = Math.Min(SimplexFinder.Lanes, count - first);
                table.Prefetch(new ReadOnlySpan<long>(keys, lanes * corners));
                var corner = Pixels + (long)(position + first) * corners;
                for (var lane = 0; lane < lanes; lane++)
                {
                    for (var r = 0; r < corners; r++)
                    {
                        // Pixels side by side share most of their vertices.
                        var key = keys[lane * corners + r];
                        if (key != lastKeys[r])
                        {
                            var known = table.Count;
                            lastKeys[r] = key;
                            lastSlots[r] = table.Add(key);
                            if (lastSlots[r] == known)
                                names[known] = key;
                        }
                        *corner++ = new Corner { Offset = lastSlots[r], Weight = ((float*)weights)[r * SimplexFinder.Lanes + lane] };
                    }
                }
            }
            Fresh[run] = table.Count;
        }
        _bandNames[band] = names;
    }

    /// <summary>Joins the bands' vertices. Needs all bands to be done.</summary>
    public void Join()
    {
        var bands = _tables.Length;
        if (BandStart.Length != bands + 1)
            BandStart = new int[bands + 1];
        for (var b = 0; b < bands; b++)
            BandStart[b + 1] = checked(BandStart[b] + _tables[b].Count);
        if (_names.Length < SlotCount)
            _names = new long[SlotCount];
        _mirrorCount = 0;
        // Counts change as the first table takes in the other bands' vertices.
        for (var b = 0; b < bands; b++)
        {
            var own = _bandNames[b].AsSpan(0, BandStart[b + 1] - BandStart[b]);
            own.CopyTo(_names.AsSpan(BandStart[b]));
            for (var i = 0; b > 0 && i < own.Length; i++)
            {
                var slot = BandStart[b] + i;
                var original = _tables[0].TryAdd(own[i], slot);
                if (original != slot)
                    AddMirror(slot, original);
            }
        }
        // In the order of the originals, so that two threads never add to the same one.
        if (bands > 2)
            Array.Sort(_originals, _mirrors, 0, _mirrorCount);
    }

    /// <summary>Finds the lines of one axis. Axes may be done at the same time.</summary>
    public void FindLines(int axis, BlurAxis.Scratch scratch) =>
        Axes[axis].Build(_keys, _tables[0], _names.AsSpan(0, SlotCount), axis, _tables.Length, scratch);

    /// <summary>Adds mirrors' sums to their originals, as many channels as are side by side: a thread's share of them.</summary>
    public void Gather<TLanes>(WorkerTeam team, int number, float* values)
        where TLanes : struct, ILanes<TLanes>
    {
        var (from, to) = MirrorShare(team, number);
        for (var i = from; i < to; i++)
        {
            var original = values + (long)_originals[i] * TLanes.Count;
            TLanes.Load(original).Add(TLanes.Load(values + (long)_mirrors[i] * TLanes.Count)).Store(original);
        }
    }

    /// <summary>Copies originals to their mirrors: a thread's share of them.</summary>
    public void Mirror<TLanes>(WorkerTeam team, int number, float* values)
        where TLanes : struct, ILanes<TLanes>
    {
        var (from, to) = MirrorShare(team, number);
        for (var i = from; i < to; i++)
            TLanes.Load(values + (long)_originals[i] * TLanes.Count).Store(values + (long)_mirrors[i] * TLanes.Count);
    }

    /// <summary>
    /// Computes the kernel's sum at each pixel and prepares the weights for a normalisation. All threads of the team come here
    /// together.
    /// </summary>
    /// <param name="normalization">The normalisation.</param>
    /// <param name="team">The threads.</param>
    /// <param name="number">This one's number.</param>
    /// <param name="values">Room for a float a slot.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Normalize(CrfNormalization normalization, WorkerTeam team, int number, float* values)
    {
        if (number == 0)
            Post = normalization is CrfNormalization.Before or CrfNormalization.After ? _post.Ensure(_order.Pixels) : null;
        if (normalization == CrfNormalization.None)
            return;
        var corners = Dimensions + 1;
        var (start, end) = (Positions(_order.Bands[number]), Positions(_order.Bands[number + 1]));
        var own = values + BandStart[number];
        new Span<float>(own, BandStart[number + 1] - BandStart[number]).Clear();
        for (var i = start * corners; i < end * corners; i++)
            own[Pixels[i].Offset] += Pixels[i].Weight;
        team.Wait();
        Gather<Lanes1>(team, number, values);
        foreach (var axis in Axes)
        {
            team.Wait();
            axis.Blur<Lanes1>(number, values);
        }
        team.Wait();
        Mirror<Lanes1>(team, number, values);
        team.Wait();
        for (var p = start; p < end; p++)
        {
            var pixel = Pixels + p * corners;
            var sum = 0f;
            for (var r = 0; r < corners; r++)
                sum += pixel[r].Weight * own[pixel[r].Offset];
            sum = sum * Scale + 1e-20f;
            var before = 1f;
            switch (normalization)
            {
                case CrfNormalization.Symmetric:
                    before = 1 / MathF.Sqrt(sum);
                    break;
                case CrfNormalization.Before:
                    // The weights serve the way back too, which must not see the factor.
                    (before, Post[p]) = (1 / sum, sum);
                    break;
                case CrfNormalization.After:
                    Post[p] = 1 / sum;
                    break;
            }
            for (var r = 0; r < corners; r++)
                pixel[r].Weight *= before;
        }
    }

    /// <summary>Makes the offsets of a thread's band count on a number of floats a slot.</summary>
    public void SetWidth(WorkerTeam team, int number, int width)
    {
        if (Width != width)
        {
            var corners = Dimensions + 1;
            var end = Positions(_order.Bands[number + 1]) * corners;
            for (var i = Positions(_order.Bands[number]) * corners; i < end; i++)
                Pixels[i].Offset = Pixels[i].Offset / Width * width;
        }
        team.Wait();
        if (number == 0)
            Width = width;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pixels.Dispose();
        _post.Dispose();
        _fresh.Dispose();
    }

    private long Positions(int run) => run < _order.Runs.Length ? _order.Runs[run].Position : _order.Pixels;

    private (int From, int To) MirrorShare(WorkerTeam team, int number)
    {
        var (from, to) = team.Share(_mirrorCount, number);
        return (Whole(from), Whole(to));

        // Mirrors of one vertex stay together.
        int Whole(int at)
        {
            while (at > 0 && at < _mirrorCount && _originals[at] == _originals[at - 1])
                at++;
            return at;
        }
    }

    private void AddMirror(int slot, int original)
    {
        if (_mirrorCount == _mirrors.Length)
        {
            Array.Resize(ref _mirrors, Math.Max(256, 2 * _mirrorCount));
            Array.Resize(ref _originals, _mirrors.Length);
        }
        (_mirrors[_mirrorCount], _originals[_mirrorCount]) = (slot, original);
        _mirrorCount++;
        _names[slot] = -1;
    }
}
