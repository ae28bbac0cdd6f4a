using System;
using DeepLabDsl.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Crf;

/// <summary>
/// The permutohedral lattice of one term for a batch of images, in tensor operations: it is where its features are, CPU or GPU. The
/// arithmetic is that of <see cref="SimplexFinder"/>, so the vertices are the same. Splatting is <c>index_add</c>, blurring and
/// slicing are <c>index_select</c>: filtering is differentiable, and its gradient is the transposed filter.
/// </summary>
internal sealed class TensorLattice : IDisposable
{
    private readonly int _dimensions;
    private readonly long _vertices;
    private readonly Tensor[] _slots;
    private readonly Tensor[] _weights;
    private readonly Tensor[] _next;
    private readonly Tensor[] _previous;
    private Tensor? _before;
    private Tensor? _after;

    private TensorLattice(int dimensions, long vertices, Tensor[] slots, Tensor[] weights, Tensor[] next, Tensor[] previous)
    {
        _dimensions = dimensions;
        _vertices = vertices;
        _slots = slots;
        _weights = weights;
        _next = next;
        _previous = previous;
    }

    /// <summary>Builds a lattice.</summary>
    /// <param name="features">
    /// The features of every pixel of the batch, each divided by its standard deviation: <c>[d, N * pixels]</c>, float32.
    /// </param>
    /// <param name="images">N.</param>
    /// <param name="low">The least value of each feature.</param>
    /// <param name="high">The greatest value of each feature.</param>
    /// <param name="normalization">How the filter is normalised.</param>
    /// <exception cref="ArgumentException">The features spread too wide for their sigmas.</exception>
    public static TensorLattice Build(Tensor features, long images, float[] low, float[] high, CrfNormalization normalization)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var d = (int)features.shape[0];
        var scale = SimplexFinder.Scale(d);
        var keys = new VertexKeys(low, high, scale);
        if ((Int128)keys.Range * images > long.MaxValue)
        {
            throw new ArgumentException(
                $"The features spread too wide for a batch of {images} images; larger sigmas or smaller batches are needed.");
        }
        var elevated = Elevate(features, scale);
        var (quotient, rank) = Rank(elevated, d);
        var weights = Weigh(elevated, quotient, rank, d);
        var named = Name(quotient, rank, keys, images);
        var (vertices, inverse, _) = named.reshape(-1).unique(sorted: true, return_inverse: true);
        var count = vertices.shape[0];
        var slots = inverse!.reshape(d + 1, -1);
        var next = new Tensor[d + 1];
        var previous = new Tensor[d + 1];
        for (var axis = 0; axis <= d; axis++)
            (next[axis], previous[axis]) = Link(vertices, keys, axis);
        var lattice = new TensorLattice(d, count, Rows(slots), Rows(weights), next, previous);
        lattice.Normalize(normalization, features);
        return lattice.MoveOut();
    }

    /// <summary>Filters and normalises: <c>[N * pixels, channels]</c> in and out, of any floating type.</summary>
    public Tensor Filter(Tensor values)
    {
        using var scope = NewDisposeScope();
        var x = _before is null ? values : values.mul(_before.to(values.dtype));
        x = Raw(x);
        return (_after is null ? x.alias() : x.mul(_after.to(values.dtype))).MoveToOuterDisposeScope();
    }

    /// <summary>Moves its tensors to the dispose scope around the innermost one.</summary>
    public TensorLattice MoveOut()
    {
        foreach (var tensors in new[] { _slots, _weights, _next, _previous })
        {
            foreach (var tensor in tensors)
                tensor.MoveToOuterDisposeScope();
        }
        _before?.MoveToOuterDisposeScope();
        if (!ReferenceEquals(_before, _after))
            _after?.MoveToOuterDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensors in new[] { _slots, _weights, _next, _previous })
        {
            foreach (var tensor in tensors)
                tensor.Dispose();
        }
        _before?.Dispose();
        _after?.Dispose();
    }

    private static Tensor[] Rows(Tensor matrix)
    {
        var rows = new Tensor[matrix.shape[0]];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = matrix.select(0, i).contiguous();
        return rows;
    }

    private static Tensor Elevate(Tensor features, float[] scale)
    {
        var d = scale.Length;
        var rows = new Tensor[d + 1];
        var sum = zeros_like(features.select(0, 0));
        for (var j = d; j > 0; j--)
        {
            var part = features.select(0, j - 1).Scale(scale[j - 1]);
            rows[j] = sum.sub(part.Scale(j));
            sum = Layers.Add(sum, part);
        }
        rows[0] = sum;
        return stack(rows, 0);
    }

    private static (Tensor Quotient, Tensor Rank) Rank(Tensor elevated, int d)
    {
        var quotient = elevated.Scale(1.0f / (d + 1)).round();
        var distance = elevated.sub(quotient.Scale(d + 1));
        // i, j: whether coordinate i is farther below its rounded value than j; of equals the earlier comes first.
        var isLess = distance.unsqueeze(1).lt(distance.unsqueeze(0)).to(ScalarType.Int64);
        var pairs = ones([d + 1, d + 1], dtype: ScalarType.Int64, device: elevated.device).triu(1).unsqueeze(2);
        var rank = Layers.Add(isLess.mul(pairs).sum([1]), pairs.sub(isLess.mul(pairs)).sum([0]));
        rank = Layers.Add(rank, quotient.sum([0]).to(ScalarType.Int64));
        using var zero = 0L.ToScalar();
        using var maximum = ((long)d).ToScalar();
        var step = rank.lt(zero).to(ScalarType.Int64).sub(rank.gt(maximum).to(ScalarType.Int64));
        return (Layers.Add(quotient, step.to(quotient.dtype)), Layers.Add(rank, step.Times(d + 1)));
    }

    private static Tensor Weigh(Tensor elevated, Tensor quotient, Tensor rank, int d)
    {
        var distance = elevated.sub(quotient.Scale(d + 1)).Scale(1.0f / (d + 1));
        var falling = zeros_like(distance).scatter(0, rank, distance).flip(0);
        var first = Layers.Add(falling[0], ones_like(falling[0]).sub(falling[d]));
        return cat([first.unsqueeze(0), falling.slice(0, 1, d + 1, 1).sub(falling.slice(0, 0, d, 1))], 0);
    }

    /// <summary>
    /// The numbers of the d+1 vertices around each pixel, of each image in a range of its own: <c>[d + 1, N * pixels]</c>.
    /// </summary>
    private static Tensor Name(Tensor quotient, Tensor rank, VertexKeys keys, long images)
    {
        var d = keys.Dimensions;
        var device = quotient.device;
        var strides = tensor(keys.Stride.ToArray(), device: device).unsqueeze(1);
        var low = tensor(Array.ConvertAll(keys.Low, l => (long)l), device: device).unsqueeze(1);
        var first = quotient.slice(0, 0, d, 1).to(ScalarType.Int64).sub(low).mul(strides.slice(0, 0, d, 1)).sum([0]);
        var pixels = quotient.shape[1] / images;
        var image = TensorCrf.CountTo(images, ScalarType.Int64, device).Times(keys.Range);
        first = Layers.Add(first, image.repeat_interleave(pixels));
        // From remainder r-1 to r the coordinate of rank d-r+1 goes back.
        var back = zeros_like(rank).scatter(0, rank, strides.expand_as(rank)).flip(0).slice(0, 0, d, 1);
        var steps = ones_like(back).sub(back).cumsum(0);
        return cat([first.unsqueeze(0), Layers.Add(steps, first.unsqueeze(0))], 0);
    }

    /// <summary>The slots after and before each along an axis; the row behind the last vertex, which stays 0, stands for none.</summary>
    private static (Tensor Next, Tensor Previous) Link(Tensor vertices, VertexKeys keys, int axis)
    {
        using var scope = NewDisposeScope();
        var count = vertices.shape[0];
        var isZero = vertices.bitwise_and(tensor((1L << keys.RemainderBits) - 1, device: vertices.device)).eq(TensorArithmetic.Zero);
        var step = isZero.to(ScalarType.Int64).Times(keys.Wrap + 1).sub(ones_like(vertices));
        step.AddInPlace(keys.Stride[axis]);
        var wanted = Layers.Add(vertices, step);
        using var last = (count - 1).ToScalar();
        var found = searchsorted(vertices, wanted).clamp_max(last);
        var isThere = vertices.index_select(0, found).eq(wanted);
        var none = Filled(found, count);
        var next = cat([where(isThere, found, none), none.slice(0, 0, 1, 1)], 0);
        var previous = Filled(next, count);
        // Many have no next and write to the last row, which is reset.
        previous.scatter_(0, next, TensorCrf.CountTo(count + 1, ScalarType.Int64, vertices.device));
        previous = cat([previous.slice(0, 0, count, 1), none.slice(0, 0, 1, 1)], 0);
        return (next.MoveToOuterDisposeScope(), previous.MoveToOuterDisposeScope());
    }

    private static Tensor Filled(Tensor x, long value)
    {
        var filled = zeros_like(x);
        filled.AddInPlace(value);
        return filled;
    }

    private void Normalize(CrfNormalization normalization, Tensor features)
    {
        if (normalization == CrfNormalization.None)
            return;
        var sum = Raw(ones([features.shape[1], 1], dtype: features.dtype, device: features.device));
        using var tiny = 1e-20.ToScalar();
        sum = sum.add(tiny);
        if (normalization == CrfNormalization.Symmetric)
            _before = _after = sum.rsqrt();
        else if (normalization == CrfNormalization.Before)
            _before = sum.reciprocal();
        else
            _after = sum.reciprocal();
    }

    private Tensor Raw(Tensor x)
    {
        using var scope = NewDisposeScope();
        var values = zeros([_vertices + 1, x.shape[1]], dtype: x.dtype, device: x.device);
        for (var r = 0; r <= _dimensions; r++)
            values = values.index_add(0, _slots[r], x.mul(_weights[r].to(x.dtype).unsqueeze(1)), TensorArithmetic.One);
        for (var axis = 0; axis <= _dimensions; axis++)
        {
            var neighbours = Layers.Add(values.index_select(0, _next[axis]), values.index_select(0, _previous[axis]));
            values = Layers.Add(values, neighbours.Scale(0.5));
        }
        Tensor? result = null;
        for (var r = 0; r <= _dimensions; r++)
        {
            var part = values.index_select(0, _slots[r]).mul(_weights[r].to(x.dtype).unsqueeze(1));
            result = result is null ? part : Layers.Add(result, part);
        }
        return result!.Scale(1.0 / (1.0 + Math.Pow(2, -_dimensions))).MoveToOuterDisposeScope();
    }
}
