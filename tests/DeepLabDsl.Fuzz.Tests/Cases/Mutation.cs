using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>Changes to valid specs: to their tree, where each is likely to be understood, and to their text.</summary>
internal static class Mutation
{
    private static readonly string[] Pieces =
        ["\t", "\0", "\ufeff", "\r", "\r\n", "\u2028", "\u0085", "\ud800", "😀", "\u200b", ":", "- ", "#", "&a ", "*a", "!!x ", "|", ">",
        "? ", "---\n", "...\n", "%YAML 1.2\n", "{", "}", "[", "]", ",", "\"", "'", "\\", "~", "<<: ", "$", "\n", "\n\n", "  "];

    /// <summary>Changes a tree a few times.</summary>
    public static string Tree(string text, Random random)
    {
        var documents = YamlTree.Parse(text).ToList();
        if (documents.Count == 0)
            return Text(text, random);
        for (var n = random.Next(3) > 0 ? 1 : random.Next(1, 4); n > 0; n--)
            Change(documents, random);
        return string.Join("---\n", documents.Select(d => d.Write(random)));
    }

    /// <summary>Changes a tree once, in a way that may well leave it valid.</summary>
    public static string Gently(string text, Random random)
    {
        var documents = YamlTree.Parse(text).ToList();
        var all = documents.SelectMany(d => d.All()).ToList();
        var entries = Pick(random, [.. all.Where(n => n.Entries is { Count: > 0 })]).Entries!;
        var at = random.Next(entries.Count);
        switch (random.Next(14))
        {
            case 0 or 6 or 7:
                Rename(all, random);
                break;
            case 8 or 9:
                // Written otherwise alone.
                break;
            case 1:
                entries.RemoveAt(at);
                break;
            case 2:
                var other = random.Next(entries.Count);
                (entries[at], entries[other]) = (entries[other], entries[at]);
                break;
            case 3:
                Cross(all, random);
                break;
            case 4:
                // The same once more under a name of its own.
                entries.Insert(at, (YamlTree.Of(entries[at].Key.Text + "_again"), entries[at].Value.Clone()));
                break;
            case 5:
                var words = all.Where(n => n.Text is not null && Choices.Contains(n.Text)).ToList();
                if (words.Count > 0)
                    Pick(random, words).Text = Pick(random, Choices);
                break;
            default:
                var numbers = all.Where(n => n.Text is { Length: > 0 } && n.Text.All(char.IsAsciiDigit)).ToList();
                if (numbers.Count > 0)
                {
                    Pick(random, numbers).Text = random.Next(8) == 0
                        ? Pick(random, Numbers)
                        : random.Next(1, 9).ToString(CultureInfo.InvariantCulture);
                }
                break;
        }
        var written = string.Join("---\n", documents.Select(d => d.Write(random, isFaithful: true)));
        return random.Next(10) switch
        {
            0 => written.Replace("\n", "\r\n", StringComparison.Ordinal),
            1 => "\ufeff" + written,
            2 => "%YAML 1.2\n---\n" + written + "...\n",
            3 => written.Replace(": ", ":\t", StringComparison.Ordinal),
            4 => written.Replace("\n", " # a remark\n", StringComparison.Ordinal),
            _ => written,
        };
    }

