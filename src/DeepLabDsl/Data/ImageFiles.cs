using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Data;

/// <summary>An image that is predicted on its own, in no list of a dataset.</summary>
/// <param name="Name">What its results are called.</param>
/// <param name="Paths">Its files: more than one where channels are stacked.</param>
internal sealed record ImageFiles(string Name, IReadOnlyList<string> Paths)
{
    /// <summary>An image of one file.</summary>
    public static ImageFiles Of(string path) => new(Path.GetFileNameWithoutExtension(path), [path]);
}

/// <summary>
/// Finds the files that images are stacked from by the patterns of a dataset, wherever the images lie: of the folders above an
/// image, the nearest below which its path fits the first pattern stands for the dataset's folder.
/// </summary>
/// <param name="definition">A dataset whose images have several patterns.</param>
internal sealed class StackedImages(DatasetDefinition definition)
{
    private readonly Dictionary<string, IReadOnlyList<StackedPattern>> _others = new(StringComparer.Ordinal);

    /// <summary>The images in a folder that is laid out as the dataset's is, or is a folder of such a one.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>In the order of the paths of their first files.</returns>
    /// <exception cref="UnusableDataException">There is none, or a file of an image is missing.</exception>
    public IReadOnlyList<ImageFiles> In(string folder)
    {
        var pattern = definition.Images[0].Text;
        // No deeper than the pattern reaches from the folder.
        int? depth = pattern.Contains("**", StringComparison.Ordinal) ? null : pattern.Count(c => c == '/');
        List<ImageFiles> images = [.. FolderWalk.Files(folder, depth).Order(StringComparer.Ordinal).Select(Find).OfType<ImageFiles>()];
        return images.Count > 0
            ? images
            : throw new UnusableDataException(
                $"{folder}: holds no image of {definition.Name}, whose first files are called {definition.Images[0]}.");
    }

    /// <summary>The image of which a file has the first channels.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnusableDataException">It is no first file of an image, or another file of the image is missing.</exception>
    public ImageFiles Of(string path) => Find(path) ?? throw new UnusableDataException(
        $"{path}: is not called {definition.Images[0]}, as the first of the {definition.Images.Count} files of an image "
        + $"of {definition.Name} is. Name that file, or a folder that is laid out as the dataset's is.");

    private ImageFiles? Find(string path)
    {
        var full = Path.GetFullPath(path);
        for (var folder = Path.GetDirectoryName(full); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var relative = Path.GetRelativePath(folder, full).Replace(Path.DirectorySeparatorChar, '/');
            if (definition.Images[0].Match(relative) is { } parts)
                return definition.Labels.Match(relative) is null ? Stack(folder, path, parts) : null;
        }
        return null;
    }

    private ImageFiles Stack(string folder, string path, IReadOnlyDictionary<string, string> parts)
    {
        if (!_others.TryGetValue(folder, out var others))
            _others[folder] = others = StackedPattern.Of(definition, folder, []);
        var files = others.Select(o => o.FileOf(parts)).ToList();
        if (files.FirstOrDefault(f => !File.Exists(f)) is { } missing)
        {
            throw new UnusableDataException(
                $"{missing}: this file is missing; an image of {definition.Name} is stacked from "
                + $"{string.Join(" and ", definition.Images)}, and {path} is there.");
        }
        return new ImageFiles(parts.GetValueOrDefault("name") ?? Path.GetFileNameWithoutExtension(path), [path, .. files]);
    }
}

/// <summary>Files with further channels of a folder's images.</summary>
internal sealed class StackedPattern
{
    private readonly string _directory;
    private readonly PathPattern _pattern;
    private readonly string[] _shared;
    private readonly Dictionary<string, string> _files;

    private StackedPattern(string directory, PathPattern pattern, string[] shared, Dictionary<string, string> files)
    {
        _directory = directory;
        _pattern = pattern;
        _shared = shared;
        _files = files;
    }

    /// <summary>The files of every pattern after the first.</summary>
    /// <param name="definition">Has the patterns.</param>
    /// <param name="directory">The folder.</param>
    /// <param name="twins">Takes pairs of files that cannot be told apart by their parts.</param>
    public static IReadOnlyList<StackedPattern> Of(DatasetDefinition definition, string directory, List<(string, string)> twins) =>
        [.. definition.Images.Skip(1).Select(pattern =>
        {
            var shared = definition.Images[0].Parts.Intersect(pattern.Parts).ToArray();
            return new StackedPattern(directory, pattern, shared, DatasetListing.Index(pattern, directory, shared, twins));
        })];

    /// <summary>The file that belongs to an image, whether it is there or not.</summary>
    /// <param name="parts">The parts of the image's path.</param>
    public string FileOf(IReadOnlyDictionary<string, string> parts) =>
        _files.GetValueOrDefault(DatasetListing.KeyOf(parts, _shared)) ?? Path.Combine(_directory, _pattern.Fill(parts));
}
