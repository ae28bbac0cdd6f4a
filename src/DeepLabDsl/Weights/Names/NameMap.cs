using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using DeepLabDsl.Networks;
using YamlDotNet.RepresentationModel;

namespace DeepLabDsl.Weights.Names;

/// <summary>
/// Translates a network's state-dict keys to the names that a publisher of its weights uses, and back. A YAML file:
/// <code>
/// name_map: kazuto-v2
/// source: kazuto1011/deeplab-pytorch, libs/models/deeplabv2.py
/// networks: [deeplabv2-resnet101-msc]      # whose published weights have these names
/// rules:                                   # ours: theirs; the first that fits holds, for the key and all keys below it
///   backbone.conv1: base.layer1.conv1.conv
///   backbone.bn1: base.layer1.conv1.bn
///   backbone.layer{stage}.{unit}.conv1: base.layer{stage + 1}.block{unit + 1}.reduce.conv
/// others: same                             # keys that no rule fits keep their name; absent: the publisher has none; default: error
/// absent: [aux_classifier]                 # ours that the publisher does not have
/// ignore: [scale]                          # theirs that the network does not have (a second name of the same tensor …)
/// extends: kazuto-v2-backbone              # a map whose rules hold behind these, its absent and ignore beside these
/// </code>
/// A rule stands for its key and for every key that goes on after a dot. Placeholders: <c>{unit}</c> is a number, also
/// <c>{unit + 1}</c>, <c>{3 * unit + 1}</c> and <c>{letter(unit)}</c> (0 is a); <c>{name*}</c> is text without a dot,
/// <c>{name**}</c> any text. Each stands on both sides, so that every rule can be read backwards.
/// Where a publisher lays a tensor out otherwise, a rule's right side is a mapping: <c>{ key: conv1.0, reverse: 1 }</c>,
/// <c>{ key: kernel, permute: [2, 3, 1, 0] }</c>, <c>{ key: fc6.0, flatten: 1 }</c>, <c>{ key: bn1.0, divide_by: bn1.2 }</c>.
/// </summary>
public sealed class NameMap
{
    private const string What = "a name map";
    private const string Folder = "name-maps/";
    private const string Same = "same";
    private const string Absent = "absent";
    private const string Error = "error";
    private const int ShownFaults = 12;

    /// <summary>Each key is held against each of them, those of extended maps with them.</summary>
    private const int MaximumRules = 1000;

    private const int MaximumBases = 8;

    private static readonly string[] Keys = ["name_map", "extends", "source", "networks", "rules", "others", "ignore", "absent"];

    private static readonly Lazy<IReadOnlyList<NameMap>> AllShipped = new(ReadShipped);

    private readonly NameMap? _base;
    private readonly IReadOnlyList<NameRule> _own;

    private readonly IReadOnlyList<(string Name, string Place)> _networks;
    private readonly IReadOnlyList<NameRule> _rules;
    private readonly string _others;
    private readonly IReadOnlyList<NamePattern> _absent;
    private readonly IReadOnlyList<NamePattern> _ignored;

    private NameMap(YamlText text, NameMap? extended)
    {
        _base = extended;
        Name = text.Scalar(text.Required("name_map"), "name_map: the map's name");
        Path = text.Source;
        Source = text.Optional("source", out var source) ? text.Scalar(source, "source: whose names these are") : null;
        _networks = [.. text.Words("networks").Select(w => (w.Value!, text.PlaceOf(w)))];
        Networks = [.. _networks.Select(n => n.Name)];
        _others = text.Optional("others", out var others)
            ? text.Scalar(others, "others: same, absent or error")
            : extended?._others ?? Error;
        if (_others is not (Same or Absent or Error))
            throw text.Wrong(others!.Start, $"others is what becomes of keys that no rule fits, same, absent or error, not '{_others}'");
        _own = text.Optional("rules", out var rules) ? ReadRules(text, rules) : [];
        _rules = [.. _own, .. extended?._rules ?? []];
        if (_rules.Count > MaximumRules)
            throw TooMany(text, (rules ?? text.Root).Start, _rules.Count);
        _absent = [.. text.Words("absent").Select(w => ReadPattern(text, w)), .. extended?._absent ?? []];
        _ignored = [.. text.Words("ignore").Select(w => ReadPattern(text, w)), .. extended?._ignored ?? []];
        if (_rules.Count == 0 && _others != Same)
            throw text.Wrong(text.Root.Start, "a name map needs rules, or 'others: same'");
    }

