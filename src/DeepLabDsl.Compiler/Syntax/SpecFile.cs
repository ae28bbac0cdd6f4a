using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace DeepLabDsl.Compiler;

/// <summary>A definition as it stands in a file, not yet understood.</summary>
internal sealed class DefinitionSyntax(DefinitionKind kind, string name, SourceSpan nameSpan, MappingSyntax mapping)
{
    public DefinitionKind Kind { get; } = kind;

    public string Name { get; } = name;

    public SourceSpan NameSpan { get; } = nameSpan;

    public MappingSyntax Mapping { get; } = mapping;

    /// <summary>The C# class that it asks for by its own text.</summary>
    public string ClassName => Mapping.Find("class")?.Value is ScalarSyntax name && Names.IsClass(name.Text) ? name.Text
        : Names.Pascal(Name);

    /// <summary>The definition of the same kind that this one is laid over.</summary>
    public ScalarSyntax? Base => Mapping.Find("extends")?.Value as ScalarSyntax;

    /// <summary>The names that its text refers to: blocks, backbones and what it extends; found once, asked for by every network.</summary>
    public IReadOnlyList<(DefinitionKind Kind, string Name)> References => _references ??= SpecFile.ReferencesOf(this).Distinct().ToList();

    private IReadOnlyList<(DefinitionKind Kind, string Name)>? _references;

    /// <summary>
    /// What its text alone means, where it extends nothing: bound once for all networks that are made of it, and again only when the
    /// file is read again. Networks may be compiled at a time: who comes second gets the same or makes an equal one.
    /// </summary>
    public BoundDefinition? Bound { get; set; }
}

/// <summary>A definition that is bound, and what was found wrong with it.</summary>
internal sealed record BoundDefinition(Definition? Definition, IReadOnlyList<Diagnostic> Faults, bool HasErrors);

/// <summary>
/// A parsed spec file. Two files are equal when path and text are: what follows from a text needs no comparison, so that
/// the file itself can travel through an incremental pipeline.
/// </summary>
public sealed class SpecFile : IEquatable<SpecFile>
{
    private SpecFile(string path, string text, IReadOnlyList<DefinitionSyntax> definitions, IReadOnlyList<Diagnostic> diagnostics)
    {
        Path = path;
        Text = text;
        Definitions = definitions;
        Diagnostics = diagnostics;
    }

    /// <summary>The path as it was given; diagnostics name it.</summary>
    public string Path { get; }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>What is wrong with the text as YAML and as a set of definitions.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>The names of the networks that the file defines.</summary>
    public IEnumerable<string> Networks => Definitions.Where(d => d.Kind == DefinitionKind.Network).Select(d => d.Name);

    /// <summary>Whether code comes of the file: it defines networks, or seems to, in text that is not YAML.</summary>
    public bool HasNetworks => Networks.Any() || UnreadableNetworks.Count > 0;

    internal IReadOnlyList<DefinitionSyntax> Definitions { get; }

    /// <summary>The networks of a text that is not YAML, as far as its lines tell.</summary>
    internal IReadOnlyList<UnreadableNetwork> UnreadableNetworks => _unreadable ??=
        Definitions.Count > 0 || Diagnostics.All(d => d.Rule != Rules.YamlSyntax && d.Rule != Rules.TooDeep && d.Rule != Rules.TooLarge)
            ? []
            : UnreadableNetwork.In(Text);

    private IReadOnlyList<UnreadableNetwork>? _unreadable;

    /// <summary>Parses a file. Never throws for its content.</summary>
    /// <param name="path">The path, for diagnostics.</param>
    /// <param name="text">The whole text.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static SpecFile Parse(string path, string text, CancellationToken cancellation = default)
    {
        var diagnostics = new DiagnosticBag();
        var definitions = new List<DefinitionSyntax>();
        var documents = YamlReader.Read(path, text, diagnostics, cancellation);
        foreach (var document in documents)
        {
            if (definitions.Count == Limits.Definitions)
            {
                diagnostics.Report(Rules.TooLarge, document.Span, $"A file holds at most {Limits.Definitions} definitions; divide it");
                break;
            }
            if (ReadDefinition(document, diagnostics) is { } definition)
                definitions.Add(definition);
        }
        if (documents.Count == 0 && !diagnostics.HasErrors)
            diagnostics.Report(Rules.NoDefinition, new SourceSpan(path, 0, 0, 0, 0, 0, 0), "the file is empty");
        return new SpecFile(path, text, definitions, diagnostics.Items);
    }

    /// <inheritdoc/>
    public bool Equals(SpecFile? other) => other is not null && Path == other.Path && Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SpecFile);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash ??= (Path, Text).GetHashCode();

    private int? _hash;

    /// <summary>The names that a definition's text refers to: blocks, backbones and what it extends.</summary>
    internal static IEnumerable<(DefinitionKind Kind, string Name)> ReferencesOf(DefinitionSyntax definition)
    {
        if (definition.Base is { } extended)
            yield return (definition.Kind, extended.Text);
        foreach (var reference in Walk(definition.Mapping))
            yield return reference;

        static IEnumerable<(DefinitionKind, string)> Walk(SyntaxNode node)
        {
            if (node is SequenceSyntax sequence)
            {
                foreach (var found in sequence.Items.SelectMany(Walk))
                    yield return found;
            }
            if (node is not MappingSyntax mapping)
                yield break;
            foreach (var entry in mapping.Entries)
            {
                if (entry.Value is ScalarSyntax scalar)
                {
                    if (entry.Name == "block")
                        yield return (DefinitionKind.Block, scalar.Text);
                    else if (entry.Name is "use" or "backbone")
                        yield return (DefinitionKind.Backbone, scalar.Text);
                }
                foreach (var found in Walk(entry.Value))
                    yield return found;
            }
        }
    }

    private static DefinitionSyntax? ReadDefinition(SyntaxNode document, DiagnosticBag diagnostics)
    {
        if (document is not MappingSyntax mapping)
        {
            diagnostics.Report(Rules.NoDefinition, document.Span, $"this is {document.Describe()}");
            return null;
        }
        (string Key, DefinitionKind Kind)[] kinds =
            [("network", DefinitionKind.Network), ("block", DefinitionKind.Block), ("backbone", DefinitionKind.Backbone)];
        foreach (var (key, kind) in kinds)
        {
            if (mapping.Find(key) is not { } entry)
                continue;
            if (entry.Value is ScalarSyntax { IsNull: false } name)
            {
                if (Names.IsDefinition(name.Text))
                    return new DefinitionSyntax(kind, name.Text, name.Span, mapping);
                diagnostics.Report(Rules.IllegalName, name.Span, name.Text, key,
                    "it must begin with a letter and hold letters, digits, '_' and '-' alone, at most 100");
            }
            else
            {
                diagnostics.Report(Rules.WrongType, entry.Key.Span, key, $"the name of the {key}", entry.Value.Describe());
            }
            return null;
        }
        var first = mapping.Entries.FirstOrDefault();
        diagnostics.Report(Rules.NoDefinition, mapping.Span, first is null
            ? "this one is empty"
            : $"this one begins with '{first.Name}'{Suggestion.For(first.Name, kinds.Select(k => k.Key))}");
        return null;
    }
}
