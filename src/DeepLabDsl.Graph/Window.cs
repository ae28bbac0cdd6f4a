using System;

namespace DeepLabDsl.Graph;

/// <summary>A window on one axis.</summary>
/// <param name="Kernel">Taps.</param>
/// <param name="Stride">Step in pixels of the input.</param>
/// <param name="Rate">Distance between taps in pixels of the input: the atrous rate.</param>
/// <param name="Before">Cells of padding above or to the left; 0 where the size at run time decides.</param>
/// <param name="After">Cells of padding below or to the right.</param>
/// <param name="IsSame">
/// Whether it pads as TensorFlow's SAME does: as many cells as leave <c>ceil(size / stride)</c> windows, an odd one behind.
/// </param>
public readonly record struct WindowAxis(int Kernel, int Stride, int Rate, int Before, int After, bool IsSame)
{
    /// <summary>Pixels between the first and the last tap.</summary>
    public long Reach => (long)Rate * (Kernel - 1);

    /// <summary>The cells of padding for a size, those that the last window of <c>ceil</c> reaches beyond it aside.</summary>
    public (long Before, long After) Border(long size)
    {
        if (!IsSame)
            return (Before, After);
        var whole = Math.Max(0, ((size + Stride - 1) / Stride - 1) * Stride + Reach + 1 - size);
        return (whole / 2, whole - whole / 2);
    }

    /// <summary>How many windows there are; 0 or less where the map is too small for one.</summary>
    public long Count(long size, bool ceil)
    {
        if (IsSame)
            return (size + Stride - 1) / Stride;
        var span = size + Before + After - Reach - 1;
        if (span < 0)
            return 0;
        var count = (ceil ? (span + Stride - 1) / Stride : span / Stride) + 1;
        // A window that would begin in the far padding is left out, as everywhere.
        return ceil && (count - 1) * Stride >= size + Before ? count - 1 : count;
    }

    /// <summary>The same as a formula.</summary>
    public Side Count(Side size, bool ceil) => IsSame ? size.Plus(Stride - 1).Over(Stride)
        : ceil && Stride > 1 ? size is ConstantSide constant ? Side.Of(Count(constant.Pixels, ceil: true)) : new CeilingSide(size, this)
        : size.Plus(Before + After - Reach - 1).Over(Stride).Plus(1);
}

/// <summary>A window that moves over a map.</summary>
/// <param name="Vertical">Along the rows' axis.</param>
/// <param name="Horizontal">Along the columns' axis.</param>
/// <param name="IsCeil">Whether a window that begins inside the map but ends outside counts.</param>
public sealed record Window(WindowAxis Vertical, WindowAxis Horizontal, bool IsCeil = false)
{
    /// <summary>Whether it sees one pixel at a time.</summary>
    public bool IsPoint => Vertical.Kernel == 1 && Horizontal.Kernel == 1;

    /// <summary>Whether its padding is known at run time alone.</summary>
    public bool IsSame => Vertical.IsSame;

    /// <summary>Whether it has more than one tap, some pixels apart.</summary>
    public bool IsAtrous => Vertical is { Kernel: > 1, Rate: > 1 } || Horizontal is { Kernel: > 1, Rate: > 1 };

    /// <summary>Whether it gives a value for each pixel and reads nothing beside the map: no padding, no step.</summary>
    public bool IsPlainPoint =>
        IsPoint && Vertical is { Stride: 1, Before: 0, After: 0 } && Horizontal is { Stride: 1, Before: 0, After: 0 };
}
