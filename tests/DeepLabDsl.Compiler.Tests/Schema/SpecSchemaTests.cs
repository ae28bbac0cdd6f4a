using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Tools;
using Json.Schema;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>The JSON Schema: as committed, accepting what compiles and refusing what an editor can see is wrong.</summary>
public class SpecSchemaTests
{
    private static readonly Lazy<JsonSchema> Schema = new(() => JsonSchema.FromText(SpecSchema.Write(Specs.Zoo)));

    /// <summary>Every committed spec, and every example of the documentation that is right.</summary>
    public static TheoryData<string, string> Right => Rows(Files("specs").Concat(Files("samples")).Concat(Files("test-specs"))
        .Select(f => (Path.GetFileName(f), File.ReadAllText(f)))
        .Concat(Specs.Rules.Select(r => (r.Id + ".md", Fence.In(Fence.Page($"diagnostics/{r.Id}.md"))[2].Text))));

    /// <summary>One change to <see cref="Specs.Tiny"/> or to the zoo's DeepLab v3 that makes it wrong.</summary>
    public static TheoryData<string, string> Wrong => new()
    {
        { "classes: 4", "clases: 4" },
        { "classes: 4", "classes: many" },
        { "classes: 4", "classes: 0" },
        { "classes: 4", "classes: 4.5" },
        { "classes: 4\n", "" },
        { "classes: 4", "classes: 4\nextend: other" },
        { "kernel: 3", "kernel: wide" },
        { "kernel: 3", "kernel: 2.5" },
        { "kernel: 3", "kernel: 0" },
        { "kernel: 3", "kernel: [3, 3, 3]" },
        { "kernel: 3", "kernel: 3, padding: tf" },
        { "stride: 2", "strides: 2" },
        { "bias: true", "bias: 1" },
        { "bias: true", "bias: yes" },
        { "norm: batch_norm", "norm: batchnorm" },
        { "norm: batch_norm", "norm: { op: batchnorm }" },
        { "norm: batch_norm", "norm: [batch_norm]" },
        { "norm: batch_norm", "norm: 3" },
        { "norm: batch_norm", "norm: { momentum: 0.1 }" },
        { "norm: batch_norm", "norm: { op: batch_norm, block: conv_bn_act }" },
        { "norm: batch_norm", "norm: { op: batch_norm, momentum: 2 }" },
        { "norm: batch_norm", "norm: { op: batch_norm, repeat: 2 }" },
        { "norm: batch_norm", "norm: { parallel: { a: relu } }" },
        { "norm: batch_norm", "norm: { parallel: { a: relu }, merge: median }" },
        { "norm: batch_norm", "norm: { parallel: [], merge: sum }" },
        { "norm: batch_norm", "norm: { layers: { x: batch_norms } }" },
        { "norm: batch_norm", "norm: { layers: { x: relu }, keys: counted }" },
        { "norm: batch_norm", "norm: { scales: [0], merge: max }" },
        { "norm: batch_norm", "norm: { block: aspp }" },
        { "norm: batch_norm", "norm: { block: aspp, rate: 6 }" },
        { "norm: batch_norm", "norm: { block: aspp, rates: 6 }" },
        { "norm: batch_norm", "norm: { block: aspp, rates: [6], dropout: true }" },
        { "  conv:", "  my conv:" },
        { "from: scores", "form: scores" },
        { "resize: input", "resize: inputs" },
        { "resize: input", "resize: input, loss_weight: -1" },
        { "logits:", "scores_of:" },
        { "outputs:", "output:" },
        { "outputs:", "suppress: { DLD101: no }\noutputs:" },
        { "outputs:", "backbone: { use: resnet50, outputstride: 16 }\noutputs:" },
        { "outputs:", "backbone: { output_stride: 16 }\noutputs:" },
        { "outputs:", "backbone: { use: resnet50, multi_grid: [1, 2, 4] }\noutputs:" },
        { "outputs:", "defaults: { conv: { biass: true } }\noutputs:" },
        { "outputs:", "training: { leaning_rate: 1 }\noutputs:" },
        { "outputs:", "training: { learning_rate: 0 }\noutputs:" },
        { "outputs:", "training: { optimizer: adma }\noutputs:" },
        { "outputs:", "training: { scale: [1] }\noutputs:" },
        { "outputs:", "training: { momentum: 1 }\noutputs:" },
        { "outputs:", "evaluation: { scales: [0.5, 9] }\noutputs:" },
        { "outputs:", "crf: { bilateral_sigma: 3 }\noutputs:" },
        { "network: tiny", "netwrok: tiny" },
        { "network: tiny", "extends: other\nnetwork: tiny\ncolour: red" },
    };

