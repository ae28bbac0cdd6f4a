using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Fuzz;

/// <summary>A piece of YAML that can be changed: a text, a list or a mapping.</summary>
internal sealed class YamlTree
{
    private YamlTree(string? text, List<YamlTree>? items, List<(YamlTree Key, YamlTree Value)>? entries) =>
        (Text, Items, Entries) = (text, items, entries);

    public string? Text { get; set; }

    public List<YamlTree>? Items { get; }

    public List<(YamlTree Key, YamlTree Value)>? Entries { get; }

    /// <summary>Written before it: an anchor or a tag. An alias stands in its place.</summary>
    public string Prefix { get; set; } = "";

    public static YamlTree Of(string text) => new(text, null, null);

    public static YamlTree List(params IEnumerable<YamlTree> items) => new(null, [.. items], null);

    public static YamlTree Map(params IEnumerable<(string Key, YamlTree Value)> entries) =>
        new(null, null, [.. entries.Select(e => (Of(e.Key), e.Value))]);

    /// <summary>The documents of a text; none where it is not YAML.</summary>
    public static IReadOnlyList<YamlTree> Parse(string text) => [.. YamlReader.Read("", text, new DiagnosticBag(), default).Select(From)];

    public YamlTree Clone() =>
        new(Text, Items?.Select(i => i.Clone()).ToList(), Entries?.Select(e => (e.Key.Clone(), e.Value.Clone())).ToList())
        {
            Prefix = Prefix,
        };

    /// <summary>It and all in it, keys aside.</summary>
    public IEnumerable<YamlTree> All() => new[] { this }
        .Concat(Items?.SelectMany(i => i.All()) ?? [])
        .Concat(Entries?.SelectMany(e => e.Value.All()) ?? []);

    /// <summary>As text: blocks down to a depth, then in braces.</summary>
    /// <param name="random">Chooses how.</param>
    /// <param name="isFaithful">
    /// Whether every scalar must read as what it is; else one stands bare now and then, whatever that makes of it.
    /// </param>
    public string Write(Random random, bool isFaithful = false)
    {
        var builder = new StringBuilder();
        WriteBlock(builder, 0, random.Next(5), random, isFaithful);
        return builder.ToString();
    }

    private static YamlTree From(SyntaxNode node) => node switch
    {
        ScalarSyntax scalar => Of(scalar.Text),
        SequenceSyntax list => List(list.Items.Select(From)),
        MappingSyntax map => new YamlTree(null, null, [.. map.Entries.Select(e => (Of(e.Key.Text), From(e.Value)))]),
        _ => throw new InvalidOperationException(node.GetType().Name),
    };

    private void WriteBlock(StringBuilder builder, int depth, int blocks, Random random, bool isFaithful)
    {
        var indent = new string(' ', 2 * depth);
        if (depth > blocks || Text is not null || Prefix.StartsWith('*') || Items is { Count: 0 } || Entries is { Count: 0 })
        {
            builder.Append(depth == 0 ? "" : " ");
            WriteFlow(builder, random, isFaithful);
            builder.Append('\n');
            return;
        }
        builder.Append(Prefix.Length > 0 && depth > 0 ? " " + Prefix : "").Append(depth == 0 ? "" : "\n");
        foreach (var item in Items ?? [])
        {
            builder.Append(indent).Append('-');
            item.WriteBlock(builder, depth + 1, blocks, random, isFaithful);
        }
        foreach (var (key, value) in Entries ?? [])
        {
            builder.Append(indent);
            key.WriteFlow(builder, random, isFaithful);
            builder.Append(':');
            value.WriteBlock(builder, depth + 1, blocks, random, isFaithful);
        }
    }

    private void WriteFlow(StringBuilder builder, Random random, bool isFaithful)
    {
        builder.Append(Prefix.Length > 0 ? Prefix + " " : "");
        if (Prefix.StartsWith('*'))
            return;
        if (Text is not null)
            builder.Append(Quote(Text, random, isFaithful));
        else
            builder.Append(Items is not null ? '[' : '{');
        for (var i = 0; i < (Items?.Count ?? 0); i++)
        {
            builder.Append(i > 0 ? ", " : "");
            Items![i].WriteFlow(builder, random, isFaithful);
        }
        for (var i = 0; i < (Entries?.Count ?? 0); i++)
        {
            builder.Append(i > 0 ? ", " : "");
            Entries![i].Key.WriteFlow(builder, random, isFaithful);
            builder.Append(": ");
            Entries[i].Value.WriteFlow(builder, random, isFaithful);
        }
        if (Text is null)
            builder.Append(Items is not null ? ']' : '}');
    }

    private static string Quote(string text, Random random, bool isFaithful)
    {
        var isSafe = text.Length > 0
            && text.All(c => char.IsAsciiLetterOrDigit(c) || "_$ +*/().<>=!-".Contains(c, StringComparison.Ordinal))
            && !"-!*<>= /+.".Contains(text[0], StringComparison.Ordinal) && text[^1] != ' ';
        return (isSafe ? random.Next(12) : random.Next(1, 12)) switch
        {
            1 when isSafe || !isFaithful => text,
            2 when text.All(c => c >= ' ' && c != '\'') => $"'{text}'",
            var n when isSafe && n != 3 => text,
            _ => "\"" + string.Concat(text.Select(Escape)) + "\"",
        };
    }

    private static string Escape(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        < ' ' or '\u007f' or '\u0085' or '\u2028' or '\u2029' => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    };
}
