using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using DeepLabDsl.Recipes;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>Files of text: YAML of datasets and name maps, JSON of runs.</summary>
internal static class TextFiles
{
    private const string Seeds = """
        dataset: mine
        images: photos/{name}.{jpg,png}
        labels: masks/{name}.png
        splits: { val: { share: 0.2 }, train: rest }
        classes: { Sky: [128, 128, 128], Road: { color: [1, 2, 3], labels: [1, 2] }, Car: [4, 5, 6] }
        void: [255, 0]
        void_color: [9, 9, 9]
        mean: [0.5, 0.4, 0.3]
        std: [0.1, 0.2, 0.3]
        orientation: ignore
        ===
        dataset: layered
        layout: camvid
        classes: { a: [0, 0, 0], b: [1, 1, 1] }
        splits: { train: train, val: test }
        label_format: color
        ===
        dataset: bands
        images: [x/{name}_r.tif, { regex: 'y/(?<name>[^/]+)_g\.tif' }]
        labels: m/{name}.png
        input: { channels: 4, range: 4095, preview: [2, 1, 0] }
        splits: { train: [a*, b?], val: names.txt, test: [x/y/**/z] }
        first_label: 1
        void: others
        classes: { a: [0, 0, 0], b: [1, 1, 1] }
        ===
        dataset: lists
        layout: voc
        splits: lists/{split}.txt
        classes: { a: { color: [0, 0, 0], labels: [[0, 0, 0], [7, 7, 7]] }, b: [1, 1, 1] }
        label_format: color
        void: [[255, 255, 255]]
        """;

    private const string Maps = """
        name_map: kazuto
        source: someone
        networks: [deeplabv2-resnet101]
        rules:
          backbone.conv1: base.layer1.conv1.conv
          backbone.layer{stage}.{unit}.conv1: base.layer{stage + 1}.block{unit + 1}.reduce.conv
          backbone.layer{stage}.{unit}.{what*}: 'l{stage}.u{3 * unit + 2}.{what*}'
          head.{rest**}: { key: 'aspp.{rest**}', reverse: 1 }
          aspp.{branch}: { key: 'fc{letter(branch)}', permute: [2, 3, 1, 0] }
          scores: { key: fc6.0, flatten: 1, divide_by: fc6.2 }
        others: same
        absent: [aux_classifier]
        ignore: [scale]
        ===
        name_map: plain
        rules: { '{key**}': '{key**}.x' }
        others: absent
        """;

    private static readonly string[] Patterns =
    [
        "{a}{b}", "{a*}{b*}", "{a*}.{b*}.{c*}.{d*}.{e*}", "{a**}", "{letter(a)}", "{999999 * a + 999999}", "{a - 1}", "{", "}", "{}", "{a",
        "{A}", "a{b c}", "**/{name}", "{name}/{name}", "/{name}", "../{name}",
        "{name}*?[", "{a,b,c}", "{,}", "x/{split}/{name}.png", "{ regex: '(?<name>(a+)+)$' }", "{ regex: '(?<name>.*)\\k<name>' }",
        "{ regex: '(?=x)(?<name>.)' }", "{ regex: '(?<name>(((x{1000}){1000}){1000}))' }",
        "{ regex: '(' }", "{ regex: '(?<name>[a-z-[aeiou]]+)' }", "[*, *, *]",
        "'" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{{p{i}*}}x")) + "'",
        "'" + string.Concat(Enumerable.Range(0, 400).Select(i => $"{{p{i}}}.")) + "'", "'{a" + new string(' ', 3000) + "!}'",
        "'" + new string('*', 500) + "'", "'" + string.Concat(Enumerable.Repeat("*a", 300)) + "'",
        "\u00e9", "e\u0301", "{ share: 0.5 }", "{ share: 1e-320 }", "{ \u00e9: a, e\u0301: b }", "[1e-320, 1e-320, 1e-320]",
        "[1e308, -1e308, 0]", "{ channels: 1024, range: 1e-320 }",
    ];