    [Fact]
    public void The_committed_schema_is_the_compilers()
    {
        var committed = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "specs", "deeplabdsl.schema.json"))
            .ReplaceLineEndings("\n");

        Assert.True(committed == SpecSchema.Write(Specs.Zoo),
            "specs/deeplabdsl.schema.json is not what the tables of the compiler and the blocks of the zoo give; make it anew: "
            + "dotnet run --project src/DeepLabDsl.Host -- schema --out specs/deeplabdsl.schema.json");
    }

    [Fact]
    public void It_is_a_schema()
    {
        Assert.True(MetaSchemas.Draft7.Evaluate(System.Text.Json.Nodes.JsonNode.Parse(SpecSchema.Write(Specs.Zoo))).IsValid);
    }

    [Theory]
    [MemberData(nameof(Right))]
    public void What_compiles_is_accepted(string name, string text)
    {
        var found = Validate(
            text, text.Contains("\nbackbone: small", StringComparison.Ordinal) || name is "networks.yaml" ? null : Schema.Value);

        Assert.True(found.Count == 0, string.Join("\n", found));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_an_editor_can_see_is_wrong_is_refused(string right, string wrong)
    {
        Assert.Contains(right, Specs.Tiny, StringComparison.Ordinal);
        Assert.Empty(Validate(Specs.Tiny, Schema.Value));

        Assert.NotEmpty(Validate(Specs.Tiny.Replace(right, wrong), Schema.Value));
    }

    [Fact]
    public void It_knows_the_projects_blocks_before_the_zoos()
    {
        var own = SpecFile.Parse(
            "own.yaml", "block: aspp\nparameters: { depth: int }\nlayers:\n  conv: { op: conv, kernel: 1, channels: $depth }");
        var schema = JsonSchema.FromText(SpecSchema.Write([own], Specs.Zoo));

        Assert.Empty(Validate(Specs.Tiny.Replace("norm: batch_norm", "norm: { block: aspp, depth: 3 }"), schema));
        Assert.NotEmpty(Validate(Specs.Tiny.Replace("norm: batch_norm", "norm: { block: aspp, rates: [6] }"), schema));
    }

    private static TheoryData<string, string> Rows(IEnumerable<(string, string)> pairs)
    {
        var rows = new TheoryData<string, string>();
        foreach (var (name, text) in pairs)
            rows.Add(name, text);
        return rows;
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, folder), "*.yaml", SearchOption.AllDirectories)
            .Where(p => Path.GetFileName(Path.GetDirectoryName(p)) is not ("datasets" or "name-maps" or "zoo"))
            .Order(StringComparer.Ordinal);

    /// <summary>What the schema has against the documents of a text; by default one that knows the text's own blocks too.</summary>
    private static List<string> Validate(string text, JsonSchema? schema)
    {
        var file = SpecFile.Parse("spec.yaml", text);
        schema ??= JsonSchema.FromText(SpecSchema.Write([file], Specs.Zoo));
        var documents = YamlReader.Read("spec.yaml", text, new DiagnosticBag(), default).Select(SpecJson.Of);
        // Reasons take far longer than the answer.
        return [.. documents.Where(d => !schema.Evaluate(d).IsValid)
            .SelectMany(d => schema.Evaluate(d, new EvaluationOptions { OutputFormat = OutputFormat.List }).Details)
            .Where(d => d.HasErrors).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}"))];
    }
}
