using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace DeepLabDsl.IO;

/// <summary>Reads the small YAML files of the runtime; every fault has its file, line and column.</summary>
internal sealed class YamlText
{
    /// <summary>Stream and document count too.</summary>
    private const int GreatestDepth = 40;

    /// <summary>Words, lists and mappings: each takes a hundred times its text, and a pattern more.</summary>
    private const int GreatestNodes = 20_000;

    private YamlText(string source, YamlMappingNode root)
    {
        Source = source;
        Root = root;
    }

    /// <summary>The name of the text in errors.</summary>
    public string Source { get; }

    /// <summary>The one mapping that the text is.</summary>
    public YamlMappingNode Root { get; }

    /// <summary>Reads a text that is one mapping with known keys.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Its name in errors.</param>
    /// <param name="what">What it is, for errors: <c>a dataset file</c>.</param>
    /// <param name="keys">The keys that it may have.</param>
    /// <exception cref="UnusableDataException">The text is wrong at <c>source(line,column)</c>.</exception>
    public static YamlText Parse(string yaml, string source, string what, IReadOnlyList<string> keys)
    {
        var stream = new YamlStream();
        var parser = new Parser(new StringReader(yaml));
        try
        {
            CheckStructure(parser, source);
            parser = new Parser(new StringReader(yaml));
            stream.Load(parser);
        }
        catch (YamlException exception)
        {
            throw Wrong(source, exception.Start, exception.Message.TrimEnd('.'), exception);
        }
        catch (InvalidOperationException exception)
        {
            // What the scanner throws at a flow sequence that a line break ends, among others.
            var mark = parser.Current?.End ?? Mark.Empty;
            throw Wrong(source, mark, "this is not YAML from here on; is a bracket, a brace or a quote not closed?", exception);
        }
        if (stream.Documents.Count != 1 || stream.Documents[0].RootNode is not YamlMappingNode root)
            throw Wrong(source, Mark.Empty, $"{what} is one mapping with the keys {string.Join(", ", keys)}");
        foreach (var key in root.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: { } name } || !keys.Contains(name))
                throw Wrong(source, key.Start, $"'{key}' is not a key of {what}; those are {string.Join(", ", keys)}");
        }
        return new YamlText(source, root);
    }

    /// <summary>The value of a key of the root.</summary>
    public bool Optional(string key, [NotNullWhen(true)] out YamlNode? node) =>
        Root.Children.TryGetValue(new YamlScalarNode(key), out node);

    /// <summary>The value of a key that must be there.</summary>
    public YamlNode Required(string key) => Optional(key, out var node) ? node : throw Wrong(Root.Start, $"the key '{key}' is missing");

    /// <summary>The text of a node.</summary>
    public string Scalar(YamlNode node, string expected) =>
        node is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Wrong(node.Start, "expected " + expected);

    /// <summary>The items of a list of words; none where the key is missing.</summary>
    public IReadOnlyList<YamlScalarNode> Words(string key)
    {
        if (!Optional(key, out var node))
            return [];
        return node is YamlSequenceNode list && list.Children.All(c => c is YamlScalarNode { Value.Length: > 0 })
            ? [.. list.Children.Cast<YamlScalarNode>()]
            : throw Wrong(node.Start, $"{key} is a list of words, such as [a, b]");
    }

    /// <summary>The whole number, 0 or more, of a node.</summary>
    public int Number(YamlNode node, string expected) =>
        node is YamlScalarNode { Value: { } text } && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Wrong(node.Start, "expected " + expected);

    /// <summary>The whole numbers of a list.</summary>
    public IReadOnlyList<int> Numbers(YamlNode node, string expected) =>
        node is YamlSequenceNode list
            ? [.. list.Children.Select(c => Number(c, expected))]
            : throw Wrong(node.Start, "expected " + expected);

    /// <summary>The place of a node, as compilers print it.</summary>
    public string PlaceOf(YamlNode node) => Place(Source, node.Start);

    /// <summary>A fault at a place.</summary>
    public UnusableDataException Wrong(Mark mark, string what, Exception? cause = null) => Wrong(Source, mark, what, cause);

    /// <summary>
    /// Reads what the nodes are read from: their readers call one another as deeply as they lie, and an alias stands for all that it names.
    /// </summary>
    private static void CheckStructure(Parser parser, string source)
    {
        for (var (depth, nodes) = (0, 0); parser.MoveNext();)
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > GreatestDepth)
                throw Wrong(source, parser.Current.Start, $"lists and mappings lie more than {GreatestDepth} deep in one another");
            if (parser.Current is NodeEvent && ++nodes > GreatestNodes)
            {
                throw Wrong(
                    source, parser.Current.Start,
                        $"it has more than {GreatestNodes} words, lists and mappings; names of images stand in a list file");
            }
            if (parser.Current is AnchorAlias alias)
                throw Wrong(source, alias.Start, $"an alias ('*{alias.Value}') is not read; write the value out");
        }
    }

    private static UnusableDataException Wrong(string source, Mark mark, string what, Exception? cause = null) =>
        new($"{Place(source, mark)}: {what}{(what.EndsWith('?') ? "" : ".")}", cause);

    private static string Place(string source, Mark mark) =>
        FormattableString.Invariant($"{source}({Math.Max(1, mark.Line)},{Math.Max(1, mark.Column)})");
}
