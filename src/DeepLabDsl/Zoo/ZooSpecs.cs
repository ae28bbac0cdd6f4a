using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Zoo;

/// <summary>The specs of the zoo as text: what its networks are compiled from.</summary>
public static class ZooSpecs
{
    /// <summary>Every spec file's name and text, by name: those that the networks carry.</summary>
    public static IReadOnlyList<(string Name, string Text)> ReadAll() =>
        [.. NetworkCatalog.All.SelectMany(n => n.Specs).DistinctBy(s => s.Name).OrderBy(s => s.Name, StringComparer.Ordinal).Select(s =>
            (s.Name, s.Text))];
}
