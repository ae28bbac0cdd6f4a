using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Data;

/// <summary>What can be wrong with a dataset.</summary>
public enum DatasetFault
{
    /// <summary>A split is missing or empty, or its list names what is not there.</summary>
    Split,

    /// <summary>Two files cannot be told apart.</summary>
    Ambiguous,

    /// <summary>An image of a split has no label map.</summary>
    ImageWithoutLabels,

    /// <summary>A label map has no image.</summary>
    LabelsWithoutImage,

    /// <summary>An image cannot be read.</summary>
    UnreadableImage,

    /// <summary>A label map cannot be read.</summary>
    UnreadableLabels,

    /// <summary>An image and its label map differ in size.</summary>
    Size,

    /// <summary>Labels are neither a class nor void.</summary>
    LabelOutOfRange,

    /// <summary>A class occurs nowhere.</summary>
    AbsentClass,

    /// <summary>A label map is all void, or every one of a split.</summary>
    NothingLabelled,

    /// <summary>One class only is there to learn from.</summary>
    SingleClass,

    /// <summary>Labels fit the images turned the other way than they are read.</summary>
    Orientation,

    /// <summary>The same picture, or the same file, is in two splits.</summary>
    Shared,

    /// <summary>The same picture, or the same file, is in one split more than once.</summary>
    Repeated,

    /// <summary>Pictures of a split have close relatives in another: crops, mirror images, neighbouring frames.</summary>
    Leakage,

    /// <summary>Two splits have pictures of one film or place.</summary>
    SharedGroup,

    /// <summary>The groups that the dataset file says don't fit the images' names.</summary>
    Groups,
}

/// <summary>One thing that is wrong with a dataset.</summary>
/// <param name="Fault">What kind it is.</param>
/// <param name="Message">The file, what is wrong with it, and how to mend it.</param>
/// <param name="IsError">Whether training or scoring would stop, or be wrong; else it is only worth knowing.</param>
public sealed record DatasetProblem(DatasetFault Fault, string Message, bool IsError)
{
    /// <summary>Every file (or line of a list) that the problem is of, where it is of several.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}

/// <summary>One split of a dataset.</summary>
/// <param name="Name">The split's name.</param>
/// <param name="Images">The number of images.</param>
/// <param name="ClassPixels">Pixels of each class.</param>
/// <param name="VoidPixels">Pixels of void.</param>
/// <param name="ImagesWithClass">In how many images each class occurs.</param>
public sealed record SplitReport(
    string Name, int Images, IReadOnlyList<long> ClassPixels, long VoidPixels, IReadOnlyList<int> ImagesWithClass)
{
    /// <summary>How many images of each group it has, in the order of the groups' names; null: the dataset file says no groups.</summary>
    public IReadOnlyDictionary<string, int>? Groups { get; init; }

    /// <summary>The share of groups that was asked for; null: none was.</summary>
    public double? AskedShare { get; init; }

    /// <summary>Its part of all images.</summary>
    public double ShareOfAll { get; init; }

    /// <summary>Pixels of all classes; void is not among them.</summary>
    public long LabelledPixels => ClassPixels.Sum();
}

/// <summary>What <see cref="DatasetCheck"/> found in a folder.</summary>
public sealed record DatasetReport
{
    /// <summary>The folder.</summary>
    public required string Directory { get; init; }

    /// <summary>What its dataset file says.</summary>
    public required DatasetDefinition Definition { get; init; }

    /// <summary>The splits, in order.</summary>
    public required IReadOnlyList<SplitReport> Splits { get; init; }

    /// <summary>The number of images that are in no split.</summary>
    public required int ImagesInNoSplit { get; init; }

    /// <summary>How many images have each size, the most frequent first.</summary>
    public required IReadOnlyList<KeyValuePair<(int Width, int Height), int>> Sizes { get; init; }

    /// <summary>Pixels of each label that is neither a class nor void, by how it is written.</summary>
    public required IReadOnlyDictionary<string, long> UnknownLabels { get; init; }

    /// <summary>Mean of each channel on the scale 0 to 1.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>Standard deviation of each channel on the scale 0 to 1.</summary>
    public required IReadOnlyList<double> Std { get; init; }

    /// <summary>How many images are stored other than they are seen, and say so (EXIF).</summary>
    public int OrientedImages { get; init; }

    /// <summary>What splits know of one another; a pair of splits that know nothing is not here.</summary>
    public IReadOnlyList<SplitLeakage> Leakage { get; init; } = [];

    /// <summary>How many pictures were compared with those of other splits.</summary>
    public int ComparedImages { get; init; }

    /// <summary>How long comparing them took, beyond reading and describing them.</summary>
    internal TimeSpan ComparingTime { get; init; }

    /// <summary>What is wrong, errors first.</summary>
    public required IReadOnlyList<DatasetProblem> Problems { get; init; }

    /// <summary>The splits' images that show the classes best, for a contact sheet.</summary>
    internal IReadOnlyList<(string Split, string Name, IReadOnlyList<string> Images, string Labels)> Shown { get; init; } = [];

    /// <summary>Whether nothing stands in the way of training and scoring.</summary>
    public bool IsUsable => !Problems.Any(p => p.IsError);

    /// <summary>
    /// The weight of each class in the loss by median frequency: the median over the classes of a class's share of the pixels
    /// of the images that it occurs in, over its own share (Eigen and Fergus 2015, section 5; SegNet's recipe for CamVid). Of the
    /// split <c>train</c> where there is one, else of all. NaN for a class that occurs nowhere.
    /// </summary>
    public IReadOnlyList<double> MedianFrequencyWeights
    {
        get
        {
            var splits = Splits.Any(s => s.Name == "train") ? Splits.Where(s => s.Name == "train").ToList() : Splits;
            var shares = Enumerable.Range(0, Definition.Classes.Count)
                .Select(c => splits.Sum(s => s.ClassPixels[c]) / (double)PixelsAroundClass(splits, c)).ToArray();
            var sorted = shares.Where(double.IsFinite).Order().ToArray();
            if (sorted.Length == 0)
                return [.. shares.Select(_ => double.NaN)];
            var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
            return [.. shares.Select(s => median / s)];

            long PixelsAroundClass(IReadOnlyList<SplitReport> of, int c) =>
                of.Sum(s => PixelsAround.TryGetValue((s.Name, c), out var pixels) ? pixels : 0);
        }
    }

    /// <summary>Labelled pixels of the images of a split in which a class occurs.</summary>
    internal IReadOnlyDictionary<(string Split, int Class), long> PixelsAround { get; init; } = new Dictionary<(string, int), long>();
}