    /// <summary>The map's name.</summary>
    public string Name { get; }

    /// <summary>The file, as errors name it.</summary>
    public string Path { get; }

    /// <summary>Whose names they are; null where the map does not say.</summary>
    public string? Source { get; }

    /// <summary>The networks whose published weights have these names; a map can be used on any other too.</summary>
    public IReadOnlyList<string> Networks { get; }

    /// <summary>The maps that come with the library.</summary>
    public static IReadOnlyList<NameMap> Shipped => AllShipped.Value;

    /// <summary>The shipped map of the weights that are published for a network; null where its own keys are the publisher's.</summary>
    /// <param name="network">The network's name.</param>
    public static NameMap? For(string network) => Shipped.FirstOrDefault(m => m.Networks.Contains(network));

    /// <summary>
    /// The map of the weights that are published for a network: that which names it; else that which names the network that it extends,
    /// if all of its keys have names there; else null, and its own keys are the publisher's.
    /// </summary>
    /// <param name="network">The network.</param>
    public static NameMap? For(NetworkDescriptor network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (For(network.Name) is { } own)
            return own;
        IReadOnlyList<string>? keys = null;
        foreach (var name in network.Bases())
        {
            if (For(name) is { } map)
                return map.Fits(keys ??= [.. network.Graph.Weights.Select(w => w.Key)]) ? map : null;
        }
        return null;
    }

    /// <summary>A shipped map by its name, or the map in a file.</summary>
    /// <param name="nameOrPath">The name or the path.</param>
    /// <exception cref="UnusableDataException">There is none, or it is wrong.</exception>
    public static NameMap Find(string nameOrPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        return Shipped.FirstOrDefault(m => m.Name == nameOrPath)
            ?? (File.Exists(nameOrPath) ? Read(nameOrPath) : null)
            ?? throw new UnusableDataException(
                $"{nameOrPath}: this is neither a name map file nor the name of a shipped map; "
                + $"those are {string.Join(", ", Shipped.Select(m => m.Name))}.");
    }

    /// <summary>Reads a map's file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <exception cref="UnusableDataException">The file can't be read, or is wrong at <c>file(line,column)</c>.</exception>
    public static NameMap Read(string path)
    {
        return Parse(ReadText(path), path);
    }

    /// <summary>Reads a map's text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">The name of the text in errors; a map that it extends by its file is looked for in the same folder.</param>
    /// <exception cref="UnusableDataException">The text is wrong at <c>source(line,column)</c>.</exception>
    public static NameMap Parse(string yaml, string source) => Parse(yaml, source, name => FindBase(name, source), []);

