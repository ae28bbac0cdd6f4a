using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler;

/// <summary>Gridding: what each part reads of the map before it, and what the whole network reads of the image.</summary>
internal sealed partial class NetworkAnalysis
{
    private List<ChainReport> Chains() => [.. Parts(), .. Whole()];

    /// <summary>
    /// Stages of the backbone and layers of the network, those with an atrous convolution. A run at another scale reads by
    /// the same offsets.
    /// </summary>
    private IEnumerable<ChainReport> Parts()
    {
        // A part is a layer of the network or of its backbone.
        var nodes = _graph.Nodes.SelectMany(n => n.Steps.Take(2), (node, step) => (node, step.Layer)).ToLookup(n => n.Layer, n => n.node);
        foreach (var part in PartLayers())
        {
            _cancellation.ThrowIfCancellationRequested();
            IReadOnlyList<Step> steps = [.. part.Way().Select(s => new Step(s.Layer, s.Unit))];
            var inside = nodes[part].ToList();
            if (!inside.Any(n => n.IsAtrous) || Longest(inside) is not (var source, var result, var reach))
                continue;
            var report = new ChainReport(part.Path, isWhole: false, source, result, reach) { Part = part };
            if (!report.IsFull && report.AtrousConvolutions > 1)
                Report(report, part, reach, steps);
            yield return report;
        }
    }

    /// <summary>
    /// The way through a part with the most atrous convolutions, and of those the widest: from one of the maps that feed it
    /// to its result, or to what a resize takes.
    /// </summary>
    private (FlatNode Source, FlatNode Result, Reach Reach)? Longest(List<FlatNode> inside)
    {
        var within = new HashSet<FlatNode>(inside);
        (FlatNode Source, FlatNode Result, Reach Reach)? longest = null;
        var best = (Count: 0, Length: 0.0);
        foreach (var source in inside.SelectMany(n => n.Sources).Where(s => !within.Contains(s)).Distinct())
        {
            var reached = Reach.From(_graph, source, inside[inside.Count - 1], within);
            foreach (var node in inside.Where(n => reached.ContainsKey(n)
                && !n.Readers.Any(r => within.Contains(r) && reached.ContainsKey(r))))
            {
                if (reached[node].Chain is not { } chain)
                    continue;
                var length = (chain.All().Count(l => l.Node.IsAtrous), chain.Length);
                if (length.CompareTo(best) > 0)
                    (best, longest) = (length, (source, node, reached[node]));
            }
        }
        return longest;
    }

    private void Report(ChainReport report, Layer part, Reach reach, IReadOnlyList<Step> steps)
    {
        var why = report.CommonFactor > 1
            ? $"; their common factor {report.CommonFactor} splits the map into {report.CommonFactor * report.CommonFactor} grids "
                + "that share no input"
            : report.SecondDistanceAscending is { } distance && distance > report.Windows[0].Kernel
                ? $"; HDC's M_2 is {distance}, more than the kernel's {report.Windows[0].Kernel}" : "";
        _findings.Add(Rules.GroupGridding, (part.IsStage ? part : Widest(reach).Layer).RateSpan, steps, _name,
            string.Join(", ", report.Rates), report.Name, report.ReadOffsets, report.Span, Percent(report.Coverage),
            $"{report.SourceHeight}x{report.SourceWidth}", why);
    }

    /// <summary>The backbone and everything that nothing further reads, from the image and from each map that a resize gives.</summary>
    private IEnumerable<ChainReport> Whole()
    {
        var backbone = _graph.Graph.Root.Layers.FirstOrDefault(l => l.Kind == LayerKind.Backbone) is { } layer ? _graph.ResultOf(layer)
            : null;
        foreach (var source in _graph.Nodes.Where(n => _live.Contains(n) && (n == _graph.Input || n.IsResize)))
        {
            _cancellation.ThrowIfCancellationRequested();
            var reached = Reach.From(_graph, source);
            foreach (var pair in reached.OrderBy(r => r.Key.Index))
            {
                var (node, reach) = (pair.Key, pair.Value);
                var isEnd = node != source && _live.Contains(node) && !node.Readers.Any(reached.ContainsKey);
                if ((!isEnd && node != backbone) || reach.Chain is null)
                    continue;
                var report = new ChainReport(node == backbone ? "backbone" : node.Path, isWhole: true, source, node, reach);
                if (isEnd && !report.IsFull)
                {
                    var rates = report.Rates.Where(r => r > 1).Distinct().OrderBy(r => r).ToList();
                    var widest = Widest(reach);
                    _findings.Add(Rules.NetworkGridding, rates.Count > 0 ? widest.Layer.RateSpan : widest.Layer.StrideSpan, widest.Steps,
                        _name, report.Name,
                        report.ReadOffsets, report.Span, Percent(report.Coverage), $"{source.Shape.Size} map", report.Source,
                        rates.Count > 0 ? string.Join(", ", rates) : "1, with strides beyond the kernels");
                }
                yield return report;
            }
        }
    }

    private static FlatNode Widest(Reach reach) => reach.Chain!.All().OrderByDescending(l => l.Vertical.Step + l.Horizontal.Step).First()
        .Node;

    private IEnumerable<Layer> PartLayers() => _graph.Graph.Root.Layers.Where(l => !l.IsOutput && l.Scale is null)
        .SelectMany(l => l.Kind == LayerKind.Backbone ? l.Scopes[0].Layers.Where(inner => inner.Scopes.Count > 0) : [l]);
}
