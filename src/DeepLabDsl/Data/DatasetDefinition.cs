using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace DeepLabDsl;

/// <summary>How a dataset's files are laid out in its folder.</summary>
public enum DatasetLayout
{
    /// <summary><c>SPLIT/NAME.jpg</c> (or <c>.jpeg</c>, <c>.png</c>) with <c>SPLITannot/NAME.png</c>.</summary>
    CamVid,

    /// <summary>
    /// <c>JPEGImages/NAME.jpg</c> with <c>SegmentationClass/NAME.png</c>; <c>ImageSets/Segmentation/SPLIT.txt</c> lists the
    /// names.
    /// </summary>
    Voc,
}

/// <summary>What a dataset file (YAML) says: the dataset's name, the layout of its folder and its classes.</summary>
/// <remarks>
/// <code>
/// dataset: camvid
/// layout: camvid            # or voc
/// classes:                  # in the order of their indices
///   Sky: [128, 128, 128]
///   Building: [128, 0, 0]
/// void: 11                  # default 255
/// void_color: [0, 0, 0]     # default black
/// </code>
/// </remarks>
public sealed class DatasetDefinition
{
    private static readonly string[] Keys = ["dataset", "layout", "classes", "void", "void_color"];

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
    public static IReadOnlyList<string> Shipped { get; } =
        [.. typeof(DatasetDefinition).Assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith("datasets/", StringComparison.Ordinal))
            .Select(n => Path.GetFileNameWithoutExtension(n))
            .Order(StringComparer.Ordinal)];

    /// <summary>Reads a dataset file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="DataException">The file cannot be read, or is wrong at <c>file(line,column)</c>.</exception>
    public static DatasetDefinition Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException(
                $"{path}: there is no such dataset file. Name one, or one of the shipped definitions: " +
                $"{string.Join(", ", Shipped)}.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the dataset file cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a dataset file's text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">The name of the text in errors.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="DataException">The text is wrong at <c>source(line,column)</c>.</exception>
    public static DatasetDefinition Parse(string yaml, string source)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(source);
        var root = YamlText.Parse(yaml, source, "a dataset file", Keys).Root;

        var dataset = Text(Required(root, "dataset", source), "dataset: the dataset's name", source);
        var layoutNode = Required(root, "layout", source);
        var layout = Text(layoutNode, "layout: camvid or voc", source) switch
        {
            "camvid" => DatasetLayout.CamVid,
            "voc" => DatasetLayout.Voc,
            var other => throw Wrong(source, layoutNode.Start, $"there is no layout '{other}'; there are camvid and voc"),
        };
        var classes = ReadClasses(Required(root, "classes", source), source);

        var voidIndex = LabelMap.Void;
        if (Optional(root, "void", out var voidNode))
        {
            voidIndex = Byte(voidNode, "void", source);
            if (voidIndex < classes.Count)
            {
                throw Wrong(
                    source, voidNode.Start,
                    $"void {voidIndex} is the index of class '{classes[voidIndex].Name}'; take one from {classes.Count} to 255");
            }
        }
        var voidColor = Optional(root, "void_color", out var colorNode) ? Color(colorNode, "void_color", source) : default;
        return new DatasetDefinition(layout, new ClassSet(dataset, classes, voidIndex, voidColor));
    }

    /// <summary>Finds the definition of the dataset in a folder.</summary>
    /// <param name="directory">The dataset's folder.</param>
    /// <param name="nameOrPath">
    /// The name of a shipped definition or the path of a dataset file. Null: <c>dataset.yaml</c> in the folder, else the
    /// shipped definition whose layout the folder has.
    /// </param>
    /// <returns>The definition.</returns>
    /// <exception cref="DataException">There is none, or it is wrong; the message lists what was looked for.</exception>
    public static DatasetDefinition Find(string directory, string? nameOrPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory))
            throw new DataException($"{directory}: there is no such folder. Name the folder that holds the dataset.");

        if (nameOrPath != null)
        {
            if (Shipped.Contains(nameOrPath))
                return ReadShipped(nameOrPath);
            if (File.Exists(nameOrPath))
                return Read(nameOrPath);
            throw new DataException(
                $"{nameOrPath}: this is neither a dataset file nor the name of a shipped definition; those are " +
                $"{string.Join(", ", Shipped)}.");
        }

        var beside = Path.Combine(directory, "dataset.yaml");
        if (File.Exists(beside))
            return Read(beside);
        if (Has("JPEGImages", "SegmentationClass", "ImageSets"))
            return ReadShipped("voc2012");
        if (Has("train", "trainannot") || Has("val", "valannot") || Has("test", "testannot"))
            return ReadShipped("camvid");
        throw new DataException(
            $"{directory}: no dataset is recognised here. Looked for dataset.yaml; for JPEGImages/, SegmentationClass/ and " +
            "ImageSets/ (VOC layout); for train/ and trainannot/, val/ and valannot/, test/ and testannot/ (CamVid layout). " +
            "Name the dataset's own folder, put a dataset.yaml there, or name a definition.");

        bool Has(params string[] folders) => folders.All(f => Directory.Exists(Path.Combine(directory, f)));
    }

    private static DatasetDefinition ReadShipped(string name)
    {
        var resource = $"datasets/{name}.yaml";
        using var stream = typeof(DatasetDefinition).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The resource {resource} is missing from the library.");
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), name + ".yaml");
    }

    private static List<SegmentationClass> ReadClasses(YamlNode node, string source)
    {
        const string Expected = "classes is a mapping from each class's name to its colour, such as Sky: [128, 128, 128]";
        if (node is not YamlMappingNode mapping)
            throw Wrong(source, node.Start, Expected);
        var classes = new List<SegmentationClass>();
        foreach (var (key, value) in mapping.Children)
        {
            var name = Text(key, Expected, source);
            var color = Color(value, $"class '{name}'", source);
            if (classes.Find(c => c.Color == color) is { } twin)
                throw Wrong(source, value.Start, $"class '{name}' has the colour of class '{twin.Name}'; each needs its own");
            if (classes.Count == 255)
                throw Wrong(source, key.Start, "there are more than 255 classes, and a label has 8 bits");
            classes.Add(new SegmentationClass(name, color));
        }
        return classes.Count > 0 ? classes : throw Wrong(source, node.Start, "there are no classes; " + Expected);
    }

    private static Rgb Color(YamlNode node, string what, string source)
    {
        if (node is not YamlSequenceNode { Children.Count: 3 } sequence)
            throw Wrong(source, node.Start, $"{what}: a colour is a list of red, green and blue, such as [128, 64, 0]");
        return new Rgb(
            Byte(sequence.Children[0], what, source),
            Byte(sequence.Children[1], what, source),
            Byte(sequence.Children[2], what, source));
    }

    private static byte Byte(YamlNode node, string what, string source) =>
        node is YamlScalarNode { Value: { } text }
        && byte.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Wrong(source, node.Start, $"{what}: expected a whole number from 0 to 255, not '{node}'");

    private static string Text(YamlNode node, string expected, string source) =>
        node is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Wrong(source, node.Start, "expected " + expected);

    private static YamlNode Required(YamlMappingNode root, string key, string source) =>
        Optional(root, key, out var node) ? node : throw Wrong(source, root.Start, $"the key '{key}' is missing");

    private static bool Optional(YamlMappingNode root, string key, [NotNullWhen(true)] out YamlNode? node) =>
        root.Children.TryGetValue(new YamlScalarNode(key), out node);

    private static DataException Wrong(string source, Mark mark, string what, Exception? cause = null) =>
        new($"{source}({Math.Max(1, mark.Line)},{Math.Max(1, mark.Column)}): {what}{(what.EndsWith('?') ? "" : ".")}", cause);
}