    /// <summary>Applies the map to a network.</summary>
    /// <param name="keys">All keys of the network's state.</param>
    /// <returns>The keys with their names, to translate both ways.</returns>
    /// <exception cref="WeightsException">
    /// A key has no name, or two keys have the same: the message lists them with the rules' places.
    /// </exception>
    public NameTranslation Apply(IEnumerable<string> keys)
    {
        var names = new List<TranslatedName>();
        var taken = new Dictionary<string, (string Ours, NameRule? Rule)>(StringComparer.Ordinal);
        var faults = new List<string>();
        foreach (var key in keys)
        {
            var isAbsent = _absent.Any(p => p.Match(key) is not null);
            var (name, rule) = isAbsent ? (new TranslatedName { Ours = key }, null) : Translate(key);
            if (name.Theirs is null && !isAbsent && _others != Absent)
                faults.Add($"no rule fits {key}");
            else if (name.Theirs is { } theirs && !taken.TryAdd(theirs, (key, rule)))
                faults.Add($"{theirs} would be both {taken[theirs].Ours}{At(taken[theirs].Rule)} and {key}{At(rule)}");
            else
                names.Add(name);
        }
        faults.AddRange(names.Where(n => n.DivideBy is { } divisor && taken.ContainsKey(divisor))
            .Select(n => $"{n.DivideBy} would be both {taken[n.DivideBy!].Ours} and what {n.Theirs} is divided by"));
        if (faults.Count == 0)
            return new NameTranslation(this, names);
        throw new WeightsException(
            $"{Path}: the name map '{Name}' does not fit the network's keys; {faults.Count} of {names.Count + faults.Count} have no name "
            + "of their own:"
            + string.Concat(faults.Take(ShownFaults).Select(f => "\n  " + f))
            + (faults.Count > ShownFaults ? $"\n  and {faults.Count - ShownFaults} more" : "")
            + "\nAdd a rule for them, list them under 'absent' (the publisher has none), or write 'others: same'.");

        static string At(NameRule? rule) => rule is null ? " (others: same)" : $" ({rule.Place})";
    }

    /// <summary>
    /// The places of the map's own rules that fit none of a network's keys: slips of the pen, in a map of that network alone.
    /// </summary>
    /// <param name="keys">All keys of the network's state.</param>
    public IReadOnlyList<string> UnusedRules(IEnumerable<string> keys)
    {
        var used = keys.Select(k => Translate(k).Rule).ToHashSet();
        return [.. _own.Where(r => !used.Contains(r)).Select(r => $"{r.Place}: {r.Ours}")];
    }

    /// <summary>Holds the map against the networks that it is for.</summary>
    /// <param name="keysOf">The keys of a network by its name; null: there is none.</param>
    /// <returns>
    /// What is wrong, each with its place: a network that is none, keys without a name of their own, rules that fit nothing.
    /// </returns>
    public IReadOnlyList<string> Check(Func<string, IReadOnlyList<string>?> keysOf) => Check([this], keysOf);

    /// <summary>Holds maps against the networks that they are for; of a map that others extend, the rules against theirs too.</summary>
    /// <param name="maps">The maps.</param>
    /// <param name="keysOf">The keys of a network by its name; null: there is none.</param>
    /// <returns>What is wrong, each with its place, the maps' order kept.</returns>
    public static IReadOnlyList<string> Check(IReadOnlyList<NameMap> maps, Func<string, IReadOnlyList<string>?> keysOf)
    {
        ArgumentNullException.ThrowIfNull(maps);
        ArgumentNullException.ThrowIfNull(keysOf);
        var faults = maps.ToDictionary(m => m, _ => new List<string>());
        // Rules by their places: a map is read once for itself, and once for each that extends it.
        var used = new HashSet<string>(StringComparer.Ordinal);
        var judges = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        var known = new Dictionary<string, IReadOnlyList<string>?>(StringComparer.Ordinal);
        foreach (var map in maps)
        {
            foreach (var (network, place) in map._networks)
            {
                if (!known.TryGetValue(network, out var keys))
                    known[network] = keys = keysOf(network);
                if (keys is null)
                {
                    faults[map].Add($"{place}: there is no network '{network}'");
                    continue;
                }
                // Each by itself: what an heir says otherwise is not dead in the map that it extends.
                for (var at = map; at is not null; at = at._base)
                {
                    used.UnionWith(keys.Select(k => at.Translate(k).Rule).OfType<NameRule>().Select(r => r.Place));
                    if (!judges.TryGetValue(at.Path, out var networks))
                        judges[at.Path] = networks = new(StringComparer.Ordinal);
                    networks.Add(network);
                }
                try
                {
                    map.Apply(keys);
                }
                catch (WeightsException e)
                {
                    faults[map].Add($"{place}: {network}: {e.Message[(e.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..]}");
                }
            }
        }
        // A rule of a map for several networks need not fit each; a map for none in particular is judged by nobody.
        foreach (var map in maps.Where(m => judges.ContainsKey(m.Path)))
        {
            var networks = string.Join(", ", map.Networks.Count > 0 ? map.Networks : judges[map.Path]);
            faults[map].AddRange(map._own.Where(r => !used.Contains(r.Place))
                .Select(r => $"{r.Place}: {r.Ours}: this rule fits no key of {networks}"));
        }
        return [.. maps.SelectMany(m => faults[m])];
    }

