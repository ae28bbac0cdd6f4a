using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepLabDsl.Crf;

/// <summary>
/// Finds for features the simplex of the permutohedral lattice around them (Adams, Baek and Davis, Eurographics 2010, sections
/// 3.1 and 3.2), eight pixels at a time. The arithmetic is the published implementation's step by step, so that its vertices
/// and weights come out to the last bit.
/// </summary>
internal sealed unsafe class SimplexFinder
{
    /// <summary>Pixels at a time.</summary>
    public const int Lanes = 8;

    private readonly int _d;
    private readonly float[] _scale;
    private readonly VertexKeys _keys;

    public SimplexFinder(VertexKeys keys, float[] scale)
    {
        _d = keys.Dimensions;
        _scale = scale;
        _keys = keys;
    }

    /// <summary>
    /// The factor of each feature: makes the lattice's own blur one standard deviation wide ("the magic constant", page 6 of the paper).
    /// </summary>
    public static float[] Scale(int dimensions)
    {
        var deviation = (float)(Math.Sqrt(2.0 / 3.0) * (dimensions + 1));
        var scale = new float[dimensions];
        for (var i = 0; i < dimensions; i++)
            scale[i] = (float)(1.0 / Math.Sqrt((i + 2) * (i + 1)) * deviation);
        return scale;
    }

    /// <summary>The d+1 vertices around each of eight pixels and the weights of the pixel in them.</summary>
    /// <param name="features">Feature f of pixel i at <c>f * stride + i</c>.</param>
    /// <param name="stride">The distance of two features of a pixel.</param>
    /// <param name="keys">Takes the vertices: remainder r of pixel i at <c>i * (d + 1) + r</c>.</param>
    /// <param name="weights">Takes the weights: remainder r of pixel i at <c>r * 8 + i</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Find(float* features, int stride, long* keys, float* weights)
    {
        var d = _d;
        var elevated = stackalloc Vector256<float>[d + 1];
        var quotient = stackalloc Vector256<float>[d + 1];
        var rank = stackalloc Vector256<int>[d + 1];
        Elevate(features, stride, elevated);
        Rank(elevated, quotient, rank);
        Weigh(elevated, quotient, rank, (Vector256<float>*)weights);
        Name(quotient, rank, keys);
    }

    /// <summary>Onto the plane of coordinates that sum to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Elevate(float* features, int stride, Vector256<float>* elevated)
    {
        var sum = Vector256<float>.Zero;
        for (var j = _d; j > 0; j--)
        {
            var part = Vector256.Load(features + (j - 1) * stride) * _scale[j - 1];
            elevated[j] = sum - Vector256.Create((float)j) * part;
            sum += part;
        }
        elevated[0] = sum;
    }

    /// <summary>The nearest point of remainder 0, as quotients, and the order of the distances to it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Rank(Vector256<float>* elevated, Vector256<float>* quotient, Vector256<int>* rank)
    {
        var d = _d;
        var side = Vector256.Create((float)(d + 1));
        var inverse = Vector256.Create(1.0f / (d + 1));
        var total = Vector256<float>.Zero;
        for (var i = 0; i <= d; i++)
        {
            quotient[i] = Vector256.Round(inverse * elevated[i], MidpointRounding.ToEven);
            total += quotient[i];
            rank[i] = Vector256<int>.Zero;
        }
        for (var i = 0; i < d; i++)
        {
            var own = elevated[i] - quotient[i] * side;
            var lower = Vector256<int>.Zero;
            for (var j = i + 1; j <= d; j++)
            {
                // -1 where i is the farther one below.
                var isLess = Vector256.LessThan(own, elevated[j] - quotient[j] * side).AsInt32();
                lower -= isLess;
                rank[j] += Vector256<int>.One + isLess;
            }
            rank[i] += lower;
        }
        // Rounding each coordinate may leave the plane; the coordinates that were rounded farthest bring it back.
        var off = Vector256.ConvertToInt32(total);
        for (var i = 0; i <= d; i++)
        {
            var r = rank[i] + off;
            var isBelow = Vector256.LessThan(r, Vector256<int>.Zero);
            var isAbove = Vector256.GreaterThan(r, Vector256.Create(d));
            var step = isAbove - isBelow;
            rank[i] = r + step * (d + 1);
            quotient[i] += Vector256.ConvertToSingle(step);
        }
    }

    /// <summary>Barycentric coordinates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Weigh(Vector256<float>* elevated, Vector256<float>* quotient, Vector256<int>* rank, Vector256<float>* weights)
    {
        var d = _d;
        var side = Vector256.Create((float)(d + 1));
        var inverse = Vector256.Create(1.0f / (d + 1));
        // Each distance at the place of its rank.
        var sorted = stackalloc Vector256<float>[d + 1];
        for (var r = 0; r <= d; r++)
            sorted[r] = Vector256<float>.Zero;
        for (var i = 0; i <= d; i++)
        {
            var distance = (elevated[i] - quotient[i] * side) * inverse;
            for (var r = 0; r <= d; r++)
                sorted[r] |= distance & Vector256.Equals(rank[i], Vector256.Create(r)).AsSingle();
        }
        weights[0] = sorted[d] + (Vector256<float>.One - sorted[0]);
        for (var r = 1; r <= d; r++)
            weights[r] = sorted[d - r] - sorted[d - r + 1];
    }

    /// <summary>From remainder r-1 to r all coordinates grow by one, but that of rank d-r+1 goes back by d: its quotient shrinks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Name(Vector256<float>* quotient, Vector256<int>* rank, long* keys)
    {
        var d = _d;
        var quotients = stackalloc int[d * Lanes];
        for (var i = 0; i < d; i++)
            (Vector256.ConvertToInt32(quotient[i]) - Vector256.Create(_keys.Low[i])).Store(quotients + i * Lanes);
        var ranks = (int*)rank;
        var strides = stackalloc long[d + 1];
        for (var i = 0; i <= d; i++)
            strides[i] = _keys.Stride[i];
        var back = stackalloc long[d + 1];
        for (var lane = 0; lane < Lanes; lane++)
        {
            long key = 0;
            for (var i = 0; i < d; i++)
            {
                key += quotients[i * Lanes + lane] * strides[i];
                back[ranks[i * Lanes + lane]] = strides[i];
            }
            back[ranks[d * Lanes + lane]] = 0;
            *keys++ = key;
            for (var r = 1; r <= d; r++)
            {
                key += 1 - back[d - r + 1];
                *keys++ = key;
            }
        }
    }
}
