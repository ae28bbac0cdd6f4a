using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Data;

/// <summary>
/// Which images come from one film, place, patient or the like: what the first part of a pattern is in their names, such as
/// <c>{film}_{frame}</c>. Splits by group and folds keep a group whole.
/// </summary>
/// <param name="Pattern">
/// Fits an image's name or its path in the dataset's folder, each with or without extension; or is one part of the images' own pattern.
/// </param>
/// <param name="Place">Where the dataset file says so, as <c>file(line,column)</c>.</param>
public sealed record ImageGroups(PathPattern Pattern, string Place)
{
    /// <summary>The group of an image; null: the pattern does not fit it.</summary>
    internal string? Of(ListedImage image)
    {
        var part = Pattern.Parts[0];
        if (Pattern.IsOnePart)
            return image.Parts.GetValueOrDefault(part);
        var match = Pattern.Match(image.Name) ?? Pattern.Match(image.Relative)
            ?? Pattern.Match(image.Relative[..^Path.GetExtension(image.Relative).Length]);
        return match?.GetValueOrDefault(part) is { Length: > 0 } group ? group : null;
    }

    /// <summary>The groups of images, in the order of their names.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="UnusableDataException">The pattern does not fit one of them; the message names it and the place.</exception>
    internal IReadOnlyList<(string Name, IReadOnlyList<ListedImage> Images)> Divide(IReadOnlyList<ListedImage> images)
    {
        var strays = images.Where(i => Of(i) is null).ToList();
        if (strays.Count > 0)
        {
            throw new UnusableDataException(
                $"{Place}: groups: '{Pattern}' does not fit the name of {strays[0].Relative}"
                + $"{(strays.Count > 1 ? $" and {strays.Count - 1} more images" : "")}, so that it is in no group. Write a pattern that "
                + "fits every image, or a regular expression: { regex: '(?<film>...).*' }.");
        }
        return [.. images.GroupBy(i => Of(i)!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (g.Key, (IReadOnlyList<ListedImage>)[.. g]))];
    }

    /// <summary>
    /// Chooses whole groups whose images come as near to a number as groups do. Of equally near choices it is the one that the earlier
    /// groups are in.
    /// </summary>
    /// <param name="sizes">Images of each group, in the order in which they are preferred.</param>
    /// <param name="wanted">How many images are wanted; at least one group is chosen, and not all.</param>
    /// <returns>The chosen groups, ascending.</returns>
    internal static IReadOnlyList<int> Choose(IReadOnlyList<int> sizes, double wanted)
    {
        // Exact for the last groups; of many groups, the first ones are taken as they come while they fit.
        const int Exact = 64;
        var (chosen, total) = (new List<int>(), 0);
        var first = Math.Max(0, sizes.Count - Exact);
        for (var i = 0; i < first; i++)
        {
            if (total + sizes[i] <= wanted)
            {
                chosen.Add(i);
                total += sizes[i];
            }
        }
        // Which sums the groups from each on can have.
        var rest = sizes.Skip(first).ToList();
        var sums = new bool[rest.Count + 1][];
        sums[rest.Count] = new bool[rest.Sum() + 1];
        sums[rest.Count][0] = true;
        for (var i = rest.Count - 1; i >= 0; i--)
        {
            sums[i] = (bool[])sums[i + 1].Clone();
            for (var sum = 0; sum + rest[i] < sums[i].Length; sum++)
                sums[i][sum + rest[i]] |= sums[i + 1][sum];
        }
        var all = sizes.Sum();
        var left = Enumerable.Range(0, sums[0].Length).Where(s => sums[0][s] && total + s > 0 && total + s < all)
            .MinBy(s => (Math.Abs(total + s - wanted), s));
        for (var i = 0; i < rest.Count; i++)
        {
            if (rest[i] <= left && sums[i + 1][left - rest[i]])
            {
                chosen.Add(first + i);
                left -= rest[i];
            }
        }
        return chosen;
    }
}
