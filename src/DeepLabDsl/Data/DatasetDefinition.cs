using System;
using System.Collections.Generic;

namespace DeepLabDsl;

/// <summary>How a dataset's files are laid out in its folder.</summary>
public enum DatasetLayout
{
    /// <summary><c>SPLIT/NAME.jpg</c> or <c>.png</c> with <c>SPLITannot/NAME.png</c>.</summary>
    CamVid,

    /// <summary>
    /// <c>JPEGImages/NAME.jpg</c> with <c>SegmentationClass/NAME.png</c>; <c>ImageSets/Segmentation/SPLIT.txt</c> lists the
    /// names.
    /// </summary>
    Voc,
}

/// <summary>What a dataset file (YAML) says: the dataset's name, the layout of its folder and its classes.</summary>
public sealed class DatasetDefinition
{
    private DatasetDefinition(DatasetLayout layout, ClassSet classes)
    {
        Layout = layout;
        Classes = classes;
    }

    /// <summary>The dataset's name.</summary>
    public string Name => Classes.Name;

    /// <summary>How the files are laid out.</summary>
    public DatasetLayout Layout { get; }

    /// <summary>The classes and void.</summary>
    public ClassSet Classes { get; }

    /// <summary>The names of the definitions that come with the library.</summary>
    public static IReadOnlyList<string> Shipped { get; } = ["camvid", "voc2012"];

    /// <summary>Reads a dataset file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="DataException">The file cannot be read, or is wrong at <c>file(line,column)</c>.</exception>
    public static DatasetDefinition Read(string path) => throw new NotImplementedException();

    /// <summary>Reads a dataset file's text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">The name of the text in errors.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="DataException">The text is wrong at <c>source(line,column)</c>.</exception>
    public static DatasetDefinition Parse(string yaml, string source) => throw new NotImplementedException();

    /// <summary>Finds the definition of the dataset in a folder.</summary>
    /// <param name="directory">The dataset's folder.</param>
    /// <param name="nameOrPath">
    /// The name of a shipped definition or the path of a dataset file. Null: <c>dataset.yaml</c> in the folder, else the
    /// shipped definition whose layout the folder has.
    /// </param>
    /// <returns>The definition.</returns>
    /// <exception cref="DataException">There is none, or it is wrong; the message lists what was looked for.</exception>
    public static DatasetDefinition Find(string directory, string? nameOrPath = null) => throw new NotImplementedException();
}
