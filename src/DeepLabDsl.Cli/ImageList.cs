using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Cli;

/// <summary>Turns files and folders on the command line into images.</summary>
internal static class ImageList
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".npy"];

    /// <summary>
    /// Images that exist and whose results do not overwrite each other; a folder stands for its images in the order of their names.
    /// Results of <c>predict</c> that lie beside their images are none.
    /// </summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="definition">Says whether images are stacked from several files; null: each is one file.</param>
    /// <param name="note">Is told what was passed over.</param>
    public static IReadOnlyList<ImageFiles> Expand(IReadOnlyList<string> paths, DatasetDefinition? definition, Action<string> note)
    {
        var stacked = definition?.Images.Count > 1 ? new StackedImages(definition) : null;
        var images = new List<ImageFiles>();
        var named = paths.Where(p => !Directory.Exists(p)).ToHashSet(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (!Directory.Exists(path))
            {
                // What is no UTF-8 in a name is shown so, and can't be told from another of its kind.
                var hint = path.Contains('\uFFFD') ? "; its name is not in UTF-8, so that it can't be opened: rename it" : "";
                var file = File.Exists(path) ? path : throw new UserException($"{path}: no such image or folder{hint}");
                // photos/*.png names results too. One that is named without its image is meant.
                if (PredictionFile.ImageOf(file, named.Contains) is null)
                    images.Add(stacked?.Of(file) ?? ImageFiles.Of(file));
                else
                    note($"passed over {file}, which is a result of predict");
                continue;
            }
            List<ImageFiles> inside = [.. stacked?.In(path) ?? Directory.EnumerateFiles(path)
                .Where(f => Path.GetFileName(f)[0] != '.' && Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal).Select(ImageFiles.Of)];
            var results = inside.RemoveAll(i => PredictionFile.IsResult(i.Paths[0]));
            if (results > 0)
                note($"passed over {Output.Count(results, "result")} of predict in {path}");
            if (inside.Count == 0)
            {
                throw new UserException(
                    $"{path}: the folder has no images ({string.Join(", ", Extensions)}){(results > 0 ? " but results of predict" : "")}");
            }
            images.AddRange(inside);
        }
        if (images.GroupBy(i => i.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } clash)
        {
            throw new UserException(
                $"two images are called '{clash.Key}' and would overwrite each other's masks: "
                + $"{string.Join(", ", clash.Select(i => i.Paths[0]))}");
        }
        return images;
    }
}
