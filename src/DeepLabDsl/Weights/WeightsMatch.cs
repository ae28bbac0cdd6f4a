using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights.Formats;
using DeepLabDsl.Weights.Names;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights;

/// <summary>
/// A file of weights held against a module, before anything is loaded: what fits, and everything that does not. Nothing is
/// broadcast, cut or padded. A batch norm's counter of batches, which old files lack and nothing reads, may be missing.
/// </summary>
public sealed class WeightsMatch
{
    private const string Counter = "num_batches_tracked";

    private const int ShownDifferences = 40;
    private const int ShownOfAnother = 5;

    /// <summary>
    /// What wrappers put before the keys of what is trained (DataParallel, torch.compile, Lightning), and not of a copy beside it.
    /// </summary>
    private static readonly string[] Wrappers = ["module", "_orig_mod", "model", "net", "network", "student"];

    private readonly IReadOnlyList<(StateEntry Entry, StoredTensor Stored)> _fits;
    private readonly string? _suggestion;
    private readonly string? _network;

    private WeightsMatch(
        WeightsFile file, NameMap? names, string prefix, IReadOnlyList<(StateEntry Entry, StoredTensor Stored)> fits,
        IReadOnlyList<WeightsDifference> differences,
        IReadOnlyList<string> adapted, string? suggestion, string? network, IReadOnlyList<string> leftOver)
    {
        _network = network;
        LeftOver = leftOver;
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

    /// <summary>What stands before the network's keys in the file, such as <c>module.</c> or <c>learner.net.</c>; else empty.</summary>
    public string Prefix { get; }

    /// <summary>
    /// What lies beside the network in the file, under other prefixes: the buffers of a loss, a second network. Lines of text.
    /// </summary>
    public IReadOnlyList<string> LeftOver { get; }

    /// <summary>The network's tensors that hold NaN or an infinity, and how many; known once they are loaded.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> NonFinite { get; private set; } = [];

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
        var prefix = FindPrefix(file, state, translation);
        var inside = file.Tensors.Where(t => t.Name.Length > prefix.Length && t.Name.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        var stored = inside.ToDictionary(t => t.Name[prefix.Length..], StringComparer.Ordinal);
        if (translation is not null
            && state.Count(e => stored.ContainsKey(e.Name)) > translation.Names
                .Count(n => n.Theirs is not null && stored.ContainsKey(n.Theirs)))
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
            // Writers that know no tensor without dimensions give a counter one, of extent 1.
            if (IsCounter(entry.Name) && tensor.Shape is [1] && entry.Tensor.dim() == 0)
                tensor = tensor.With([], counter => counter.reshape([]));
            var name = translation?[entry.Name];
            StoredTensor? divisor = null;
            if (name?.DivideBy is { } divideBy && !stored.TryGetValue(divideBy, out divisor))
                missing.Add((entry, divideBy));
            else if (adapt && divisor is null && (name?.Layout ?? TensorLayout.Same) == TensorLayout.Same
                && StemChannels.Differ(module, entry.Tensor, tensor))
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
        return new WeightsMatch(file, translation?.Map, prefix, fits, differences, adapted, fits.Count == 0 ? Suggest(state, stored) : null,
            (module as SegmentationNetwork)?.Descriptor.Name, Beside(file, inside));
    }

    /// <summary>Refuses weights that do not fit.</summary>
    /// <param name="partial">Whether some are enough.</param>
    /// <exception cref="WeightsException">Something differs (nothing fits, where some are enough): the message lists it all.</exception>
    public void Require(bool partial)
    {
        if (partial ? Fitting > 0 : Differences.Count == 0)
            return;
        throw new WeightsException(
            $"{File.Path}: the weights are of another network; {Fitting} tensors fit, {Differences.Count} do not"
            + (Names is null ? "" : $" (by the names of '{Names.Name}')")
            + (Stated() is { } stated && stated != _network ? $"; the file says that they are of '{stated}', not of '{_network}':" : ":")
            + string.Concat(Shown().Select(d => "\n  " + d))
            + string.Concat(LeftOver.Select(l => "\n  beside it: " + l))
            + "\nName the network that they were trained as and its number of classes, or the map of the publisher's names"
            + (partial ? "." : "; a partial load takes what fits.")
            + (_suggestion is null ? "" : $" Its keys are the names of the shipped map '{_suggestion}': load it by that map."))
        {
            Remedy = _suggestion is null ? ErrorRemedy.None : ErrorRemedy.UseNameMap,
        };
    }

    /// <summary>The network that the file itself names; null where it names none, or nobody knows which one it is held against.</summary>
    private string? Stated() => _network is null ? null : File.Metadata.GetValueOrDefault("network");

    /// <summary>The differences that a reader can use: of a network that the file itself says to be another, a few.</summary>
    private IEnumerable<string> Shown()
    {
        var lines = Lines.ToList();
        var maximum = Stated() is { } stated && stated != _network ? ShownOfAnother : ShownDifferences;
        return lines.Count <= maximum ? lines : lines.Take(maximum).Append($"and {lines.Count - maximum} more lines");
    }

    /// <summary>Loads what fits.</summary>
    /// <exception cref="WeightsException">The file can't be read any more.</exception>
    public void Apply()
    {
        using var unrecorded = no_grad();
        var broken = new List<KeyValuePair<string, long>>();
        foreach (var (entry, stored) in _fits)
        {
            using var scope = NewDisposeScope();
            entry.Tensor.copy_(stored.Load());
            // Of the network's own numbers: what is finite in the file may be too large for them.
            if (entry.Tensor.is_floating_point() && entry.Tensor.isfinite().all().Number() == 0)
                broken.Add(KeyValuePair.Create(entry.Name, (long)entry.Tensor.isfinite().logical_not().sum().Number()));
        }
        NonFinite = broken;
    }

    /// <summary>What <see cref="NonFinite"/> says, in one line; null where all numbers are finite.</summary>
    public string? DescribeNonFinite()
    {
        if (NonFinite.Count == 0)
            return null;
        var names = string.Join(
            ", ", NonFinite.Take(ShownOfAnother).Select(n => string.Create(CultureInfo.InvariantCulture, $"{n.Key} ({n.Value})")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{File.Path}: {NonFinite.Sum(n => n.Value)} numbers of the weights are NaN or infinite, in {names}")
            + (NonFinite.Count > ShownOfAnother ? $" and {NonFinite.Count - ShownOfAnother} more tensors" : "")
            + ": the network's results are NaN or mean nothing";
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

    /// <summary>
    /// What stands before the keys of the network: of all beginnings that keys of the file have, the one behind which most of the
    /// network's names follow, and there with most of its sizes. The shorter, the usual, the first in the file where that decides nothing.
    /// </summary>
    private static string FindPrefix(WeightsFile file, IReadOnlyList<StateEntry> state, NameTranslation? translation)
    {
        var wanted = state.GroupBy(e => e.Name, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.First().Tensor.numel(), StringComparer.Ordinal);
        var theirs = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (name, entry) in translation?.Names.Zip(state) ?? [])
        {
            if (name.Theirs is { } key)
                theirs[key] = entry.Tensor.numel();
        }
        var found = new Dictionary<string, Score>(StringComparer.Ordinal);
        var order = 0;
        foreach (var tensor in file.Tensors)
        {
            for (var at = 0; at >= 0 && at < tensor.Name.Length; at = tensor.Name.IndexOf('.', at) is >= 0 and var dot ? dot + 1 : -1)
            {
                var rest = tensor.Name[at..];
                var isOurs = wanted.TryGetValue(rest, out var ours);
                var isTheirs = theirs.TryGetValue(rest, out var size);
                if (!isOurs && !isTheirs)
                    continue;
                var prefix = tensor.Name[..at];
                var score = found.GetValueOrDefault(prefix) ?? (found[prefix] = new Score(order++));
                score.Add(isOurs, isOurs && ours == tensor.Elements, isTheirs, isTheirs && size == tensor.Elements);
            }
        }
        var best = found.OrderByDescending(f => f.Value.Names).ThenByDescending(f => f.Value.Sizes).ThenBy(f => f.Key.Count(c => c == '.'))
            .ThenBy(f => Array.IndexOf(Wrappers, f.Key.TrimEnd('.')) is >= 0 and var usual ? usual : Wrappers.Length)
            .ThenBy(f => f.Value.Order).FirstOrDefault();
        // A name or two that agree by chance are no network; but what stands before every key is before the network's too.
        if (best.Value is not { } most)
            return "";
        var isMost = 2 * most.Names >= Math.Min(state.Count, file.Tensors.Count);
        return isMost || file.Tensors.All(t => t.Name.StartsWith(best.Key, StringComparison.Ordinal)) ? best.Key : "";
    }

    /// <summary>What lies outside of the prefix, gathered by what its keys begin with.</summary>
    private static List<string> Beside(WeightsFile file, IReadOnlyList<StoredTensor> inside)
    {
        if (inside.Count == file.Tensors.Count)
            return [];
        var known = inside.ToHashSet();
        return [.. file.Tensors.Where(t => !known.Contains(t)).GroupBy(t => t.Name.Split('.')[0], StringComparer.Ordinal)
            .Select(g => g.Count() == 1 ? $"{g.First().Name} {Describe(g.First().Shape)}" : $"{g.Key}.* ({g.Count()} tensors)")];
    }

    /// <summary>How much of the network follows a beginning, under its own names and under the publisher's.</summary>
    private sealed class Score(int order)
    {
        private int _ours;
        private int _ourSizes;
        private int _theirs;
        private int _theirSizes;

        public int Order => order;

        public int Names => Math.Max(_ours, _theirs);

        public int Sizes => _ours >= _theirs ? _ourSizes : _theirSizes;

        public void Add(bool isOurs, bool isOurSize, bool isTheirs, bool isTheirSize)
        {
            _ours += isOurs ? 1 : 0;
            _ourSizes += isOurSize ? 1 : 0;
            _theirs += isTheirs ? 1 : 0;
            _theirSizes += isTheirSize ? 1 : 0;
        }
    }

    private static WeightsDifference Missing(StateEntry entry, string? wanted, IReadOnlyList<(string Name, StoredTensor Stored)> extra)
    {
        var hint = wanted is null ? "the publisher has none" : null;
        if (wanted is not null)
        {
            var nearest = NearestName.Find(wanted, extra.Where(e => e.Stored.Shape.SequenceEqual(entry.Tensor.shape)).Select(e => e.Name));
            hint = (wanted == entry.Name ? "" : $"looked for as {wanted}")
                + (nearest is null ? "" : $"{(wanted == entry.Name ? "" : "; ")}nearest in the file: {nearest}");
        }
        return new WeightsDifference(
            DifferenceKind.Missing, entry.Name, Describe(entry.Tensor.shape), hint is { Length: > 0 } ? hint : null);
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
        {
            return new WeightsDifference(
                DifferenceKind.Shape, entry.Name,
                $"{Describe(entry.Tensor.shape)} in the network has not the axes that its rule speaks of");
        }
        var theirs = layout.ShapeOfTheirs(entry.Tensor.shape);
        if (!theirs.SequenceEqual(stored.Shape))
        {
            var laidOut = layout == TensorLayout.Same ? "" : $", as the publisher's {Describe(theirs)}";
            return new WeightsDifference(
                DifferenceKind.Shape, entry.Name,
                $"{Describe(entry.Tensor.shape)} in the network{laidOut}, {Describe(stored.Shape)} in the file");
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
