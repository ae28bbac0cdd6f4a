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
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> paths)
    {
        var images = new List<string>();
        foreach (var path in paths)
        {
            if (!Directory.Exists(path))
            {
                images.Add(File.Exists(path) ? path : throw new UserException($"{path}: no such image or folder"));
                continue;
            }
            var inside = Directory.EnumerateFiles(path)
                .Where(f => Path.GetFileName(f)[0] != '.' && Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal).ToList();
            if (inside.Count == 0)
                throw new UserException($"{path}: the folder has no images ({string.Join(", ", Extensions)})");
            images.AddRange(inside);
        }
        if (images.GroupBy(p => Path.GetFileNameWithoutExtension(p), StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } clash)
            throw new UserException($"two images are called '{clash.Key}' and would overwrite each other's masks: {string.Join(", ", clash)}");
        return images;
    }
}
