using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using System.Threading;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DeepLabDsl.Compiler;

/// <summary>Reads YAML text into syntax nodes, by the parser's events: no reflection, every node placed.</summary>
internal sealed class YamlReader
{
    private static readonly Regex TabIndentation = new(@"^ *(\t)[ \t]*[^\s#]", RegexOptions.Multiline | RegexOptions.CultureInvariant);

    private readonly string _path;
    private readonly DiagnosticBag _diagnostics;
    private readonly CancellationToken _cancellation;
    private readonly IParser _parser;
    private readonly LineTable _lines;

    private YamlReader(string path, string text, DiagnosticBag diagnostics, CancellationToken cancellation)
    {
        _path = path;
        _diagnostics = diagnostics;
        _cancellation = cancellation;
        _lines = new LineTable(text);
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>The documents of a text; what can't be read is reported and left out.</summary>
    public static IReadOnlyList<SyntaxNode> Read(
        string path, string text, DiagnosticBag diagnostics, CancellationToken cancellation)
    {
        var documents = new List<SyntaxNode>();
        if (text.Length > Limits.FileLength)
        {
            diagnostics.Report(Rules.TooLarge, new SourceSpan(path, 0, 0, 0, 0, 0, 0),
                $"A spec file is at most {Limits.FileLength / 1024} KB long, this one {text.Length / 1024} KB; divide it, or say with "
                    + "'repeat' and blocks what repeats");
            return documents;
        }
        var reader = new YamlReader(path, text, diagnostics, cancellation);
        try
        {
            reader.ReadStream(documents);
        }
        catch (YamlException e)
        {
            diagnostics.Report(Rules.YamlSyntax, PlaceOf(path, text, reader._lines, e), Explain(e));
            documents.Clear();
        }
        catch (NestingException e)
        {
            diagnostics.Report(Rules.TooDeep, e.Span, Limits.YamlDepth);
            documents.Clear();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The scanner lets slip other exceptions at brackets and quotes that nothing closes.
            var mark = reader._parser.Current?.End ?? Mark.Empty;
            diagnostics.Report(Rules.YamlSyntax, PlaceOf(path, text, reader._lines, new YamlException(mark, mark, "")),
                "it is not understood from here on; is a bracket, a brace or a quote not closed?");
            documents.Clear();
        }
        return documents;
    }

    /// <summary>Where the parser gave up; a tab is blamed itself, and the end of the text is in its last line.</summary>
    private static SourceSpan PlaceOf(string path, string text, LineTable lines, YamlException e)
    {
        var at = e.Start.Index < text.Length ? (int)e.Start.Index : text.TrimEnd('\r', '\n').Length;
        // The parser says where what the tab is in began.
        if (e.Message.IndexOf("tab", StringComparison.OrdinalIgnoreCase) >= 0 && TabIndentation.Match(text, at) is { Success: true } tab)
            at = tab.Groups[1].Index;
        return lines.Span(path, at, at);
    }

    private static string Explain(YamlException e)
    {
        var message = e.InnerException is YamlException inner ? inner.Message : e.Message;
        // The parser puts the place before some of its messages; ours has its own.
        var colon = message.StartsWith("(Line:", StringComparison.Ordinal) ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        message = (colon >= 0 ? message.Substring(colon + 3) : message).TrimEnd('.');
        return message.IndexOf("flow", StringComparison.OrdinalIgnoreCase) >= 0
            ? message + "; inside { } and [ ] an expression with brackets or commas needs quotes"
            : message.IndexOf("tab", StringComparison.OrdinalIgnoreCase) >= 0 ? message + "; indent with spaces" : message;
    }

    private void ReadStream(List<SyntaxNode> documents)
    {
        while (_parser.MoveNext())
        {
            switch (_parser.Current)
            {
                case DocumentStart:
                    _parser.MoveNext();
                    documents.Add(ReadNode(0));
                    break;
                case null or StreamStart or DocumentEnd or StreamEnd:
                    break;
                default:
                    throw new YamlException(_parser.Current.Start, _parser.Current.End, "Unexpected content");
            }
        }
    }

    private SyntaxNode ReadNode(int depth)
    {
        _cancellation.ThrowIfCancellationRequested();
        var current = _parser.Current ?? throw new YamlException("Unexpected end of the text");
        if (depth > Limits.YamlDepth)
            throw new NestingException(Span(_path, current.Start, current.Start));
        if (current is NodeEvent node)
        {
            if (!node.Anchor.IsEmpty)
                Unsupported(current, $"an anchor ('&{node.Anchor.Value}')", "write the value out, or make it a block with parameters");
            if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific)
                Unsupported(current, $"a tag ('{node.Tag.Value}')", "the place of a value says what it is");
        }
        switch (current)
        {
            case AnchorAlias alias:
                Unsupported(current, $"an alias ('*{alias.Value}')", "write the value out, or make it a block with parameters");
                return new ScalarSyntax(Span(_path, alias.Start, alias.End), "", isPlain: true);
            case Scalar scalar:
                return new ScalarSyntax(
                    Span(_path, scalar.Start, scalar.End), scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart start:
                return ReadSequence(start, depth);
            case MappingStart start:
                return ReadMapping(start, depth);
            default:
                throw new YamlException(current.Start, current.End, "A value was expected");
        }
    }

    private SequenceSyntax ReadSequence(SequenceStart start, int depth)
    {
        var items = new List<SyntaxNode>();
        while (_parser.MoveNext() && _parser.Current is not SequenceEnd)
            items.Add(ReadNode(depth + 1));
        return new SequenceSyntax(Span(_path, start.Start, start.End), items);
    }

    private MappingSyntax ReadMapping(MappingStart start, int depth)
    {
        var entries = new List<EntrySyntax>();
        var seen = new Dictionary<string, ScalarSyntax>(StringComparer.Ordinal);
        while (_parser.MoveNext() && _parser.Current is not MappingEnd)
        {
            var keyNode = ReadNode(depth + 1);
            _parser.MoveNext();
            var value = ReadNode(depth + 1);
            if (keyNode is not ScalarSyntax key)
            {
                _diagnostics.Report(Rules.UnsupportedYaml, keyNode.Span, $"{keyNode.Describe()} as a key", "a key is one word");
            }
            else if (seen.TryGetValue(key.Text, out var first))
            {
                _diagnostics.Report(Rules.DuplicateKey, key.Span, key.Text, first.Span.Line + 1);
            }
            else
            {
                seen.Add(key.Text, key);
                entries.Add(new EntrySyntax(key, value));
            }
        }
        // A block mapping's own mark is empty; its first key is where a person looks.
        var span = entries.Count > 0 && start.Style != MappingStyle.Flow ? entries[0].Key.Span : Span(_path, start.Start, start.End);
        return new MappingSyntax(span, entries);
    }

    private void Unsupported(ParsingEvent at, string what, string instead) =>
        _diagnostics.Report(Rules.UnsupportedYaml, Span(_path, at.Start, at.End), what, instead);

    private SourceSpan Span(string path, Mark start, Mark end) => _lines.Span(path, (int)start.Index, (int)end.Index);

    private sealed class NestingException(SourceSpan span) : Exception
    {
        public SourceSpan Span { get; } = span;
    }
}
