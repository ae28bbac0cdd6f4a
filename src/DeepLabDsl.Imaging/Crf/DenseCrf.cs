using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Crf;

/// <summary>
/// A fully connected CRF over the pixels of an image, solved by mean field with permutohedral filters (Krähenbühl and Koltun,
/// NIPS 2011), as DeepLab v1 and v2 use it (v1, section 4.2). Runs on the CPU. An image's lattices are built once and serve
/// any number of unaries; memory is kept for the next image. Not thread-safe: it uses threads itself.
/// </summary>
public sealed unsafe class DenseCrf : IDisposable
{
    private readonly Lattice[] _lattices;
    private readonly AlignedBuffer<float>[] _sources;
    private readonly AlignedBuffer<float>[] _targets;
    private readonly AlignedBuffer<float> _rows = new();
    private readonly AlignedBuffer<float> _results = new();
    private readonly AlignedBuffer<float> _compatibility = new();
    private readonly double[] _weights;
    private BlurAxis.Scratch[] _scratch = [];
    private PixelOrder? _order;
    private TimeSpan _build;

    /// <summary>Starts a CRF.</summary>
    /// <param name="options">Its terms and how it is run.</param>
    /// <exception cref="ArgumentException">A sigma is not positive, a weight is not finite, or there is no term.</exception>
    public DenseCrf(CrfOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        Options = options;
        _lattices = options.Terms.Select(_ => new Lattice()).ToArray();
        _sources = options.Terms.Select(_ => new AlignedBuffer<float>()).ToArray();
        _targets = options.Terms.Select(_ => new AlignedBuffer<float>()).ToArray();
        _weights = options.Terms.Select(t => t.Weight).ToArray();
    }

    /// <summary>Its terms and how it is run.</summary>
    public CrfOptions Options { get; }

    /// <summary>The number of lattice vertices of each term, for the image it was last given.</summary>
    public IReadOnlyList<int> Vertices => _lattices.Select(l => l.VertexCount).ToList();

    /// <summary>Bytes of native memory and of the larger arrays that it holds.</summary>
    public long Bytes => _rows.Bytes + _results.Bytes + _compatibility.Bytes
        + _lattices.Sum(l => l.Bytes) + _sources.Sum(b => b.Bytes) + _targets.Sum(b => b.Bytes);

    private int Threads => Math.Min(Options.Threads ?? Environment.ProcessorCount, Math.Max(1, _order!.Height / 8));

    /// <summary>Builds the lattices of an image.</summary>
    /// <param name="image">The image.</param>
    /// <exception cref="ArgumentException">A term's features are of another size, or spread too wide for its sigmas.</exception>
    public void Load(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        Load(image.Width, image.Height, image);
    }

    /// <summary>Builds the lattices of terms that need no image.</summary>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <exception cref="ArgumentException">
    /// A term needs an image, its features are of another size, or spread too wide for its sigmas.
    /// </exception>
    public void Load(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        Load(width, height, null);
    }

    /// <summary>Changes the terms' weights; their lattices stay.</summary>
    /// <param name="weights">One a term.</param>
    /// <exception cref="ArgumentException">There are more or fewer than terms, or one is not finite.</exception>
    public void SetWeights(params ReadOnlySpan<double> weights)
    {
        if (weights.Length != _weights.Length)
            throw new ArgumentException($"There are {_weights.Length} terms and {weights.Length} weights.");
        foreach (var weight in weights)
        {
            if (!double.IsFinite(weight))
                throw new ArgumentException($"A weight must be a finite number, not {weight}.");
        }
        weights.CopyTo(_weights);
    }

