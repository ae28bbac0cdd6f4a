using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Weights.Names;

/// <summary>
/// A name map applied to the keys of one network: every key has its one name, and no name has two keys, so that it
/// translates both ways.
/// </summary>
public sealed class NameTranslation
{
    private readonly Dictionary<string, TranslatedName> _byOurs;
    private readonly Dictionary<string, TranslatedName> _byTheirs;
    private readonly HashSet<string> _divisors;

    internal NameTranslation(NameMap map, IReadOnlyList<TranslatedName> names)
    {
        Map = map;
        Names = names;
        _byOurs = names.ToDictionary(n => n.Ours, StringComparer.Ordinal);
        _byTheirs = names.Where(n => n.Theirs is not null).ToDictionary(n => n.Theirs!, StringComparer.Ordinal);
        _divisors = [.. names.Select(n => n.DivideBy).OfType<string>()];
    }

    /// <summary>The map.</summary>
    public NameMap Map { get; }

    /// <summary>Every key of the network with the publisher's name of it, in the network's order.</summary>
    public IReadOnlyList<TranslatedName> Names { get; }

    /// <summary>One of the network's keys with its translation.</summary>
    /// <param name="ours">A key of the network.</param>
    /// <exception cref="KeyNotFoundException">The network has no such key.</exception>
    public TranslatedName this[string ours] => _byOurs[ours];

    /// <summary>The publisher's name of one of the network's keys; null where the publisher does not have the tensor.</summary>
    /// <param name="ours">A key of the network.</param>
    /// <exception cref="KeyNotFoundException">The network has no such key.</exception>
    public string? ToTheirs(string ours) => _byOurs[ours].Theirs;

    /// <summary>The network's key of a name in the publisher's file; null where the network has no such tensor.</summary>
    /// <param name="theirs">A name in the file.</param>
    public string? ToOurs(string theirs) => _byTheirs.TryGetValue(theirs, out var name) ? name.Ours : null;

    /// <summary>Whether a name in the publisher's file stands for no tensor of the network, and the map says so.</summary>
    /// <param name="theirs">A name in the file.</param>
    public bool Ignores(string theirs) => !_byTheirs.ContainsKey(theirs) && (_divisors.Contains(theirs) || Map.Ignores(theirs));
}