    /// <summary>Whether every one of a network's keys has a name of its own.</summary>
    private bool Fits(IReadOnlyList<string> keys)
    {
        try
        {
            return Apply(keys).Names.Count > 0;
        }
        catch (WeightsException)
        {
            return false;
        }
    }

    /// <summary>Whether a publisher's name is one that the map leaves aside.</summary>
    internal bool Ignores(string theirs) => _ignored.Any(p => p.Match(theirs) is not null);

    private (TranslatedName Name, NameRule? Rule) Translate(string key)
    {
        foreach (var rule in _rules)
        {
            if (rule.Ours.Match(key) is { } match && rule.Theirs.Fill(match) is { } theirs)
            {
                return (new TranslatedName
                {
                    Ours = key,
                    Theirs = theirs,
                    Layout = rule.Layout,
                    DivideBy = rule.DivideBy?.Fill(match with { Rest = "" }),
                }, rule);
            }
        }
        return (new TranslatedName { Ours = key, Theirs = _others == Same ? key : null }, null);
    }

    private static List<NameRule> ReadRules(YamlText text, YamlNode node)
    {
        if (node is not YamlMappingNode mapping)
            throw text.Wrong(node.Start, "rules is a mapping from our keys to theirs, such as backbone.conv1: layer1.conv");
        if (mapping.Children.Count > MaximumRules)
            throw TooMany(text, node.Start, mapping.Children.Count);
        var rules = new List<NameRule>();
        foreach (var (key, value) in mapping.Children)
        {
            var rule = ReadRule(text, key, value);
            if (Unpaired(rule) is { } fault)
                throw text.Wrong(key.Start, fault);
            rules.Add(rule);
        }
        return rules;
    }

    private static NameRule ReadRule(YamlText text, YamlNode key, YamlNode value)
    {
        var ours = ReadPattern(text, key);
        if (value is not YamlMappingNode mapping)
            return new NameRule(ours, ReadPattern(text, value), TensorLayout.Same, null, text.PlaceOf(key));
        NamePattern? theirs = null, divisor = null;
        var layout = TensorLayout.Same;
        foreach (var (name, content) in mapping.Children)
        {
            switch (name.ToString())
            {
                case "key": theirs = ReadPattern(text, content); break;
                case "divide_by": divisor = ReadPattern(text, content); break;
                case "reverse": layout = layout with { Reverse = text.Number(content, "an axis, from 0") }; break;
                case "flatten": layout = layout with { Flatten = text.Number(content, "an axis, from 0") }; break;
                case "permute":
                    var axes = text.Numbers(content, "a list of axes, such as [2, 3, 1, 0]");
                    if (!axes.Order().SequenceEqual(Enumerable.Range(0, axes.Count)))
                        throw text.Wrong(content.Start, "permute names for each of their axes the axis of ours, each of 0, 1, 2 ... once");
                    layout = layout with { Permute = axes };
                    break;
                default:
                    throw text.Wrong(
                    name.Start, $"'{name}' is nothing that a rule says; it can be key, reverse, permute, flatten, divide_by");
            }
        }
        return new NameRule(
            ours, theirs ?? throw text.Wrong(value.Start, "the publisher's key is missing: { key: conv1.0, reverse: 1 }"), layout, divisor,
            text.PlaceOf(key));
    }

