using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Which pixels of a map a window looks at where it steps further than it is wide.</summary>
internal static class StrideCoverage
{
    /// <summary>The places of its input that a window reads, over the whole map.</summary>
    public static Support Read(FlatNode node)
    {
        var (vertical, horizontal) = node.Window();
        return Support.Of(Positions(vertical), Positions(horizontal));
    }

    /// <summary>Pixels read of each <c>stride * stride</c>, at the period of the stride.</summary>
    public static (long Read, long All) OfPeriod(FlatNode node)
    {
        var (vertical, horizontal) = node.Window();
        return (Residues(vertical) * Residues(horizontal), (long)vertical.Stride * horizontal.Stride);
    }

    private static long Residues(WindowOnMap axis) =>
        Enumerable.Range(0, axis.Kernel).Select(t => (int)((long)t * axis.Rate % axis.Stride)).Distinct().Count();

    private static OffsetSet Positions(WindowOnMap axis)
    {
        if (axis.Stride == 1)
            return OffsetSet.Zero.Plus(new Taps(axis.Input, 1, 0));
        var read = new HashSet<int>();
        for (var y = 0; y < axis.Output; y++)
        {
            for (var t = 0; t < axis.Kernel; t++)
            {
                var place = (long)y * axis.Stride - axis.Padding + (long)t * axis.Rate;
                if (place >= 0 && place < axis.Input)
                    read.Add((int)place);
            }
        }
        return OffsetSet.Of(read);
    }
}
