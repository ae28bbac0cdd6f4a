using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>What a node reads of a source behind it.</summary>
/// <param name="Support">The offsets that the value at the source's place 0 reads, in pixels of the source.</param>
/// <param name="VerticalStep">Distance between neighbours of the node, in rows of the source.</param>
/// <param name="HorizontalStep">Distance between neighbours of the node, in columns of the source.</param>
/// <param name="Chain">The windows on the way that reaches furthest.</param>
internal sealed record Reach(Support Support, long VerticalStep, long HorizontalStep, ChainLink? Chain)
{
    public static readonly Reach Start = new(Support.Self, 1, 1, null);

    /// <summary>
    /// Follows a source through the graph: each node that reads it, up to what resizes or pools all of it, with the offsets
    /// that it reads. A join reads what its inputs do; a window moves that by each of its taps.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="source">Where to begin.</param>
    /// <param name="last">The last node of interest; null: all.</param>
    /// <param name="within">The nodes to go through; null: all.</param>
    public static IReadOnlyDictionary<FlatNode, Reach> From(
        FlatGraph graph, FlatNode source, FlatNode? last = null, ICollection<FlatNode>? within = null)
    {
        var found = new Dictionary<FlatNode, Reach> { [source] = Start };
        for (var i = source.Index + 1; i <= (last?.Index ?? graph.Nodes.Count - 1); i++)
        {
            var node = graph.Nodes[i];
            if (!node.IsResampling && within?.Contains(node) != false
                && Join(node.Sources.Where(found.ContainsKey).Select(n => found[n])) is { } joined)
                found.Add(node, node.IsWindow ? joined.Through(node) : joined);
        }
        return found;
    }

    private static Reach? Join(IEnumerable<Reach> inputs)
    {
        Reach? joined = null;
        foreach (var input in inputs)
        {
            joined = joined is null || ReferenceEquals(joined, input) ? input : joined with
            {
                Support = joined.Support.Union(input.Support),
                Chain = (input.Chain?.Length ?? 0) > (joined.Chain?.Length ?? 0) ? input.Chain : joined.Chain,
            };
        }
        return joined;
    }

    private Reach Through(FlatNode node)
    {
        var (vertical, horizontal) = node.Window();
        var support = Support.Through(
            new Taps(vertical.Kernel, VerticalStep * vertical.Rate, -VerticalStep * vertical.Padding),
            new Taps(horizontal.Kernel, HorizontalStep * horizontal.Rate, -HorizontalStep * horizontal.Padding));
        var chain = vertical.Kernel * horizontal.Kernel == 1 ? Chain : new ChainLink(Chain, node, VerticalStep, HorizontalStep);
        return new Reach(support, VerticalStep * vertical.Stride, HorizontalStep * horizontal.Stride, chain);
    }
}

/// <summary>A window of a chain, linked to the one before it.</summary>
internal sealed class ChainLink
{
    private const int LongestStep = 1 << 24;

    public ChainLink(ChainLink? before, FlatNode node, long verticalStep, long horizontalStep)
    {
        (Before, Node) = (before, node);
        var (vertical, horizontal) = node.Window();
        Vertical = Of(vertical, verticalStep);
        Horizontal = Of(horizontal, horizontalStep);
        Length = (before?.Length ?? 0) + (vertical.Kernel - 1L) * Vertical.Step + (horizontal.Kernel - 1L) * Horizontal.Step;
    }

    public ChainLink? Before { get; }

    public FlatNode Node { get; }

    public ChainWindow Vertical { get; }

    public ChainWindow Horizontal { get; }

    /// <summary>How far the chain reaches, rows and columns together.</summary>
    public double Length { get; }

    /// <summary>The chain from its beginning.</summary>
    public IReadOnlyList<ChainLink> All()
    {
        var links = new List<ChainLink>();
        for (var link = this; link is not null; link = link.Before)
            links.Add(link);
        links.Reverse();
        return links;
    }

    private static ChainWindow Of(WindowOnMap axis, long step) => new(axis.Kernel, (int)System.Math.Min(LongestStep, step * axis.Rate));
}
