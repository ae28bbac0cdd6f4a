using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl;

/// <summary>A dataset in a folder: one split of a <see cref="DatasetDefinition"/>.</summary>
/// <example>
/// <code>
/// var train = SegmentationDataset.Open("fields");
/// var validation = train.OpenSplit("val");
/// Console.WriteLine($"{train.Count} and {validation.Count} images of {string.Join(", ", train.Classes.Names)}");
/// </code>
/// </example>
public sealed class SegmentationDataset : ISegmentationDataset
{
    private readonly SampleInfo[] _samples;

    private SegmentationDataset(DatasetDefinition definition, string split, SampleInfo[] samples)
    {
        Definition = definition;
        Split = split;
        _samples = samples;
    }

    /// <summary>Opens one split of a dataset: lists its samples, checks that their files exist, and reads none.</summary>
    /// <param name="directory">The dataset's folder.</param>
    /// <param name="split">The split: <c>train</c>, <c>val</c>, or another of the dataset's.</param>
    /// <param name="datasetNameOrPath">
    /// The name of a shipped definition, or a dataset file. Null: <c>dataset.yaml</c> in the folder, else the shipped definition whose
    /// layout (VOC, Cityscapes, CamVid) the folder has.
    /// </param>
    /// <returns>The samples in the order of their paths, or of the split's list.</returns>
    /// <exception cref="UnusableDataException">The folder, the split or a file of the split is missing, or the split is empty.</exception>
    public static SegmentationDataset Open(string directory, string split = "train", string? datasetNameOrPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(split);
        var definition = DatasetDefinition.Find(directory, datasetNameOrPath);
        return Open(DatasetListing.Scan(directory, definition), directory, definition, split, datasetNameOrPath);
    }

    internal static SegmentationDataset Open(
        DatasetListing listing, string directory, DatasetDefinition definition, string split, string? named = null)
    {
        return Open(listing, directory, definition, split, listing.Split(split), named);
    }

    /// <summary>
    /// Opens one fold of a split: what is learnt from and what is held out. Folds are of whole groups, and as large as one another as
    /// groups come; where the dataset file says no groups, each image is its own.
    /// </summary>
    /// <param name="directory">The dataset's folder.</param>
    /// <param name="split">The split that is divided into folds, such as <c>train</c>.</param>
    /// <param name="fold">Which fold is held out.</param>
    /// <param name="datasetNameOrPath">See <see cref="DatasetDefinition.Find"/>.</param>
    /// <returns>The other folds, and the fold.</returns>
    /// <exception cref="UnusableDataException">
    /// The folder, the split or a file of the split is missing, groups don't fit the images, or there are fewer groups than folds.
    /// </exception>
    public static (SegmentationDataset Train, SegmentationDataset HeldOut) OpenFold(
        string directory, string split, Fold fold, string? datasetNameOrPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(split);
        var definition = DatasetDefinition.Find(directory, datasetNameOrPath);
        var listing = DatasetListing.Scan(directory, definition);
        var images = listing.Split(split);
        var folds = fold.Divide(images, definition.Groups, $"split '{split}' of {directory}");
        return (
            Open(
                listing, directory, definition, $"{split} without fold {fold}", [.. images.Where(i => folds[i] != fold.Number)],
                datasetNameOrPath),
            Open(listing, directory, definition, $"fold {fold} of {split}", [.. images.Where(i => folds[i] == fold.Number)],
                datasetNameOrPath));
    }

