using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;

namespace DeepLabDsl;

/// <summary>Reads every file of a dataset once and says what is there and what is wrong with it, each thing by its name.</summary>
public static class DatasetCheck
{
    private const int ShownSamples = 10;

    // No palette has so many colours by mistake; mixed ones are many at once.
    private const int MixedColors = 16;

    /// <summary>Checks a dataset.</summary>
    /// <param name="directory">The dataset's folder.</param>
    /// <param name="datasetNameOrPath">See <see cref="DatasetDefinition.Find"/>.</param>
    /// <param name="progress">Is told the number of images read and of all; called from several threads.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="DataException">The folder or its dataset file cannot be used at all.</exception>
    public static DatasetReport Run(string directory, string? datasetNameOrPath = null, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        var definition = DatasetDefinition.Find(directory, datasetNameOrPath);
        var listing = DatasetListing.Scan(directory, definition);
        var problems = new ConcurrentBag<DatasetProblem>();
        void Error(DatasetFault fault, string message) => problems.Add(new DatasetProblem(fault, message, true));
        void Note(DatasetFault fault, string message) => problems.Add(new DatasetProblem(fault, message, false));

        foreach (var (first, second) in listing.Twins)
            Error(DatasetFault.Ambiguous, $"{second}: cannot be told apart from {first}: the two have one name. Rename or remove one.");
        foreach (var orphan in listing.Orphans)
            Note(DatasetFault.LabelsWithoutImage, $"{orphan}: this label map has no image ({definition.Images[0]}).");
        var splits = new List<(string Name, IReadOnlyList<ListedImage> Images)>();
        // Without images every split is empty and every listed name missing: all that follows from this one.
        if (listing.Images.Count == 0)
            Error(DatasetFault.Split, $"{directory}: there are no images: nothing is called {definition.Images[0]}. Correct 'images' in the dataset file, or name another folder.");
        else
            splits = ListSplits(listing, Error);

        var members = splits.SelectMany(s => s.Images.Select(i => (Split: s.Name, Image: i))).ToList();
        var inSplit = members.Select(m => m.Image).ToHashSet();
        foreach (var (_, image) in members.Where(m => m.Image.LabelPath is null).DistinctBy(m => m.Image))
            Error(DatasetFault.ImageWithoutLabels, $"{image.Paths[0]}: has no label map; expected {Path.Combine(directory, definition.Labels.Fill(image.Parts))}. Add it, or take the image out of its split.");

        var images = inSplit.ToList();
        var facts = new ConcurrentDictionary<ListedImage, ImageFacts>();
        var done = 0;
        Parallel.ForEach(images, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, image =>
        {
            facts[image] = Look(image, definition, Error, Note);
            progress?.Invoke(Interlocked.Increment(ref done), images.Count);
        });
        foreach (var problem in new RepeatedPictures(splits, i => (facts[i].Hash, facts[i].LabelHash)).Find())
            problems.Add(problem);

        var around = new Dictionary<(string, int), long>();
        var reports = splits.Select(s => Report(s.Name, s.Images, facts, definition.Classes.Count, around)).ToList();
        for (var c = 0; c < definition.Classes.Count && images.Count > 0; c++)
        {
            if (reports.All(r => r.ClassPixels[c] == 0))
                Note(DatasetFault.AbsentClass, $"class '{definition.Classes[c].Name}' occurs in no image of any split; it cannot be learnt or scored.");
            else if (reports.FirstOrDefault(r => r.Name == "train") is { } train && train.ClassPixels[c] == 0)
                Note(DatasetFault.AbsentClass, $"class '{definition.Classes[c].Name}' occurs in no image of 'train'; it cannot be learnt.");
        }
        if (OneClass.Describe(definition.Classes) is { } nothing)
            Error(DatasetFault.OneClass, nothing);
        var (mean, deviation) = Statistics(facts.Values, definition.Channels?.Count ?? 3);
        return new DatasetReport
        {
            Directory = directory,
            Definition = definition,
            Splits = reports,
            ImagesInNoSplit = listing.Images.Count(i => !inSplit.Contains(i)),
            Sizes = [.. facts.Values.Where(f => f.Width > 0).GroupBy(f => (f.Width, f.Height)).Select(g => KeyValuePair.Create(g.Key, g.Count())).OrderByDescending(s => s.Value).ThenBy(s => s.Key)],
            UnknownLabels = facts.Values.SelectMany(f => f.Unknown).GroupBy(u => u.Key).OrderBy(g => g.Key).ToDictionary(g => definition.Coding.Describe(g.Key), g => g.Sum(u => u.Value)),
            Mean = mean,
            Deviation = deviation,
            Problems = [.. problems.OrderBy(p => !p.IsError).ThenBy(p => p.Fault).ThenBy(p => p.Message, StringComparer.Ordinal)],
            PixelsAround = around,
            Shown = Choose(members, facts, definition.Classes.Count),
        };
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

    private static List<(string Name, IReadOnlyList<ListedImage> Images)> ListSplits(DatasetListing listing, Action<DatasetFault, string> error)
    {
        var splits = new List<(string, IReadOnlyList<ListedImage>)>();
        if (listing.Splits.Count == 0)
            error(DatasetFault.Split, "the dataset has no splits at all: no list of a split, or no folder of one, is there.");
        foreach (var name in listing.Splits)
        {
            try
            {
                splits.Add((name, listing.Split(name, missing => error(DatasetFault.Split, missing))));
            }
            catch (DataException exception)
            {
                error(DatasetFault.Split, exception.Message);
            }
        }
        return splits;
    }

    private static ImageFacts Look(ListedImage image, DatasetDefinition definition, Action<DatasetFault, string> error, Action<DatasetFault, string> note)
    {
        var facts = new ImageFacts(definition.Classes.Count, definition.Channels?.Count ?? 3);
        try
        {
            var (picture, planes) = SegmentationDataset.ReadImage(definition, image.Paths);
            (facts.Width, facts.Height) = (picture.Width, picture.Height);
            facts.Hash = HashOf(picture.Width, picture.Height, planes is null ? picture.Pixels : MemoryMarshal.AsBytes<float>(planes.Planes));
            facts.Measure(picture, planes);
        }
        catch (DataException exception)
        {
            error(DatasetFault.UnreadableImage, exception.Message);
        }
        if (image.LabelPath is null)
            return facts;
        RawLabels raw;
        try
        {
            raw = definition.Coding.ReadRaw(image.LabelPath);
        }
        catch (DataException exception)
        {
            error(DatasetFault.UnreadableLabels, exception.Message);
            return facts;
        }
        if (facts.Width > 0 && (raw.Width, raw.Height) != (facts.Width, facts.Height))
            error(DatasetFault.Size, $"{image.LabelPath}: is {raw.Width}x{raw.Height}, its image {image.Paths[0]} is {facts.Width}x{facts.Height}. Export both at one size.");
        facts.LabelHash = HashOf(raw.Width, raw.Height, raw.Bytes ?? MemoryMarshal.AsBytes<ushort>(raw.Words));
        facts.Count(raw, definition.Coding);
        if (facts.Unknown.Count > 0)
        {
            var worst = facts.Unknown.OrderByDescending(u => u.Value).Take(6).Select(u => definition.Coding.Describe(u.Key));
            error(DatasetFault.LabelOutOfRange,
                $"{image.LabelPath}: {facts.Unknown.Values.Sum()} of {raw.Count} pixels have labels that are neither a class nor void ({string.Join(", ", worst)}{(facts.Unknown.Count > 6 ? ", ..." : "")}); there are {definition.Coding.Expected()}."
                + (raw.IsColor && facts.Unknown.Count > MixedColors ? $" {facts.Unknown.Count} colours are mixtures, of JPEG or of smooth scaling: export the label map anew, as a PNG at its own size." : ""));
        }
        else if (facts.Pixels.Sum() == 0)
        {
            note(DatasetFault.NothingLabelled, $"{image.LabelPath}: is all void; there is nothing to learn from it or to score.");
        }
        facts.IsShowable = facts.Width > 0 && (raw.Width, raw.Height) == (facts.Width, facts.Height);
        return facts;
    }

    private static string HashOf(int width, int height, ReadOnlySpan<byte> values) => $"{width}x{height} {Convert.ToHexString(SHA256.HashData(values))}";

    private static SplitReport Report(
        string name, IReadOnlyList<ListedImage> images, IReadOnlyDictionary<ListedImage, ImageFacts> facts, int classes, Dictionary<(string, int), long> around)
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

    private static (double[] Mean, double[] Deviation) Statistics(IEnumerable<ImageFacts> facts, int channels)
    {
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
            var wanted = Enumerable.Range(0, classes).Where(c => left.Exists(m => facts[m.Image].Pixels[c] > 0)).DefaultIfEmpty(0).MinBy(c => shown[c]);
            var best = left.MaxBy(m => facts[m.Image].Share(wanted));
            left.Remove(best);
            for (var c = 0; c < classes; c++)
                shown[c] += facts[best.Image].Share(c);
            chosen.Add((best.Split, best.Image.Name, best.Image.Paths, best.Image.LabelPath!));
        }
        return chosen;
    }

    /// <summary>What was found in one image and its label map.</summary>
    private sealed class ImageFacts(int classes, int channels)
    {
        public int Width { get; set; }

        public int Height { get; set; }

        public string? Hash { get; set; }

        public string? LabelHash { get; set; }

        public bool IsShowable { get; set; }

        public long[] Pixels { get; } = new long[classes];

        public long VoidPixels { get; private set; }

        public Dictionary<int, long> Unknown { get; } = [];

        public double[] Sums { get; } = new double[channels];

        public double[] Squares { get; } = new double[channels];

        public long Measured { get; private set; }

        public double Share(int c) => Pixels[c] / (double)Math.Max(1, Pixels.Sum() + VoidPixels);

        public void Count(RawLabels raw, LabelCoding coding)
        {
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
                    VoidPixels += count;
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
