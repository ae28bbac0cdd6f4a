using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Takes the known keys out of a mapping and reports what is left.</summary>
internal sealed class MappingReader(MappingSyntax mapping, KeyTable table, string what, DiagnosticBag diagnostics)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public MappingSyntax Mapping { get; } = mapping;

    /// <summary>What is being read, for messages: "A block", "Layer 'conv1'".</summary>
    public string What { get; } = what;

    public SyntaxNode? Node(string key) => Entry(key)?.Value;

    public EntrySyntax? Entry(string key)
    {
        table.Require(key);
        _known.Add(key);
        return Mapping.Find(key);
    }

    /// <summary>The key's text; a list or mapping is reported.</summary>
    public ScalarSyntax? Scalar(string key, string expected)
    {
        var node = Node(key);
        if (node is null or ScalarSyntax { IsNull: false })
            return node as ScalarSyntax;
        diagnostics.Report(Rules.WrongType, Place(key), key, expected, node.Describe());
        return null;
    }

    public string Text(string key) => Scalar(key, "text")?.Text.Trim() ?? "";

    public MappingSyntax? Map(string key, string expected)
    {
        var node = Node(key);
        if (node is null or MappingSyntax)
            return node as MappingSyntax;
        diagnostics.Report(Rules.WrongType, Place(key), key, expected, node.Describe());
        return null;
    }

    public Setting? Setting(string key) => Entry(key) is { } entry ? ToSetting(entry, diagnostics) : null;

    /// <summary>The keys that nobody has asked for.</summary>
    public IEnumerable<EntrySyntax> Rest => Mapping.Entries.Where(e => !_known.Contains(e.Name));

    public IEnumerable<string> Known => _known;

    public SourceSpan Place(string key) => Mapping.Find(key)?.Key.Span ?? Mapping.Span;

    /// <summary>Reports that a key is not there, or that it is there and misspelt, which is one fault and not two.</summary>
    public void Missing(string key, string expected)
    {
        if (Rest.FirstOrDefault(e => table.Find(e.Name) is null && Suggestion.IsSlip(e.Name, key)) is not { } slip)
        {
            diagnostics.Report(Rules.MissingKey, Mapping.Span, What, key, expected);
            return;
        }
        _known.Add(slip.Name);
        diagnostics.Report(Rules.UnknownKey, slip.Key.Span, What, slip.Name, Suggestion.For(slip.Name, [key]));
    }

    /// <summary>Reports every key that nobody has asked for.</summary>
    public void Finish()
    {
        foreach (var entry in Rest)
            diagnostics.Report(Rules.UnknownKey, entry.Key.Span, What, entry.Name, Suggestion.For(entry.Name, _known));
    }

    /// <summary>Parses a value as an expression; null, reported, where it is none.</summary>
    public static Setting? ToSetting(EntrySyntax entry, DiagnosticBag diagnostics)
    {
        var (expression, text) = ToExpression(entry.Name, entry.Value, diagnostics);
        return expression is null ? null : new Setting(entry.Name, entry.Key.Span, entry.Value, expression, text);
    }

    /// <summary>The same, where a key that is given but can't be read must not count as left out.</summary>
    public static Setting ToArgument(EntrySyntax entry, DiagnosticBag diagnostics) =>
        ToSetting(entry, diagnostics) ?? new Setting(entry.Name, entry.Key.Span, entry.Value, new UnreadableExpression(), "");

    /// <summary>A layer as the value of a key: a name, or a path of names, which is no expression.</summary>
    public static Setting ToReference(ScalarSyntax key, ScalarSyntax layer) =>
        new(key.Text, key.Span, layer, new LiteralExpression(layer.Text), layer.Text);

    private static (Expression?, string) ToExpression(string name, SyntaxNode node, DiagnosticBag diagnostics)
    {
        switch (node)
        {
            case ScalarSyntax { IsNull: false } scalar:
                try
                {
                    return (ExpressionParser.Parse(scalar.Text), scalar.Text);
                }
                catch (ExpressionException e)
                {
                    diagnostics.Report(e.Rule, scalar.Span, e.Arguments);
                    return (null, "");
                }
            case SequenceSyntax sequence:
                var items = sequence.Items.Select(i => ToExpression(name, i, diagnostics)).ToList();
                return items.Any(i => i.Item1 is null)
                    ? (null, "")
                    : (new ListExpression(items.Select(i => i.Item1!).ToList()), $"[{string.Join(", ", items.Select(i => i.Item2))}]");
            default:
                diagnostics.Report(Rules.WrongType, node.Span, name, "a value or an expression", node.Describe());
                return (null, "");
        }
    }
}
