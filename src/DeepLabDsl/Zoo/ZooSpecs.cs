using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Zoo;

/// <summary>The specs of the zoo as text: what its networks are compiled from.</summary>
public static class ZooSpecs
{
    private const string Prefix = "specs/";

    /// <summary>Every spec file's name and text, by name.</summary>
    public static IReadOnlyList<(string Name, string Text)> ReadAll()
    {
        var assembly = typeof(ZooSpecs).Assembly;
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(resource =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                return (resource[Prefix.Length..], reader.ReadToEnd());
            })
            .ToList();
    }
}
