using System;
using System.Collections.Generic;

namespace DeepLabDsl;

/// <summary>A dataset whose samples are in memory.</summary>
public sealed class InMemoryDataset : ISegmentationDataset
{
    /// <summary>Starts a dataset of given samples.</summary>
    /// <param name="name">The dataset's name.</param>
    /// <param name="split">The split's name.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="samples">The samples; at least one. Their void is <see cref="LabelMap.Void"/>.</param>
    /// <exception cref="DataException">There are no samples, a size does not agree or a label is neither class nor void.</exception>
    public InMemoryDataset(string name, string split, ClassSet classes, IEnumerable<SegmentationSample> samples)
    {
        Name = name;
        Split = split;
        Classes = classes;
        throw new NotImplementedException();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Split { get; }

    /// <inheritdoc/>
    public ClassSet Classes { get; }

    /// <inheritdoc/>
    public int Count => throw new NotImplementedException();

    /// <inheritdoc/>
    public SampleInfo GetInfo(int index) => throw new NotImplementedException();

    /// <inheritdoc/>
    public SegmentationSample Load(int index) => throw new NotImplementedException();
}
