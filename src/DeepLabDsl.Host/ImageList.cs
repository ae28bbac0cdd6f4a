using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Host;

/// <summary>Turns files and folders on the command line into images.</summary>
internal static class ImageList
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".npy"];

    /// <summary>Images that exist and whose results do not overwrite each other; a folder stands for its images in the order of their names.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="definition">Says whether images are stacked from several files; null: each is one file.</param>
    public static IReadOnlyList<ImageFiles> Expand(IReadOnlyList<string> paths, DatasetDefinition? definition)
    {
        var stacked = definition?.Images.Count > 1 ? new StackedImages(definition) : null;
        var images = new List<ImageFiles>();
        foreach (var path in paths)
        {
            if (!Directory.Exists(path))
            {
                var file = File.Exists(path) ? path : throw new UserException($"{path}: no such image or folder");
                images.Add(stacked?.Of(file) ?? ImageFiles.Of(file));
                continue;
            }
            if (stacked is not null)
            {
                images.AddRange(stacked.In(path));
                continue;
            }
            var inside = Directory.EnumerateFiles(path)
                .Where(f => Path.GetFileName(f)[0] != '.' && Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal).ToList();
            if (inside.Count == 0)
                throw new UserException($"{path}: the folder has no images ({string.Join(", ", Extensions)})");
            images.AddRange(inside.Select(ImageFiles.Of));
        }
        if (images.GroupBy(i => i.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } clash)
            throw new UserException($"two images are called '{clash.Key}' and would overwrite each other's masks: {string.Join(", ", clash.Select(i => i.Paths[0]))}");
        return images;
    }
}
