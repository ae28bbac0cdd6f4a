using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace DeepLabDsl;

/// <summary>A dataset in a folder: one split of a <see cref="DatasetDefinition"/>'s layout.</summary>
public sealed class SegmentationDataset : ISegmentationDataset
{
    private static readonly string[] ImageExtensions = [".jpg", ".jpeg", ".png"];

    private readonly SampleInfo[] _samples;

    private SegmentationDataset(DatasetDefinition definition, string split, SampleInfo[] samples)
    {
        Definition = definition;
        Split = split;
        _samples = samples;
    }

    /// <summary>Opens one split of a dataset: lists its samples, checks that their files exist, and reads none.</summary>
    /// <param name="directory">The dataset's folder.</param>
    /// <param name="split">The split, such as <c>train</c> or <c>val</c>.</param>
    /// <param name="datasetNameOrPath">See <see cref="DatasetDefinition.Find"/>.</param>
    /// <returns>The samples in the order of their names (CamVid layout) or of the split's list (VOC layout).</returns>
    /// <exception cref="DataException">The folder, the split or a file of the split is missing, or the split is empty.</exception>
    public static SegmentationDataset Open(string directory, string split, string? datasetNameOrPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(split);
        var definition = DatasetDefinition.Find(directory, datasetNameOrPath);
        try
        {
            var samples = definition.Layout switch
            {
                DatasetLayout.CamVid => ListCamVid(directory, split),
                _ => ListVoc(directory, split),
            };
            return new SegmentationDataset(definition, split, samples);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{directory}: split '{split}' cannot be listed: {exception.Message}", exception);
        }
    }

    /// <summary>The definition that the dataset was opened with.</summary>
    public DatasetDefinition Definition { get; }

    /// <inheritdoc/>
    public string Name => Definition.Name;

    /// <inheritdoc/>
    public string Split { get; }

    /// <inheritdoc/>
    public ClassSet Classes => Definition.Classes;

    /// <inheritdoc/>
    public int Count => _samples.Length;

    /// <inheritdoc/>
    public SampleInfo GetInfo(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _samples.Length);
        return _samples[index];
    }

    /// <inheritdoc/>
    public SegmentationSample Load(int index)
    {
        var info = GetInfo(index);
        var image = ImageFile.ReadRgb(info.ImagePath!);
        var labels = ImageFile.ReadLabels(info.LabelPath!);
        if (image.Width != labels.Width || image.Height != labels.Height)
        {
            throw new DataException(
                $"{info.LabelPath}: the label map is {labels.Width}x{labels.Height}, its image {info.ImagePath} is " +
                $"{image.Width}x{image.Height}. Each pixel of the image needs one label: export both at one size.");
        }
        LabelCheck.Normalize(labels, Classes, info.LabelPath!);
        return new SegmentationSample(info.Name, image, labels);
    }

    private static SampleInfo[] ListCamVid(string directory, string split)
    {
        const string Suffix = "annot";
        var images = Path.Combine(directory, split);
        var annotations = images + Suffix;
        if (!Directory.Exists(images) || !Directory.Exists(annotations))
        {
            var splits = Directory.GetDirectories(directory, "*" + Suffix)
                .Select(d => Path.GetFileName(d)[..^Suffix.Length])
                .Where(s => Directory.Exists(Path.Combine(directory, s)))
                .Order(StringComparer.Ordinal);
            var missing = Directory.Exists(images) ? annotations : images;
            throw new DataException(
                $"{missing}: there is no such folder. Split '{split}' needs {split}/ and {split}{Suffix}/; " + Present(splits));
        }

        var samples = new List<SampleInfo>();
        foreach (var path in Directory.EnumerateFiles(images))
        {
            var file = Path.GetFileName(path);
            if (file[0] == '.' || !ImageExtensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                continue;
            var name = Path.GetFileNameWithoutExtension(file);
            samples.Add(new SampleInfo(name, path, Path.Combine(annotations, name + ".png")));
        }
        if (samples.Count == 0)
            throw new DataException($"{images}: the split is empty: there are no .jpg, .jpeg or .png images in the folder.");
        // The order of a folder differs from file system to file system.
        samples.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        for (var i = 1; i < samples.Count; i++)
        {
            if (samples[i].Name == samples[i - 1].Name)
            {
                throw new DataException(
                    $"{samples[i].ImagePath}: {samples[i - 1].ImagePath} has the same name, so both have one label map. " +
                    "Rename or remove one.");
            }
        }
        return RequireFiles(samples);
    }

    private static SampleInfo[] ListVoc(string directory, string split)
    {
        var lists = Path.Combine(directory, "ImageSets", "Segmentation");
        var list = Path.Combine(lists, split + ".txt");
        if (!File.Exists(list))
        {
            var splits = Directory.Exists(lists)
                ? Directory.GetFiles(lists, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)
                : Enumerable.Empty<string>();
            throw new DataException($"{list}: there is no such list, so there is no split '{split}'; " + Present(splits));
        }

        var samples = new List<SampleInfo>();
        foreach (var line in File.ReadLines(list))
        {
            var name = line.Trim();
            if (name.Length == 0)
                continue;
            samples.Add(new SampleInfo(
                name,
                Path.Combine(directory, "JPEGImages", name + ".jpg"),
                Path.Combine(directory, "SegmentationClass", name + ".png")));
        }
        return samples.Count > 0
            ? RequireFiles(samples)
            : throw new DataException($"{list}: the split is empty. Expected one image name a line, without extension.");
    }

    // A missing file is found now and not after an hour of training.
    private static SampleInfo[] RequireFiles(List<SampleInfo> samples)
    {
        Require(samples.Where(s => !File.Exists(s.ImagePath)).Select(s => s.ImagePath!), "image");
        Require(samples.Where(s => !File.Exists(s.LabelPath)).Select(s => s.LabelPath!), "label map");
        return [.. samples];

        void Require(IEnumerable<string> missing, string kind)
        {
            string[] paths = [.. missing];
            if (paths.Length > 0)
            {
                throw new DataException(
                    $"{paths[0]}: this {kind} is missing ({paths.Length} of {samples.Count} in the split). Each sample needs " +
                    "both its image and its label map: add the file, or take the sample out of the split.");
            }
        }
    }

    private static string Present(IEnumerable<string> splits)
    {
        var list = string.Join(", ", splits);
        return list.Length > 0 ? $"the dataset has the splits {list}." : "the dataset has no splits at all.";
    }
}