    /// <summary>Runs the mean field on the image it was last given.</summary>
    /// <param name="unary">
    /// The cost of each class at each pixel, minus its log-probability up to a constant of the pixel: <c>[classes, H, W]</c>.
    /// </param>
    /// <param name="classes">The number of classes, 1 to 255.</param>
    /// <param name="measureDivergence">Whether the divergence is computed for each iteration, which costs one more and some time.</param>
    /// <param name="spent">A result that is needed no longer: where it is of the same size, its memory is taken for the new one.</param>
    /// <returns>Probabilities and classes.</returns>
    /// <exception cref="InvalidOperationException">No image was loaded.</exception>
    /// <exception cref="ArgumentException">
    /// The unary is of another size or not finite, or a term's compatibility is not of so many classes.
    /// </exception>
    public CrfResult Infer(ReadOnlySpan<float> unary, int classes, bool measureDivergence = false, CrfResult? spent = null)
    {
        var order = _order ?? throw new InvalidOperationException("Load an image before inferring.");
        if (classes is < 1 or > 255)
            throw new ArgumentException($"The number of classes must be 1 to 255, not {classes}.");
        var length = (long)classes * order.Pixels;
        if (unary.Length != length)
        {
            throw new ArgumentException(
                $"The unary has {unary.Length} values; {classes} classes of {order.Width}x{order.Height} pixels are {length}.");
        }
        if (length > Array.MaxLength)
        {
            throw new ArgumentException(
                $"{classes} classes of {order.Width}x{order.Height} pixels do not fit in one array; infer the image in parts.");
        }
        var isWide = measureDivergence || classes > Lanes24.Count;
        return (isWide, classes) switch
        {
            (true, _) => Infer<Lanes8>(
                unary, classes, (classes + WidePass.Block - 1) / WidePass.Block * WidePass.Block, measureDivergence, spent),
            (_, <= 4) => Infer<Lanes4>(unary, classes, Lanes4.Count, false, spent),
            (_, <= 8) => Infer<Lanes8>(unary, classes, Lanes8.Count, false, spent),
            (_, <= 16) => Infer<Lanes16>(unary, classes, Lanes16.Count, false, spent),
            _ => Infer<Lanes24>(unary, classes, Lanes24.Count, false, spent),
        };
    }

