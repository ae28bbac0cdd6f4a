using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Rendering;

namespace DeepLabDsl.Data;

/// <summary>Reads every file of a dataset once and says what is there and what is wrong with it, each thing by its name.</summary>
public static class DatasetCheck
{
    private const int ShownSamples = 10;

    /// <summary>Checks a dataset.</summary>
    /// <param name="directory">The dataset's folder.</param>
    /// <param name="datasetNameOrPath">See <see cref="DatasetDefinition.Find"/>.</param>
    /// <param name="progress">Is told after each image; from several threads, one at a time.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="UnusableDataException">The folder or its dataset file cannot be used at all.</exception>
    public static DatasetReport Run(
        string directory, string? datasetNameOrPath = null, IProgress<ImageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var definition = DatasetDefinition.Find(directory, datasetNameOrPath);
        var listing = DatasetListing.Scan(directory, definition);
        var findings = new ConcurrentBag<Finding>();
        // Without images every split is empty and every listed name missing: all that follows from that one fault.
        var splits = Sort(directory, definition, listing, findings.Add) ? ListSplits(listing, findings.Add) : [];
        var members = splits.SelectMany(s => s.Images.Select(i => (Split: s.Name, Image: i))).ToList();
        var images = members.Select(m => m.Image).Distinct().ToList();
        foreach (var image in images.Where(i => i.LabelPath is null))
        {
            findings.Add(new(DatasetFault.ImageWithoutLabels, true, image.Paths[0],
                $"has no label map; expected {Path.Combine(directory, definition.Labels.Fill(image.Parts))}. Add it, or take the "
                + "image out of its split.", "missing"));
        }
        var facts = LookAtAll(images, definition, splits.Count > 1, findings.Add, progress, cancellationToken);

        var around = new Dictionary<(string, int), long>();
        var reports = splits.Select(s => Report(s.Name, s.Images, facts, definition.Classes.Count, around) with
        {
            Groups = GroupsOf(definition, s.Images),
            AskedShare = listing.AskedShareOf(s.Name),
            ShareOfAll = s.Images.Distinct().Count() / (double)listing.Images.Count,
        }).ToList();
        var labels = new LabelFindings(definition, images.ConvertAll(i => (i, facts[i])), splits, reports);
        var inSplit = images.Select(i => i.Relative).ToHashSet(StringComparer.Ordinal);
        var watch = Stopwatch.StartNew();
        var grouping = FindGrouping(definition, images, findings.Add);
        var leakage = new LeakageCheck(
            splits, i => facts[i].Signature, grouping,
            definition.IsShipped ? $"in a dataset.yaml of your own in the folder (a copy of '{definition.Name}')" : "in the dataset file");
        var leaks = leakage.Find(cancellationToken);
        var comparing = watch.Elapsed;
        IEnumerable<DatasetProblem> problems =
            [.. Merge(findings), .. labels.Find(), .. new RepeatedPictures(splits, i => (facts[i].Hash, facts[i].LabelHash)).Find(),
            .. leakage.Describe(leaks)];
        var (mean, std) = Statistics(facts.Values, definition.Channels?.Count ?? 3);
        return new DatasetReport
        {
            Directory = directory,
            Definition = definition,
            Splits = reports,
            ImagesInNoSplit = listing.Images.Count(i => !inSplit.Contains(i.Relative)),
            Sizes = [.. facts.Values.Where(f => f.Width > 0).GroupBy(f => (f.Width, f.Height))
                .Select(g => KeyValuePair.Create(g.Key, g.Count())).OrderByDescending(s => s.Value).ThenBy(s => s.Key)],
            UnknownLabels = facts.Values.SelectMany(f => f.Unknown).GroupBy(u => u.Key).OrderBy(g => g.Key)
                .ToDictionary(g => definition.Coding.Describe(g.Key), g => g.Sum(u => u.Value)),
            Mean = mean,
            Std = std,
            OrientedImages = facts.Values.Count(f => f.IsOriented),
            Problems = [.. problems.OrderBy(p => !p.IsError).ThenBy(p => p.Fault).ThenBy(p => p.Message, StringComparer.Ordinal)],
            Leakage = leaks,
            ComparedImages = facts.Values.Count(f => f.Signature is not null),
            ComparingTime = comparing,
            PixelsAround = around,
            Shown = Choose(members, facts, definition.Classes.Count),
        };
    }

