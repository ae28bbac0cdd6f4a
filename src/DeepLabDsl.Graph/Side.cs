using System;
using System.Globalization;

namespace DeepLabDsl.Graph;

/// <summary>An axis of a map.</summary>
public enum Axis
{
    /// <summary>Rows.</summary>
    Vertical,

    /// <summary>Columns.</summary>
    Horizontal,
}

/// <summary>
/// How many pixels a side of a map has, as a formula of the side of the network's input: what exports with dynamic sizes need,
/// and from which the number for any size comes.
/// </summary>
public abstract record Side
{
    private protected Side()
    {
    }

    /// <summary>A side of the network's input.</summary>
    /// <param name="axis">Which.</param>
    public static Side Input(Axis axis) => new InputSide(axis);

    /// <summary>A side that hangs on nothing.</summary>
    public static Side Of(long pixels) => new ConstantSide(pixels);

    /// <summary>The pixels for an input's size; 0 or less where the input is too small for the network.</summary>
    /// <param name="height">Rows of the input.</param>
    /// <param name="width">Columns of the input.</param>
    public abstract long At(long height, long width);

    /// <summary>As many more, or fewer.</summary>
    public Side Plus(long pixels) => pixels == 0 ? this : this switch
    {
        ConstantSide c => Of(c.Pixels + pixels),
        SumSide s => s.Side.Plus(s.Pixels + pixels),
        _ => new SumSide(this, pixels),
    };

    /// <summary>As many times as many.</summary>
    public Side Times(int factor) => factor == 1 ? this : this is ConstantSide c ? Of(c.Pixels * factor) : new ProductSide(this, factor);

    /// <summary>A part, rounded down.</summary>
    public Side Over(int divisor) =>
        divisor == 1 ? this : this is ConstantSide c ? Of(Floor(c.Pixels, divisor)) : new QuotientSide(this, divisor);

    /// <summary>What a factor makes of it.</summary>
    public Side Scaled(double factor, ResizeGrid grid) =>
        this is ConstantSide c ? Of(ScaledSide.Apply(c.Pixels, factor, grid)) : new ScaledSide(this, factor, grid);

    private protected static long Floor(long pixels, int divisor) => pixels >= 0 ? pixels / divisor : -((-pixels + divisor - 1) / divisor);
}

/// <summary>The side of the network's input on an axis.</summary>
public sealed record InputSide(Axis Axis) : Side
{
    /// <inheritdoc/>
    public override long At(long height, long width) => Axis == Axis.Vertical ? height : width;

    /// <inheritdoc/>
    public override string ToString() => Axis == Axis.Vertical ? "H" : "W";
}

/// <summary>A number.</summary>
public sealed record ConstantSide(long Pixels) : Side
{
    /// <inheritdoc/>
    public override long At(long height, long width) => Pixels;

    /// <inheritdoc/>
    public override string ToString() => Pixels.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A side and as many pixels more.</summary>
public sealed record SumSide(Side Side, long Pixels) : Side
{
    /// <inheritdoc/>
    public override long At(long height, long width) => Side.At(height, width) + Pixels;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Format(CultureInfo.InvariantCulture, "({0} {1} {2})", Side, Pixels < 0 ? "-" : "+", Math.Abs(Pixels));
}

/// <summary>A side times a number.</summary>
public sealed record ProductSide(Side Side, int Factor) : Side
{
    /// <inheritdoc/>
    public override long At(long height, long width) => Side.At(height, width) * Factor;

    /// <inheritdoc/>
    public override string ToString() => string.Format(CultureInfo.InvariantCulture, "{0} * {1}", Side, Factor);
}

/// <summary>A side divided by a number, rounded down.</summary>
public sealed record QuotientSide(Side Side, int Divisor) : Side
{
    /// <inheritdoc/>
    public override long At(long height, long width) => Floor(Side.At(height, width), Divisor);

    /// <inheritdoc/>
    public override string ToString() => string.Format(CultureInfo.InvariantCulture, "floor({0} / {1})", Side, Divisor);
}

/// <summary>What a resize by a factor makes of a side.</summary>
public sealed record ScaledSide(Side Side, double Factor, ResizeGrid Grid) : Side
{
    /// <inheritdoc/>
    public override long At(long height, long width) => Apply(Side.At(height, width), Factor, Grid);

    /// <inheritdoc/>
    public override string ToString() => string.Format(
        CultureInfo.InvariantCulture, Grid == ResizeGrid.Corners ? "floor(({0} - 1) * {1}) + 1" : "floor({0} * {1})", Side, Factor);

    internal static long Apply(long pixels, double factor, ResizeGrid grid)
    {
        var scaled = grid == ResizeGrid.Corners ? Math.Floor((pixels - 1) * factor) + 1 : Math.Floor(pixels * factor);
        return scaled >= int.MaxValue ? int.MaxValue : (long)scaled;
    }
}

/// <summary>The windows that begin within a side of which the last may reach beyond its end (<c>ceil</c>).</summary>
public sealed record CeilingSide(Side Side, WindowAxis Window) : Side
{
    /// <inheritdoc/>
    public override long At(long height, long width) => Window.Count(Side.At(height, width), ceil: true);

    /// <inheritdoc/>
    public override string ToString() => string.Format(
        CultureInfo.InvariantCulture, "min(ceil({0} / {2}) + 1, ceil({1} / {2}))",
        Side.Plus(Window.Before + Window.After - Window.Reach - 1), Side.Plus(Window.Before), Window.Stride);
}
