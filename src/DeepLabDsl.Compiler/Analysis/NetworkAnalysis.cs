using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler;

/// <summary>Runs the analyses over a network's graph.</summary>
internal sealed partial class NetworkAnalysis
{
    private readonly FlatGraph _graph;
    private readonly HashSet<FlatNode> _live;
    private readonly Findings _findings;
    private readonly string _name;
    private readonly CancellationToken _cancellation;

    private NetworkAnalysis(FlatGraph graph, DiagnosticBag diagnostics, CancellationToken cancellation)
    {
        _graph = graph;
        _findings = new Findings(graph.Graph, diagnostics);
        _name = graph.Graph.Name;
        _cancellation = cancellation;
        _live = _graph.Live();
    }

    /// <summary>Analyses a network; what is found goes to the diagnostics and into the report.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="diagnostics">Where findings go.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <param name="spec">Its definition and its own text, for suppressions without need; null: they are not looked for.</param>
    public static AnalysisReport Run(
        FlatGraph graph, DiagnosticBag diagnostics, CancellationToken cancellation,
            (NetworkDefinition Definition, MappingSyntax Text)? spec = null)
    {
        var analysis = new NetworkAnalysis(graph, diagnostics, cancellation);
        var chains = analysis.Chains();
        var taps = analysis.Taps();
        analysis.Strides();
        analysis.Corners();
        analysis.Norms();
        analysis.Field();
        analysis.Unused();
        if (spec is var (definition, text))
        {
            analysis.Classes(definition, text);
            analysis._findings.ReportUnused(definition, text);
        }
        return new AnalysisReport(taps, chains, analysis._findings.Items);
    }

    /// <summary>How many taps see the map, for each atrous convolution (DeepLab v3, figure 4).</summary>
    private List<TapReport> Taps()
    {
        var nodes = _graph.Nodes.Where(n => n.IsAtrous).Select(n => (Node: n, Report: new TapReport(n))).ToList();
        foreach (var alike in nodes.GroupBy(n => (
            Place: n.Node.Layer.RateSpan, Rate: Pair(n.Report.Rate), Map: $"{n.Report.Height}x{n.Report.Width}",
                Kernel: Pair(n.Report.Kernel, always: true))))
        {
            var (node, report) = alike.First();
            var names = Names(alike.Select(n => n.Node.Path));
            var (vertical, horizontal) = (report.VerticalTaps, report.HorizontalTaps);
            if (vertical < report.Kernel[0] && vertical == 1 || horizontal < report.Kernel[1] && horizontal == 1)
            {
                _findings.Add(Rules.DegenerateRate, alike.Key.Place, node.Steps, _name, alike.Key.Rate, alike.Key.Map, names,
                    $"{vertical}x{horizontal}", alike.Key.Kernel);
            }
            else if (report.MostTaps < report.Kernel[0] * report.Kernel[1])
            {
                _findings.Add(Rules.FewTaps, alike.Key.Place, node.Steps, _name, alike.Key.Rate, alike.Key.Map, alike.Key.Kernel, names,
                    string.Join(", ", report.Shares.Select(s => $"{s.Taps}: {Percent(s.Share)}")));
            }
        }
        return nodes.Select(n => n.Report).ToList();
    }

    /// <summary>Windows that step further than they are wide, and maps of which every reader skips pixels.</summary>
    private void Strides()
    {
        foreach (var node in _graph.Nodes.Where(n => n.IsWindow && _live.Contains(n)))
        {
            var (vertical, horizontal) = node.Window();
            if (vertical.Kernel * horizontal.Kernel == 1 || StrideCoverage.OfPeriod(node) is var (read, all) && read == all)
                continue;
            (read, all) = StrideCoverage.OfPeriod(node);
            _findings.Add(Rules.SkippedPixels, node.Layer.StrideSpan, node.Steps, _name, $"{vertical.Kernel}x{horizontal.Kernel}",
                node.Path,
                Pair([vertical.Stride, horizontal.Stride]), read, all);
        }
        foreach (var node in _graph.Nodes.Where(_live.Contains))
        {
            var readers = node.Readers.Where(_live.Contains).ToList();
            if (readers.Count == 0 || _graph.Outputs.Contains(node)
                || !readers.All(r => r.Taps is { IsPoint: true } taps && (taps.Vertical.Stride, taps.Horizontal.Stride) != (1, 1)))
                continue;
            var read = readers.Select(StrideCoverage.Read).Aggregate((a, b) => a.Union(b));
            if (read.Count < read.Box)
            {
                _findings.Add(Rules.WastedPixels, readers[0].Layer.StrideSpan, readers[0].Steps, _name, node.Shape.Size, node.Path,
                    Percent((double)read.Count / read.Box), Names(readers.Select(r => r.Path)));
            }
        }
    }

    /// <summary>Resizes with aligned corners whose two grids do not meet.</summary>
    private void Corners()
    {
        foreach (var node in _graph.Nodes.Where(n => n.AlignsCorners))
        {
            var (from, to) = (node.Inputs[0].Shape, node.Shape);
            // A map of one value is spread, not aligned.
            var gap = new[] { (from.Height, to.Height), (from.Width, to.Width) }.Where(s => s.Item1 > 1)
                .Select(s => Math.Abs((s.Item1 - 1) * from.Jump - (s.Item2 - 1) * to.Jump)).DefaultIfEmpty(0).Max();
            if (gap < 1e-6)
                continue;
            var stride = Math.Max(from.Jump, to.Jump);
            var step = stride == Math.Floor(stride) && stride >= 1 ? (int)stride : 0;
            _findings.Add(Rules.UnalignedCorners, node.Layer.Span, node.Steps, _name, node.Path, from.Size, to.Size,
                gap.ToString("0.##", CultureInfo.InvariantCulture), step == 0 ? "stride" : step,
                step == 0 ? "513" : $"{Aligned(_graph.Maps.Height)}x{Aligned(_graph.Maps.Width)}");

            int Aligned(int side) => (side - 1 + step - 1) / step * step + 1;
        }
    }

    private void Norms()
    {
        foreach (var node in _graph.Nodes.Where(n => n.Operation is BatchNorm && n.Shape is { Height: 1, Width: 1 }))
            _findings.Add(Rules.PooledNorm, node.Layer.Span, node.Steps);
    }

    private void Classes(NetworkDefinition definition, MappingSyntax text)
    {
        if (_graph.Graph.Classes == 1)
            _findings.Add(Rules.OneClass, text.Find("classes")?.Value.Span ?? definition.Span, [], _name);
    }

    private void Field()
    {
        var output = _graph.Graph.Outputs.First(o => o.Name == "logits");
        var field = _graph.Of(output.Node).Shape.Field;
        if (field < Math.Min(_graph.Maps.Height, _graph.Maps.Width))
        {
            _findings.Add(Rules.SmallField, output.Span, [], _name, output.Source, (int)Math.Round(field),
                _graph.Maps.Height, _graph.Maps.Width);
        }
    }

    private static string Pair(IReadOnlyList<int> pair, bool always = false) =>
        pair[0] == pair[1] && !always ? pair[0].ToString(CultureInfo.InvariantCulture) : $"{pair[0]}x{pair[1]}";

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Names(IEnumerable<string> names)
    {
        var all = names.Distinct().ToList();
        return string.Join("', '", all.Take(3)) + (all.Count > 3 ? $"' and {all.Count - 3} more '…" : "");
    }
}
