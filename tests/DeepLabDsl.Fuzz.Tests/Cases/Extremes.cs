using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace DeepLabDsl.Fuzz;

/// <summary>Texts of a size or a depth that nobody writes by hand; each must be answered as quickly as any other.</summary>
internal static class Extremes
{
    private const string Tail = "\noutputs:\n  logits: { from: scores, resize: input }\n";
    private const string Head = "network: huge\nclasses: 2\ninput: { size: [17, 17] }\nlayers:\n";
    private const string Scores = "  scores: { op: conv, kernel: 1, channels: $classes }";

    public static IReadOnlyList<(string Name, Func<string> Text)> All { get; } =
    [
        ("10 MB of a comment", () => "# " + new string('x', 10_000_000)),
        ("10 MB of one word", () => "network: " + new string('x', 10_000_000)),
        ("10 MB of one expression", () => Layers(["  a: { op: conv, kernel: 1, channels: " + Join("+", "1", 5_000_000) + " }"])),
        ("10 MB of layers", () => Layers(Enumerable.Range(0, 500_000).Select(i => $"  l{i}: relu"))),
        ("10 MB of spaces", () => Head + new string(' ', 10_000_000) + "x"),
        ("10 MB of line ends", () => Head + new string('\n', 10_000_000) + "x"),
        ("10 MB of NUL", () => new string('\0', 10_000_000)),
        ("10 MB of brackets", () => "network: " + new string('[', 10_000_000)),
        ("10 MB of braces", () => "network: " + Join("", "{a: ", 2_500_000)),
        ("10 MB of documents", () => Join("", "---\na: b\n", 1_100_000)),
        ("10 MB of dashes", () => Join("", "- ", 5_000_000)),
        ("10 MB of question marks", () => Join("", "? ", 5_000_000)),
        ("10 MB of an open quote", () => "network: \"" + new string('x', 10_000_000)),
        ("10 MB of tabs", () => "network:" + new string('\t', 10_000_000)),
        ("as long as a spec may be: brackets", () => "network: " + new string('[', 125_000)),
        ("as long as a spec may be: closed brackets", () => "network: " + new string('[', 60_000) + new string(']', 60_000)),
        ("as long as a spec may be: dashes", () => Join("", "- ", 62_000)),
        ("as long as a spec may be: question marks", () => Join("", "? ", 62_000)),
        ("as long as a spec may be: indentation", () => string.Join('\n', Enumerable.Range(0, 480).Select(i => new string(' ', i) + "a:"))),
        ("as long as a spec may be: layers", () => Layers(Enumerable.Range(0, 2_980).Select(i => $"  l{i}: relu"))),
        ("as long as a spec may be: unknown operations", () => Layers(Enumerable.Range(0, 7_000).Select(i => $"  l{i}: rulu"))),
        ("as long as a spec "
            + "may be: unknown references", () => Layers(Enumerable.Range(0, 3_500).Select(i => $"  l{i}: {{ op: relu, from: m{i} }}"))),
        ("as long as a spec may be: unknown keys", () =>
            "network: a\n" + string.Join('\n', Enumerable.Range(0, 10_000).Select(i => $"k{i}: 1"))),
        ("as long as a spec may be: one key again and again", () =>
            "network: a\n" + string.Join('\n', Enumerable.Range(0, 10_000).Select(_ => "k: 1"))),
        ("as long as a spec "
            + "may be: faulty "
            + "expressions", () => Layers(Enumerable.Range(0, 2_500).Select(i => $"  l{i}: {{ op: conv, kernel: 1, channels: (1 }}"))),
        ("as long as a spec may be: documents", () => Join("", "---\nblock: b\n", 8_000)),
        ("as long as "
            + "a spec may be: networks", () => string.Concat(
                Enumerable.Range(0, 900)
                    .Select(i =>
                        $"---\nnetwork: n{i}\nclasses: 2\nlayers: {{ s: {{ op: conv, kernel: 1, channels: "
                            + $"$classes }} }}\noutputs: {{ logits: s }}\n"))),
        ("as long as a spec may be: outputs", () =>
            Layers([]) + string.Concat(Enumerable.Range(0, 4_000).Select(i => $"  o{i}: {{ from: scores }}\n"))),
        ("as long as "
            + "a spec may be: "
            + "branches", () => Layers(["  p:", "    merge: concat", "    parallel:", .. Enumerable.Repeat("      - relu", 9_000)])),
        ("as long as a spec may be: one line", () =>
            "network: {" + string.Join(", ", Enumerable.Range(0, 10_000).Select(i => $"a{i}: b")) + "}"),
        ("as long as a spec may be: anchors", () =>
            "network: a\n" + string.Join('\n', Enumerable.Range(0, 7_500).Select(i => $"k{i}: &a{i} 1"))),
        ("as long as a spec may be: parameters", () =>
            "block: b\nlayers: { x: relu }\nparameters:\n" + string.Join('\n', Enumerable.Range(0, 7_500).Select(i => $"  p{i}: int"))),
        ("layers in the reverse "
            + "order", () => Layers(
                Enumerable.Range(0, 2_900).Select(i => $"  l{i}: {{ op: relu, from: {(i == 2_899 ? "input" : $"l{i + 1}")} }}"))),
        ("layers that are switched "
            + "off", () => Layers(Enumerable.Range(0, 2_900).Select(i => $"  l{i}: {{ op: relu, when: $classes == 0 }}"))),
        ("every "
            + "layer reads every layer", () => Layers(
                Enumerable.Range(1, 120)
                    .Select(i =>
                        $"  l{i}: {{ op: concat, from: "
                            + $"[{string.Join(", ", Enumerable.Range(0, i).Select(j => j == 0 ? "input" : $"l{j}"))}] }}"))),
        ("billion laughs of aliases", () =>
            "network: a\n"
            + string.Join(
                '\n', Enumerable.Range(0, 40).Select(i => i == 0 ? "x0: &x0 [l, o, l]" : $"x{i}: &x{i} [{Join(", ", $"*x{i - 1}", 9)}]"))),
        ("billion laughs of blocks", () =>
            Layers(["  a: { block: b0 }"])
            + string.Concat(
                Enumerable.Range(0, 40)
                    .Select(i => $"---\nblock: b{i}\nlayers: {{ x: {{ block: b{i + 1} }}, y: {{ block: b{i + 1} }} }}\n"))
            + "---\nblock: b40\nlayers: { x: relu }\n"),
        ("billion laughs of "
            + "repeats", () => Layers(
                ["  a: { repeat: 1024, layers: { b: { repeat: 1024, layers: { c: { repeat: 1024, layers: { d: relu } } } } } }"])),
        ("a million repeats", () => Layers(["  a: { repeat: 1000000, layers: { d: relu } }"])),
        ("as many repeats as can be", () => Layers(["  a: { repeat: 900, layers: { c: { op: conv, kernel: 3, channels: 8 }, d: relu } }"])),
        ("as "
            + "many branches as can be", () => Layers(
                ["  a: { merge: sum, parallel: [ { repeat: 900, layers: { c: { op: conv, kernel: 3, channels: 8 }, d: relu } } ] }"])),
        ("a chain of blocks", () =>
            Layers(["  a: { block: b0 }"])
            + string.Concat(Enumerable.Range(0, 3_000).Select(i => $"---\nblock: b{i}\nlayers: {{ x: {{ block: b{i + 1} }} }}\n"))
            + "---\nblock: b3000\nlayers: { x: relu }\n"),
        ("a chain of bases", () =>
            string.Concat(Enumerable.Range(0, 3_000).Select(i => $"---\nnetwork: n{i}\nextends: n{i + 1}\n")) + "---\n"
            + Layers([]).Replace("network: huge", "network: n3000", StringComparison.Ordinal)),
        ("groups in groups", () => Layers([$"  a: {Join("", "{ layers: { b: ", 22)}relu{Join("", " } }", 22)}"])),
        ("parallels in parallels", () => Layers([$"  a: {Join("", "{ merge: sum, parallel: [ relu, ", 22)}relu{Join("", " ] }", 22)}"])),
        ("blocks of groups in groups", () =>
            Layers(["  a: { block: b0 }"])
            + string.Concat(
                Enumerable.Range(0, 31)
                    .Select(i =>
                        $"---\nblock: b{i}\nlayers: {{ x: {Join("", "{ layers: { b: ", 20)}{{ block: "
                            + $"b{i + 1} }}{Join("", " } }", 20)} }}\n")) + "---\nblock: b31\nlayers: { x: relu }\n"),
        ("brackets in an expression", () => Expression(new string('(', 200_000) + "1" + new string(')', 200_000))),
        ("a few brackets in an expression", () => Expression(new string('(', 300) + "8" + new string(')', 300))),
        ("lists in an expression", () => Expression(new string('[', 400) + "1" + new string(']', 400))),
        ("minus in an expression", () => Expression(Join("", "- ", 100_000) + "1")),
        ("not in an expression", () => Expression(Join("", "not ", 60_000) + "true")),
        ("sums in an expression", () => Expression(Join(" + ", "1", 60_000))),
        ("indices in an expression", () => Expression("$a" + Join("", "[0]", 60_000))),
        ("calls in an expression", () => Expression(Join("", "max(", 60_000) + "1" + new string(')', 60_000))),
        ("ifs in an expression", () => Expression(Join("", "if(true, ", 100) + "8" + Join("", ", 1)", 100))),
        ("arguments in an expression", () => Expression($"max({Join(", ", "1", 60_000)})")),
        ("powers in an expression", () => Expression(Join(" * ", "1e300", 10))),
        ("a kernel beyond numbers", () => Layers(["  a: { op: conv, kernel: 1048575, channels: 1048576 }"])),
        ("a rate beyond numbers", () => Layers(["  a: { op: conv, kernel: 1048575, channels: 1, rate: 1048576 }"])),
        ("padding beyond "
            + "numbers", () => Layers(
                ["  a: { op: conv, kernel: 3, channels: 1048576, padding: 1048576 }", "  b: { op: conv, kernel: 3, channels: "
                    + "1048576, padding: 1048576 }"])),
        ("a "
            + "multiplier beyond numbers", () => Layers(
                ["  a: { op: depthwise_conv, kernel: 1, multiplier: 1048576 }", "  b: { op: depthwise_conv, kernel: "
                    + "1, multiplier: 1048576 }"])),
        ("channels beyond "
            + "numbers", () => Layers(
                ["  a: { op: conv, kernel: 1, channels: 1048576 }", .. Enumerable.Range(0, 40)
                    .Select(i => $"  c{i}: {{ op: concat, from: [{(i == 0 ? "a, a" : $"c{i - 1}, c{i - 1}")}] }}")])),
        ("a map beyond numbers", () => Layers([.. Enumerable.Range(0, 40).Select(i => $"  r{i}: {{ op: resize, factor: 1000000 }}")])),
        ("a map below numbers", () => Layers([.. Enumerable.Range(0, 40).Select(i => $"  r{i}: {{ op: resize, factor: 1e-300 }}")])),
        ("strides beyond "
            + "numbers", () => Layers(
                [.. Enumerable.Range(0, 40).Select(i => $"  r{i}: {{ op: conv, kernel: 1, stride: 1048576, channels: 1 }}")])),
        ("the largest "
            + "input", () => Layers(["  a: { op: conv, kernel: 3, channels: 1048576 }"])
                .Replace("[17, 17]", "65535", StringComparison.Ordinal)),
        ("a field beyond "
            + "numbers", () => Layers(
                [.. Enumerable.Range(0, 60).Select(i => $"  r{i}: {{ op: conv, kernel: 3, channels: 1, stride: 2, padding: 64 }}")])
                .Replace("[17, 17]", "65535", StringComparison.Ordinal)),
        ("nothing", () => ""),
        ("a byte order mark", () => "\ufeff" + Corpus.Small),
        ("a byte order mark alone", () => "\ufeff"),
        ("one space", () => " "),
        ("one tab", () => "\t"),
        ("one NUL", () => "\0"),
        ("carriage returns", () => Corpus.Small.Replace('\n', '\r')),
        ("Windows line ends", () => Corpus.Small.Replace("\n", "\r\n", StringComparison.Ordinal)),
    ];

    private static string Layers(IEnumerable<string> layers) => Head + string.Join('\n', layers.Append(Scores)) + Tail;

    private static string Expression(string text) => Layers([$"  a: {{ op: conv, kernel: 1, channels: \"{text}\" }}"]);

    private static string Join(string separator, string item, int count)
    {
        var builder = new StringBuilder((separator.Length + item.Length) * count);
        for (var i = 0; i < count; i++)
            builder.Append(i > 0 ? separator : "").Append(item);
        return builder.ToString();
    }
}
