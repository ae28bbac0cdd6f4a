using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Compiler;
using static DeepLabDsl.Fuzz.Nasty;
using LayerKind = DeepLabDsl.Graph.LayerKind;

namespace DeepLabDsl.Fuzz;

/// <summary>
/// Specs drawn from the compiler's own tables: any key where it may stand, with a value of its form that is likely to be
/// legal. What the language learns tomorrow is drawn tomorrow.
/// </summary>
internal sealed class RandomSpec(Random random)
{
    private static readonly string[] LayerNames =
    [
        "a", "b", "conv", "norm", "act", "head", "0", "1", "x_1", "x1", "scores", "Layers", "functional", "class",
    ];
    private static readonly string[] Blocks = ["unit", "own", "stages", "missing"];

    public string Write()
    {
        var documents = new List<YamlTree> { Definition(DefinitionKind.Network) };
        while (random.Next(3) == 0)
            documents.Add(Definition(random.Next(3) == 0 ? DefinitionKind.Backbone : DefinitionKind.Block));
        return string.Join("---\n", documents.Select(d => d.Write(random)));
    }

    private YamlTree Definition(DefinitionKind kind)
    {
        var map = Mapping(SpecKeys.Definitions[kind], 0);
        map.Entries![0] = (map.Entries[0].Key, YamlTree.Of(
            kind == DefinitionKind.Block ? "own" : kind == DefinitionKind.Backbone ? "mine" : "drawn"));
        if (kind == DefinitionKind.Network && random.Next(6) > 0)
        {
            // Mostly with logits that fit, so that what stands before them is generated.
            map.Entries.RemoveAll(e => e.Key.Text == "outputs");
            map.Entries.Single(e => e.Key.Text == "layers").Value.Entries?.Add((YamlTree.Of("last"), YamlTree.Map(
                ("op", YamlTree.Of("conv")), ("kernel", YamlTree.Of("1")), ("channels", YamlTree.Of("$classes")))));
            map.Entries.Add(
                (YamlTree.Of("outputs"), YamlTree.Map(
                    ("logits", YamlTree.Map(("from", YamlTree.Of("last")), ("resize", YamlTree.Of("input")))))));
        }
        return map;
    }

    private YamlTree Mapping(KeyTable table, int depth)
    {
        var entries = table.Keys
            .Where(k => k.IsRequired || k.Name == "layers" || random.Next(8) == 0)
            .Select(k => (k.Name, random.Next(200) == 0 ? YamlTree.Of(Value(random)) : Of(k, depth)));
        return YamlTree.Map(entries);
    }

