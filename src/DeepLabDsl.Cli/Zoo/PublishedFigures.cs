using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using YamlDotNet.RepresentationModel;

namespace DeepLabDsl.Cli;

/// <summary>Reads the file of figures that papers and published implementations state of the zoo's networks.</summary>
internal static class PublishedFigures
{
    private const string Resource = "zoo/published.yaml";
    private static readonly string[] NetworkKeys = ["figures", "golden"];
    private static readonly string[] FigureKeys = ["source", "where", "size", "millions", "giga", "counts", "note"];
    private static readonly string[] GoldenKeys = ["reference", "outputs"];

    /// <summary>The figures that come with the host, by network.</summary>
    public static IReadOnlyDictionary<string, PublishedNetwork> Shipped()
    {
        using var reader = new StreamReader(typeof(PublishedFigures).Assembly.GetManifestResourceStream(Resource)!);
        return Parse(reader.ReadToEnd(), Resource);
    }

    /// <summary>Reads figures.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Its name in errors.</param>
    /// <exception cref="UnusableDataException">The text is wrong at <c>source(line,column)</c>.</exception>
    public static IReadOnlyDictionary<string, PublishedNetwork> Parse(string yaml, string source)
    {
        var text = YamlText.Parse(yaml, source, "a file of figures", ["sources", "networks"]);
        var sources = Map(text, text.Required("sources"), "sources are a mapping of short names to titles")
            .ToDictionary(e => e.Name, e => text.Scalar(e.Value, "a title"));
        return Map(text, text.Required("networks"), "networks are a mapping of names")
            .ToDictionary(e => e.Name, e => ReadNetwork(text, sources, e.Name, e.Value));
    }

    private static PublishedNetwork ReadNetwork(YamlText text, Dictionary<string, string> sources, string name, YamlNode node)
    {
        var keys = Keys(text, node, NetworkKeys);
        return new PublishedNetwork(
            name,
            [.. List(text, keys, "figures").Select(f => ReadFigure(text, sources, f))],
            [.. List(text, keys, "golden").Select(g => ReadGolden(text, g))]);
    }

    private static PublishedFigure ReadFigure(YamlText text, Dictionary<string, string> sources, YamlNode node)
    {
        var keys = Keys(text, node, FigureKeys);
        var key = keys.GetValueOrDefault("source") ?? throw text.Wrong(node.Start, "a figure needs a source");
        if (!sources.TryGetValue(text.Scalar(key, "the short name of a source"), out var title))
            throw text.Wrong(key.Start, $"there is no source '{key}'; there are {string.Join(", ", sources.Keys)}");
        var (millions, giga) = (Number("millions"), Number("giga"));
        if (millions is null && giga is null)
            throw text.Wrong(node.Start, "a figure states millions (of parameters), giga (of multiply-adds) or both");
        return new PublishedFigure(
            title, Text("where"),
            keys.TryGetValue("size", out var size) ? SharedOptions.ParseSize("size", text.Scalar(size, "a size")) : null,
            millions, giga,
            Text("counts") switch
            {
                null or "shapes" => CountingRule.Shapes,
                "space_to_batch" => CountingRule.SpaceToBatch,
                var other => throw text.Wrong(keys["counts"].Start, $"counts is shapes or space_to_batch, not '{other}'"),
            },
            Text("note"));

        string? Text(string name) => keys.TryGetValue(name, out var value) ? text.Scalar(value, name) : null;

        PrintedNumber? Number(string name)
        {
            if (Text(name) is not { } digits)
                return null;
            return digits.All(c => char.IsAsciiDigit(c) || c == '.') && digits.Count(c => c == '.') <= 1 && char.IsAsciiDigit(digits[0])
                ? new PrintedNumber(digits)
                : throw text.Wrong(keys[name].Start, $"{name} is a number as it was printed, such as 58.16, not '{digits}'");
        }
    }

    private static GoldenFigure ReadGolden(YamlText text, YamlNode node)
    {
        var keys = Keys(text, node, GoldenKeys);
        if (!keys.TryGetValue("reference", out var reference) || !keys.TryGetValue("outputs", out var outputs))
            throw text.Wrong(node.Start, "a golden reference needs reference (its name) and outputs (theirs: ours)");
        return new GoldenFigure(
            text.Scalar(reference, "the reference's name"),
            [.. Map(text, outputs, "outputs are a mapping, theirs: ours")
                .Select(e => (e.Name, text.Scalar(e.Value, "the name of our output")))]);
    }

    private static Dictionary<string, YamlNode> Keys(YamlText text, YamlNode node, string[] known)
    {
        var entries = Map(text, node, $"expected a mapping with {string.Join(", ", known)}").ToDictionary(e => e.Name, e => e.Value);
        return entries.Keys.FirstOrDefault(k => !known.Contains(k)) is { } other
            ? throw text.Wrong(entries[other].Start, $"'{other}' is not one of {string.Join(", ", known)}")
            : entries;
    }

    private static IEnumerable<YamlNode> List(YamlText text, Dictionary<string, YamlNode> keys, string key)
    {
        if (!keys.TryGetValue(key, out var node))
            return [];
        return node is YamlSequenceNode list ? list.Children : throw text.Wrong(node.Start, $"{key} is a list");
    }

    private static IEnumerable<(string Name, YamlNode Value)> Map(YamlText text, YamlNode node, string expected) =>
        node is YamlMappingNode map
            ? map.Children.Select(c => (((YamlScalarNode)c.Key).Value!, c.Value))
            : throw text.Wrong(node.Start, expected);
}
