using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>A window of a chain, on one axis.</summary>
/// <param name="Kernel">Taps.</param>
/// <param name="Step">Distance between neighbouring taps, in pixels of the map that feeds the chain: rate times stride so far.</param>
public readonly record struct ChainWindow(int Kernel, int Step);

/// <summary>
/// What can be said of a chain of atrous convolutions from its rates alone (HDC, arXiv 1702.08502, section 3.2, and the
/// exact rule).
/// </summary>
public static class DilationChain
{
    /// <summary>
    /// Whether a value reads every place of its receptive field. With the steps in ascending order that is so exactly where
    /// no step is above 1 plus the reach of the smaller ones, the sum of (kernel - 1) * step; the order in the network does
    /// not matter.
    /// </summary>
    /// <param name="windows">The windows; those of one tap change nothing.</param>
    public static bool IsFull(IEnumerable<ChainWindow> windows)
    {
        var reach = 1L;
        foreach (var window in windows.Where(w => w.Kernel > 1).OrderBy(w => w.Step))
        {
            if (window.Step > reach)
                return false;
            reach += (window.Kernel - 1L) * window.Step;
        }
        return true;
    }

    /// <summary>
    /// HDC's M_2 with M_n = r_n and M_i = max(M_(i+1) - 2 r_i, 2 r_i - M_(i+1), r_i): the greatest distance between taps
    /// that matters at the second layer. HDC asks that it be no more than the kernel, which says that there is no hole
    /// only where the rates begin with 1 and do not descend.
    /// </summary>
    /// <param name="rates">The rates in the order in which the recursion takes them.</param>
    /// <returns>Null for fewer than two rates.</returns>
    public static int? SecondDistance(IReadOnlyList<int> rates)
    {
        if (rates.Count < 2)
            return null;
        var distance = rates[rates.Count - 1];
        for (var i = rates.Count - 2; i >= 1; i--)
            distance = Math.Max(Math.Abs(distance - 2 * rates[i]), rates[i]);
        return distance;
    }

    /// <summary>The greatest common divisor: above 1, outputs fall into its square of grids that share no input.</summary>
    public static int CommonFactor(IEnumerable<int> numbers)
    {
        return numbers.Aggregate(0, Divisor);

        static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);
    }

    /// <summary>The taps of a window that a value stands in the middle of.</summary>
    internal static Taps Centred(ChainWindow window) => new(window.Kernel, window.Step, -window.Step * ((window.Kernel - 1L) / 2));

    /// <summary>The offsets that a value at 0 reads of what feeds the chain, by adding up its windows.</summary>
    internal static OffsetSet Offsets(IEnumerable<ChainWindow> windows) =>
        windows.Aggregate(OffsetSet.Zero, (set, w) => set.Plus(Centred(w)));
}