    /// <summary>What the listing of the files says by itself.</summary>
    /// <returns>Whether there are images.</returns>
    private static bool Sort(string directory, DatasetDefinition definition, DatasetListing listing, Action<Finding> found)
    {
        foreach (var (first, second) in listing.Twins)
        {
            found(new(
                DatasetFault.Ambiguous, true, second,
                $"cannot be told apart from {first}: the two have one name. "
                + $"Rename or remove one.{DatasetListing.SpellingOf(first, second)}"));
        }
        foreach (var orphan in listing.Orphans)
            found(new(DatasetFault.LabelsWithoutImage, false, orphan, $"this label map has no image ({definition.Images[0]})."));
        if (listing.Images.Count > 0)
            return true;
        found(new(
            DatasetFault.Split, true, directory,
            $"there are no images: nothing is called {definition.Images[0]}. Correct 'images' in the dataset file, "
            + "or name another folder."));
        return false;
    }

    private static ConcurrentDictionary<ListedImage, ImageFacts> LookAtAll(
        List<ListedImage> images, DatasetDefinition definition, bool compares, Action<Finding> found, IProgress<ImageProgress>? progress,
        CancellationToken cancellationToken)
    {
        // Of more images than can be compared, every n-th is.
        var every = (images.Count + LeakageCheck.GreatestNumber - 1) / LeakageCheck.GreatestNumber;
        var described = compares ? images.Where((_, i) => i % every == 0).ToHashSet() : [];
        var facts = new ConcurrentDictionary<ListedImage, ImageFacts>();
        var (gate, done) = (new Lock(), 0);
        Parallel.ForEach(images, new ParallelOptions
        {
            CancellationToken = cancellationToken,
            MaxDegreeOfParallelism = Environment.ProcessorCount,
        }, image =>
        {
            facts[image] = Look(image, definition, described.Contains(image), found);
            lock (gate)
                progress?.Report(new ImageProgress(++done, images.Count));
        });
        return facts;
    }

    /// <summary>Draws the images that show the classes best with their labels.</summary>
    /// <param name="report">What was found.</param>
    /// <returns>The picture; null where no image can be drawn.</returns>
    public static RgbImage? DrawSheet(DatasetReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var sheet = new ContactSheet(report.Definition.Classes, $"{report.Definition.Name}: images and their labels");
        foreach (var (split, name, images, labels) in report.Shown)
        {
            var (picture, _) = SegmentationDataset.ReadImage(report.Definition, images);
            var raw = report.Definition.Coding.ReadRaw(labels);
            var map = new LabelMap(raw.Width, raw.Height);
            report.Definition.Coding.Decode(raw, map.Indices);
            sheet.Add($"{split}/{name}", picture, map, null);
        }
        return sheet.Rows > 0 ? sheet.Render() : null;
    }

    /// <summary>
    /// Draws pictures beside their closest relatives of other splits, with an outline where one lies in the other: of each kind of
    /// relation as many.
    /// </summary>
    /// <param name="report">What was found.</param>
    /// <param name="pairs">How many pairs are drawn, at most.</param>
    /// <returns>The picture; null where there are no relatives.</returns>
    /// <exception cref="UnusableDataException">A picture can't be read any more.</exception>
    public static RgbImage? DrawRelatives(DatasetReport report, int pairs = 12)
    {
        ArgumentNullException.ThrowIfNull(report);
        var sheet = new PairSheet($"{report.Definition.Name}: pictures and their relatives in other splits");
        // The first of each kind, then the second of each: the sheet shows what there is, and not the most frequent alone.
        var chosen = report.Leakage.SelectMany(l => l.Relations.Select(r => (Leakage: l, Relation: r)))
            .GroupBy(r => (r.Leakage, r.Relation.Kinship))
            .SelectMany(g => Spread([.. g], pairs).Select((r, i) => (Place: i, Pair: r)))
            .OrderBy(r => r.Place).Take(pairs).OrderBy(r => r.Pair.Relation.Kinship).ThenBy(r => r.Place);
        foreach (var (_, (leakage, relation)) in chosen)
        {
            var (picture, _) = SegmentationDataset.ReadImage(report.Definition, relation.Files);
            var (relative, _) = SegmentationDataset.ReadImage(report.Definition, relation.RelativeFiles);
            sheet.Add(
                picture, $"{leakage.Split}: {Path.GetFileName(relation.Image)}", relative,
                $"{leakage.Source}: {Path.GetFileName(relation.Relative)}: {relation.Kinship.ToString().ToLowerInvariant()}, "
                + $"{relation.Places} places agree",
                relation.Match.OutlineIn(picture, relative));
        }
        return sheet.Pairs > 0 ? sheet.Render() : null;

        // Neighbours in a film say the same.
        static IEnumerable<T> Spread<T>(IReadOnlyList<T> all, int count) =>
            Enumerable.Range(0, Math.Min(count, all.Count)).Select(i => all[(int)((long)i * all.Count / Math.Min(count, all.Count))]);
    }

