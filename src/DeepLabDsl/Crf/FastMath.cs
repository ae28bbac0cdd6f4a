using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepLabDsl;

/// <summary>What the mean field computes often, several at a time.</summary>
internal static class FastMath
{
    /// <summary>Below this, <see cref="Exp(Vector256{float})"/> is 0: smaller numbers would turn into slow denormals in the filter.</summary>
    public const float SmallestExponent = -69;

    private const float Log2E = 1.44269504f;

    // ln 2 in two parts: the high one has few bits, so that its product with a small whole number is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // Taylor's series of e^r to r^6 for |r| <= ln2 / 2: less than 1e-7 off.
    private const float C2 = 1f / 2;
    private const float C3 = 1f / 6;
    private const float C4 = 1f / 24;
    private const float C5 = 1f / 120;
    private const float C6 = 1f / 720;

    /// <summary>e^x of numbers not above 0, 2e-7 off at most relative to the result; 0 below <see cref="SmallestExponent"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        var isZero = Vector256.LessThan(x, Vector256.Create(SmallestExponent));
        var n = Vector256.Round(x * Log2E);
        var r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-Ln2High), x);
        r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-Ln2Low), r);
        var y = Vector256.MultiplyAddEstimate(r, Vector256.Create(C6), Vector256.Create(C5));
        y = Vector256.MultiplyAddEstimate(r, y, Vector256.Create(C4));
        y = Vector256.MultiplyAddEstimate(r, y, Vector256.Create(C3));
        y = Vector256.MultiplyAddEstimate(r, y, Vector256.Create(C2));
        y = Vector256.MultiplyAddEstimate(r, y, Vector256<float>.One);
        y = Vector256.MultiplyAddEstimate(r, y, Vector256<float>.One);
        var scale = (Vector256.ConvertToInt32Native(n) + Vector256.Create(127)) << 23;
        return Vector256.AndNot(y * scale.AsSingle(), isZero);
    }

    /// <inheritdoc cref="Exp(Vector256{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Exp(Vector128<float> x)
    {
        var isZero = Vector128.LessThan(x, Vector128.Create(SmallestExponent));
        var n = Vector128.Round(x * Log2E);
        var r = Vector128.MultiplyAddEstimate(n, Vector128.Create(-Ln2High), x);
        r = Vector128.MultiplyAddEstimate(n, Vector128.Create(-Ln2Low), r);
        var y = Vector128.MultiplyAddEstimate(r, Vector128.Create(C6), Vector128.Create(C5));
        y = Vector128.MultiplyAddEstimate(r, y, Vector128.Create(C4));
        y = Vector128.MultiplyAddEstimate(r, y, Vector128.Create(C3));
        y = Vector128.MultiplyAddEstimate(r, y, Vector128.Create(C2));
        y = Vector128.MultiplyAddEstimate(r, y, Vector128<float>.One);
        y = Vector128.MultiplyAddEstimate(r, y, Vector128<float>.One);
        var scale = (Vector128.ConvertToInt32Native(n) + Vector128.Create(127)) << 23;
        return Vector128.AndNot(y * scale.AsSingle(), isZero);
    }

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
