using System;
using System.Collections.Generic;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>Where a sample is.</summary>
/// <param name="Name">The sample's name: its file name without extension.</param>
/// <param name="ImagePath">The image's file; null where the sample is not in a file.</param>
/// <param name="LabelPath">The label map's file; null where the sample is not in a file.</param>
public sealed record SampleInfo(string Name, string? ImagePath, string? LabelPath)
{
    /// <summary>Further files with channels of the image.</summary>
    public IReadOnlyList<string> MoreImages { get; init; } = [];

    /// <summary>The film, place or the like that it comes from; null: nothing says.</summary>
    public string? Group { get; init; }
}

/// <summary>An image with its truth. Samples are shared between threads and epochs: never write into one.</summary>
/// <param name="Name">The sample's name.</param>
/// <param name="Image">The image.</param>
/// <param name="Labels">Its classes, of the same size: 0 to the number of classes - 1, or <see cref="LabelMap.Void"/>.</param>
public sealed record SegmentationSample(string Name, RgbImage Image, LabelMap Labels)
{
    /// <summary>
    /// What a network sees where that is not the picture: other than three channels, or more than 8 bits. Null: the picture.
    /// </summary>
    public ChannelImage? Planes { get; init; }
}

/// <summary>A list of images with truth. All members may be called from several threads at once.</summary>
public interface ISegmentationDataset
{
    /// <summary>The dataset's name.</summary>
    string Name { get; }

    /// <summary>The name of the part, such as <c>train</c> or <c>val</c>.</summary>
    string Split { get; }

    /// <summary>The classes.</summary>
    ClassSet Classes { get; }

    /// <summary>Channels of each image.</summary>
    int Channels => 3;

    /// <summary>Mean and std of its images, where it says them; null: the network's own.</summary>
    ImageNormalizer? Normalizer => null;

    /// <summary>How its images are read where they are not ordinary pictures; null: they are.</summary>
    ChannelFormat? Format => null;

    /// <summary>The number of samples, never 0.</summary>
    int Count { get; }

    /// <summary>Says where a sample is without reading it.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <returns>The sample's name and files.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    SampleInfo GetInfo(int index);

    /// <summary>Reads and checks a sample: sizes agree, every label is a class or void, void is <see cref="LabelMap.Void"/>.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <returns>The sample.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    /// <exception cref="UnusableDataException">A file is missing or cannot be used.</exception>
    SegmentationSample Load(int index);
}
