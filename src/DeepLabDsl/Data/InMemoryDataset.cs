using System;
using System.Collections.Generic;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>A dataset whose samples are in memory.</summary>
public sealed class InMemoryDataset : ISegmentationDataset
{
    private readonly SegmentationSample[] _samples;

    /// <summary>Starts a dataset of given samples, which are not copied.</summary>
    /// <param name="name">The dataset's name.</param>
    /// <param name="split">The split's name.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="samples">The samples; at least one. Their void is <see cref="LabelMap.Void"/>.</param>
    /// <exception cref="UnusableDataException">There are no samples, sizes do not agree, or a label is neither class nor void.</exception>
    public InMemoryDataset(string name, string split, ClassSet classes, IEnumerable<SegmentationSample> samples)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(split);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(samples);
        Name = name;
        Split = split;
        Classes = classes;
        _samples = [.. samples];
        if (_samples.Length == 0)
            throw new UnusableDataException($"{name}: split '{split}' is empty. Expected at least one sample.");
        foreach (var (sample, image, labels) in _samples)
        {
            if (image.Width != labels.Width || image.Height != labels.Height)
            {
                throw new UnusableDataException(
                    $"{sample}: the label map is {labels.Width}x{labels.Height}, its image is {image.Width}x{image.Height}. " +
                    "Each pixel of the image needs one label.");
            }
            var wrong = Array.FindIndex(labels.Indices, l => l >= classes.Count && l != LabelMap.Void);
            if (wrong >= 0)
            {
                throw new UnusableDataException(
                    $"{sample}: label {labels.Indices[wrong]} at ({wrong % labels.Width},{wrong / labels.Width}) is neither a " +
                    $"class (0 to {classes.Count - 1}) nor void ({LabelMap.Void}).");
            }
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Split { get; }

    /// <inheritdoc/>
    public ClassSet Classes { get; }

    /// <inheritdoc/>
    public int Count => _samples.Length;

    /// <inheritdoc/>
    public SampleInfo GetInfo(int index) => new(Load(index).Name, null, null);

    /// <inheritdoc/>
    public SegmentationSample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _samples.Length);
        return _samples[index];
    }
}
