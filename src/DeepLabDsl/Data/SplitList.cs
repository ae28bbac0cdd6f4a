using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Data;

/// <summary>What is wrong with a line of a list.</summary>
/// <param name="Place">The list and the line, as <c>list.txt(3)</c>.</param>
/// <param name="Text">What is wrong, and how to mend it.</param>
/// <param name="Cause">What lines of the same fault have in common.</param>
internal sealed record ListFault(string Place, string Text, string Cause)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Place}: {Text}";
}

/// <summary>
/// A text file that says which images are in a split: an image a line, or an image and its label map in two columns, or a table
/// (csv) whose head names its columns. Images are named as people name them: by name or path, with or without extension, with
/// the separators of any system, from the dataset's folder, from a folder above or below it.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="files">What there is in the dataset's folder.</param>
internal sealed class SplitList(string path, ListedFiles files)
{
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    private static readonly Regex Word = new("^[a-z][a-z _-]*$", Options);
    private static readonly Regex ImageColumn = new("image|img|photo|picture|^rgb$", Options);
    private static readonly Regex NameColumn = new("^file|name$|path$|^id$|^x$", Options);
    private static readonly Regex LabelColumn = new("label|mask|annot|seg|target|truth|^gt$|^y$", Options);
    private static readonly Regex SplitColumn = new("^(split|set|subset|fold|usage|phase)$", Options);

    private int _imageColumn;
    private int _labelColumn = 1;
    private int _columns;

    /// <summary>Reads the lines.</summary>
    /// <returns>Each line's image, with the label map of its own where the line says one; or what is wrong with the line.</returns>
    /// <exception cref="UnusableDataException">The file can't be read, or is a table of something else.</exception>
    public IEnumerable<(ListedImage? Image, ListFault? Fault)> Read()
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: the list of the split cannot be read: {exception.Message}", exception);
        }
        var isFirst = true;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || (line[0] == '#' && files.FindImages(line).Count == 0))
                continue;
            if (isFirst && IsHead(line))
            {
                isFirst = false;
                continue;
            }
            isFirst = false;
            var (image, fault) = ReadLine(line);
            yield return (image, fault is null ? null : fault with { Place = $"{path}({i + 1})" });
        }
    }

    private bool IsHead(string line)
    {
        var fields = Fields(line);
        if (files.FindImages(line).Count > 0 || !fields.TrueForAll(Word.IsMatch))
            return false;
        var image = fields.FindIndex(f => ImageColumn.IsMatch(f) && !LabelColumn.IsMatch(f));
        if (image < 0)
            image = fields.FindIndex(f => NameColumn.IsMatch(f) && !LabelColumn.IsMatch(f));
        if (image < 0 || files.FindImages(fields[image]).Count > 0)
            return false;
        if (fields.Find(SplitColumn.IsMatch) is { } split)
        {
            throw new UnusableDataException(
                $"{path}(1): the column '{split}' divides the images into splits; write a list for each split.");
        }
        (_imageColumn, _labelColumn, _columns) = (image, fields.FindIndex(LabelColumn.IsMatch), fields.Count);
        return true;
    }

    private (ListedImage? Image, ListFault? Fault) ReadLine(string line)
    {
        // A name may hold blanks, commas and numbers: what is there as it is written is meant so.
        if (_columns == 0 && files.FindImages(line) is { Count: > 0 } whole)
            return Pick(whole, line, null);
        var fields = Fields(line);
        if (_columns == 0 && fields.Count > 2 && SplitAtBlank(line) is { } pair)
            fields = pair;
        if (_columns > 0 && fields.Count != _columns)
            return (null, Fault("columns", $"there are {fields.Count} columns, and the head of the table has {_columns}."));
        if (_columns == 0 && fields.Count > 2)
            return (null, Fault("columns", $"'{line}' has {fields.Count} columns. {Expected}"));
        var name = fields[_imageColumn];
        var label = _labelColumn >= 0 && _labelColumn < fields.Count ? fields[_labelColumn] : null;
        if (_columns == 0 && label is "1" or "-1" or "0")
        {
            return (null, Fault(
                "presence",
                $"'{line}' says whether '{name}' shows a class, as VOC's lists in ImageSets/Main do; the lists of segmentation are in "
                + $"ImageSets/Segmentation. {Expected}"));
        }
        var images = files.FindImages(name);
        return images.Count > 0 ? Pick(images, name, label) : (null, Fault("missing", files.Missing(name)));
    }

    private static ListFault Fault(string cause, string text) => new("", text, cause);

    private (ListedImage? Image, ListFault? Fault) Pick(IReadOnlyList<ListedImage> images, string name, string? label)
    {
        if (images.Count > 1)
        {
            return (images[0], Fault(
                "ambiguous", $"'{name}' may be {images[0].Relative} or {images[1].Relative}. Write the path in its place."));
        }
        if (string.IsNullOrEmpty(label))
            return (images[0], null);
        return files.FindLabels(label) is { } labels
            ? (images[0] with { LabelPath = labels }, null)
            : (images[0], Fault("labels", $"the label map '{label}' of '{name}' is not there. "
                + (images[0].LabelPath is { } own
                    ? $"By the dataset file's pattern it would be {own}: add the one that is listed, or list the image alone."
                    : "Add it, or correct the line.")));
    }

    // "my photo.jpg my mask.png": where both halves are there, they are the columns.
    private List<string>? SplitAtBlank(string line)
    {
        for (var at = line.IndexOf(' '); at > 0; at = line.IndexOf(' ', at + 1))
        {
            var (image, label) = (line[..at].Trim(), line[at..].Trim());
            if (files.FindImages(image).Count > 0 && files.FindLabels(label) is not null)
                return [image, label];
        }
        return null;
    }

    private string Expected =>
        $"Expected an image a line, such as '{files.Example}', or an image and its label "
        + $"map{(path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? ", or a head that names the columns image and label" : "")}.";

    private static List<string> Fields(string line)
    {
        var mark = line.AsSpan().IndexOfAny(',', ';', '\t') is >= 0 and var at ? line[at] : ' ';
        if (mark is ' ' or '\t')
            return [.. line.Split(mark, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Unquoted)];
        var fields = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        foreach (var c in line)
        {
            isQuoted ^= c == '"';
            if (c != mark || isQuoted)
            {
                field.Append(c);
                continue;
            }
            fields.Add(Unquoted(field.ToString().Trim()));
            field.Clear();
        }
        fields.Add(Unquoted(field.ToString().Trim()));
        return fields;
    }

    private static string Unquoted(string field) => field is ['"', _, .., '"'] ? field[1..^1].Replace("\"\"", "\"") : field;
}

