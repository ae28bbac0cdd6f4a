using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using YamlDotNet.RepresentationModel;

namespace DeepLabDsl.Networks;

/// <summary>Reads from specs which network extends which; the specs have been compiled, so that they are without faults.</summary>
internal static class NetworkBases
{
    /// <summary>The networks that a network extends, the nearest first.</summary>
    /// <param name="network">The network.</param>
    /// <param name="specs">The specs that it is made of.</param>
    public static IReadOnlyList<string> Of(string network, IReadOnlyList<SpecSource> specs)
    {
        var extends = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var root in specs.SelectMany(Roots))
        {
            if (Word(root, "network") is { } name && Word(root, "extends") is { } extended)
                extends.TryAdd(name, extended);
        }
        var bases = new List<string>();
        for (var at = network; extends.Remove(at, out var extended); at = extended)
            bases.Add(extended);
        return bases;
    }

    private static IEnumerable<YamlMappingNode> Roots(SpecSource spec)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(spec.Text));
        return stream.Documents.Select(d => d.RootNode).OfType<YamlMappingNode>();
    }

    private static string? Word(YamlMappingNode root, string key) =>
        root.Children.TryGetValue(new YamlScalarNode(key), out var node) && node is YamlScalarNode { Value: { Length: > 0 } word }
            ? word
            : null;
}
