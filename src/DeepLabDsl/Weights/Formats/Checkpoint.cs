using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Weights.Formats;

/// <summary>Finds the state dict in what a PyTorch file holds: the file's whole, or one entry of a checkpoint.</summary>
internal static class Checkpoint
{
    private const int MaximumDepth = 6;
    private const int ShownNames = 12;
    private const int ShownLetters = 100;

    /// <summary>What training scripts call the entry with the model's state.</summary>
    private static readonly string[] UsualNames =
    [
        "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params",
    ];

    /// <summary>The tensors with their keys, and what a reader should know of the choice.</summary>
    /// <param name="root">The value of the file's pickle.</param>
    /// <param name="entry">
    /// The path of the entry that is wanted, such as <c>ema.module</c>, or what its keys begin with; null: the usual or the only one.
    /// </param>
    /// <exception cref="FormatException">
    /// There are none, several that could be meant, or the entry is made of what is no tensor.
    /// </exception>
    public static (IReadOnlyList<(string Name, PickleTensor Tensor)> Tensors, IReadOnlyList<string> Notes) Find(object? root, string? entry)
    {
        if (root is PickleOpaque whole)
            throw new FormatException($"it is {Object(whole)}");
        if (root is not PickleDictionary top)
        {
            throw new FormatException(
                $"it holds {(root is PickleTensor ? "one tensor without a name" : "no dictionary")}; a state dict is "
                + "a dictionary of tensors");
        }
        var (chosen, prefix) = entry is null ? (Choose(new Node(null, null, top)), "") : Follow(new Node(null, null, top), entry);
        var path = chosen.Path;
        var tensors = Tensors(chosen.Dictionary)
            .Where(t => t.Name.Length > prefix.Length && t.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(t => (t.Name[prefix.Length..], t.Tensor)).ToList();
        if (tensors.Count > WeightsContent.MaximumTensors)
            throw new FormatException(WeightsContent.TooMany);
        // What lies beside tensors is left aside, be it what it may; a tensor that can't be read would be missed.
        var odd =
            chosen.Dictionary.Entries.FirstOrDefault(e =>
                e is { Key: string, Value: PickleOpaque o } && (o.IsTensor || tensors.Count == 0));
        if (odd is { Key: string name, Value: PickleOpaque thing })
            throw new FormatException($"its entry '{Short(path.Length > 0 ? $"{path}.{name}" : name)}' is {Object(thing)}");
        if (tensors.Count == 0)
            throw new FormatException(entry is null ? "it holds no tensors" : $"its entry '{entry}' holds no tensors");
        var first = path.Split('.')[0];
        var aside = chosen.Dictionary.Entries.Where(e => e.Value is not PickleTensor).Select(e => e.Key)
            .Concat(path.Length > 0 ? top.Entries.Select(e => e.Key).Where(k => !Equals(k, first)) : []).OfType<string>();
        var (shown, count) = Names(aside);
        string?[] notes =
        [
            path.Length > 0 || prefix.Length > 0 ? $"the tensors are those of '{entry ?? path}'" : null,
            count > 0 ? $"left aside: {shown}" : null,
        ];
        return (tensors, [.. notes.OfType<string>()]);
    }

    /// <summary>
    /// The outermost dictionaries that hold tensors; of several, the one with a usual name. Each dictionary is looked at once.
    /// </summary>
    private static Node Choose(Node top)
    {
        var level = new List<Node> { top };
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance) { top.Dictionary };
        Node? unreadable = null;
        for (var depth = 0; depth < MaximumDepth && level.Count > 0; depth++)
        {
            var below = Below(level, seen);
            // A checkpoint may hold a lone tensor beside its state dict (the state of a random generator).
            var usual = below.Where(c => UsualNames.Contains(c.Key) && c.HoldsTensors).OrderBy(c => Array.IndexOf(UsualNames, c.Key))
                .FirstOrDefault();
            if (usual is not null)
                return usual;
            unreadable ??= below.Find(c =>
                UsualNames.Contains(c.Key) && c.Dictionary.Entries.Exists(e => e is { Key: string, Value: PickleOpaque }));
            foreach (var node in level)
            {
                var odd =
                    node.Dictionary.Entries.FirstOrDefault(e => e is { Key: string key, Value: PickleOpaque } && UsualNames.Contains(key));
                if (odd is { Key: string name, Value: PickleOpaque thing })
                {
                    throw new FormatException(
                        $"its entry '{Short(node.Path.Length > 0 ? $"{node.Path}.{name}" : name)}' is {Object(thing)}");
                }
            }
            var holding = level.Where(l => l.HoldsTensors).ToList();
            if (holding.Count == 1)
                return holding[0];
            if (holding.Count > 1)
            {
                throw new SeveralEntriesException(
                    $"it holds several sets of tensors: {Names(holding.Select(h => h.Path)).Text}; name the entry that is meant");
            }
            level = below;
        }
        return unreadable ?? top;
    }

