namespace DeepLabDsl.SelfChecks;

/// <summary>How far one result of a case lies from the same computed in float64.</summary>
/// <param name="Quantity">What was compared: <c>forward</c>, <c>input gradient</c>, <c>weight gradient</c> …</param>
/// <param name="Format">The memory format of the input: <c>contiguous</c> or <c>channels-last</c>.</param>
/// <param name="Type">The element type: <c>float32</c> or <c>bfloat16</c>.</param>
/// <param name="Difference">The largest absolute difference of an element; NaN where one is not finite.</param>
/// <param name="Tolerance">The most that rounding explains; see <see cref="ErrorBound"/>.</param>
/// <param name="Scale">The largest absolute value of the reference: what the difference is to be seen beside.</param>
internal sealed record Deviation(string Quantity, string Format, string Type, double Difference, double Tolerance, double Scale)
{
    /// <summary>Whether rounding explains the difference. Not so for NaN.</summary>
    public bool IsRight => Difference <= Tolerance;
}