    private YamlTree Of(KeyInfo key, int depth) => key.Form switch
    {
        KeyForm.Text => YamlTree.Of(Name(random)),
        KeyForm.Name => YamlTree.Of(key.Name switch
        {
            "block" => Pick(random, Blocks),
            "use" => Pick(random, "stages", "stages", "mine", "unit"),
            "extends" => Pick(random, "drawn", "stages", "unit"),
            "from" or "to" or "output" => Reference(),
            "key" => Pick(random, "a", "0", "x.y", "a.0.b"),
            "convention" => Pick(random, "caffe", "slim", "torchvision", "other"),
            _ => Pick(random, "Alpha", "Beta", "Gamma"),
        }),
        KeyForm.Value or KeyForm.Choice => Scalar(key),
        KeyForm.Factors => YamlTree.List(YamlTree.Of(Pick(random, "0.5", "0.75", "1.5", "1", "0"))),
        KeyForm.Names => YamlTree.List(YamlTree.Of(Pick(random, "input", "a", "x")), YamlTree.Of(Pick(random, "other", "b", "input"))),
        KeyForm.Layers =>
            random.Next(2) == 0
                ? YamlTree.Of(Reference())
                : YamlTree.List(Enumerable.Range(0, random.Next(1, 4)).Select(_ => YamlTree.Of(Reference()))),
        KeyForm.Mapping => key.CanBeWord && random.Next(4) == 0 ? YamlTree.Of("stages") : Mapping(key.Table!, depth + 1),
        KeyForm.Named => Named(
            key.Name == "outputs" ? ["logits", "aux", "early"] : ["one", "two", "three"], () => Mapping(key.Table!, depth + 1)),
        KeyForm.Reasons => YamlTree.Map((Pick(random, [.. Rules.All.Select(r => r.Id)]), YamlTree.Of("meant"))),
        KeyForm.LayerMap => Named(LayerNames, () => Layer(depth + 1)),
        KeyForm.Branches => YamlTree.List(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Layer(depth + 1))),
        KeyForm.Parameters => Named(["channels", "rate", "stride", "p", "q"], Parameter),
        KeyForm.Defaults => YamlTree.Map(
            ("activation", YamlTree.Of(Pick(random, [.. OpTable.Activations]))),
            ("batch_norm", YamlTree.Map(("momentum", YamlTree.Of("0.1"))))),
        _ => Named(["one", "two", "three"], () => YamlTree.List(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Number(1, 8)))),
    };

    private YamlTree Layer(int depth)
    {
        var kinds = SpecKeys.Layers.ToList();
        var (kind, table) = depth > 4 || random.Next(3) > 0 ? kinds[0] : Pick(random, kinds);
        var layer = Mapping(table, depth);
        if (kind == LayerKind.Operation)
        {
            var op = Pick(random, [.. OpTable.Ops.Values]);
            layer.Entries![0] = (layer.Entries[0].Key, YamlTree.Of(op.Name));
            foreach (var entry in Mapping(KeyTable.Of(op), depth).Entries!)
                layer.Entries!.Add(entry);
        }
        else if (kind == LayerKind.Block)
        {
            layer.Entries!.Add((YamlTree.Of("channels"), Number(1, 32)));
        }
        return layer;
    }

    private YamlTree Scalar(KeyInfo key) => key.Choices.Count > 0
        ? YamlTree.Of(Pick(random, [.. key.Choices]))
        : key.Kind switch
        {
            ValueKind.Bool => YamlTree.Of(Pick(random, "true", "false", "$input.channels == 8", "$classes > 2")),
            ValueKind.Float => YamlTree.Of(Pick(random, "0.5", "1", "2", "0.1", "1e-3")),
            ValueKind.Ints or ValueKind.Floats => YamlTree.List(Enumerable.Range(0, random.Next(0, 4)).Select(_ => Number(1, 8))),
            ValueKind.Pair => random.Next(3) == 0 ? YamlTree.List(Number(1, 9), Number(1, 9)) : Number(1, 65),
            ValueKind.Padding => random.Next(2) == 0 ? YamlTree.Of("same") : Number(0, 3),
            _ =>
                random.Next(4) == 0
                    ? YamlTree.Of(Pick(random, "$channels", "$input.channels", "$classes", "2 * $classes", "$unit + 1"))
                    : Number(1, 32),
        };

    private YamlTree Parameter() => random.Next(2) == 0
        ? YamlTree.Of(Pick(random, [.. ValueKinds.Parameters.Keys]))
        : YamlTree.Map((Pick(random, "int", "int", "float", "bool", "ints"), YamlTree.Of(Pick(random, "1", "2", "true", "[1, 2]"))));

    private YamlTree Named(string[] names, Func<YamlTree> make) =>
        YamlTree.Map(Enumerable.Range(0, random.Next(1, 6)).Select(_ => Pick(random, names)).Distinct().Select(n => (n, make())).ToList());

    private YamlTree Number(int low, int high) => YamlTree.Of(random.Next(low, high + 1).ToString(CultureInfo.InvariantCulture));

    private string Reference() =>
        random.Next(3) == 0
            ? Pick(random, "input", "backbone", "backbone.one", "backbone.two.1", "backbone.one.0.norm")
            : Pick(random, LayerNames);
}
