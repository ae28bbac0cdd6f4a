using System;

namespace DeepLabDsl.Modules;

/// <summary>Arithmetic of the language where that of C# differs.</summary>
public static class SpecMath
{
    /// <summary>
    /// The nearest multiple, at least one, and never more than a tenth below the value: how MobileNets round their widths
    /// (<c>_make_divisible</c>).
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="divisor">What the result is a multiple of.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="divisor"/> is not positive.</exception>
    public static int RoundTo(double value, int divisor) => (int)RoundTo(value, (double)divisor);

    /// <inheritdoc cref="RoundTo(double, int)"/>
    public static double RoundTo(double value, double divisor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(divisor);
        var rounded = Math.Max(divisor, Math.Floor((value + divisor / 2) / divisor) * divisor);
        return rounded < 0.9 * value ? rounded + divisor : rounded;
    }

    /// <summary>The quotient rounded down.</summary>
    public static int FloorDivide(int a, int b) => (int)Math.Floor((double)a / b);

    /// <inheritdoc cref="FloorDivide(int, int)"/>
    public static double FloorDivide(double a, double b) => Math.Floor(a / b);

    /// <summary>What is left of a division that rounds down: 0 or more where the divisor is positive.</summary>
    public static int Modulo(int a, int b) => (int)Modulo((double)a, b);

    /// <inheritdoc cref="Modulo(int, int)"/>
    public static double Modulo(double a, double b) => a - b * Math.Floor(a / b);
}
