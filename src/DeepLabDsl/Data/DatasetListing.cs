using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Data;

/// <summary>An image of a dataset's folder.</summary>
/// <param name="Name">Its name: the part <c>name</c> of its path, else its file's name without extension.</param>
/// <param name="Relative">Its path in the dataset's folder, with <c>/</c>.</param>
/// <param name="Paths">Its files: more than one where channels are stacked.</param>
/// <param name="LabelPath">Its label map; null where there is none.</param>
/// <param name="Parts">The parts of its path.</param>
internal sealed record ListedImage(
    string Name, string Relative, IReadOnlyList<string> Paths, string? LabelPath, IReadOnlyDictionary<string, string> Parts);

/// <summary>The files of a dataset's folder, told apart and paired; none is opened.</summary>
internal sealed class DatasetListing
{
    private readonly string _directory;
    private readonly DatasetDefinition _definition;
    private readonly Lazy<ListedFiles> _files;

    private DatasetListing(string directory, DatasetDefinition definition, IReadOnlyList<ListedImage> images, IReadOnlyList<string> orphans,
        IReadOnlyList<(string First, string Second)> twins)
    {
        _directory = directory;
        _definition = definition;
        Images = images;
        Orphans = orphans;
        Twins = twins;
        _files = new(() => new ListedFiles(directory, definition, images));
    }

    /// <summary>Every image, in the order of the paths.</summary>
    public IReadOnlyList<ListedImage> Images { get; }

    /// <summary>Label maps that belong to no image.</summary>
    public IReadOnlyList<string> Orphans { get; }

    /// <summary>Pairs of images, or of label maps, that cannot be told apart by their parts.</summary>
    public IReadOnlyList<(string First, string Second)> Twins { get; }

    /// <summary>Says why two files can't be told apart, where that can't be seen.</summary>
    public static string SpellingOf(string first, string second) =>
        FolderWalk.Composed(first) == FolderWalk.Composed(second) ? " The two names differ only in how Unicode spells their accents." : "";