    /// <summary>Loads an image and runs the mean field on it.</summary>
    /// <param name="image">The image.</param>
    /// <param name="unary">The cost of each class at each pixel, <c>[classes, H, W]</c>.</param>
    /// <param name="classes">The number of classes, 1 to 255.</param>
    /// <param name="measureDivergence">Whether the divergence is computed for each iteration.</param>
    /// <param name="spent">A result that is needed no longer: where it is of the same size, its memory is taken for the new one.</param>
    /// <returns>Probabilities and classes.</returns>
    /// <exception cref="ArgumentException">The unary is of another size or not finite, or a term does not fit the image.</exception>
    public CrfResult Infer(RgbImage image, ReadOnlySpan<float> unary, int classes, bool measureDivergence = false, CrfResult? spent = null)
    {
        Load(image);
        return Infer(unary, classes, measureDivergence, spent);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var lattice in _lattices)
            lattice.Dispose();
        foreach (var buffer in _sources.Concat(_targets))
            buffer.Dispose();
        _rows.Dispose();
        _results.Dispose();
        _compatibility.Dispose();
    }

    private void Load(int width, int height, RgbImage? image)
    {
        var watch = Stopwatch.StartNew();
        var readers = Options.Terms.Select(t => FeatureReader.Of(t, width, height, image)).ToList();
        if (_order is null || _order.Width != width || _order.Height != height)
        {
            _order = new PixelOrder(width, height, 1);
            if (Threads > 1)
                _order = new PixelOrder(width, height, Threads);
        }
        foreach (var (lattice, reader) in _lattices.Zip(readers))
            lattice.Begin(reader, _order);
        if (_scratch.Length < Threads)
            _scratch = [.. Enumerable.Range(0, Threads).Select(_ => new BlurAxis.Scratch())];
        WorkerTeam.Run(Threads, Build);
        _build = watch.Elapsed;
    }

    private void Build(WorkerTeam team, int number)
    {
        foreach (var lattice in _lattices)
            lattice.FindVertices(number);
        team.Wait();
        for (var t = number; t < _lattices.Length; t += team.Count)
        {
            _lattices[t].Join();
            _targets[t].Ensure(_lattices[t].SlotCount);
        }
        team.Wait();
        var item = 0;
        foreach (var lattice in _lattices)
        {
            for (var axis = 0; axis <= lattice.Dimensions; axis++)
            {
                if (item++ % team.Count == number)
                    lattice.FindLines(axis, _scratch[number]);
            }
        }
        team.Wait();
        for (var t = 0; t < _lattices.Length; t++)
            _lattices[t].Normalize(Options.Terms[t].Normalization, team, number, _targets[t].Pointer);
    }

    private CrfResult Infer<TLanes>(ReadOnlySpan<float> unary, int classes, int stride, bool measures, CrfResult? spent)
        where TLanes : struct, ILanes<TLanes>
    {
        var order = _order!;
        var columns = LayOutCompatibility(classes, stride);
        _rows.Ensure((long)order.Pixels * stride);
        if (measures)
            _results.Ensure((long)order.Pixels * stride);
        for (var t = 0; t < _lattices.Length; t++)
        {
            if ((long)_lattices[t].SlotCount * Lanes8.Count > int.MaxValue)
            {
                throw new ArgumentException(
                    $"The lattice of the {Options.Terms[t].Name} term has {_lattices[t].VertexCount} vertices, too many; "
                    + "infer the image in parts.");
            }
            _sources[t].Ensure((long)_lattices[t].SlotCount * stride);
            _targets[t].Ensure((long)_lattices[t].SlotCount * stride);
        }
        var field = new MeanField<TLanes>(
            _lattices, _sources, _targets, order, _rows.Pointer, stride, measures ? _results.Pointer : null, Options.Iterations)
        {
            Factors = _lattices.Select((l, t) => l.Scale * (float)_weights[t]).ToArray(),
            Compatibility = columns.Select(c => c < 0 ? 0 : (nint)(_compatibility.Pointer + c)).ToArray(),
        };
        // By their own lengths, since anyone can make a result: they are written without checks.
        var probabilities = spent?.Probabilities is { } values && values.Length == unary.Length
            ? values
            : GC.AllocateUninitializedArray<float>(unary.Length);
        var map = spent?.Map.Indices is { } indices && indices.Length == order.Pixels ? indices : new byte[order.Pixels];
        fixed (float* source = unary)
        {
            var start = (nint)source;
            WorkerTeam.Run(Threads, (team, number) =>
            {
                field.Read(team, number, new ReadOnlySpan<float>((float*)start, classes * order.Pixels), classes);
                field.Run(team, number);
                field.Write(team, number, probabilities, map, classes);
            });
        }
        var timing = new CrfTiming(_build, field.ReadTime, field.PixelTime, field.BlurTime, field.WriteTime);
        return new CrfResult(
            classes, order.Width, order.Height, probabilities, new LabelMap(order.Width, order.Height, map), field.Divergence, timing);
    }

    /// <summary>Writes the terms' matrices as columns of <c>-compatibility</c>, filled up with zeros.</summary>
    /// <returns>Where each term's begins; -1 for Potts.</returns>
    private long[] LayOutCompatibility(int classes, int stride)
    {
        var at = Options.Terms.Select((_, t) => (long)t * stride * stride).ToArray();
        if (Options.Terms.Any(t => t.Compatibility is not null))
            _compatibility.Ensure((long)Options.Terms.Count * stride * stride);
        for (var t = 0; t < at.Length; t++)
        {
            if (Options.Terms[t].Compatibility is not { } matrix)
            {
                at[t] = -1;
                continue;
            }
            if (matrix.GetLength(0) != classes || matrix.GetLength(1) != classes)
            {
                throw new ArgumentException(
                    $"The {Options.Terms[t].Name} term's compatibility is {matrix.GetLength(0)}x{matrix.GetLength(1)}; {classes} classes "
                    + $"need {classes}x{classes}.");
            }
            var columns = new Span<float>(_compatibility.Pointer + at[t], stride * stride);
            columns.Clear();
            for (var l = 0; l < classes; l++)
            {
                for (var other = 0; other < classes; other++)
                    columns[other * stride + l] = -matrix[l, other];
            }
        }
        return at;
    }
}
