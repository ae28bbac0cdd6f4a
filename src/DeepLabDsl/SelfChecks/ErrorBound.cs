using System;
using static TorchSharp.torch;

namespace DeepLabDsl.SelfChecks;

/// <summary>
/// How far a right result may lie from the float64 one: what rounding explains, and no more.
/// <para>
/// A sum of n products, in any order and in any blocks, is off by at most <c>λ √n u Σ|x_i w_i|</c> with a probability of
/// <c>1 - 2 n exp(-λ²/2)</c> (Higham and Mary, SIAM J. Sci. Comput. 41(5), 2019, theorem 3.1; u: the unit roundoff of the
/// accumulator). λ = 6 leaves one in ten million for each term. The result is then rounded to its own type. A wrong kernel is off
/// by the size of the terms themselves, some thousand times as much.
/// </para>
/// </summary>
internal static class ErrorBound
{
    /// <summary>λ of the bound.</summary>
    private const double Confidence = 6;

    /// <summary>The unit roundoff of a type: half the distance from 1 to the next number.</summary>
    public static double Roundoff(ScalarType type) => type switch
    {
        ScalarType.Float32 => Math.Pow(2, -24),
        ScalarType.BFloat16 => Math.Pow(2, -8),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no type that is checked"),
    };

    /// <summary>For sums of products that are accumulated in float32, whatever the type of the factors, and stored in a type.</summary>
    /// <param name="terms">n.</param>
    /// <param name="product">The mean absolute value of a product.</param>
    /// <param name="type">The type of the result.</param>
    /// <param name="scale">The largest absolute result.</param>
    /// <param name="factorRoundoff">The unit roundoff to which factors are rounded before they are multiplied; 0: they are not.</param>
    public static double Sum(double terms, double product, ScalarType type, double scale, double factorRoundoff = 0) =>
        // Roundings of factors are independent of each other: their sum grows with the root of n alone.
        Confidence * Math.Sqrt(terms) * product * (terms * Roundoff(ScalarType.Float32) + 2 * factorRoundoff) + Stored(type, scale);

    /// <summary>For a result that is rounded once, to its own type.</summary>
    public static double Stored(ScalarType type, double scale) => Roundoff(type) * scale;
}
