using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace DeepLabDsl.Data;

/// <summary>
/// Finds pictures of one split that another knows already: copies, crops, mirror images, neighbouring frames; and films and places that
/// two splits share by the names of their pictures. Scores on such pictures say nothing of pictures from elsewhere.
/// </summary>
/// <param name="splits">The splits.</param>
/// <param name="signatureOf">What each picture is recognised by; null where it can't be read or was left out.</param>
/// <param name="groupOf">The group that the dataset file puts each picture into; null: it says nothing of groups.</param>
/// <param name="file">Where splits are written, in words.</param>
internal sealed class LeakageCheck(
    IReadOnlyList<(string Name, IReadOnlyList<ListedImage> Images)> splits, Func<ListedImage, PictureSignature?> signatureOf,
    Func<ListedImage, string?>? groupOf, string file = "in the dataset file")
{
    /// <summary>So many pictures of all splits are described and compared, at most.</summary>
    public const int GreatestNumber = 30_000;

    // Of strange pictures of streets no two agreed in more than eight places.
    private const int LeastPlaces = 10;

    // Beyond so many there is no closer relative worth looking for.
    private const int PlentyOfPlaces = 40;

    // The likeliest candidates, for the picture as it is and for its mirror image.
    private const int Candidates = 7;

    private const string Train = "train";
    private const int Named = 3;

    /// <summary>Compares every two splits of which neither is a part of the other.</summary>
    public IReadOnlyList<SplitLeakage> Find(CancellationToken cancellationToken = default)
    {
        var found = new List<SplitLeakage>();
        var names = groupOf is null ? NameGroups.Find([.. splits.SelectMany(s => s.Images).Distinct()], signatureOf) : null;
        var grouping = groupOf ?? (names is null ? null : GroupsOf(names));
        foreach (var (split, source) in Pairs())
        {
            var own = split.Images.Except(source.Images).Distinct().ToList();
            var relations = Relations(own, [.. source.Images.Distinct()], cancellationToken);
            var groups = grouping is null
                ? []
                : own.Select(grouping).OfType<string>().Intersect(source.Images.Select(grouping).OfType<string>()).ToHashSet();
            var ofShared = groups.Count == 0 ? 0 : own.Count(i => grouping!(i) is { } g && groups.Contains(g));
            if (relations.Count > 0 || ofShared > 0)
            {
                found.Add(new SplitLeakage(
                    split.Name, source.Name, own.Count(i => signatureOf(i) is not null), relations,
                    [.. groups.Order(StringComparer.Ordinal)], ofShared));
            }
        }
        Pattern = names?.Pattern;
        return found;
    }

    /// <summary>How a dataset file says the groups that names tell of; null: they tell of none, or the file says them already.</summary>
    public string? Pattern { get; private set; }

    /// <summary>What was found, in words, with what to do.</summary>
    /// <param name="leakage">What was found.</param>
    public IEnumerable<DatasetProblem> Describe(IReadOnlyList<SplitLeakage> leakage)
    {
        foreach (var found in leakage)
        {
            if (found.Relations.Count > 0)
            {
                var kinds = found.Relations.GroupBy(r => r.Kinship).OrderByDescending(g => g.Count()).ThenBy(g => g.Key)
                    .Select(g => $"{g.Count()} {Words(g.Key, g.Count())}");
                var pairs = found.Relations.Take(Named).Select(r => $"{r.Image} and {r.Relative}");
                yield return new DatasetProblem(
                    DatasetFault.Leakage,
                    $"{found.Relations.Count} of {found.Images} pictures of '{found.Split}' "
                    + $"({Percent(found.Relations.Count, found.Images)}) have a close relative in '{found.Source}' "
                    + $"({string.Join(", ", kinds)}): {string.Join("; ", pairs)}{(found.Relations.Count > Named ? "; ..." : "")}. "
                    + "Scores on them say little of new pictures. " + Advice(found), false)
                {
                    Files = [.. found.Relations.Select(r => r.Image)],
                };
            }
            if (found.SharedGroups.Count > 0)
            {
                var groups = string.Join(", ", found.SharedGroups.Take(Named).Select(g => $"'{g}'"))
                    + (found.SharedGroups.Count > Named ? $" and {found.SharedGroups.Count - Named} more" : "");
                var size = splits.First(s => s.Name == found.Split).Images.Distinct().Count();
                yield return new DatasetProblem(
                    DatasetFault.SharedGroup,
                    $"the splits '{found.Split}' and '{found.Source}' share {groups}"
                    + $"{(groupOf is null ? " by the beginnings of their names" : "")}: {found.ImagesOfSharedGroups} of {size} pictures of "
                    + $"'{found.Split}' ({Percent(found.ImagesOfSharedGroups, size)}) are of a film, place or the like that "
                    + $"'{found.Source}' knows. " + (found.Relations.Count > 0 ? "See above." : Advice(found)), false);
            }
        }
    }

    private string Advice(SplitLeakage found)
    {
        var splitting = $"'splits: {{ {found.Split}: {{ share: 0.2 }}, {found.Source}: rest }}' {file}";
        if (groupOf is not null)
            return $"Split by group, so that none is in both: with 'groups' as it is, {splitting}.";
        return Pattern is { } pattern
            ? $"Split by group, so that none is in both: 'groups: {pattern}' and {splitting}."
            : "Move them into one split; where names tell films or places apart, say 'groups' and split by them: no group is in both then.";
    }

    private IEnumerable<((string Name, IReadOnlyList<ListedImage> Images) Split, (string Name, IReadOnlyList<ListedImage> Images) Source)>
        Pairs()
    {
        // What is learnt from comes first, then the larger; each is compared with those before it.
        var ordered = splits.Where(s => s.Images.Count > 0).OrderByDescending(s => s.Name == Train).ThenByDescending(s => s.Images.Count)
            .ToList();
        for (var i = 1; i < ordered.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (own, other) = (ordered[i].Images.ToHashSet(), ordered[j].Images.ToHashSet());
                // A split that holds another whole one (trainval, all) is meant so.
                if (!own.IsSubsetOf(other) && !other.IsSubsetOf(own))
                    yield return (ordered[i], ordered[j]);
            }
        }
    }

    private List<PictureRelation> Relations(
        List<ListedImage> images, List<ListedImage> source, CancellationToken cancellationToken)
    {
        var known = source.Where(i => signatureOf(i) is { Points.Length: >= LeastPlaces }).ToList();
        var signatures = known.ConvertAll(i => signatureOf(i)!);
        var index = new SignatureIndex(signatures);
        var own = images.Where(i => signatureOf(i) is { Points.Length: >= LeastPlaces }).ToList();
        var relations = new PictureRelation?[own.Count];
        Parallel.For(
            0, own.Count,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            index.NewWorkspace,
            (i, _, work) =>
            {
                relations[i] = Closest(own[i], known, signatures, index, work);
                return work;
            },
            _ => { });
        return [.. relations.OfType<PictureRelation>().OrderByDescending(r => r.Places)
            .ThenBy(r => r.Image, StringComparer.Ordinal)];
    }

    private PictureRelation? Closest(
        ListedImage image, List<ListedImage> known, List<PictureSignature> signatures, SignatureIndex index,
        SignatureIndex.Workspace work)
    {
        var own = signatureOf(image)!;
        var (best, at) = (default(PictureMatch), -1);
        foreach (var isMirrored in new[] { false, true })
        {
            foreach (var candidate in index.Find(own, isMirrored, work).Take(Candidates))
            {
                var match = PictureMatch.Find(own, signatures[candidate], isMirrored);
                if (match.Places > best.Places)
                    (best, at) = (match, candidate);
                if (match.Places >= PlentyOfPlaces)
                    break;
            }
            if (best.Places >= PlentyOfPlaces)
                break;
        }
        return best.Places < LeastPlaces
            ? null
            : new PictureRelation(image.Paths[0], known[at].Paths[0], KinshipOf(best, own, signatures[at]), best.Places, best.Share)
            {
                Match = best,
                Files = image.Paths,
                RelativeFiles = known[at].Paths,
            };
    }

    // Places of a copy lie where they must be to a fraction of a pixel; a scene from elsewhere shifts them against one another.
    private static PictureKinship KinshipOf(in PictureMatch match, PictureSignature own, PictureSignature other)
    {
        if (match.IsMirrored)
            return PictureKinship.Mirrored;
        var (across, down) = (match.Scale * own.Width / other.Width, match.Scale * own.Height / other.Height);
        var isWhole = Math.Abs(across - 1) < 0.03 && Math.Abs(down - 1) < 0.03 && Math.Abs(match.ShiftX) < 2 && Math.Abs(match.ShiftY) < 2;
        if (match.Spread >= 1.0)
            return PictureKinship.Scene;
        if (isWhole)
            return match.Share >= 0.7 ? PictureKinship.Copy : PictureKinship.Scene;
        var isInside = Math.Abs(match.ShiftX) <= Math.Abs(other.Width - match.Scale * own.Width) / 2 + 3
            && Math.Abs(match.ShiftY) <= Math.Abs(other.Height - match.Scale * own.Height) / 2 + 3;
        return isInside && match.Share >= 0.25 ? PictureKinship.Crop : PictureKinship.Scene;
    }

    private static Func<ListedImage, string?> GroupsOf(NameGroups names)
    {
        var groups = names.Groups.SelectMany(g => g.Value.Select(i => (Image: i, Group: g.Key))).ToDictionary(g => g.Image, g => g.Group);
        return image => groups.GetValueOrDefault(image);
    }

    private static string Words(PictureKinship kinship, int count) => kinship switch
    {
        PictureKinship.Copy => count == 1 ? "copy" : "copies",
        PictureKinship.Crop => count == 1 ? "crop" : "crops",
        PictureKinship.Mirrored => count == 1 ? "mirror image" : "mirror images",
        _ => count == 1 ? "view of the same scene" : "views of the same scenes",
    };

    private static string Percent(int part, int all) =>
        (100.0 * part / Math.Max(1, all)).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