    /// <summary>The dictionaries in those of a level that were not met before, each under its usual name, else its first.</summary>
    private static List<Node> Below(List<Node> level, HashSet<object> seen)
    {
        var found = new Dictionary<object, Node>(ReferenceEqualityComparer.Instance);
        var order = new List<object>();
        foreach (var node in level)
        {
            foreach (var (key, value) in node.Dictionary.Entries)
            {
                if (key is not string name || value is not PickleDictionary dictionary || seen.Contains(dictionary))
                    continue;
                if (!found.TryGetValue(dictionary, out var known))
                    order.Add(dictionary);
                else if (UsualNames.Contains(known.Key) || !UsualNames.Contains(name))
                    continue;
                found[dictionary] = new Node(node, name, dictionary);
            }
        }
        seen.UnionWith(order);
        return [.. order.Select(d => found[d])];
    }

    /// <summary>The dictionary of a path; where its last part is no entry, what the keys of those that are meant begin with.</summary>
    private static (Node Node, string Prefix) Follow(Node top, string entry)
    {
        var current = top;
        var parts = entry.Split('.');
        for (var i = 0; i < parts.Length; i++)
        {
            var (_, value) = current.Dictionary.Entries.LastOrDefault(e =>
                Equals(e.Key, parts[i]) && e.Value is (PickleDictionary or PickleOpaque));
            if (value is PickleOpaque thing)
                throw new FormatException($"its entry '{string.Join('.', parts[..(i + 1)])}' is {Object(thing)}");
            if (value is PickleDictionary dictionary)
            {
                current = new Node(current, parts[i], dictionary);
                continue;
            }
            var prefix = string.Join('.', parts[i..]) + ".";
            if (Tensors(current.Dictionary).Any(t => t.Name.StartsWith(prefix, StringComparison.Ordinal)))
                return (current, prefix);
            var (there, count) = Names(
                current.Dictionary.Entries.Where(e => e.Value is PickleDictionary).Select(e => e.Key).OfType<string>());
            throw new FormatException(
                $"it has no entry '{entry}'; where '{parts[i]}' is looked for there are {(count == 0 ? "none" : there)}");
        }
        return (current, "");
    }

    /// <summary>The tensors of a dictionary itself; of a key that is set twice, the last.</summary>
    private static IEnumerable<(string Name, PickleTensor Tensor)> Tensors(PickleDictionary dictionary) =>
        dictionary.Entries.Where(e => e is { Key: string, Value: PickleTensor }).GroupBy(e => (string)e.Key!, StringComparer.Ordinal)
            .Select(g => (g.Key, (PickleTensor)g.Last().Value!));

    private static string Object(PickleOpaque thing) => thing.IsTensor
        ? $"a tensor of a kind that is not read ('{Short(thing.Name)}'); convert it to float32 in Python"
        : $"an object of Python, '{Short(thing.Name)}', and no dictionary of tensors; nothing of it was run. "
          + "Where you trust the file, save the tensors alone in Python: torch.save(model.state_dict(), path)";

    /// <summary>The first of some names, and how many there are.</summary>
    private static (string Text, int Count) Names(IEnumerable<string> names)
    {
        var shown = new List<string>();
        var count = 0;
        foreach (var name in names)
        {
            if (count++ < ShownNames)
                shown.Add(Short(name));
        }
        return (string.Join(", ", shown) + (count > ShownNames ? $" and {count - ShownNames} more" : ""), count);
    }

    private static string Short(string name) => name.Length <= ShownLetters ? name : name[..ShownLetters] + "…";

    /// <summary>A dictionary and the way to it; the way is put into words where it is asked for.</summary>
    private sealed record Node(Node? Parent, string? Key, PickleDictionary Dictionary)
    {
        public string Path => Parent is null ? "" : Parent.Path.Length > 0 ? $"{Parent.Path}.{Key}" : Key!;

        public bool HoldsTensors => Dictionary.Entries.Exists(e => e is { Key: string, Value: PickleTensor });
    }

    /// <summary>What a file's reader says of a checkpoint without the tensors that are looked for.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fault">What is wrong with the checkpoint.</param>
    public static WeightsException Refuse(string path, FormatException fault) =>
        new($"{path}: {fault.Message}.", fault) { Remedy = fault is SeveralEntriesException ? ErrorRemedy.ChooseEntry : ErrorRemedy.None };

    private sealed class SeveralEntriesException(string message) : FormatException(message);
}
