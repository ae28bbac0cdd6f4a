using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Where a value reads, in two dimensions: a union of products, one a way through the graph whose set is not within
/// another's. A chain is one product, and a residual shortcut adds none, since the middle tap is in the chain's already;
/// branches of different rates are one each.
/// </summary>
internal sealed class Support
{
    /// <summary>More ways than this are joined, which can only hide holes; no network known comes near.</summary>
    private const int MaximumTerms = 48;

    /// <summary>The value itself.</summary>
    public static readonly Support Self = new([(OffsetSet.Zero, OffsetSet.Zero)]);

    private Support(IReadOnlyList<(OffsetSet Vertical, OffsetSet Horizontal)> terms) => Terms = terms;

    public IReadOnlyList<(OffsetSet Vertical, OffsetSet Horizontal)> Terms { get; }

    /// <summary>The places of some rows in some columns.</summary>
    public static Support Of(OffsetSet vertical, OffsetSet horizontal) => new([(vertical, horizontal)]);

    /// <summary>All offsets on the vertical axis.</summary>
    public OffsetSet Vertical => Terms.Select(t => t.Vertical).Aggregate((a, b) => a.Union(b));

    /// <summary>All offsets on the horizontal axis.</summary>
    public OffsetSet Horizontal => Terms.Select(t => t.Horizontal).Aggregate((a, b) => a.Union(b));

    /// <summary>How many places are read.</summary>
    public long Count
    {
        get
        {
            if (Terms.Count == 1)
                return (long)Terms[0].Vertical.Count * Terms[0].Horizontal.Count;
            var (rows, counts, total) = (Vertical, new Dictionary<ulong, int>(), 0L);
            for (var y = rows.Minimum; y <= rows.Maximum; y++)
            {
                var which = 0UL;
                for (var t = 0; t < Terms.Count; t++)
                    which |= Terms[t].Vertical.Contains(y) ? 1UL << t : 0;
                if (!counts.TryGetValue(which, out var count))
                {
                    count = Terms.Where((_, t) => (which >> t & 1) != 0).Select(t => t.Horizontal)
                        .Aggregate(OffsetSet.Empty, (a, b) => a.Union(b)).Count;
                    counts.Add(which, count);
                }
                total += count;
            }
            return total;
        }
    }

    /// <summary>How many places the box around them has.</summary>
    public long Box => (long)Vertical.Span * Horizontal.Span;

    /// <summary>The support of what reads this through a window.</summary>
    public Support Through(Taps vertical, Taps horizontal) =>
        vertical is { Count: 1, First: 0 } && horizontal is { Count: 1, First: 0 }
            ? this
            // What was in neither may be in one another behind the window: joined one by one, each is kept once.
            : Terms.Select(t => new Support([(t.Vertical.Plus(vertical), t.Horizontal.Plus(horizontal))])).Aggregate((a, b) => a.Union(b));

    public Support Union(Support other)
    {
        if (ReferenceEquals(this, other))
            return this;
        var terms = Terms.Where(a => !other.Terms.Any(b => IsWithin(a, b)))
            .Concat(other.Terms.Where(b => !Terms.Any(a => IsWithin(b, a) && !IsWithin(a, b)))).ToList();
        if (terms.Count > MaximumTerms)
            terms = [(Vertical.Union(other.Vertical), Horizontal.Union(other.Horizontal))];
        return new Support(terms);
    }

    private static bool IsWithin((OffsetSet Vertical, OffsetSet Horizontal) a, (OffsetSet Vertical, OffsetSet Horizontal) b) =>
        a.Vertical.IsSubsetOf(b.Vertical) && a.Horizontal.IsSubsetOf(b.Horizontal);
}
