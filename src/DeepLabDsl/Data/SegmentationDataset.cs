using System;

namespace DeepLabDsl;

/// <summary>A dataset in a folder: one split of a <see cref="DatasetDefinition"/>'s layout.</summary>
public sealed class SegmentationDataset : ISegmentationDataset
{
    private SegmentationDataset(DatasetDefinition definition, string split)
    {
        Definition = definition;
        Split = split;
    }

    /// <summary>Opens one split of a dataset: lists its samples and reads none.</summary>
    /// <param name="directory">The dataset's folder.</param>
    /// <param name="split">The split, such as <c>train</c> or <c>val</c>.</param>
    /// <param name="datasetNameOrPath">See <see cref="DatasetDefinition.Find"/>.</param>
    /// <returns>The samples in the order of their names (CamVid layout) or of the split's list (VOC layout).</returns>
    /// <exception cref="DataException">The folder, the split or a file of the split is missing, or the split is empty.</exception>
    public static SegmentationDataset Open(string directory, string split, string? datasetNameOrPath = null) =>
        throw new NotImplementedException();

    /// <summary>The definition that the dataset was opened with.</summary>
    public DatasetDefinition Definition { get; }

    /// <inheritdoc/>
    public string Name => Definition.Name;

    /// <inheritdoc/>
    public string Split { get; }

    /// <inheritdoc/>
    public ClassSet Classes => Definition.Classes;

    /// <inheritdoc/>
    public int Count => throw new NotImplementedException();

    /// <inheritdoc/>
    public SampleInfo GetInfo(int index) => throw new NotImplementedException();

    /// <inheritdoc/>
    public SegmentationSample Load(int index) => throw new NotImplementedException();
}
