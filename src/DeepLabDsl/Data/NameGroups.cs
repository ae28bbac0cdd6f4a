using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Data;

/// <summary>
/// Groups that images seem to come from by their paths: films, places, patients. A part of the path other than the name tells them, or
/// how names begin: of the beginnings up to each mark, the shortest that tells images apart. They count only where the images of a group
/// resemble one another more than those of other groups: years and counters begin names too.
/// </summary>
/// <param name="Pattern">How a dataset file says it, ready to be written there.</param>
/// <param name="Groups">The images of each group, by its name.</param>
internal sealed record NameGroups(string Pattern, IReadOnlyDictionary<string, IReadOnlyList<ListedImage>> Groups)
{
    // Beyond this many pictures a part of them tells as much.
    private const int Compared = 300;

    // How much more alike the pictures of a group are, of the spread among pictures of different groups.
    private const double LeastNearness = 0.5;

    private const int DeepestMark = 3;

    private static readonly char[] Marks = ['_', '-', '.', ' '];

    /// <summary>Finds the groups.</summary>
    /// <param name="images">All images.</param>
    /// <param name="signatureOf">What each looks like; null: nothing is known.</param>
    /// <returns>Null where paths tell of none.</returns>
    public static NameGroups? Find(IReadOnlyList<ListedImage> images, Func<ListedImage, PictureSignature?> signatureOf)
    {
        if (images.Count == 0)
            return null;
        foreach (var (pattern, nameOf) in Ways(images[0]))
        {
            var groups = images.GroupBy(i => nameOf(i) ?? "", StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => (IReadOnlyList<ListedImage>)[.. g], StringComparer.Ordinal);
            if (groups.Count < 2 || groups.ContainsKey(""))
                continue;
            // Pairs and single images are no films; what is finer still is none either.
            return 2 * groups.Count < images.Count && AreLike(groups, signatureOf) ? new NameGroups(pattern, groups) : null;
        }
        return null;
    }

    private static IEnumerable<(string Pattern, Func<ListedImage, string?> NameOf)> Ways(ListedImage example)
    {
        foreach (var part in example.Parts.Keys.Where(p => p is not ("name" or "split")))
            yield return ($"'{{{part}}}'", i => i.Parts.GetValueOrDefault(part));
        for (var depth = 1; depth <= DeepestMark; depth++)
        {
            var count = depth;
            if (Beginning(example.Name, count) is { } beginning)
            {
                var mark = example.Name[beginning.Length];
                yield return (
                    count == 1 ? $"'{{group}}{mark}{{frame}}'" : $"{{ regex: '(?<group>{Repeated(example.Name, count)})[_. -].*' }}",
                    i => Beginning(i.Name, count));
            }
        }
        yield return (@"{ regex: '(?<group>.*?)\d+' }", i => i.Name.TrimEnd("0123456789".ToCharArray()) is var rest
            && rest.Length > 0 && rest.Length < i.Name.Length ? rest : null);
    }

    private static string Repeated(string name, int count) => string.Join("[_. -]", Enumerable.Repeat("[^_. -]+", count));

    // The name up to its n-th mark; null where there are not so many, or nothing after it.
    private static string? Beginning(string name, int count)
    {
        var at = -1;
        for (; count > 0; count--)
        {
            at = name.IndexOfAny(Marks, at + 1);
            if (at <= 0)
                return null;
        }
        return at < name.Length - 1 ? name[..at] : null;
    }

    private static bool AreLike(
        Dictionary<string, IReadOnlyList<ListedImage>> groups, Func<ListedImage, PictureSignature?> signatureOf)
    {
        var all = groups.OrderBy(g => g.Key, StringComparer.Ordinal)
            .SelectMany(g => g.Value.Select(i => (Group: g.Key, Signature: signatureOf(i)))).Where(i => i.Signature is not null).ToList();
        var step = Math.Max(1, all.Count / (double)Compared);
        var chosen = Enumerable.Range(0, Math.Min(all.Count, Compared)).Select(i => all[(int)(i * step)]).ToList();
        var (within, between) = (new List<double>(), new List<double>());
        for (var i = 0; i < chosen.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                (chosen[i].Group == chosen[j].Group ? within : between)
                    .Add(chosen[i].Signature!.CorrelationWith(chosen[j].Signature!));
            }
        }
        if (within.Count == 0 || between.Count == 0)
            return false;
        var mean = between.Average();
        var spread = Math.Sqrt(between.Average(c => (c - mean) * (c - mean)));
        return within.Average() - mean >= LeastNearness * spread;
    }
}
