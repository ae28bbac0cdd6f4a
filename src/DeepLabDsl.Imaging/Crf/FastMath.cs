using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepLabDsl.Crf;

/// <summary>What the mean field computes often, several at a time.</summary>
internal static class FastMath
{
    /// <summary>
    /// Below this, <see cref="Exp(Vector256{float})"/> is 0: smaller numbers would turn into slow denormals in the filter.
    /// </summary>
    public const float SmallestExponent = -69;

    private const float Log2E = 1.44269504f;

    private const float Ln2 = 0.693147181f;
    private const float Rounder = 3 << 22;
    private const int MantissaBits = 23;

    // Taylor's series of e^r to r^6 for |r| <= ln2 / 2: less than 1e-7 off.
    private const float C2 = 1f / 2;
    private const float C3 = 1f / 6;
    private const float C4 = 1f / 24;
    private const float C5 = 1f / 120;
    private const float C6 = 1f / 720;

    /// <summary>e^x of numbers not above 0, 3e-7 off at most relative to the result; 0 below <see cref="SmallestExponent"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        var isZero = Vector256.LessThan(x, Vector256.Create(SmallestExponent));
        // Added to a number this large, the exponent is rounded, and its bits are at the end.
        var shifted = Vector256.MultiplyAddEstimate(x, Vector256.Create(Log2E), Vector256.Create(Rounder));
        var r = Vector256.MultiplyAddEstimate(shifted - Vector256.Create(Rounder), Vector256.Create(-Ln2), x);
        var y = Vector256.MultiplyAddEstimate(r, Vector256.Create(C6), Vector256.Create(C5));
        y = Vector256.MultiplyAddEstimate(r, y, Vector256.Create(C4));
        y = Vector256.MultiplyAddEstimate(r, y, Vector256.Create(C3));
        y = Vector256.MultiplyAddEstimate(r, y, Vector256.Create(C2));
        y = Vector256.MultiplyAddEstimate(r, y, Vector256<float>.One);
        y = Vector256.MultiplyAddEstimate(r, y, Vector256<float>.One);
        var power = (y.AsInt32() + (shifted.AsInt32() << MantissaBits)).AsSingle();
        return Vector256.AndNot(power, isZero);
    }

    /// <inheritdoc cref="Exp(Vector256{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Exp(Vector128<float> x) => Exp(x.ToVector256Unsafe()).GetLower();

    /// <summary>The largest of all, in every place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MaxOfAll(Vector256<float> x)
    {
        var half = MaxOfAll(Vector128.MaxNative(x.GetLower(), x.GetUpper()));
        return Vector256.Create(half, half);
    }

    /// <inheritdoc cref="MaxOfAll(Vector256{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MaxOfAll(Vector128<float> x)
    {
        x = Vector128.MaxNative(x, Vector128.Shuffle(x, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(x, Vector128.Shuffle(x, Vector128.Create(1, 0, 3, 2)));
    }

    /// <summary>One divided by the sum of all, in every place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> InverseSum(Vector256<float> x)
    {
        var inverse = Vector128<float>.One / SumOfAll(x.GetLower() + x.GetUpper());
        return Vector256.Create(inverse, inverse);
    }

    /// <summary>The sum of all, in every place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumOfAll(Vector128<float> x)
    {
        x += Vector128.Shuffle(x, Vector128.Create(2, 3, 0, 1));
        return x + Vector128.Shuffle(x, Vector128.Create(1, 0, 3, 2));
    }
}
