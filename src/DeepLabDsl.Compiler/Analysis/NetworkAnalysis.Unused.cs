using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler;

/// <summary>Layers from which no way leads to an output: they would hold weights that nothing trains.</summary>
internal sealed partial class NetworkAnalysis
{
    private void Unused()
    {
        var dead = _graph.Nodes.Where(n => n != _graph.Input && !_live.Contains(n)).ToList();
        if (dead.Count == 0)
            return;
        var used = new HashSet<(Layer, int)>();
        foreach (var step in _live.SelectMany(n => n.Steps))
        {
            used.Add((step.Layer, -1));
            used.Add((step.Layer, step.Unit));
        }
        // The outermost layer, or unit of one, in which nothing is used.
        var parts = dead.ToDictionary(n => n, n => n.Steps
            .Select((s, depth) => (s.Layer, Unit: used.Contains((s.Layer, -1)) ? s.Unit : -1, Depth: depth))
            .First(p => !used.Contains((p.Layer, p.Unit))));
        foreach (var part in parts.GroupBy(p => p.Value))
        {
            var inside = new HashSet<FlatNode>(part.Select(p => p.Key));
            if (inside.SelectMany(n => n.Readers).Any(r => !inside.Contains(r)))
                continue;
            var steps = part.First().Key.Steps.Take(part.Key.Depth + 1).ToList();
            var leading = Leading(inside, parts).Select(p => NameOf(p.Node, p.Depth, p.Unit)).Distinct().ToList();
            _findings.Add(Rules.UnusedLayer, part.Key.Layer.Span, steps, _name, NameOf(part.First().Key, part.Key.Depth, part.Key.Unit),
                leading.Count == 0 ? "" : $", nor uses what leads to it alone ('{Names(leading)}')");
        }
    }

    /// <summary>The unused parts that feed one, directly or not.</summary>
    private static IEnumerable<(FlatNode Node, int Depth, int Unit)> Leading(
        HashSet<FlatNode> inside, IReadOnlyDictionary<FlatNode, (Layer Layer, int Unit, int Depth)> parts)
    {
        var seen = new HashSet<FlatNode>(inside);
        var open = new Stack<FlatNode>(inside);
        while (open.Count > 0)
        {
            foreach (var input in open.Pop().Inputs.Where(i => parts.ContainsKey(i) && seen.Add(i)))
            {
                open.Push(input);
                yield return (input, parts[input].Depth, parts[input].Unit);
            }
        }
    }

    private static string NameOf(FlatNode node, int depth, int unit)
    {
        var layer = node.Steps[depth].Layer;
        return unit < 0 || !layer.IsList ? layer.Path : layer.Path + "." + unit.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
