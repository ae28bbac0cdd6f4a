using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>The share of a map's positions at which a number of taps see the map.</summary>
/// <param name="Taps">How many taps see the map; the others see padding.</param>
/// <param name="Share">The share of positions, 0 to 1.</param>
public readonly record struct TapShare(int Taps, double Share);

/// <summary>An atrous convolution and how many of its taps see the map (DeepLab v3, figure 4).</summary>
public sealed class TapReport
{
    internal TapReport(FlatNode node)
    {
        var (vertical, horizontal) = node.Window();
        Name = node.Path;
        Kernel = [vertical.Kernel, horizontal.Kernel];
        Rate = [vertical.Rate, horizontal.Rate];
        Height = vertical.Input;
        Width = horizontal.Input;
        (Shares, VerticalTaps, HorizontalTaps) = Count(vertical, horizontal);
    }

    /// <summary>The layer's state-dict path.</summary>
    public string Name { get; }

    /// <summary>Taps, vertically and horizontally.</summary>
    public IReadOnlyList<int> Kernel { get; }

    /// <summary>Rate, vertically and horizontally.</summary>
    public IReadOnlyList<int> Rate { get; }

    /// <summary>Rows of the map.</summary>
    public int Height { get; }

    /// <summary>Columns of the map.</summary>
    public int Width { get; }

    /// <summary>The shares, most taps first; they sum to 1.</summary>
    public IReadOnlyList<TapShare> Shares { get; }

    /// <summary>The most taps that see the map at one position.</summary>
    public int MostTaps => VerticalTaps * HorizontalTaps;

    internal int VerticalTaps { get; }

    internal int HorizontalTaps { get; }

    internal static (IReadOnlyList<TapShare> Shares, int VerticalTaps, int HorizontalTaps) Count(
        WindowOnMap vertical, WindowOnMap horizontal)
    {
        var (rows, columns) = (Histogram(vertical), Histogram(horizontal));
        var all = (double)vertical.Output * horizontal.Output;
        var shares = rows.SelectMany(r => columns.Select(c => (Taps: r.Key * c.Key, Share: (double)r.Value * c.Value / all)))
            .GroupBy(s => s.Taps).OrderByDescending(g => g.Key).Select(g => new TapShare(g.Key, g.Sum(s => s.Share))).ToList();
        return (shares, rows.Keys.Max(), columns.Keys.Max());
    }

    /// <summary>How many positions of the result have how many taps on the map.</summary>
    private static Dictionary<int, int> Histogram(WindowOnMap axis)
    {
        var histogram = new Dictionary<int, int>();
        for (var x = 0; x < axis.Output; x++)
        {
            var first = (long)x * axis.Stride - axis.Padding;
            // Taps t with 0 <= first + rate * t < input.
            var from = first >= 0 ? 0 : (-first + axis.Rate - 1) / axis.Rate;
            var to = first >= axis.Input ? -1 : System.Math.Min(axis.Kernel - 1, (axis.Input - 1 - first) / axis.Rate);
            var taps = (int)System.Math.Max(0, to - from + 1);
            histogram[taps] = histogram.TryGetValue(taps, out var count) ? count + 1 : 1;
        }
        return histogram;
    }
}