    /// <summary>Keys of a network, as maps translate them; some are as long and as alike as a hostile file's.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "backbone.conv1.weight", "backbone.bn1.running_mean", "backbone.layer1.0.conv1.weight", "backbone.layer1.10.bn2.bias",
        "backbone.layer4.2.conv3.weight", "head.0.weight", "head.conv.bias", "aspp.0.weight",
        "aspp.25.weight", "aspp.26.weight", "scores.weight", "scores.bias", "aux_classifier.0.weight",
        string.Concat(Enumerable.Repeat("ax", 120)), string.Join(".", Enumerable.Repeat("x1", 120)), "999999999.999999999",
    ];

    public static byte[] Dataset(Random random) => Yaml(random, Seeds);

    public static byte[] NameMap(Random random) => Yaml(random, Maps);

    public static byte[] Config(Random random)
    {
        var recipe = new TrainingRecipe();
        var tree = TextTree.Map(
            ("network", TextTree.String("deeplabv3")), ("classes", TextTree.List(TextTree.String("a"), TextTree.String("b"))),
            ("facts", TextTree.Map(("data", TextTree.String("/data")), ("device", TextTree.String("cpu")))),
            ("recipe", TextTree.Map(RecipeKey.All.Where(_ => random.Next(3) > 0).Select(k =>
                (k.Name, TextTree.Map(("value", TextTree.String(k.Get(recipe))), ("from", TextTree.String("default"))))))));
        return Written(random, tree);
    }

    public static byte[] Log(Random random)
    {
        var lines = Enumerable.Range(1, random.Next(1, 8)).Select(i =>
        {
            var tree = random.Next(3) > 0
                ? TextTree.Map(
                    ("iteration", TextTree.Number(i)), ("epoch", TextTree.Number(1)), ("loss", TextTree.Number(1.5 / i)),
                    ("learning_rate", TextTree.Number(0.1)),
                    ("seconds", TextTree.Number(i * 0.5)), ("memory_mb", TextTree.Number(100)))
                : TextTree.Map(
                    ("iteration", TextTree.Number(i)), ("epoch", TextTree.Number(1)), ("mean_iou", TextTree.Number(0.5)),
                    ("pixel_accuracy", TextTree.Of("null")),
                    ("iou", TextTree.Map(("a", TextTree.Number(0.5)))), ("seconds", TextTree.Number(i)));
            if (random.Next(3) == 0)
                tree.Change(random);
            return Encoding.UTF8.GetString(tree.ToJson(random)) + "\n";
        });
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines));
        return random.Next(8) == 0 ? PartMutation.Change(bytes, random) : bytes;
    }

    /// <summary>What a file of ours says of itself.</summary>
    public static TextTree Metadata(Random random)
    {
        string Json(TextTree tree)
        {
            if (random.Next(3) == 0)
                tree.Change(random);
            return Encoding.UTF8.GetString(tree.ToJson(random));
        }
        static TextTree Color(int value) => TextTree.List(TextTree.Number(value), TextTree.Number(0), TextTree.Number(255));
        var metadata = TextTree.Map(
            ("format", TextTree.String("pt")), ("network", TextTree.String("deeplabv3")),
            ("classes", TextTree.String(Json(TextTree.Map(
                ("Name", TextTree.String("set")), ("Void", TextTree.Number(255)), ("VoidColor", Color(0)),
                ("Classes", TextTree.List(
                    TextTree.Map(("Name", TextTree.String("a")), ("Color", Color(1))),
                        TextTree.Map(("Name", TextTree.String("b")), ("Color", Color(2))))))))));
        if (random.Next(2) == 0)
        {
            metadata.Entries!.Add((TextTree.String("normalization"), TextTree.String(Json(TextTree.Map(
                ("Mean", TextTree.List(TextTree.Number(0.5), TextTree.Number(0.5), TextTree.Number(0.5))),
                    ("Deviation", TextTree.List(TextTree.Number(0.1), TextTree.Number(0.1), TextTree.Number(0.1))))))));
        }
        if (random.Next(2) == 0)
        {
            metadata.Entries!.Add((TextTree.String("input"), TextTree.String(Json(TextTree.Map(
                ("Channels", TextTree.Number(3)), ("Range", TextTree.Number(255)),
                    ("Preview", TextTree.List(TextTree.Number(0), TextTree.Number(1), TextTree.Number(2))))))));
        }
        return metadata;
    }

    public static string Progress(Random random)
    {
        var tree = TextTree.Map(
            ("iteration", TextTree.Number(4)), ("batches", TextTree.Number(4)), ("evaluations", TextTree.Number(1)),
            ("skipped", TextTree.Number(0)), ("seconds", TextTree.Number(1.5)),
            ("loss_sum", TextTree.Number(0.1)), ("loss_count", TextTree.Number(1)),
            ("best", TextTree.Map(("iteration", TextTree.Number(2)), ("epoch", TextTree.Number(1)), ("mean_io_u", TextTree.Number(0.5)))));
        if (random.Next(2) == 0)
            tree.Change(random);
        return Encoding.UTF8.GetString(tree.ToJson(random));
    }

    private static byte[] Yaml(Random random, string seeds)
    {
        var text = Pick(random, seeds.Split("===\n"));
        text = random.Next(10) switch
        {
            0 => text,
            1 => Mutation.Text(text, random),
            2 => Deep(text, random),
            3 => Laughing(text, random),
            4 or 5 => WithPattern(text, random),
            _ => Mutation.Tree(text, random),
        };
        var bytes = Encoding.UTF8.GetBytes(text);
        return random.Next(12) == 0 ? PartMutation.Change(bytes, random) : bytes;
    }

    private static byte[] Written(Random random, TextTree tree)
    {
        var how = random.Next(10);
        if (how > 0)
            tree.Change(random);
        var bytes = tree.ToJson(random);
        return how == 9 ? PartMutation.Change(bytes, random) : bytes;
    }

    private static string WithPattern(string text, Random random)
    {
        var lines = text.Split('\n');
        var at = random.Next(lines.Length);
        var colon = lines[at].IndexOf(": ", StringComparison.Ordinal);
        if (colon > 0)
            lines[at] = random.Next(3) == 0 && !lines[at].StartsWith('n') ? "  \"" + Pick(random, Patterns).Trim('\'') + "\": x"
                : lines[at][..colon] + ": " + Pick(random, Patterns);
        return string.Join('\n', lines);
    }

    private static string Deep(string text, Random random)
    {
        var depth = Pick(random, 50, 500, 5000, 50_000);
        var value = random.Next(3) switch
        {
            0 => new string('[', depth) + (random.Next(2) == 0 ? new string(']', depth) : ""),
            1 => string.Concat(Enumerable.Repeat("{a: ", depth)) + "1" + new string('}', depth),
            _ => string.Concat(Enumerable.Repeat("- ", depth)) + "1",
        };
        var lines = text.Split('\n').ToList();
        var at = random.Next(lines.Count);
        var colon = lines[at].IndexOf(':', StringComparison.Ordinal);
        if (random.Next(4) == 0)
            lines.Insert(0, "? " + value + "\n: x");
        else if (colon > 0)
            lines[at] = lines[at][..(colon + 1)] + (value[0] == '-' ? "\n " + value : " " + value);
        return string.Join('\n', lines);
    }

    /// <summary>Few lines that stand for very many, by anchors in one another.</summary>
    private static string Laughing(string text, Random random)
    {
        var builder = new StringBuilder();
        var isKey = random.Next(2) == 0;
        var levels = random.Next(5, 40);
        builder.Append(isKey ? "? " : random.Next(2) == 0 ? "classes: " : "rules: ").Append("[&a0 [x, y]");
        for (var i = 1; i < levels; i++)
            builder.Append($", &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]");
        builder.Append(isKey ? "]\n: x\n" : "]\n");
        return random.Next(2) == 0 ? builder + text : text + "\n" + builder;
    }
}