    private static List<(string Name, IReadOnlyList<ListedImage> Images)> ListSplits(DatasetListing listing, Action<Finding> report)
    {
        var splits = new List<(string, IReadOnlyList<ListedImage>)>();
        if (listing.Splits.Count == 0)
        {
            report(
                new(DatasetFault.Split, true, "", "the dataset has no splits at all: no list of a split, or no folder of one, is there."));
        }
        foreach (var name in listing.Splits)
        {
            var faults = 0;
            try
            {
                splits.Add((name, listing.Split(name, fault =>
                {
                    faults++;
                    report(new(DatasetFault.Split, true, fault.Place, fault.Text, $"{name} {fault.Cause}"));
                })));
            }
            // That nothing is left of a list follows from what is wrong with its lines.
            catch (UnusableDataException exception) when (faults == 0)
            {
                report(new(DatasetFault.Split, true, "", exception.Message));
            }
            catch (UnusableDataException)
            {
            }
        }
        return splits;
    }

    // Groups that are stated, where they fit every image. Those of a shipped definition are a guess about the names.
    private static Func<ListedImage, string?>? FindGrouping(
        DatasetDefinition definition, IReadOnlyList<ListedImage> images, Action<Finding> report)
    {
        if (definition.Groups is not { } groups)
            return null;
        var strays = images.Where(i => groups.Of(i) is null).ToList();
        if (strays.Count == 0)
            return groups.Of;
        if (!definition.IsShipped)
        {
            report(new(DatasetFault.Groups, false, groups.Place,
                $"groups: '{groups.Pattern}' does not fit the names of {strays.Count} of {images.Count} images, the first "
                + $"{strays[0].Relative}: folds can't be made, and scores by group are not shown."));
        }
        return null;
    }

    private static Dictionary<string, int>? GroupsOf(DatasetDefinition definition, IReadOnlyList<ListedImage> images) =>
        definition.Groups is { } groups && images.All(i => groups.Of(i) is not null)
            ? images.GroupBy(i => groups.Of(i)!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Count())
            : null;

    private static ImageFacts Look(ListedImage image, DatasetDefinition definition, bool isDescribed, Action<Finding> report)
    {
        var facts = new ImageFacts(definition.Classes.Count, definition.Channels?.Count ?? 3);
        RgbImage? picture = null;
        try
        {
            (picture, var planes) = SegmentationDataset.ReadImage(definition, image.Paths);
            (facts.Width, facts.Height) = (picture.Width, picture.Height);
            facts.Hash = HashOf(
                picture.Width, picture.Height, planes is null ? picture.Pixels : MemoryMarshal.AsBytes<float>(planes.Planes));
            facts.Measure(picture, planes);
            facts.Signature = isDescribed ? PictureSignature.Of(picture) : null;
            facts.IsOriented = !ImageFile.OrientationOf(image.Paths[0]).IsUpright;
        }
        catch (UnusableDataException exception)
        {
            report(Unreadable(DatasetFault.UnreadableImage, image.Paths[0], exception));
        }
        if (image.LabelPath is null)
            return facts;
        RawLabels raw;
        try
        {
            raw = definition.Coding.ReadRaw(image.LabelPath);
        }
        catch (UnusableDataException exception)
        {
            report(Unreadable(DatasetFault.UnreadableLabels, image.LabelPath, exception));
            return facts;
        }
        facts.LabelHash = HashOf(raw.Width, raw.Height, raw.Bytes ?? MemoryMarshal.AsBytes<ushort>(raw.Words));
        facts.Count(raw, definition.Coding);
        if (picture is null)
            return facts;
        facts.IsShowable = (raw.Width, raw.Height) == (picture.Width, picture.Height);
        if (facts.IsShowable)
        {
            Fit(facts, image, picture, raw, definition);
            return facts;
        }
        var turned = SegmentationDataset.OrientationFault(definition, image.Paths[0], picture, raw.Width, raw.Height);
        report(new(DatasetFault.Size, true, image.LabelPath,
            $"is {raw.Width}x{raw.Height}, its image {image.Paths[0]} is {picture.Width}x{picture.Height}. "
            + $"{turned ?? "Export both at one size."}",
            turned is null ? $"{raw.Width}x{raw.Height} of {picture.Width}x{picture.Height}" : "turned"));
        return facts;
    }