    /// <summary>A placeholder that does not stand on both sides, or as something else there.</summary>
    private static string? Unpaired(NameRule rule)
    {
        var ours = rule.Ours.Placeholders.ToList();
        var theirs = rule.Theirs.Placeholders.ToList();
        if (rule.DivideBy?.Placeholders.Except(ours).Any() == true)
            return $"divide_by ('{rule.DivideBy}') has a placeholder that our key has not";
        var lone = ours.Select(p => (p.Name, p.Kind, Other: theirs)).Concat(theirs.Select(p => (p.Name, p.Kind, Other: ours)))
            .FirstOrDefault(p => !p.Other.Contains((p.Name, p.Kind)));
        if (lone.Name is null)
            return null;
        return lone.Other.Any(o => o.Name == lone.Name)
            ? $"'{lone.Name}' is a number on one side and text on the other; write it alike on both, such as {{{lone.Name}}} or "
                + $"{{{lone.Name}*}}"
            : $"'{lone.Name}' stands on one side alone, so that the rule can't be read backwards; put it on both";
    }

    private static NamePattern ReadPattern(YamlText text, YamlNode node)
    {
        var pattern = text.Scalar(node, "a key, such as backbone.layer{stage}.{unit}.conv1");
        try
        {
            return NamePattern.Parse(pattern);
        }
        catch (FormatException e)
        {
            throw text.Wrong(node.Start, $"'{pattern}': {e.Message}", e);
        }
    }

    private static UnusableDataException TooMany(YamlText text, YamlDotNet.Core.Mark mark, int count) =>
        text.Wrong(mark, $"there are {count} rules; {MaximumRules} are the most. A placeholder stands for many keys");

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: the name map can't be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a map, and first what it extends.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Its name in errors.</param>
    /// <param name="find">The text of a map by the name in <c>extends</c>, and its source; null: there is none.</param>
    /// <param name="heirs">The sources of those that are being read, each of which extends the next.</param>
    private static NameMap Parse(
        string yaml, string source, Func<string, (string Yaml, string Source)?> find, IReadOnlyList<string> heirs)
    {
        var text = YamlText.Parse(yaml, source, What, Keys);
        if (!text.Optional("extends", out var node))
            return new NameMap(text, null);
        var name = text.Scalar(node, "extends: the name of a shipped map, or a file of this folder");
        if (find(name) is not { } found)
        {
            throw text.Wrong(
                node.Start, $"there is no map '{name}' to extend: neither a file of this folder nor a shipped map is called so");
        }
        if (heirs.Contains(found.Source) || found.Source == source)
            throw text.Wrong(node.Start, $"'{name}' extends this map in turn");
        if (heirs.Count >= MaximumBases)
            throw text.Wrong(node.Start, $"more than {MaximumBases} maps extend one another");
        return new NameMap(text, Parse(found.Yaml, found.Source, find, [.. heirs, source]));
    }

    /// <summary>A map by the name of its file beside another, or a shipped one.</summary>
    private static (string Yaml, string Source)? FindBase(string name, string beside)
    {
        // A name and no path: a map reads nothing from elsewhere.
        var isName = name.AsSpan().IndexOfAny('/', '\\') < 0 && name is not ("." or "..");
        var folder = System.IO.Path.GetDirectoryName(beside) ?? "";
        string[] names = isName ? [name + ".yaml", name] : [];
        foreach (var path in names.Select(n => System.IO.Path.Combine(folder, n)))
        {
            if (File.Exists(path))
                return (ReadText(path), path);
        }
        return FindShipped(name);
    }

    private static (string Yaml, string Source)? FindShipped(string name)
    {
        var resource = Folder + name + ".yaml";
        using var stream = typeof(NameMap).Assembly.GetManifestResourceStream(resource);
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream);
        return (reader.ReadToEnd(), resource);
    }

    private static IReadOnlyList<NameMap> ReadShipped() =>
    [
        .. typeof(NameMap).Assembly.GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(resource => FindShipped(resource[Folder.Length..^".yaml".Length])!.Value)
            .Select(found => Parse(found.Yaml, found.Source, FindShipped, [])),
    ];
}
