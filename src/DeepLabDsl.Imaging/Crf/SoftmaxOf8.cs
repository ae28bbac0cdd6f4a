using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepLabDsl.Crf;

/// <summary>
/// Softmax of eight pixels at a time. The largest score and the sum of a pixel lie across a register; brought together for eight
/// pixels they are found in a few steps for all, and between them only short chains of operations are left.
/// </summary>
internal static unsafe class SoftmaxOf8
{
    /// <summary>Pixels at a time.</summary>
    public const int Pixels = 8;

    private const int Width = 8;

    /// <summary>Replaces eight pixels' scores by probabilities.</summary>
    /// <param name="from">The scores, <c>[8][Count]</c>.</param>
    /// <param name="to">Takes the probabilities; may be <paramref name="from"/>.</param>
    /// <typeparam name="TLanes">The channels of a pixel, a multiple of 8.</typeparam>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TLanes>(float* from, float* to)
        where TLanes : struct, ILanes<TLanes>
    {
        var square = stackalloc Vector256<float>[Pixels];
        var each = stackalloc float[Pixels];
        for (var i = 0; i < Pixels; i++)
        {
            var row = from + i * TLanes.Count;
            var max = Vector256.Load(row);
            for (var b = Width; b < TLanes.Count; b += Width)
                max = Vector256.MaxNative(max, Vector256.Load(row + b));
            square[i] = max;
        }
        SquareOf8.Transpose(square);
        Vector256.MaxNative(
            Vector256.MaxNative(Vector256.MaxNative(square[0], square[1]), Vector256.MaxNative(square[2], square[3])),
            Vector256.MaxNative(Vector256.MaxNative(square[4], square[5]), Vector256.MaxNative(square[6], square[7]))).Store(each);
        for (var i = 0; i < Pixels; i++)
        {
            var max = Vector256.Create(each[i]);
            var sum = Vector256<float>.Zero;
            for (var b = 0; b < TLanes.Count; b += Width)
            {
                var e = FastMath.Exp(Vector256.Load(from + i * TLanes.Count + b) - max);
                e.Store(to + i * TLanes.Count + b);
                sum += e;
            }
            square[i] = sum;
        }
        SquareOf8.Transpose(square);
        var total = square[0] + square[1] + (square[2] + square[3]) + (square[4] + square[5] + (square[6] + square[7]));
        (Vector256<float>.One / total).Store(each);
        for (var i = 0; i < Pixels; i++)
        {
            var factor = Vector256.Create(each[i]);
            for (var b = 0; b < TLanes.Count; b += Width)
                (Vector256.Load(to + i * TLanes.Count + b) * factor).Store(to + i * TLanes.Count + b);
        }
    }
}
