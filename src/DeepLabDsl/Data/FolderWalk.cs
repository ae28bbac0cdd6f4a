using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Enumeration;
using System.Linq;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Data;

/// <summary>
/// Lists the files of a folder. Linked folders count as folders, as people link data where they need it; but no link leads into a
/// folder that is being walked or that holds one, so that every walk ends.
/// </summary>
internal static class FolderWalk
{
    private const int MaximumEntries = 5_000_000;
    private const int MaximumLinks = 40;

    /// <summary>The files of a folder and of those below it. What is hidden is passed over, and what may not be read.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="depth">How far below it files are listed: 0 its own only; null: however far.</param>
    /// <param name="maximumEntries">How many files and folders there may be.</param>
    /// <returns>Paths that begin with <paramref name="root"/>, in no order.</returns>
    /// <exception cref="UnusableDataException">There are too many.</exception>
    public static IEnumerable<string> Files(string root, int? depth, int maximumEntries = MaximumEntries)
    {
        var entries = 0;
        var plain = new Stack<Folder>([new Folder(root, RealPath(root), 0, null)]);
        var linked = new Queue<Folder>();
        var visited = new HashSet<string>(StringComparer.Ordinal);
        while (plain.TryPop(out var folder) || linked.TryDequeue(out folder))
        {
            // Where a pattern reaches any depth, what a link leads to is listed once; else links may double it at each level.
            if (depth is null && !visited.Add(folder.Real))
                continue;
            foreach (var (name, isFolder, isLink) in Entries(folder.Path))
            {
                if (++entries > maximumEntries)
                {
                    throw new UnusableDataException(
                        $"{root}: holds more than {maximumEntries} files and folders; a pattern that begins with the folder of the "
                        + "images is walked faster.");
                }
                var path = Path.Combine(folder.Path, name);
                if (!isFolder)
                    yield return path;
                else if (depth is null || folder.Depth < depth)
                    Enter(path, name, isLink, folder);
            }
        }

        void Enter(string path, string name, bool isLink, Folder parent)
        {
            if (!isLink)
                plain.Push(new Folder(path, Path.Combine(parent.Real, name), parent.Depth + 1, parent));
            else if (new Folder(path, RealPath(Path.Combine(parent.Real, name)), parent.Depth + 1, parent) is var target
                && !parent.IsWithin(target.Real))
                linked.Enqueue(target);
        }
    }

    /// <summary>
    /// A file or folder below a folder, whichever way its name is spelt in Unicode, and in whichever case where none has its own.
    /// </summary>
    /// <param name="directory">The folder.</param>
    /// <param name="relative">The path in it, with <c>/</c>.</param>
    /// <returns>The path that is there; where none is, that which was asked for.</returns>
    public static string Resolve(string directory, string relative)
    {
        var asked = Path.Combine(directory, relative.Replace('/', Path.DirectorySeparatorChar));
        if (Path.Exists(asked))
            return asked;
        var path = directory;
        foreach (var name in relative.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(path, name);
            if (!Path.Exists(next))
            {
                var alike = Directory.Exists(path)
                    ? Directory.EnumerateFileSystemEntries(path)
                        .Where(e => Same(Path.GetFileName(e), name, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)
                        .ToList()
                    : [];
                if ((alike.Find(e => Same(Path.GetFileName(e), name, StringComparison.Ordinal)) ?? alike.FirstOrDefault()) is not { } found)
                    return asked;
                next = found;
            }
            path = next;
        }
        return path;
    }

    /// <summary>
    /// A name in the composed form of Unicode. Some systems write letters and accents apart, so that one name has two spellings.
    /// </summary>
    public static string Composed(string name)
    {
        try
        {
            return name.IsNormalized() ? name : name.Normalize();
        }
        catch (ArgumentException)
        {
            // A name that is no Unicode has one spelling.
            return name;
        }
    }

    private static bool Same(string a, string b, StringComparison comparison) => string.Equals(Composed(a), Composed(b), comparison);

    private static FileSystemEnumerable<(string Name, bool IsFolder, bool IsLink)> Entries(string folder) => new(
        folder,
        (ref FileSystemEntry entry) =>
            (entry.FileName.ToString(), entry.IsDirectory, (entry.Attributes & FileAttributes.ReparsePoint) != 0),
        new EnumerationOptions { AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = true });

    // Where a path leads when every link on the way is followed. Links that lead nowhere, or round, end where they do.
    private static string RealPath(string path)
    {
        var start = Path.GetFullPath(path);
        var real = Path.GetPathRoot(start)!;
        var left = new Stack<string>(
            start[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (var links = 0; left.TryPop(out var name);)
        {
            var next = Path.GetFullPath(Path.Combine(real, name));
            if (links < MaximumLinks && new FileInfo(next).LinkTarget is { } target)
            {
                links++;
                var full = Path.GetFullPath(Path.Combine(real, target));
                real = Path.GetPathRoot(full)!;
                foreach (var part in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries)
                    .Reverse())
                    left.Push(part);
                continue;
            }
            real = next;
        }
        return real;
    }

    private sealed record Folder(string Path, string Real, int Depth, Folder? Parent)
    {
        /// <summary>Whether this folder, or one on the way to it, is another or lies below it.</summary>
        public bool IsWithin(string other)
        {
            var below = System.IO.Path.EndsInDirectorySeparator(other) ? other : other + System.IO.Path.DirectorySeparatorChar;
            for (var folder = this; folder is not null; folder = folder.Parent)
            {
                if (folder.Real == other || folder.Real.StartsWith(below, StringComparison.Ordinal))
                    return true;
            }
            return false;
        }
    }
}