    private static SegmentationDataset Open(
        DatasetListing listing, string directory, DatasetDefinition definition, string split, IReadOnlyList<ListedImage> images,
        string? named)
    {
        var paths = images.SelectMany(i => i.Paths).Concat(images.Select(i => i.LabelPath)).OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (first, second) in listing.Twins)
        {
            if (paths.Contains(first) || paths.Contains(second))
            {
                throw new UnusableDataException(
                    $"{second}: {first} has the same name, so both have one label map. "
                    + $"Rename or remove one.{DatasetListing.SpellingOf(first, second)}");
            }
        }
        // A missing file is found now and not after an hour of training.
        Require([.. images.SelectMany(i => i.Paths.Skip(1)).Where(p => !System.IO.File.Exists(p))], "image", images.Count);
        Require(
            [.. images.Where(i => i.LabelPath is null).Select(i => System.IO.Path.Combine(directory, definition.Labels.Fill(i.Parts)))],
            "label map", images.Count);
        return new SegmentationDataset(
            definition, split,
            [.. images.Select(i => new SampleInfo(i.Name, i.Paths[0], i.LabelPath)
            {
                MoreImages = [.. i.Paths.Skip(1)],
                Group = definition.Groups?.Of(i),
            })])
        { Folder = directory, Named = named };
    }

    /// <summary>Opens another split of the same dataset.</summary>
    /// <param name="split">The split, such as <c>val</c>.</param>
    /// <inheritdoc cref="Open(string, string, string?)" path="/exception"/>
    public SegmentationDataset OpenSplit(string split) => Open(Folder, split, Named);

    /// <summary>The definition that the dataset was opened with.</summary>
    public DatasetDefinition Definition { get; }

    /// <summary>The folder that it lies in.</summary>
    internal string Folder { get; private init; } = "";

    /// <summary>The definition's name or file where one was given.</summary>
    internal string? Named { get; private init; }

    /// <inheritdoc/>
    public string Name => Definition.Name;

    /// <inheritdoc/>
    public string Split { get; }

    /// <inheritdoc/>
    public ClassSet Classes => Definition.Classes;

    /// <inheritdoc/>
    public int Channels => Definition.Channels?.Count ?? 3;

    /// <inheritdoc/>
    public ImageNormalizer? Normalizer => Definition.Normalizer;

    /// <inheritdoc/>
    public ChannelFormat? Format => Definition.Channels;

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
        var (image, planes) = ReadImage(Definition, [info.ImagePath!, .. info.MoreImages]);
        var labels = Definition.Coding.Read(info.LabelPath!);
        if (image.Width != labels.Width || image.Height != labels.Height)
        {
            throw new UnusableDataException(
                $"{info.LabelPath}: the label map is {labels.Width}x{labels.Height}, its image {info.ImagePath} is " +
                $"{image.Width}x{image.Height}. " + (OrientationFault(Definition, info.ImagePath!, image, labels.Width, labels.Height)
                ?? "Each pixel of the image needs one label: export both at one size."));
        }
        return new SegmentationSample(info.Name, image, labels) { Planes = planes };
    }

    /// <summary>Reads an image as a definition says: a picture, and its channels where they are others.</summary>
    internal static (RgbImage Picture, ChannelImage? Planes) ReadImage(
        DatasetDefinition definition, IReadOnlyList<string> paths, PictureOrientation? otherOrientation = null)
    {
        var orientation = otherOrientation ?? definition.Orientation;
        if (definition.Channels is not { } format)
            return (ImageFile.ReadRgb(paths[0], orientation), null);
        return ImageFile.ReadChannels(paths, format, orientation: orientation);
    }

    /// <summary>Says of an image and a label map whose sizes differ that they agree with the image turned the other way.</summary>
    /// <returns>What is wrong and how it is mended; null where that is not it.</returns>
    internal static string? OrientationFault(DatasetDefinition definition, string imagePath, RgbImage image, int width, int height)
    {
        if ((image.Height, image.Width) != (width, height) || ImageFile.OrientationOf(imagePath) is not { SwapsSides: true } turn)
            return null;
        return definition.Orientation == PictureOrientation.Apply
            ? $"The image has the EXIF orientation {turn.Value} and is read as viewers show it; the label map fits the pixels as they are "
                + "stored. Say 'orientation: ignore' in the dataset file."
            : $"The image has the EXIF orientation {turn.Value} and is read as it is stored ('orientation: ignore'); "
                + "the label map fits what viewers show. Take that line out of the dataset file.";
    }

    private static void Require(IReadOnlyList<string> missing, string kind, int all)
    {
        if (missing.Count > 0)
        {
            throw new UnusableDataException(
                $"{missing[0]}: this {kind} is missing ({missing.Count} of {all} in the split). Each sample needs " +
                "both its image and its label map: add the file, or take the sample out of the split.");
        }
    }
}
