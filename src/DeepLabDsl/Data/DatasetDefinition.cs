using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>
/// What a dataset file (YAML) says: which files of a folder are images and label maps and which belong together, how they
/// are divided into splits, what the classes are and how the label maps say so.
/// </summary>
/// <remarks>
/// <code>
/// dataset: camvid
/// layout: camvid            # or voc, cityscapes; or images and labels:
/// images: photos/{name}.jpg
/// labels: masks/{name}.png
/// groups: '{film}_{frame}'  # images of one film stay together
/// splits: { val: { share: 0.2 }, train: rest }
/// classes:                  # in the order of their indices
///   Sky: [128, 128, 128]
///   Building: [128, 0, 0]
/// void: 11                  # default 255
/// void_color: [0, 0, 0]     # default black
/// </code>
/// </remarks>
public sealed class DatasetDefinition
{
    internal DatasetDefinition(IReadOnlyList<PathPattern> images, PathPattern labels, DatasetSplits splits, LabelCoding coding)
    {
        Images = images;
        Labels = labels;
        Splits = splits;
        Coding = coding;
    }

    /// <summary>The dataset's name.</summary>
    public string Name => Classes.Name;

    /// <summary>The image files; of several, each gives some channels of an image.</summary>
    public IReadOnlyList<PathPattern> Images { get; }

    /// <summary>The label files.</summary>
    public PathPattern Labels { get; }

    /// <summary>How the images are divided.</summary>
    public DatasetSplits Splits { get; }

    /// <summary>The classes and void.</summary>
    public ClassSet Classes => Coding.Classes;

    /// <summary>How the label files say which class a pixel has.</summary>
    public LabelCoding Coding { get; }

    /// <summary>Which images come from one film, place or the like; null: the dataset file does not say.</summary>
    public ImageGroups? Groups { get; init; }

    /// <summary>Whether it comes with the library, and so knows nothing of the names in a folder.</summary>
    internal bool IsShipped { get; private set; }

    /// <summary>How images of other than three 8-bit channels are read; null: they are ordinary pictures.</summary>
    public ChannelFormat? Channels { get; init; }

    /// <summary>Mean and std of the images; null: the network's own.</summary>
    public ImageNormalizer? Normalizer { get; init; }

    /// <summary>
    /// Whether images are turned as their orientation (EXIF's, or TIFF's own) says. Label maps never are: they are read as they are
    /// stored.
    /// </summary>
    public PictureOrientation Orientation { get; init; } = PictureOrientation.Apply;

    /// <summary>The names of the definitions that come with the library.</summary>
    public static IReadOnlyList<string> Shipped { get; } =
        [.. typeof(DatasetDefinition).Assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith("datasets/", StringComparison.Ordinal))
            .Select(n => Path.GetFileNameWithoutExtension(n))
            .Order(StringComparer.Ordinal)];

    /// <summary>Reads a dataset file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="UnusableDataException">The file cannot be read, or is wrong at <c>file(line,column)</c>.</exception>
    public static DatasetDefinition Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnusableDataException(
                $"{path}: there is no such dataset file. Name one, or one of the shipped definitions: " +
                $"{string.Join(", ", Shipped)}.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: the dataset file cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a dataset file's text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">The name of the text in errors.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="UnusableDataException">The text is wrong at <c>source(line,column)</c>.</exception>
    public static DatasetDefinition Parse(string yaml, string source)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(source);
        return new DatasetFileReader(source).Read(yaml);
    }

    /// <summary>Finds the definition of the dataset in a folder.</summary>
    /// <param name="directory">The dataset's folder.</param>
    /// <param name="nameOrPath">
    /// The name of a shipped definition or the path of a dataset file. Null: <c>dataset.yaml</c> in the folder, else what an annotation
    /// tool says there of its export, else the shipped definition whose layout the folder has.
    /// </param>
    /// <returns>The definition.</returns>
    /// <exception cref="UnusableDataException">There is none, or it is wrong; the message lists what was looked for.</exception>
    public static DatasetDefinition Find(string directory, string? nameOrPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory))
            throw new UnusableDataException($"{directory}: there is no such folder. Name the folder that holds the dataset.");

        if (nameOrPath != null)
        {
            if (Shipped.Contains(nameOrPath))
                return ReadShipped(nameOrPath);
            if (File.Exists(nameOrPath))
                return Read(nameOrPath);
            throw new UnusableDataException(
                $"{nameOrPath}: this is neither a dataset file nor the name of a shipped definition; those are " +
                $"{string.Join(", ", Shipped)}.");
        }

        var beside = Path.Combine(directory, "dataset.yaml");
        if (File.Exists(beside))
            return Read(beside);
        if (AnnotationExport.Find(directory) is { } export)
            return export;
        if (Has("JPEGImages", "SegmentationClass", "ImageSets"))
            return ReadShipped("voc2012");
        if (Has("leftImg8bit", "gtFine"))
            return ReadShipped("cityscapes");
        if (Has("train", "trainannot") || Has("val", "valannot") || Has("test", "testannot"))
            return ReadShipped("camvid");
        throw new UnusableDataException(
            $"{directory}: no dataset is recognised here. {AnnotationExport.Hint(directory)}Looked for dataset.yaml; for JPEGImages/, " +
            "SegmentationClass/ and ImageSets/ (VOC layout); for leftImg8bit/ and gtFine/ (Cityscapes layout); for train/ and " +
            "trainannot/, val/ and valannot/, test/ and testannot/ (CamVid layout); for exports of CVAT, labelme and Roboflow. " +
            "Name the dataset's own folder, put a dataset.yaml there, or name a definition.");

        bool Has(params string[] folders) => folders.All(f => Directory.Exists(Path.Combine(directory, f)));
    }

    private static DatasetDefinition ReadShipped(string name)
    {
        var resource = $"datasets/{name}.yaml";
        using var stream = typeof(DatasetDefinition).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The resource {resource} is missing from the library.");
        using var reader = new StreamReader(stream);
        var definition = Parse(reader.ReadToEnd(), name + ".yaml");
        definition.IsShipped = true;
        return definition;
    }
}
