using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>A node of the YAML text that knows its place.</summary>
internal abstract class SyntaxNode(SourceSpan span)
{
    public SourceSpan Span { get; } = span;

    /// <summary>What the node is, for messages.</summary>
    public abstract string Describe();
}

/// <summary>A piece of text: a word, a number, an expression.</summary>
internal sealed class ScalarSyntax(SourceSpan span, string text, bool isPlain) : SyntaxNode(span)
{
    public string Text { get; } = text;

    /// <summary>Whether it stands without quotes, so that null and booleans can be meant.</summary>
    public bool IsPlain { get; } = isPlain;

    /// <summary>Whether it is YAML's null: nothing, <c>~</c> or <c>null</c>.</summary>
    public bool IsNull => IsPlain && Text is "" or "~" or "null";

    public override string Describe() => IsNull ? "nothing" : $"'{(Text.Length > 40 ? Text.Substring(0, 40) + "…" : Text)}'";
}

/// <summary>A list.</summary>
internal sealed class SequenceSyntax(SourceSpan span, IReadOnlyList<SyntaxNode> items) : SyntaxNode(span)
{
    public IReadOnlyList<SyntaxNode> Items { get; } = items;

    public override string Describe() => "a list";
}

/// <summary>A key with its value.</summary>
internal sealed class EntrySyntax(ScalarSyntax key, SyntaxNode value)
{
    public ScalarSyntax Key { get; } = key;

    public string Name => Key.Text;

    public SyntaxNode Value { get; } = value;
}

/// <summary>Keys with values, in the order of the text.</summary>
internal sealed class MappingSyntax(SourceSpan span, IReadOnlyList<EntrySyntax> entries) : SyntaxNode(span)
{
    public IReadOnlyList<EntrySyntax> Entries { get; } = entries;

    /// <summary>
    /// The layers that it means where it is a mapping of layers: bound once for all definitions that extend the one in whose text it
    /// stands and leave it as it is. Who comes second at a time gets the same or makes equal ones.
    /// </summary>
    public BoundLayers? Layers { get; set; }

    public EntrySyntax? Find(string name)
    {
        foreach (var entry in Entries)
        {
            if (entry.Name == name)
                return entry;
        }
        return null;
    }

    public override string Describe() => "a mapping";

    /// <summary>This mapping less some keys.</summary>
    public MappingSyntax Without(params string[] names) => new(Span, Entries.Where(e => !names.Contains(e.Name)).ToList());

    /// <summary>
    /// This mapping with another laid over it: what the other says holds, mappings are merged key by key, nothing
    /// (<c>key: ~</c>) takes a key away, and the order is this one's with new keys at the end.
    /// </summary>
    public MappingSyntax Overlay(MappingSyntax other)
    {
        var entries = new List<EntrySyntax>();
        foreach (var entry in Entries)
        {
            var over = other.Find(entry.Name);
            if (over is null)
                entries.Add(entry);
            else if (over.Value is not ScalarSyntax { IsNull: true })
                entries.Add(new EntrySyntax(over.Key, Merge(entry.Value, over.Value)));
        }
        entries.AddRange(other.Entries.Where(e => Find(e.Name) is null));
        return new MappingSyntax(other.Span, entries);

        static SyntaxNode Merge(SyntaxNode below, SyntaxNode above) =>
            below is MappingSyntax b && above is MappingSyntax a ? b.Overlay(a) : above;
    }
}
