using System;
using System.Collections.Generic;
using System.Linq;
using static TorchSharp.torch;

namespace DeepLabDsl;

/// <summary>
/// A file of weights held against a module, before anything is loaded: what fits, and everything that does not. Nothing is
/// broadcast, cut or padded. A batch norm's counter of batches, which old files lack and nothing reads, may be missing.
/// </summary>
public sealed class WeightsMatch
{
    private const string Counter = "num_batches_tracked";

    /// <summary>What wrappers put before every key: DataParallel, torch.compile, Lightning.</summary>
    private static readonly string[] Wrappers = ["module.", "_orig_mod.", "model."];

    private readonly IReadOnlyList<(StateEntry Entry, StoredTensor Stored)> _fits;
    private readonly string? _suggestion;

    private WeightsMatch(
        WeightsFile file, NameMap? names, string prefix, IReadOnlyList<(StateEntry Entry, StoredTensor Stored)> fits, IReadOnlyList<WeightsDifference> differences,
        IReadOnlyList<string> adapted, string? suggestion)
    {
        Adapted = adapted;
        _suggestion = suggestion;
        File = file;
        Names = names;
        Prefix = prefix;
        _fits = fits;
        Differences = differences;
    }

    /// <summary>The file.</summary>
    public WeightsFile File { get; }

    /// <summary>The map whose names the file has; null where it has the network's own.</summary>
    public NameMap? Names { get; }

    /// <summary>What a wrapper put before every key of the file, such as <c>module.</c>; else empty.</summary>
    public string Prefix { get; }

    /// <summary>How many tensors of the module the file has.</summary>
    public int Fitting => _fits.Count;

    /// <summary>Everything that differs, in the module's order, then what the module does not have.</summary>
    public IReadOnlyList<WeightsDifference> Differences { get; }

    /// <summary>What was made to fit: convolutions on the image for another number of channels.</summary>
    public IReadOnlyList<string> Adapted { get; }

    /// <summary>Everything that differs as lines of text.</summary>
    public IEnumerable<string> Lines => WeightsDifference.Describe(Differences);

    /// <summary>The tensors that fit: the network's key and the file's tensor.</summary>
    internal IEnumerable<(string Name, StoredTensor Stored)> Pairs => _fits.Select(f => (f.Entry.Name, f.Stored));

    /// <summary>Compares a file with a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="file">The file.</param>
    /// <param name="names">The publisher's names; used where the file has more of them than of the module's own.</param>
    /// <param name="adapt">Whether convolutions on the image are made to fit where only its channels differ.</param>
    /// <exception cref="WeightsException">The map does not fit the module.</exception>
    public static WeightsMatch Compare(nn.Module module, WeightsFile file, NameMap? names = null, bool adapt = false)
    {
        var state = ModuleState.Of(module);
        var translation = names?.Apply(state.Select(e => e.Name));
        var expected = state.Select(e => e.Name).Concat(translation?.Names.Select(n => n.Theirs).OfType<string>() ?? []).ToList();
        var prefix = FindPrefix(file, expected);
        var stored = file.Tensors.ToDictionary(t => t.Name[prefix.Length..], StringComparer.Ordinal);
        if (translation is not null && state.Count(e => stored.ContainsKey(e.Name)) > translation.Names.Count(n => n.Theirs is not null && stored.ContainsKey(n.Theirs)))
            translation = null;

        var fits = new List<(StateEntry Entry, StoredTensor Stored)>();
        var differences = new List<WeightsDifference>();
        var adapted = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        var missing = new List<(StateEntry Entry, string? Wanted)>();
        foreach (var entry in state)
        {
            var wanted = translation is null ? entry.Name : translation.ToTheirs(entry.Name);
            if (wanted is null || !stored.TryGetValue(wanted, out var tensor))
            {
                if (!IsCounter(entry.Name))
                    missing.Add((entry, wanted));
                continue;
            }
            used.Add(wanted);
            var name = translation?[entry.Name];
            StoredTensor? divisor = null;
            if (name?.DivideBy is { } divideBy && !stored.TryGetValue(divideBy, out divisor))
                missing.Add((entry, divideBy));
            else if (adapt && divisor is null && (name?.Layout ?? TensorLayout.Same) == TensorLayout.Same && StemChannels.Differ(module, entry.Tensor, tensor))
            {
                fits.Add((entry, StemChannels.Fit(tensor, entry.Tensor.shape)));
                adapted.Add($"{entry.Name}: {tensor.Shape[1]} channels of the image made {entry.Tensor.shape[1]}");
            }
            else if (Differ(entry, tensor, name?.Layout ?? TensorLayout.Same) is { } difference)
                differences.Add(difference);
            else
                fits.Add((entry, name is null ? tensor : AsOurs(entry, tensor, name.Layout, divisor)));
        }
        var extra = stored.Where(s => !used.Contains(s.Key) && !IsCounter(s.Key) && translation?.Ignores(s.Key) != true).ToList();
        differences.InsertRange(0, missing.Select(m => Missing(m.Entry, m.Wanted, [.. extra.Select(e => (e.Key, e.Value))])));
        differences.AddRange(extra.Select(e => new WeightsDifference(DifferenceKind.Extra, e.Key, Describe(e.Value.Shape))));
        return new WeightsMatch(file, translation?.Map, prefix, fits, differences, adapted, fits.Count == 0 ? Suggest(state, stored) : null);
    }

