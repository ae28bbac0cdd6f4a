using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// What the windows of a part of a network, or of all of it, read in a row: the exact set of offsets, shortcuts and
/// branches included, and what HDC's rule says of the rates.
/// </summary>
public sealed class ChainReport
{
    private const int ListedHoles = 32;

    internal ChainReport(string name, bool isWhole, FlatNode source, FlatNode result, Reach reach)
    {
        Name = name;
        Ends = (source.Index, result.Index);
        IsWholeNetwork = isWhole;
        Source = source.Path;
        SourceHeight = source.Shape.Height;
        SourceWidth = source.Shape.Width;
        SourceStride = source.Shape.Jump;
        Support = reach.Support;
        var links = reach.Chain?.All() ?? [];
        Rates = links.Where(l => l.Node.IsConvolution).Select(l => l.Node.Window())
            .Select(w => System.Math.Max(w.Vertical.Rate, w.Horizontal.Rate)).ToList();
        // The axis that is worse; for square windows there is but one.
        var isVertical = Support.Vertical.Span - Support.Vertical.Count > Support.Horizontal.Span - Support.Horizontal.Count;
        Axis = isVertical ? Support.Vertical : Support.Horizontal;
        Windows = links.Select(l => isVertical ? l.Vertical : l.Horizontal).Where(w => w.Kernel > 1).ToList();
        ReadPlaces = Support.Count;
        BoxPlaces = Support.Box;
    }

    /// <summary>A chain of rates alone, of no network.</summary>
    /// <param name="kernel">Taps of each convolution on an axis.</param>
    /// <param name="rates">The rates in order.</param>
    public ChainReport(int kernel, IReadOnlyList<int> rates)
    {
        Name = string.Join(", ", rates);
        Source = "input";
        SourceStride = 1;
        Rates = rates;
        Windows = rates.Select(r => new ChainWindow(kernel, r)).ToList();
        Axis = DilationChain.Offsets(Windows);
        Support = Windows.Aggregate(Support.Self, (s, w) => s.Through(DilationChain.Centred(w), DilationChain.Centred(w)));
        ReadPlaces = Support.Count;
        BoxPlaces = Support.Box;
    }

    /// <summary>The part's state-dict path, or the layer at the end.</summary>
    public string Name { get; }

    /// <summary>Whether it begins at the network's input, or at a map that a resize gives, and not at the part's own input.</summary>
    public bool IsWholeNetwork { get; }

    /// <summary>What the offsets are offsets in.</summary>
    public string Source { get; }

    /// <summary>Rows of what feeds the chain; 0 where there is no network.</summary>
    public int SourceHeight { get; }

    /// <summary>Columns of what feeds the chain.</summary>
    public int SourceWidth { get; }

    /// <summary>Distance in input pixels between neighbours of what feeds the chain.</summary>
    public double SourceStride { get; }

    /// <summary>The rates of the convolutions with more than one tap on the way that reaches furthest.</summary>
    public IReadOnlyList<int> Rates { get; }

    /// <summary>All windows of that way, poolings too, on the axis reported; a step counts in pixels of the source.</summary>
    public IReadOnlyList<ChainWindow> Windows { get; }

    /// <summary>The width of the receptive field in pixels of the source.</summary>
    public int Span => Axis.Span;

    /// <summary>The receptive field, height and width in pixels of the source.</summary>
    public IReadOnlyList<int> Field => [Support.Vertical.Span, Support.Horizontal.Span];

    /// <summary>In how many ways it reads of which none reads all that another does: 1 for a chain, one a branch for others.</summary>
    public int Ways => Support.Terms.Count;

    /// <summary>How many of <see cref="Span"/> offsets are read.</summary>
    public int ReadOffsets => Axis.Count;

    /// <summary>The first offsets within the field that are not read, from the middle outward.</summary>
    public IReadOnlyList<int> Holes => Axis.Holes().OrderBy(System.Math.Abs).ThenBy(h => h).Take(ListedHoles).ToList();

    /// <summary>Places read in two dimensions.</summary>
    public long ReadPlaces { get; }

    /// <summary>Places of the receptive field in two dimensions.</summary>
    public long BoxPlaces { get; }

    /// <summary>The share of the receptive field that is read; 1: no hole.</summary>
    public double Coverage => (double)ReadPlaces / BoxPlaces;

    /// <summary>Whether every place of the receptive field is read.</summary>
    public bool IsFull => ReadPlaces == BoxPlaces;

    /// <summary>Whether the rule on the steps alone says so too; it does not know shortcuts and branches.</summary>
    public bool IsFullByRule => DilationChain.IsFull(Windows);

    /// <summary>
    /// The common factor of the distances between offsets, for a chain that of its steps; above 1, outputs fall into its
    /// square of grids that share no input.
    /// </summary>
    public int CommonFactor => Axis.Count < 2 ? 1
        : DilationChain.CommonFactor(Enumerable.Range(0, Axis.Span).Where(o => Axis.Contains(Axis.Minimum + o)));

    /// <summary>HDC's M_2 with the steps in the order of the network; null for fewer than two.</summary>
    public int? SecondDistance => DilationChain.SecondDistance(Windows.Select(w => w.Step).ToList());

    /// <summary>HDC's M_2 with the steps in ascending order.</summary>
    public int? SecondDistanceAscending => DilationChain.SecondDistance(Windows.Select(w => w.Step).OrderBy(s => s).ToList());

    /// <summary>How many convolutions of it have a rate above 1.</summary>
    public int AtrousConvolutions => Rates.Count(r => r > 1);

    /// <summary>Where in the flat graph it begins and ends.</summary>
    internal (int Source, int Result) Ends { get; }

    /// <summary>The layer that it goes through; null: the whole network.</summary>
    internal DeepLabDsl.Graph.Layer? Part { get; init; }

    internal OffsetSet Axis { get; }

    internal Support Support { get; }
}