    // How well the labels fit the picture as it is read; where it has an orientation, also as it would be read otherwise.
    private static void Fit(ImageFacts facts, ListedImage image, RgbImage picture, RawLabels raw, DatasetDefinition definition)
    {
        var labels = new LabelMap(raw.Width, raw.Height);
        definition.Coding.Decode(raw, labels.Indices);
        facts.AsRead.Add(picture, labels);
        if (!facts.IsOriented)
            return;
        var other = definition.Orientation == PictureOrientation.Apply ? PictureOrientation.Ignore : PictureOrientation.Apply;
        var (turned, _) = SegmentationDataset.ReadImage(definition, image.Paths, other);
        if ((turned.Width, turned.Height) == (labels.Width, labels.Height))
            (facts.Otherwise = new ColorFit(definition.Classes.Count)).Add(turned, labels);
    }

    private static Finding Unreadable(DatasetFault fault, string path, UnusableDataException exception)
    {
        var text = exception.Message.StartsWith(path + ": ", StringComparison.Ordinal) ? exception.Message[(path.Length + 2)..] : null;
        return new Finding(fault, true, text is null ? "" : path, text ?? exception.Message, text);
    }

    // Files of one fault are one problem: who mends the cause mends them all.
    private static IEnumerable<DatasetProblem> Merge(IEnumerable<Finding> findings)
    {
        const int Named = 3;
        foreach (var same in findings.GroupBy(f => (f.Fault, f.Cause ?? f.Path + f.Text)))
        {
            var all = same.OrderBy(f => f.Path, StringComparer.Ordinal).ToList();
            var others = all.Count == 1
                ? ""
                : $" The same holds for {all.Count - 1} more: "
                    + $"{string.Join(", ", all.Skip(1).Take(Named).Select(f => f.Path))}{(all.Count > Named + 1 ? ", ..." : "")}.";
            yield return new DatasetProblem(
                all[0].Fault, $"{(all[0].Path.Length > 0 ? all[0].Path + ": " : "")}{all[0].Text}{others}", all[0].IsError)
            {
                Files = all.Count == 1 ? [] : [.. all.Select(f => f.Path)],
            };
        }
    }

    private static string HashOf(int width, int height, ReadOnlySpan<byte> values) =>
        $"{width}x{height} {Convert.ToHexString(SHA256.HashData(values))}";

    private static SplitReport Report(
        string name, IReadOnlyList<ListedImage> images, IReadOnlyDictionary<ListedImage, ImageFacts> facts, int classes,
        Dictionary<(string, int), long> around)
    {
        var pixels = new long[classes];
        var with = new int[classes];
        long voids = 0;
        foreach (var image in images)
        {
            var own = facts[image];
            voids += own.VoidPixels;
            for (var c = 0; c < classes; c++)
            {
                pixels[c] += own.Pixels[c];
                if (own.Pixels[c] == 0)
                    continue;
                with[c]++;
                around[(name, c)] = around.GetValueOrDefault((name, c)) + own.Pixels.Sum();
            }
        }
        return new SplitReport(name, images.Count, pixels, voids, with);
    }

    private static (double[] Mean, double[] Std) Statistics(ICollection<ImageFacts> facts, int channels)
    {
        // Without a pixel there are neither.
        if (facts.All(f => f.Measured == 0))
            return ([], []);
        var (sums, squares, pixels) = (new double[channels], new double[channels], 0L);
        foreach (var own in facts.OrderBy(f => f.Hash, StringComparer.Ordinal))
        {
            pixels += own.Measured;
            for (var c = 0; c < channels; c++)
            {
                sums[c] += own.Sums[c];
                squares[c] += own.Squares[c];
            }
        }
        var mean = sums.Select(s => s / pixels).ToArray();
        return (mean, [.. squares.Select((s, c) => Math.Sqrt(Math.Max(0, s / pixels - mean[c] * mean[c])))]);
    }

