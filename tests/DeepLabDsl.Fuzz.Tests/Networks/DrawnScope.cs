using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Fuzz;

/// <summary>What a draw knows of a map, by a reckoning of its own.</summary>
/// <param name="Channels">Channels.</param>
/// <param name="Height">Rows at the spec's input size.</param>
/// <param name="Width">Columns at the spec's input size.</param>
/// <param name="Grid">The same for maps that are of one size whatever the size of the input.</param>
internal readonly record struct Map(int Channels, int Height, int Width, int Grid)
{
    /// <summary>The shorter side.</summary>
    public int Side => Math.Min(Height, Width);
}

/// <summary>A layer that was drawn.</summary>
/// <param name="Kind">What it is, for a name.</param>
/// <param name="Tree">The layer as YAML.</param>
/// <param name="Map">What it gives.</param>
/// <param name="Inner">Paths of layers in it.</param>
internal sealed record DrawnLayer(string Kind, YamlTree Tree, Map Map, params IReadOnlyList<string> Inner);

/// <summary>The layers of a network or a group while they are drawn.</summary>
/// <param name="outer">The scope around; null: none whose layers can be named.</param>
/// <param name="input">What it is fed with.</param>
/// <param name="isExplicit">Whether every layer says where it takes its input from, so that the order of the text is free.</param>
internal sealed class DrawnScope(DrawnScope? outer, Map input, bool isExplicit)
{
    private readonly List<(string Path, Map Map)> _ports = [];

    public Map Input { get; } = input;

    public List<(string Name, YamlTree Layer)> Layers { get; } = [];

    /// <summary>Every path from here to a layer, the inner ones with it.</summary>
    public List<string> Taps { get; } = [];

    /// <summary>The last layer.</summary>
    public (string Path, Map Map) Last { get; private set; } = ("input", input);

    /// <summary>Whether layers can stand in any order.</summary>
    public bool IsExplicit { get; } = isExplicit;

    /// <summary>What a layer here can name.</summary>
    public IReadOnlyList<(string Path, Map Map)> Visible => [("input", Input), .. Named];

    private IEnumerable<(string Path, Map Map)> Named => _ports.Concat(outer?.Named ?? []);

    /// <summary>Adds a layer behind the last, or behind another where one is named.</summary>
    public void Add(string name, DrawnLayer layer, params IReadOnlyList<string> from)
    {
        var tree = layer.Tree;
        if (from.Count == 0 && IsExplicit)
            from = [Last.Path];
        if (from.Count > 0 && tree.Entries is null)
            tree = YamlTree.Map(("op", tree));
        if (from.Count > 0)
            tree.Entries!.Add((YamlTree.Of("from"), from.Count == 1 ? YamlTree.Of(from[0]) : YamlTree.List(from.Select(YamlTree.Of))));
        Layers.Add((name, tree));
        Taps.Add(name);
        Taps.AddRange(layer.Inner.Select(t => $"{name}.{t}"));
        Publish(name, layer.Map);
    }

    /// <summary>Makes a path known, as that of the last layer.</summary>
    public void Publish(string path, Map map)
    {
        _ports.Add((path, map));
        Last = (path, map);
    }

    /// <summary>The layers as YAML; where their order is free, in any, with the last one, whose result counts, at its place.</summary>
    public YamlTree Write(Random random)
    {
        var layers = Layers.ToArray();
        if (IsExplicit)
            random.Shuffle(layers.AsSpan(0, layers.Length - 1));
        return YamlTree.Map(layers);
    }
}