    /// <summary>Refuses weights that do not fit.</summary>
    /// <param name="partial">Whether some are enough.</param>
    /// <exception cref="WeightsException">Something differs (nothing fits, where some are enough): the message lists it all.</exception>
    public void Require(bool partial)
    {
        if (partial ? Fitting > 0 : Differences.Count == 0)
            return;
        throw new WeightsException(
            $"{File.Path}: the weights are of another network; {Fitting} tensors fit, {Differences.Count} do not{(Names is null ? "" : $" (by the names of '{Names.Name}')")}:"
            + string.Concat(Lines.Select(d => "\n  " + d))
            + "\nName the network that they were trained as and its number of classes, or the map of the publisher's names"
            + (partial ? "." : "; a partial load takes what fits.")
            + (_suggestion is null ? "" : $" Its keys are the names of the shipped map '{_suggestion}' (--name-map {_suggestion})."));
    }

    /// <summary>Loads what fits.</summary>
    /// <exception cref="WeightsException">The file can't be read any more.</exception>
    public void Apply()
    {
        using var unrecorded = no_grad();
        foreach (var (entry, stored) in _fits)
        {
            using var loaded = stored.Load();
            entry.Tensor.copy_(loaded);
        }
    }

    /// <summary>The shipped map by which most of the file's tensors are the network's, where that is most of the file.</summary>
    private static string? Suggest(IReadOnlyList<StateEntry> state, Dictionary<string, StoredTensor> stored)
    {
        var (map, known) = NameMap.Shipped.Select(m => (m, Known(m))).OrderByDescending(m => m.Item2).FirstOrDefault();
        return known > stored.Count / 2 ? map.Name : null;

        int Known(NameMap map)
        {
            try
            {
                return map.Apply(state.Select(e => e.Name)).Names.Count(n => n.Theirs is not null && stored.ContainsKey(n.Theirs));
            }
            catch (WeightsException)
            {
                // A map of another network.
                return 0;
            }
        }
    }

    private static string FindPrefix(WeightsFile file, List<string> expected)
    {
        var prefix = "";
        while (file.Tensors.Count > 0)
        {
            var next = Array.Find(Wrappers, w =>
                file.Tensors.All(t => t.Name.Length > prefix.Length + w.Length && t.Name.AsSpan(prefix.Length).StartsWith(w))
                && !expected.Exists(e => e.StartsWith(w, StringComparison.Ordinal)));
            if (next is null)
                break;
            prefix += next;
        }
        return prefix;
    }

    private static WeightsDifference Missing(StateEntry entry, string? wanted, IReadOnlyList<(string Name, StoredTensor Stored)> extra)
    {
        var hint = wanted is null ? "the publisher has none" : null;
        if (wanted is not null)
        {
            var nearest = NearestName.Find(wanted, extra.Where(e => e.Stored.Shape.SequenceEqual(entry.Tensor.shape)).Select(e => e.Name));
            hint = (wanted == entry.Name ? "" : $"looked for as {wanted}") + (nearest is null ? "" : $"{(wanted == entry.Name ? "" : "; ")}nearest in the file: {nearest}");
        }
        return new WeightsDifference(DifferenceKind.Missing, entry.Name, Describe(entry.Tensor.shape), hint is { Length: > 0 } ? hint : null);
    }

    /// <summary>A stored tensor, laid out as ours.</summary>
    private static StoredTensor AsOurs(StateEntry entry, StoredTensor stored, TensorLayout layout, StoredTensor? divisor)
    {
        if (layout == TensorLayout.Same && divisor is null)
            return stored;
        var shape = entry.Tensor.shape;
        return stored.With(shape, theirs =>
        {
            var ours = layout.ToOurs(theirs, shape);
            if (divisor is null)
                return ours;
            // Caffe's sums of running means: a sum of nothing is a mean of nothing.
            var factor = divisor.Load().reshape(-1)[0].Number();
            return ours.Scale(factor == 0 ? 0 : 1 / factor);
        });
    }

    private static WeightsDifference? Differ(StateEntry entry, StoredTensor stored, TensorLayout layout)
    {
        if (!layout.Fits((int)entry.Tensor.dim()))
            return new WeightsDifference(DifferenceKind.Shape, entry.Name, $"{Describe(entry.Tensor.shape)} in the network has not the axes that its rule speaks of");
        var theirs = layout.ShapeOfTheirs(entry.Tensor.shape);
        if (!theirs.SequenceEqual(stored.Shape))
        {
            var laidOut = layout == TensorLayout.Same ? "" : $", as the publisher's {Describe(theirs)}";
            return new WeightsDifference(DifferenceKind.Shape, entry.Name, $"{Describe(entry.Tensor.shape)} in the network{laidOut}, {Describe(stored.Shape)} in the file");
        }
        // Fractions become fractions of another precision; a whole number where a fraction belongs is a mistake.
        var type = ElementType.Of(entry.Tensor.dtype);
        return type.IsFloat == stored.Element.IsFloat
            ? null
            : new WeightsDifference(DifferenceKind.Type, entry.Name, $"{type.Name} in the network, {stored.Element.Name} in the file");
    }

    private static bool IsCounter(string name) => name[(name.LastIndexOf('.') + 1)..] == Counter;

    private static string Describe(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