    // Again and again the image with most of the class that has been shown least.
    private static List<(string, string, IReadOnlyList<string>, string)> Choose(
        List<(string Split, ListedImage Image)> members, IReadOnlyDictionary<ListedImage, ImageFacts> facts, int classes)
    {
        var left = members.Where(m => facts[m.Image].IsShowable).DistinctBy(m => m.Image).ToList();
        var shown = new double[classes];
        var chosen = new List<(string, string, IReadOnlyList<string>, string)>();
        while (chosen.Count < ShownSamples && left.Count > 0)
        {
            var wanted = Enumerable.Range(0, classes).Where(c => left.Exists(m => facts[m.Image].Pixels[c] > 0)).DefaultIfEmpty(0)
                .MinBy(c => shown[c]);
            var best = left.MaxBy(m => facts[m.Image].Share(wanted));
            left.Remove(best);
            for (var c = 0; c < classes; c++)
                shown[c] += facts[best.Image].Share(c);
            chosen.Add((best.Split, best.Image.Name, best.Image.Paths, best.Image.LabelPath!));
        }
        return chosen;
    }

    /// <summary>One thing that is wrong with one file.</summary>
    /// <param name="Fault">What kind it is.</param>
    /// <param name="IsError">Whether it stands in the way.</param>
    /// <param name="Path">The file.</param>
    /// <param name="Text">What is wrong with it.</param>
    /// <param name="Cause">What files of the same fault have in common; null: nothing, each is one of its own.</param>
    private sealed record Finding(DatasetFault Fault, bool IsError, string Path, string Text, string? Cause = null);

    /// <summary>What was found in one image and its label map.</summary>
    internal sealed class ImageFacts(int classes, int channels)
    {
        public int Width { get; set; }

        public int Height { get; set; }

        public string? Hash { get; set; }

        public string? LabelHash { get; set; }

        /// <summary>What the picture is recognised by; null where it can't be read or is not compared.</summary>
        public PictureSignature? Signature { get; set; }

        public bool IsShowable { get; set; }

        public long[] Pixels { get; } = new long[classes];

        public long VoidPixels => VoidLabels.Values.Sum();

        /// <summary>Pixels of each label that is void.</summary>
        public Dictionary<int, long> VoidLabels { get; } = [];

        /// <summary>Whether the image is stored other than it is seen, and says so.</summary>
        public bool IsOriented { get; set; }

        /// <summary>Pixels of the label map.</summary>
        public long LabelPixels { get; private set; }

        /// <summary>Whether its labels are colours.</summary>
        public bool IsColor { get; private set; }

        public ColorFit AsRead { get; } = new(classes);

        public ColorFit? Otherwise { get; set; }

        public Dictionary<int, long> Unknown { get; } = [];

        public double[] Sums { get; } = new double[channels];

        public double[] Squares { get; } = new double[channels];

        public long Measured { get; private set; }

        public double Share(int c) => Pixels[c] / (double)Math.Max(1, Pixels.Sum() + VoidPixels);

        public void Count(RawLabels raw, LabelCoding coding)
        {
            (LabelPixels, IsColor) = (raw.Count, raw.IsColor);
            var counts = new Dictionary<int, long>();
            for (int i = 0, last = raw[0], run = 0; i <= raw.Count; i++)
            {
                if (i < raw.Count && raw[i] == last)
                {
                    run++;
                    continue;
                }
                counts[last] = counts.GetValueOrDefault(last) + run;
                if (i < raw.Count)
                    (last, run) = (raw[i], 1);
            }
            foreach (var (value, count) in counts)
            {
                var meaning = coding.MeaningOf(value);
                if (meaning == LabelCoding.Unknown)
                    Unknown[value] = count;
                else if (meaning == LabelMap.Void)
                    VoidLabels[value] = count;
                else
                    Pixels[meaning] += count;
            }
        }

        public void Measure(RgbImage picture, ChannelImage? planes)
        {
            Measured = (long)picture.Width * picture.Height;
            if (planes is not null)
            {
                for (var i = 0; i < planes.Planes.Length; i++)
                    Add((int)(i / Measured), planes.Planes[i]);
                return;
            }
            for (var c = 0; c < 3; c++)
            {
                long sum = 0, squares = 0;
                for (var i = c; i < picture.Pixels.Length; i += 3)
                {
                    sum += picture.Pixels[i];
                    squares += picture.Pixels[i] * picture.Pixels[i];
                }
                (Sums[c], Squares[c]) = (sum / 255.0, squares / (255.0 * 255.0));
            }
        }

        private void Add(int channel, double value)
        {
            Sums[channel] += value;
            Squares[channel] += value * value;
        }
    }
}
