using System.Collections.Generic;

namespace DeepLabDsl.Data;

/// <summary>How a dataset is divided into splits.</summary>
public abstract record DatasetSplits
{
    private DatasetSplits()
    {
    }

    /// <summary>The images' paths have a part <c>split</c>.</summary>
    /// <param name="Words">What that part is for a split, by the split's name; a split that is not here is called as its folder.</param>
    public sealed record ByPath(IReadOnlyDictionary<string, string> Words) : DatasetSplits;

    /// <summary>Each split is a text file of names, one a line.</summary>
    /// <param name="Pattern">The files; the part <c>split</c> is the split's name.</param>
    public sealed record Lists(PathPattern Pattern) : DatasetSplits;

    /// <summary>Each split says itself what belongs to it.</summary>
    /// <param name="Sources">By the split's name, in the file's order.</param>
    public sealed record Named(IReadOnlyList<KeyValuePair<string, SplitSource>> Sources) : DatasetSplits;

    /// <summary>There is one split, <c>all</c>.</summary>
    public sealed record None : DatasetSplits
    {
        /// <summary>The split's name.</summary>
        public const string Name = "all";
    }
}

/// <summary>What belongs to a split.</summary>
public abstract record SplitSource
{
    private SplitSource()
    {
    }

    /// <summary>The names in a text file, one a line.</summary>
    /// <param name="Path">The file, relative to the dataset's folder.</param>
    public sealed record List(string Path) : SplitSource;

    /// <summary>Names and globs of names.</summary>
    /// <param name="Patterns">The names and globs; a split holds each image that one of them matches.</param>
    public sealed record Names(IReadOnlyList<PathPattern> Patterns) : SplitSource;

    /// <summary>
    /// A share of the images that depends on their names only: an image stays in its split when others come or go.
    /// </summary>
    /// <param name="Part">Above 0 and below 1.</param>
    public sealed record Share(double Part) : SplitSource;

    /// <summary>Every image of some groups.</summary>
    /// <param name="Groups">The groups' names.</param>
    /// <param name="Place">Where the dataset file says so.</param>
    public sealed record HeldOut(IReadOnlyList<string> Groups, string Place) : SplitSource;

    /// <summary>
    /// Whole groups, chosen so that their images are as near to a share of all as groups come; of equally near choices, the one whose
    /// groups' names draw the lowest numbers.
    /// </summary>
    /// <param name="Part">Above 0 and below 1.</param>
    /// <param name="Place">Where the dataset file says so.</param>
    public sealed record GroupShare(double Part, string Place) : SplitSource;

    /// <summary>What no other split holds.</summary>
    public sealed record Rest : SplitSource;
}
