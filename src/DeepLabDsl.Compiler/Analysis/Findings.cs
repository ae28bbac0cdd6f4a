using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler;

/// <summary>Gathers what analyses find: what a spec suppresses is kept with its reason, the rest is reported.</summary>
internal sealed class Findings(NetworkGraph graph, DiagnosticBag diagnostics)
{
    private readonly HashSet<SourceSpan> _used = [];
    private readonly HashSet<Finding> _seen = [];
    private readonly List<Finding> _items = [];

    public IReadOnlyList<Finding> Items => _items;

    /// <summary>Reports a finding, unless a layer around it, its block, its backbone or the network suppresses the rule.</summary>
    public void Add(Rule rule, SourceSpan span, IReadOnlyList<Step> steps, params object[] arguments)
    {
        var suppression = Around(steps).FirstOrDefault(s => s.Rule == rule.Id);
        var diagnostic = new Diagnostic(rule, span, arguments);
        var finding = new Finding(rule.Id, rule.Severity, span.ToString(), diagnostic.Message, suppression?.Reason);
        if (_seen.Add(finding))
            _items.Add(finding);
        if (suppression is null)
            diagnostics.Add(diagnostic);
        else
            _used.Add(suppression.Span);
    }

    /// <summary>Reports the suppressions of a network's own text that suppressed nothing.</summary>
    /// <param name="definition">The network.</param>
    /// <param name="text">The network's own text; what it extends or is made of may be needed elsewhere.</param>
    public void ReportUnused(NetworkDefinition definition, MappingSyntax text)
    {
        var own = Keys(text).ToDictionary(k => k.Span, k => k.Text);
        foreach (var unused in All(definition).Where(s => own.ContainsKey(s.Span) && !_used.Contains(s.Span)))
            diagnostics.Report(Rules.UnusedSuppression, unused.Span, definition.Name, unused.Rule);
    }

    private IEnumerable<Suppression> Around(IReadOnlyList<Step> steps) => steps.Reverse()
        .SelectMany(s => s.Layer.Suppressions.Concat(s.Layer.Scope.Suppressions))
        .Concat(graph.Root.Suppressions);

    private static IEnumerable<Suppression> All(NetworkDefinition definition)
    {
        return definition.Suppressions.Concat(definition.Layers.SelectMany(OfLayer));

        static IEnumerable<Suppression> OfLayer(LayerDefinition layer) => layer.Suppressions.Concat(layer.Layers.SelectMany(OfLayer));
    }

    private static IEnumerable<ScalarSyntax> Keys(SyntaxNode node) => node switch
    {
        MappingSyntax mapping => mapping.Entries.SelectMany(e => e.Name == "suppress" && e.Value is MappingSyntax inner
            ? inner.Entries.Select(s => s.Key) : Keys(e.Value)),
        SequenceSyntax sequence => sequence.Items.SelectMany(Keys),
        _ => [],
    };
}
