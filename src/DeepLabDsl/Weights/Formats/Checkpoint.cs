using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl;

/// <summary>Finds the state dict in what a PyTorch file holds: the file's whole, or one entry of a checkpoint.</summary>
internal static class Checkpoint
{
    private const int MaximumDepth = 6;

    /// <summary>What training scripts call the entry with the model's state.</summary>
    private static readonly string[] UsualNames = ["state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params"];

    /// <summary>The tensors with their keys, and what a reader should know of the choice.</summary>
    /// <param name="root">The value of the file's pickle.</param>
    /// <param name="entry">The path of the entry that is wanted, such as <c>ema.module</c>; null: the usual or the only one.</param>
    /// <exception cref="FormatException">There are none, or several that could be meant.</exception>
    public static (IReadOnlyList<(string Name, PickleTensor Tensor)> Tensors, IReadOnlyList<string> Notes) Find(object? root, string? entry)
    {
        if (root is not PickleDictionary top)
            throw new FormatException($"it holds {(root is PickleTensor ? "one tensor without a name" : "no dictionary")}; a state dict is a dictionary of tensors");
        var (path, chosen) = entry is null ? Choose(top) : Follow(top, entry);
        var tensors = Tensors(chosen).ToList();
        if (tensors.Count == 0)
            throw new FormatException(entry is null ? "it holds no tensors" : $"its entry '{entry}' holds no tensors");
        var aside = chosen.Entries.Where(e => e.Value is not PickleTensor).Select(e => e.Key).Concat(path.Length > 0 ? top.Entries.Select(e => e.Key).Where(k => !Equals(k, path.Split('.')[0])) : [])
            .OfType<string>().ToList();
        string?[] notes =
        [
            path.Length > 0 ? $"the tensors are those of '{path}'" : null,
            aside.Count > 0 ? $"left aside: {string.Join(", ", aside)}" : null,
        ];
        return (tensors, [.. notes.OfType<string>()]);
    }

    /// <summary>The outermost dictionaries that hold tensors; of several, the one with a usual name.</summary>
    private static (string Path, PickleDictionary Chosen) Choose(PickleDictionary top)
    {
        var level = new List<(string Path, PickleDictionary Dictionary)> { ("", top) };
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance) { top };
        for (var depth = 0; depth < MaximumDepth && level.Count > 0; depth++)
        {
            // A checkpoint may hold a lone tensor beside its state dict (the state of a random generator).
            var usual = level.SelectMany(l => Children(l.Path, l.Dictionary)).Where(c => UsualNames.Contains(Last(c.Path)) && Tensors(c.Dictionary).Any())
                .OrderBy(c => Array.IndexOf(UsualNames, Last(c.Path))).FirstOrDefault();
            if (usual.Dictionary is not null)
                return usual;
            var holding = level.Where(l => Tensors(l.Dictionary).Any()).ToList();
            if (holding.Count == 1)
                return holding[0];
            if (holding.Count > 1)
                throw new FormatException($"it holds several sets of tensors: {string.Join(", ", holding.Select(h => h.Path))}; name the entry that is meant (--entry)");
            level = [.. level.SelectMany(l => Children(l.Path, l.Dictionary)).Where(c => seen.Add(c.Dictionary))];
        }
        return ("", top);
    }

    private static (string Path, PickleDictionary Chosen) Follow(PickleDictionary top, string entry)
    {
        var current = top;
        foreach (var part in entry.Split('.'))
        {
            var children = Children("", current).ToList();
            current = children.Where(c => c.Path == part).Select(c => c.Dictionary).LastOrDefault()
                ?? throw new FormatException($"it has no entry '{entry}'; where '{part}' is looked for there are {(children.Count == 0 ? "none" : string.Join(", ", children.Select(c => c.Path)))}");
        }
        return (entry, current);
    }

    private static IEnumerable<(string Path, PickleDictionary Dictionary)> Children(string path, PickleDictionary dictionary) =>
        from e in dictionary.Entries
        where e.Key is string && e.Value is PickleDictionary
        select (path.Length > 0 ? $"{path}.{e.Key}" : (string)e.Key!, (PickleDictionary)e.Value!);

    /// <summary>The tensors of a dictionary itself; of a key that is set twice, the last.</summary>
    private static IEnumerable<(string Name, PickleTensor Tensor)> Tensors(PickleDictionary dictionary) =>
        dictionary.Entries.Where(e => e is { Key: string, Value: PickleTensor }).GroupBy(e => (string)e.Key!, StringComparer.Ordinal)
            .Select(g => (g.Key, (PickleTensor)g.Last().Value!));

    private static string Last(string path) => path[(path.LastIndexOf('.') + 1)..];
}