/// <summary>Finds images and label maps of a dataset's folder by how they are named in lists.</summary>
internal sealed class ListedFiles
{
    private readonly string _directory;
    private readonly DatasetDefinition _definition;
    private readonly Dictionary<string, List<ListedImage>> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<ListedImage>> _endings = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<ListedImage> _images;
    private Dictionary<string, string>? _labels;

    /// <param name="directory">The dataset's folder.</param>
    /// <param name="definition">What its dataset file says.</param>
    /// <param name="images">Its images.</param>
    public ListedFiles(string directory, DatasetDefinition definition, IReadOnlyList<ListedImage> images)
    {
        (_directory, _definition, _images) = (directory, definition, images);
        foreach (var image in images)
        {
            foreach (var name in new[] { image.Name, image.Relative, WithoutExtension(image.Relative) }.Distinct(StringComparer.Ordinal))
                Add(_named, name, image);
            // A list may begin below the dataset's folder: aachen/aachen_000000_000019.
            for (var at = image.Relative.IndexOf('/'); at >= 0; at = image.Relative.IndexOf('/', at + 1))
            {
                Add(_endings, image.Relative[(at + 1)..], image);
                Add(_endings, WithoutExtension(image.Relative[(at + 1)..]), image);
            }
        }
    }

    /// <summary>How an image may be named.</summary>
    public string Example => _images.Count > 0 ? _images[0].Name : "name";