    /// <summary>Lists a dataset's folder.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="definition">Says which files are what.</param>
    /// <exception cref="UnusableDataException">The folder cannot be listed.</exception>
    public static DatasetListing Scan(string directory, DatasetDefinition definition)
    {
        try
        {
            var twins = new List<(string, string)>();
            string[] shared = [.. definition.Images[0].Parts.Intersect(definition.Labels.Parts)];
            var labels = Index(definition.Labels, directory, shared, twins);
            var stacked = StackedPattern.Of(definition, directory, twins);
            var images = new List<ListedImage>();
            var seen = new Dictionary<string, string>(StringComparer.Ordinal);
            var paired = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (relative, path, parts) in definition.Images[0].Find(directory))
            {
                // An open pattern such as {split}/{name}.png also takes in the label maps.
                if (definition.Labels.Match(relative) is not null)
                    continue;
                var key = KeyOf(parts, shared);
                if (!seen.TryAdd(key, path))
                    twins.Add((seen[key], path));
                paired.Add(key);
                var more = stacked.Select(s => s.FileOf(parts));
                images.Add(new ListedImage(
                    parts.GetValueOrDefault("name") ?? FolderWalk.Composed(Path.GetFileNameWithoutExtension(path)), relative,
                    [path, .. more], labels.GetValueOrDefault(key), parts));
            }
            return new DatasetListing(
                directory, definition, images, [.. labels.Where(l => !paired.Contains(l.Key)).Select(l => l.Value)], twins);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{directory}: the dataset cannot be listed: {exception.Message}", exception);
        }
    }

    /// <summary>The names of the splits, in order.</summary>
    public IReadOnlyList<string> Splits => _definition.Splits switch
    {
        DatasetSplits.ByPath(var words) => [.. Images.Select(i => i.Parts["split"]).Distinct(StringComparer.Ordinal)
            .Select(w => words.FirstOrDefault(p => p.Value == w).Key ?? w).Order(StringComparer.Ordinal)],
        DatasetSplits.Lists(var pattern) => [.. pattern.Find(_directory).Select(f => f.Parts["split"]).Order(StringComparer.Ordinal)],
        DatasetSplits.Named(var sources) => [.. sources.Select(s => s.Key)],
        _ => [DatasetSplits.None.Name],
    };

    /// <summary>The share of groups that a split was asked to be; null: it is no such split.</summary>
    public double? AskedShareOf(string split) =>
        _definition.Splits is DatasetSplits.Named(var sources)
        && sources.FirstOrDefault(s => s.Key == split).Value is SplitSource.GroupShare(var part, _)
            ? part
            : null;

    /// <summary>The images of one split; they may lack a label map.</summary>
    /// <param name="split">The split's name.</param>
    /// <param name="onFault">
    /// Is told of each line of a list that is no image, or more than one, in place of an exception; null: the first is one.
    /// </param>
    /// <returns>In the order of the paths, or of the split's list.</returns>
    /// <exception cref="UnusableDataException">There is no such split, it is empty, or its list names what is not there.</exception>
    public IReadOnlyList<ListedImage> Split(string split, Action<ListFault>? onFault = null)
    {
        split = FolderWalk.Composed(split);
        switch (_definition.Splits)
        {
            case DatasetSplits.ByPath(var words):
                var word = words.GetValueOrDefault(split) ?? split;
                ListedImage[] images = [.. Images.Where(i => i.Parts["split"] == word)];
                return images.Length > 0 ? images : throw new UnusableDataException(
                    $"{_directory}: split '{split}' has no images: "
                    + $"nothing is called {_definition.Images[0].Fill(new Dictionary<string, string> { ["split"] = word })}; " + Present());
            case DatasetSplits.Lists(var pattern):
                var path = FolderWalk.Resolve(_directory, pattern.Fill(new Dictionary<string, string> { ["split"] = split }));
                return File.Exists(path)
                    ? FromList(path, onFault)
                    : throw new UnusableDataException($"{path}: there is no such list, so there is no split '{split}'; " + Present());
            case DatasetSplits.Named(var sources):
                var source = sources.FirstOrDefault(s => s.Key == split).Value
                    ?? throw new UnusableDataException($"{_directory}: there is no split '{split}'; " + Present());
                var members = Members(source, sources, onFault);
                return members.Count > 0
                    ? members
                    : throw new UnusableDataException($"{_directory}: split '{split}' is empty: {Reason(source)}.");
            default:
                if (split != DatasetSplits.None.Name)
                {
                    throw new UnusableDataException(
                        $"{_directory}: there is no split '{split}': the dataset file divides nothing, so the one split is "
                        + $"'{DatasetSplits.None.Name}'. "
                        + "Add 'splits', such as { val: { share: 0.2 }, train: rest }.");
                }
                return Images.Count > 0
                    ? Images
                    : throw new UnusableDataException($"{_directory}: the split is empty: nothing is called {_definition.Images[0]}.");
        }
    }

    private IReadOnlyList<ListedImage> Members(
        SplitSource source, IReadOnlyList<KeyValuePair<string, SplitSource>> all, Action<ListFault>? onFault) => source switch
        {
            SplitSource.List(var path) => FromList(FolderWalk.Resolve(_directory, path), onFault),
            SplitSource.Names(var patterns) =>
                [.. Images.Where(i => patterns.Any(p => p.Match(i.Name) is not null || p.Match(i.Relative) is not null))],
            SplitSource.Share(var part) => Share(part),
            SplitSource.HeldOut held => HeldOut(held),
            SplitSource.GroupShare share => GroupShare(share, source, all, onFault),
            // By the path: a list may give an image another label map.
            _ =>
                [.. Images.ExceptBy(
                    all.Where(s => s.Value is not SplitSource.Rest).SelectMany(s => Members(s.Value, all, onFault)).Select(i => i.Relative),
                    i => i.Relative)],
        };

    private IReadOnlyList<ListedImage> HeldOut(SplitSource.HeldOut held)
    {
        var groups = _definition.Groups!.Divide(Images);
        foreach (var name in held.Groups)
        {
            if (groups.All(g => g.Name != name))
            {
                const int Named = 10;
                throw new UnusableDataException(
                    $"{held.Place}: hold_out: there is no group '{name}'; by '{_definition.Groups.Pattern}' there are "
                    + $"{string.Join(", ", groups.Take(Named).Select(g => g.Name))}{(groups.Count > Named ? ", ..." : "")}.");
            }
        }
        return [.. Images.Where(i => held.Groups.Contains(_definition.Groups.Of(i)!))];
    }

    // Of the groups that no other split names.
    private IReadOnlyList<ListedImage> GroupShare(
        SplitSource.GroupShare share, SplitSource source, IReadOnlyList<KeyValuePair<string, SplitSource>> all, Action<ListFault>? onFault)
    {
        var groups = _definition.Groups!.Divide(Images);
        var taken = all.Where(s => s.Value is not SplitSource.Rest && !ReferenceEquals(s.Value, source))
            .SelectMany(s => Members(s.Value, all, onFault)).Select(i => _definition.Groups.Of(i)!).ToHashSet();
        var free = groups.Where(g => !taken.Contains(g.Name)).OrderBy(g => Draw(g.Name)).ThenBy(g => g.Name, StringComparer.Ordinal)
            .ToList();
        if (free.Count < 2)
        {
            throw new UnusableDataException(
                $"{share.Place}: share: by '{_definition.Groups.Pattern}' there {(groups.Count == 1 ? "is" : "are")} {groups.Count} "
                + $"group{(groups.Count == 1 ? "" : "s")}"
                + $"{(taken.Count > 0 ? $", {free.Count} of them in no other split" : "")}, and whole groups are divided: there must be "
                + "two at least.");
        }
        var chosen = ImageGroups.Choose([.. free.Select(g => g.Images.Count)], share.Part * Images.Count)
            .Select(i => free[i].Name).ToHashSet();
        return [.. Images.Where(i => chosen.Contains(_definition.Groups.Of(i)!))];
    }

    private static string Reason(SplitSource source) => source switch
    {
        SplitSource.Names(var patterns) => $"no image is called {string.Join(" or ", patterns)}",
        SplitSource.Share(var part) => $"a share of {part} of so few images is none",
        SplitSource.Rest => "the other splits hold all images",
        _ => "its list is",
    };

    // Those whose names draw the lowest numbers. An image that comes or goes moves one other at most, and so few images as there are
    // often in a folder have their share to the image.
    private IReadOnlyList<ListedImage> Share(double part)
    {
        if (Images.Count < 2)
            return [];
        var count = Math.Clamp((int)Math.Round(part * Images.Count), 1, Images.Count - 1);
        var chosen = Images.OrderBy(i => Draw(i.Relative)).ThenBy(i => i.Relative, StringComparer.Ordinal).Take(count).ToHashSet();
        return [.. Images.Where(chosen.Contains)];
    }

    private List<ListedImage> FromList(string path, Action<ListFault>? onFault)
    {
        var listed = new List<ListedImage>();
        foreach (var (image, fault) in new SplitList(path, _files.Value).Read())
        {
            if (fault is not null && onFault is null)
                throw new UnusableDataException(fault.ToString());
            if (fault is not null)
                onFault!(fault);
            if (image is not null)
                listed.Add(image);
        }
        return listed.Count > 0
            ? listed
            : throw new UnusableDataException($"{path}: the split is empty. Expected one image name a line, without extension.");
    }

    private string Present()
    {
        var list = string.Join(", ", Splits);
        return list.Length > 0 ? $"the dataset has the splits {list}." : "the dataset has no splits at all.";
    }

    internal static Dictionary<string, string> Index(
        PathPattern pattern, string directory, IReadOnlyList<string> shared, List<(string, string)> twins)
    {
        var index = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (_, path, parts) in pattern.Find(directory))
        {
            var key = KeyOf(parts, shared);
            if (!index.TryAdd(key, path))
                twins.Add((index[key], path));
        }
        return index;
    }

    internal static string KeyOf(IReadOnlyDictionary<string, string> parts, IReadOnlyList<string> shared) =>
        string.Join('\0', shared.Select(p => parts[p]));

    // A number of the unit interval that follows from a name alone (FNV-1a, then SplitMix's last steps).
    internal static double Draw(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var value in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ value) * 1099511628211UL;
        return new SeededRandom(hash).NextDouble();
    }
}
