using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// One of several equal parts of a list, each for a process of its own. Part i of n has every n-th element from the i-th on, so that
/// neighbours, which are often alike in size, are spread.
/// </summary>
/// <param name="Number">Which part, from 1.</param>
/// <param name="Parts">How many there are.</param>
public readonly record struct Shard(int Number, int Parts)
{
    /// <summary>All in one part.</summary>
    public static Shard Whole => new(1, 1);

    /// <summary>Reads <c>i/n</c>; null: it is none.</summary>
    public static Shard? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') is [var number, var parts]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
            && int.TryParse(parts, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && i >= 1 && i <= n
            ? new Shard(i, n)
            : null;
    }

    /// <summary>The indices of the part's elements, ascending; empty where there are fewer elements than parts.</summary>
    /// <param name="count">The length of the list.</param>
    public IReadOnlyList<int> Of(int count)
    {
        var (first, step) = (Number - 1, Parts);
        return [.. Enumerable.Range(0, count).Where(i => i % step == first)];
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Parts}");
}