    /// <summary>The images that a name or path means: none, one, or several among which it can't tell.</summary>
    public IReadOnlyList<ListedImage> FindImages(string stated)
    {
        foreach (var name in Spellings(stated))
        {
            if (_named.GetValueOrDefault(name) is { } named)
                return named;
        }
        foreach (var name in Spellings(stated))
        {
            if (_endings.GetValueOrDefault(name) is { } ending)
                return ending;
        }
        // A list may begin above the dataset's folder, or on another machine. What is left must be the whole path in it.
        foreach (var ending in Endings(stated))
        {
            if (_named.GetValueOrDefault(ending) is { } named
                && named.Exists(i => i.Relative == ending || WithoutExtension(i.Relative) == ending))
                return named;
        }
        return [];
    }

    /// <summary>The label map that a path means; null where there is none in the dataset's folder.</summary>
    public string? FindLabels(string stated)
    {
        foreach (var name in Spellings(stated).Concat(Endings(stated)))
        {
            if (name.Split('/').Contains("..") || Path.IsPathRooted(name))
                continue;
            var path = FolderWalk.Resolve(_directory, name);
            if (File.Exists(path))
                return path;
        }
        // By its name alone, as images are named.
        _labels ??= IndexLabels();
        return Spellings(stated).Select(s => _labels.GetValueOrDefault(s)).FirstOrDefault(p => p is not null);
    }

    /// <summary>Says that a list names what is not there.</summary>
    public string Missing(string stated)
    {
        var name = Spellings(stated).Last();
        var pattern = name.Contains('/')
            ? _definition.Images[0].Text
            : _definition.Images[0].Fill(new Dictionary<string, string> { ["name"] = name });
        var file = name[(name.LastIndexOf('/') + 1)..];
        var near =
            _images.FirstOrDefault(i =>
                string.Equals(i.Name, WithoutExtension(file), StringComparison.OrdinalIgnoreCase)
                || string.Equals(i.Name, file, StringComparison.OrdinalIgnoreCase));
        return $"there is no image '{stated}': nothing is called {(name.Contains('/') ? $"{name} (images are {pattern})" : pattern)} in "
            + $"{_directory}. "
            + (near is null
                ? "Add the file, or take the name out of the list."
                : $"There is {near.Relative}: write that, or '{near.Name}'.");
    }

    private Dictionary<string, string> IndexLabels()
    {
        var index = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (relative, path, _) in _definition.Labels.Find(_directory))
        {
            index.TryAdd(WithoutExtension(relative), path);
            for (var at = relative.IndexOf('/'); at >= 0; at = relative.IndexOf('/', at + 1))
            {
                index.TryAdd(relative[(at + 1)..], path);
                index.TryAdd(WithoutExtension(relative[(at + 1)..]), path);
            }
        }
        return index;
    }

    // As it is written, and as a path of this dataset would be.
    private IEnumerable<string> Spellings(string stated)
    {
        var name = FolderWalk.Composed(stated);
        yield return name;
        var parts = Parts(name);
        var root = Parts(FolderWalk.Composed(Path.GetFullPath(_directory)));
        if (Path.IsPathRooted(name) && parts.Length > root.Length && parts[..root.Length].SequenceEqual(root))
            parts = parts[root.Length..];
        yield return string.Join('/', parts);
    }

    // What is left of a path without its first folders, and the last of all without all but the dataset's own.
    private IEnumerable<string> Endings(string stated)
    {
        var parts = Parts(FolderWalk.Composed(stated));
        var own = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_directory)));
        for (var skipped = 1; skipped < parts.Length; skipped++)
        {
            if (parts.Length - skipped > 1 || parts[skipped - 1] == own || parts[skipped - 1] == "..")
                yield return string.Join('/', parts[skipped..]);
        }
    }

    private static string[] Parts(string path) =>
        [.. path.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".")];

    private static void Add(Dictionary<string, List<ListedImage>> index, string name, ListedImage image)
    {
        if (!index.TryGetValue(name, out var named))
            index[name] = named = [];
        if (named.Count == 0 || named[^1] != image)
            named.Add(image);
    }

    private static string WithoutExtension(string path) => path[..^Path.GetExtension(path).Length];
}