    /// <summary>Changes a text a few times.</summary>
    public static string Text(string text, Random random)
    {
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            var lines = text.Split('\n').ToList();
            var (at, line) = (random.Next(text.Length + 1), random.Next(lines.Count));
            text = random.Next(9) switch
            {
                0 or 1 => text.Insert(at, Pick(random, Pieces)),
                2 => text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at)),
                3 => text[..at],
                4 => string.Join('\n', lines.Where((_, i) => i != line)),
                5 => string.Join('\n', lines.Prepend(lines[line])),
                6 => text.Replace("\n", Pick(random, "\r\n", "\r", "\n\n", "\n\t"), StringComparison.Ordinal),
                7 => text.Replace("  ", Pick(random, "\t", " ", "   "), StringComparison.Ordinal),
                _ => text.Insert(at, Value(random)),
            };
        }
        return text;
    }

    private static void Change(List<YamlTree> documents, Random random)
    {
        var all = documents.SelectMany(d => d.All()).ToList();
        var maps = all.Where(n => n.Entries is { Count: > 0 }).ToList();
        if (maps.Count == 0)
            return;
        var entries = Pick(random, maps).Entries!;
        var at = random.Next(entries.Count);
        var (key, value) = entries[at];
        switch (random.Next(24))
        {
            case 0:
                entries.RemoveAt(at);
                break;
            case 1:
                entries.Insert(random.Next(entries.Count), (key.Clone(), value.Clone()));
                break;
            case 2:
                var other = random.Next(entries.Count);
                (entries[at], entries[other]) = ((key, entries[other].Value), (entries[other].Key, value));
                break;
            case 3:
                (entries[at], entries[random.Next(entries.Count)]) = (entries[random.Next(entries.Count)], entries[at]);
                break;
            case 4:
                entries[at] = (YamlTree.Of(Pick(random, Keys)), value);
                break;
            case 5:
                entries[at] = (YamlTree.Of(Name(random)), value);
                break;
            case 6:
                entries.Add((YamlTree.Of(Pick(random, Keys)), YamlTree.Of(Value(random))));
                break;
            case 7:
                entries[at] = (key, Pick(random, all).Clone());
                break;
            case 8:
                var target = Pick(random, maps);
                target.Entries!.Add((key.Clone(), value.Clone()));
                break;
            case 9:
                entries[at] = (key, Wrap(value, random));
                break;
            case 10:
                value.Prefix = Pick(random, "&a", "!!int", "!x", "!", "&a !!str");
                break;
            case 11 or 13 or 14:
                Rename(all, random);
                break;
            case 12:
                entries.Add((YamlTree.Of(Pick(random, all).Text ?? "x"), YamlTree.Of(Pick(random, all).Text ?? "x")));
                break;
            case 15 or 16:
                Cross(all, random);
                break;
            case 17:
                // An anchor, an alias of it, and now and then as a merge key or in itself.
                value.Prefix = "&a";
                var alias = YamlTree.Of("");
                alias.Prefix = "*a";
                if (random.Next(4) == 0 && value.Entries is not null)
                    value.Entries.Add((YamlTree.Of("<<"), alias));
                else
                    Pick(random, maps).Entries!.Add((YamlTree.Of(random.Next(3) == 0 ? "<<" : Name(random)), alias));
                break;
            default:
                // Most often a value: numbers, references, expressions, names.
                var scalars = all.Where(n => n.Text is not null).ToList();
                if (scalars.Count > 0)
                    Pick(random, scalars).Text = random.Next(4) == 0 ? Pick(random, scalars).Text : Value(random);
                break;
        }
    }

    /// <summary>One name for another, everywhere: what is valid stays so, with a name that may not suit C#.</summary>
    private static void Rename(List<YamlTree> all, Random random)
    {
        var keys = all.Where(n => n.Entries is not null).SelectMany(n => n.Entries!)
            .Where(e => e.Value.Text is null || !Keys.Contains(e.Key.Text)).Select(e => e.Key).ToList();
        if (keys.Count == 0)
            return;
        var (old, name) = (Pick(random, keys).Text!, Name(random));
        foreach (var node in all.Where(n => n.Text == old).Concat(keys.Where(k => k.Text == old)))
            node.Text = name;
    }

    /// <summary>Two references that stand in one another's place.</summary>
    private static void Cross(List<YamlTree> all, Random random)
    {
        var references = all.Where(n => n.Entries is not null).SelectMany(n => n.Entries!)
            .Where(e => e.Key.Text is "from" or "to" or "output" or "block" or "use" or "extends")
            .SelectMany(e => e.Value.Items ?? [e.Value]).Where(n => n.Text is not null).ToList();
        if (references.Count == 0)
            return;
        var (a, b) = (Pick(random, references), Pick(random, references));
        (a.Text, b.Text) = (b.Text, a.Text);
    }

    private static YamlTree Wrap(YamlTree value, Random random)
    {
        for (var depth = random.Next(10) == 0 ? random.Next(1, 80) : 1; depth > 0; depth--)
            value = random.Next(2) == 0 ? YamlTree.List(value) : YamlTree.Map((random.Next(2) == 0 ? "layers" : Pick(random, Keys), value));
        return value;
    }
}
