using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;

namespace DeepLabDsl.Crf;

/// <summary>One inference: the steps of the mean field by all threads of a team. Allocates nothing while it iterates.</summary>
/// <typeparam name="TLanes">Registers of a pixel's channels, or of a block of them.</typeparam>
internal sealed unsafe class MeanField<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    /// <summary>A lattice with more does not stay in the caches of its own accord.</summary>
    private const int CacheBytes = 1 << 21;

    private readonly Lattice[] _lattices;
    private readonly nint[] _sources;
    private readonly nint[] _targets;
    private readonly PixelOrder _order;
    private readonly float* _rows;
    private readonly float* _results;
    private readonly int _stride;
    private readonly int _iterations;
    private readonly double[]? _divergence;
    private readonly object _gate = new();
    private readonly int _smallAxes;
    private long _bad = -1;

    public MeanField(
        Lattice[] lattices, AlignedBuffer<float>[] sources, AlignedBuffer<float>[] targets, PixelOrder order, float* rows, int stride,
        float* results, int iterations)
    {
        _lattices = lattices;
        _sources = Array.ConvertAll(sources, s => (nint)s.Pointer);
        _targets = Array.ConvertAll(targets, t => (nint)t.Pointer);
        _order = order;
        _rows = rows;
        _stride = stride;
        _results = results;
        _iterations = iterations;
        _divergence = results is null ? null : new double[iterations + 1];
        for (var t = 0; t < lattices.Length; t++)
        {
            if (!IsLarge(t))
                _smallAxes = Math.Max(_smallAxes, lattices[t].Dimensions + 1);
        }
    }

    /// <summary>The factor of each term's sliced values.</summary>
    public required float[] Factors { get; init; }

    /// <summary>Each term's columns of minus its compatibility, <c>float*</c>; 0 for Potts.</summary>
    public required nint[] Compatibility { get; init; }

    public IReadOnlyList<double>? Divergence => _divergence;

    public TimeSpan ReadTime { get; private set; }

    public TimeSpan PixelTime { get; private set; }

    public TimeSpan BlurTime { get; private set; }

    public TimeSpan WriteTime { get; private set; }

    /// <summary>Channels of a vertex that are side by side.</summary>
    private int Width => Math.Min(_stride, Lanes8.Count);

    private bool IsWide => TLanes.Count != _stride || _divergence is not null;

    /// <summary>Reads the thread's band of unaries.</summary>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public void Read(WorkerTeam team, int number, ReadOnlySpan<float> unary, int classes)
    {
        var start = Stopwatch.GetTimestamp();
        var bad = UnaryRows.Read(unary, classes, _order, number, _rows, _stride);
        if (bad >= 0)
        {
            lock (_gate)
                _bad = bad;
        }
        team.Wait();
        if (_bad >= 0)
        {
            var (c, pixel) = Math.DivRem(_bad, _order.Pixels);
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"The unary of class {c} at x = {pixel % _order.Width}, y = {pixel / _order.Width} is {unary[(int)_bad]}; all must be "
                + $"finite. ")
                + "Clip probabilities, at 1e-5 say, before taking the logarithm.");
        }
        if (number == 0)
            ReadTime = Stopwatch.GetElapsedTime(start);
    }

    /// <summary>All steps.</summary>
    public void Run(WorkerTeam team, int number)
    {
        foreach (var lattice in _lattices)
            lattice.SetWidth(team, number, Width);
        // Measuring the divergence of the last step takes its messages: one step more, whose probabilities are not used.
        var steps = _iterations + (_divergence is null ? 0 : 1);
        Pass(number, 0, steps);
        for (var step = 1; step <= steps; step++)
        {
            team.Wait();
            Blur(team, number, step);
            Pass(number, step, steps);
        }
        team.Wait();
    }

    /// <summary>Writes the thread's band of results.</summary>
    public void Write(WorkerTeam team, int number, float[] probabilities, byte[] map, int classes)
    {
        var start = Stopwatch.GetTimestamp();
        fixed (float* planes = probabilities)
        fixed (byte* labels = map)
            UnaryRows.Write(_results is null ? _rows : _results, _stride, classes, _order, number, planes, labels);
        team.Wait();
        if (number == 0)
            WriteTime = Stopwatch.GetElapsedTime(start);
    }

    /// <summary>What step <paramref name="step"/> splats into; it slices from the other.</summary>
    private float* Target(int term, int step) => (float*)(step % 2 == 0 ? _targets : _sources)[term];

    private void Pass(int number, int step, int steps)
    {
        var start = Stopwatch.GetTimestamp();
        Span<TermView> terms = stackalloc TermView[_lattices.Length];
        var (from, to) = (_order.Bands[number], _order.Bands[number + 1]);
        for (var t = 0; t < terms.Length; t++)
        {
            var lattice = _lattices[t];
            var band = (long)lattice.BandStart[number] * Width;
            terms[t] = new TermView
            {
                Corners = lattice.Dimensions + 1,
                Pixels = lattice.Pixels,
                Post = lattice.Post,
                Factor = Factors[t],
                Compatibility = (float*)Compatibility[t],
                Block = (nint)lattice.SlotCount * Width,
                Source = Target(t, step + 1) + band,
                Target = Target(t, step) + band,
                Fresh = lattice.Fresh + from,
            };
        }
        var runs = _order.Runs.AsSpan(from, to - from);
        if (IsWide)
            WideStep(runs, terms, step, steps);
        else if (steps == 0)
            MeanFieldPass<TLanes>.Run<OnlyPass>(runs, terms, _rows);
        else if (step == 0)
            MeanFieldPass<TLanes>.Run<FirstPass>(runs, terms, _rows);
        else if (step < steps)
            MeanFieldPass<TLanes>.Run<MiddlePass>(runs, terms, _rows);
        else
            MeanFieldPass<TLanes>.Run<LastPass>(runs, terms, _rows);
        if (number == 0)
            PixelTime += Stopwatch.GetElapsedTime(start);
    }

    private void WideStep(ReadOnlySpan<PixelRun> runs, Span<TermView> terms, int step, int steps)
    {
        var isExtra = step > _iterations;
        var stored = _divergence is null ? (step == steps ? _rows : null) : (isExtra ? null : _results);
        var divergence = WidePass.Run(
            runs, terms, _rows, _stride, step > 0, step < steps, stored, step > 0 && _divergence is not null ? _results : null);
        if (step > 0 && _divergence is not null)
        {
            lock (_gate)
                _divergence[step - 1] += divergence;
        }
    }

    private void Blur(WorkerTeam team, int number, int step)
    {
        var start = Stopwatch.GetTimestamp();
        if (Width == Lanes4.Count)
            Blur<Lanes4>(team, number, step);
        else
            Blur<Lanes8>(team, number, step);
        if (number == 0)
            BlurTime += Stopwatch.GetElapsedTime(start);
    }

    private void Blur<TBlock>(WorkerTeam team, int number, int step)
        where TBlock : struct, ILanes<TBlock>
    {
        for (var t = 0; t < _lattices.Length; t++)
        {
            for (var b = 0; b < _stride; b += Width)
                _lattices[t].Gather<TBlock>(team, number, Block(t, b, step));
        }
        team.Wait();
        // Small lattices go together axis by axis, so that threads seldom wait for each other. A large one goes eight channels at a
        // time through all axes: these come from memory once, and then from the cache.
        for (var axis = 0; axis < _smallAxes; axis++)
        {
            for (var t = 0; t < _lattices.Length; t++)
            {
                for (var b = 0; b < _stride && axis <= _lattices[t].Dimensions && !IsLarge(t); b += Width)
                    _lattices[t].Axes[axis].Blur<TBlock>(number, Block(t, b, step));
            }
            team.Wait();
        }
        for (var t = 0; t < _lattices.Length; t++)
        {
            for (var b = 0; b < _stride && IsLarge(t); b += Width)
            {
                foreach (var axis in _lattices[t].Axes)
                {
                    axis.Blur<TBlock>(number, Block(t, b, step));
                    team.Wait();
                }
            }
        }
        for (var t = 0; t < _lattices.Length; t++)
        {
            for (var b = 0; b < _stride; b += Width)
                _lattices[t].Mirror<TBlock>(team, number, Block(t, b, step));
        }
        team.Wait();
    }

    private bool IsLarge(int term) => (long)_lattices[term].SlotCount * _stride * sizeof(float) > CacheBytes;

    /// <summary>The eight channels from <paramref name="channel"/> of all vertices, to be sliced from.</summary>
    private float* Block(int term, int channel, int step) => Target(term, step + 1) + (long)_lattices[term].SlotCount * channel;
}
