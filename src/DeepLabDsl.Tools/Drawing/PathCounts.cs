using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>In how many ways a value reads each place: the pattern that gridding leaves even where every place is read.</summary>
internal sealed class PathCounts
{
    private PathCounts(int top, int left, double[,] counts) => (Top, Left, Counts) = (top, left, counts);

    /// <summary>The offset of the first row.</summary>
    public int Top { get; }

    /// <summary>The offset of the first column.</summary>
    public int Left { get; }

    public double[,] Counts { get; }

    public int Height => Counts.GetLength(0);

    public int Width => Counts.GetLength(1);

    /// <summary>Along a chain of windows alone.</summary>
    public static PathCounts Of(IEnumerable<ChainWindow> windows) => windows.Aggregate(One(), (counts, w) =>
    {
        var taps = DilationChain.Centred(w);
        return counts.Through(taps, taps);
    });

    /// <summary>Through a part of a network, shortcuts and branches included.</summary>
    public static PathCounts Of(FlatGraph graph, ChainReport chain)
    {
        var (source, result) = (graph.Nodes[chain.Ends.Source], graph.Nodes[chain.Ends.Result]);
        var found = new Dictionary<FlatNode, (PathCounts Counts, long Vertical, long Horizontal)> { [source] = (One(), 1, 1) };
        for (var i = source.Index + 1; i <= result.Index; i++)
        {
            var node = graph.Nodes[i];
            var inputs = node.Sources.Where(found.ContainsKey).Select(s => found[s]).ToList();
            if (node.IsResampling || inputs.Count == 0 || node.Steps.All(s => s.Layer != chain.Part))
                continue;
            var joined = inputs.Skip(1).Aggregate(inputs[0], (a, b) => (a.Counts.Plus(b.Counts), a.Vertical, a.Horizontal));
            if (node.IsWindow)
            {
                var (vertical, horizontal) = node.Window();
                joined = (
                    joined.Counts.Through(
                        new Taps(vertical.Kernel, joined.Vertical * vertical.Rate, -joined.Vertical * vertical.Padding),
                        new Taps(horizontal.Kernel, joined.Horizontal * horizontal.Rate, -joined.Horizontal * horizontal.Padding)),
                    joined.Vertical * vertical.Stride, joined.Horizontal * horizontal.Stride);
            }
            found.Add(node, joined);
        }
        return found[result].Counts;
    }

    private static PathCounts One() => new(0, 0, new double[,] { { 1 } });

    private PathCounts Plus(PathCounts other)
    {
        var (top, left) = (Math.Min(Top, other.Top), Math.Min(Left, other.Left));
        var sum = new double[Math.Max(
            Top + Height, other.Top + other.Height) - top, Math.Max(Left + Width, other.Left + other.Width) - left];
        AddTo(sum, Top - top, Left - left);
        other.AddTo(sum, other.Top - top, other.Left - left);
        return new PathCounts(top, left, sum);
    }

    private PathCounts Through(Taps vertical, Taps horizontal)
    {
        var sum = new double[Height + (vertical.Count - 1) * vertical.Step, Width + (horizontal.Count - 1) * horizontal.Step];
        for (var y = 0; y < vertical.Count; y++)
        {
            for (var x = 0; x < horizontal.Count; x++)
                AddTo(sum, (int)(y * vertical.Step), (int)(x * horizontal.Step));
        }
        return new PathCounts(Top + (int)vertical.First, Left + (int)horizontal.First, sum);
    }

    private void AddTo(double[,] target, int top, int left)
    {
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
                target[top + y, left + x] += Counts[y, x];
        }
    }
}
