using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Data;

/// <summary>One of several parts of a split, held out while the others are learnt from.</summary>
/// <param name="Number">Which, from 1.</param>
/// <param name="Count">How many there are, at least two.</param>
public readonly record struct Fold(int Number, int Count)
{
    /// <summary>Reads <c>k/n</c>; null: it is none.</summary>
    public static Fold? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') is [var number, var count]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var k)
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && k >= 1 && k <= n && n >= 2
            ? new Fold(k, n)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Count}");

    /// <summary>Divides images into the folds: each group, the largest first, goes to the fold that has the fewest images.</summary>
    /// <param name="images">The images.</param>
    /// <param name="groups">What belongs together; null: each image is its own group, in an order that follows from the names.</param>
    /// <param name="of">What is divided, in words.</param>
    /// <returns>The number of each image's fold.</returns>
    /// <exception cref="UnusableDataException">Groups don't fit an image, or there are fewer of them than folds.</exception>
    internal IReadOnlyDictionary<ListedImage, int> Divide(IReadOnlyList<ListedImage> images, ImageGroups? groups, string of)
    {
        var distinct = images.Distinct().ToList();
        var parts = groups is not null
            ? groups.Divide(distinct)
            : [.. distinct.OrderBy(i => DatasetListing.Draw(i.Relative)).ThenBy(i => i.Relative, StringComparer.Ordinal)
                .Select(i => (i.Relative, (IReadOnlyList<ListedImage>)[i]))];
        if (parts.Count < Count)
        {
            var names = string.Join(", ", parts.Take(10).Select(p => p.Name));
            throw new UnusableDataException(
                $"{of} has {parts.Count} {(groups is null ? "images" : "groups")} ({names}), and {Count} folds need as many at least. "
                + "Ask for fewer folds.");
        }
        var sizes = new int[Count];
        var folds = new Dictionary<ListedImage, int>();
        foreach (var (_, members) in parts.OrderByDescending(p => p.Images.Count))
        {
            var least = Array.IndexOf(sizes, sizes.Min());
            sizes[least] += members.Count;
            foreach (var image in members)
                folds[image] = least + 1;
        }
        return folds;
    }
}
