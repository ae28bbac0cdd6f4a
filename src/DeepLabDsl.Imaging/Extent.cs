using System.Globalization;

namespace DeepLabDsl.Modules;

/// <summary>A height and a width, in pixels or cells. One number stands for both.</summary>
/// <param name="Height">Along the rows' axis.</param>
/// <param name="Width">Along the columns' axis.</param>
public readonly record struct Extent(int Height, int Width)
{
    /// <summary>The same number for both.</summary>
    public static implicit operator Extent(int side) => new(side, side);

    /// <summary>Height, then width.</summary>
    public static implicit operator Extent((int Height, int Width) sides) => new(sides.Height, sides.Width);

    /// <summary>Height x width, such as <c>360x480</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}");
}
