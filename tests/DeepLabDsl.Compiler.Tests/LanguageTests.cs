using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>What the language says with one word: keys, defaults, padding, and where a stage strides.</summary>
public class LanguageTests
{
    /// <summary>A network whose layers are the given lines, with scores behind the last of them.</summary>
    private static NetworkCompilation Compile(string layers, string size = "65, 65", string extra = "", params string[] others)
    {
        var compiled = Specs.Compile($$"""
            network: tried
            classes: 4
            input: { size: [{{size}}] }
            {{extra}}
            layers:
            {{string.Join("\n", layers.Split('\n').Select(l => "  " + l))}}
              scores: { op: conv, kernel: 1, channels: $classes }
            outputs:
              logits: { from: scores, resize: input }
            """, others);
        Assert.DoesNotContain(compiled.Diagnostics, d => d.Rule.Severity == RuleSeverity.Error);
        return compiled;
    }

    /// <summary>Code whose long statements are on one line each.</summary>
    private static string Unbroken(string source) => Regex.Replace(source, "\n +", " ");

    /// <summary>The keys of what has weights, those of the network first.</summary>
    private static IEnumerable<string> Keys(NetworkCompilation compiled) => Keys(compiled.Graph!.Root);

    private static IEnumerable<string> Keys(Scope scope) =>
        scope.Layers.Where(l => l.Scopes.Count > 0 || l.Node?.Operation.Weights.Any() == true).Select(l => l.Key)
            .Concat(scope.Layers.SelectMany(l => l.Scopes).SelectMany(Keys));

    [Theory]
    [InlineData(true, "conv=0 norm=1 act=2 last=3")]
    [InlineData(false, "conv=0 act=1 last=2")]
    public void Numbered_keys_count_the_layers_that_are_there(bool hasNorm, string expected)
    {
        // As in PyTorch's Sequential: an activation counts though it has no weights.
        var source = Compile($$"""
            group:
              keys: numbered
              layers:
                conv: { op: conv, kernel: 3, channels: 8 }
                norm: { op: batch_norm, when: {{(hasNorm ? "true" : "false")}} }
                act: relu
                last: { op: conv, kernel: 1, channels: 8 }
            """).Source;

        foreach (var pair in expected.Split(' ').Select(p => p.Split('=')).Where(p => p[0] != "act"))
        {
            Assert.Contains(
                $"register_module(\"{pair[1]}\", {char.ToUpperInvariant(pair[0][0])}{pair[0][1..]});", source, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_layers_of_a_block_can_be_numbered_too()
    {
        var keys = Keys(Compile("x: { block: b }", others: """
            block: b
            keys: numbered
            layers:
              one: { op: conv, kernel: 3, channels: 8 }
              two: { op: batch_norm, key: own }
              three: { op: conv, kernel: 3, channels: 8 }
            """));

        Assert.Equal(["x", "scores", "0", "own", "2"], keys);
    }

    [Fact]
    public void Alternatives_may_share_a_key()
    {
        var block = """
            block: b
            parameters: { wide: bool }
            layers:
              thin: { key: conv, op: conv, kernel: 1, channels: 8, when: not $wide }
              thick: { key: conv, op: conv, kernel: 3, channels: 8, when: $wide }
            """;

        Assert.Equal(
            ["a", "b", "scores", "conv", "conv"],
            Keys(Compile("a: { block: b, wide: true }\nb: { block: b, wide: false }", others: block)));
    }

    [Fact]
    public void Defaults_of_a_layer_hold_inside_it_and_nowhere_else()
    {
        var compiled = Compile("""
            one: { block: unit }
            two: { block: unit, defaults: { activation: hard_swish, batch_norm: { epsilon: 0.5 } } }
            three: { defaults: { activation: none }, layers: { norm: batch_norm, act: activation } }
            """, extra: "defaults: { activation: relu6 }", others: """
            block: unit
            layers: { norm: batch_norm, act: activation }
            """);
        var source = Unbroken(compiled.Source);

        Assert.Contains("One = new global::Test.Unit(3, defaults: defaults);", source, StringComparison.Ordinal);
        Assert.Contains("defaults with { Activation = global::DeepLabDsl.Modules.LayerActivation.HardSwish, BatchNormEpsilon = 0.5 });",
            source, StringComparison.Ordinal);
        Assert.DoesNotContain("elu_()", source, StringComparison.Ordinal);
        var operations = compiled.Graph!.Nodes.Select(n => n.Operation).ToList();
        Assert.Equal([ActivationKind.Relu6, ActivationKind.HardSwish], operations.OfType<Activation>().Select(a => a.Kind));
        Assert.Equal([1e-5, 0.5, 1e-5], operations.OfType<BatchNorm>().Select(n => n.Epsilon));
    }

    [Theory]
    [InlineData("same", 64, 3, 2, 1, 32)]
    [InlineData("tensorflow", 64, 3, 2, 1, 32)]
    [InlineData("tensorflow", 65, 3, 2, 1, 33)]
    [InlineData("tensorflow", 65, 4, 2, 1, 33)]
    [InlineData("tensorflow", 65, 3, 1, 12, 65)]
    [InlineData("tensorflow", 65, 5, 3, 2, 22)]
    public void Padding_decides_the_size(string padding, int side, int kernel, int stride, int rate, int expected)
    {
        var report = Compile(
            string.Create(
                CultureInfo.InvariantCulture,
                $"conv: {{ op: conv, kernel: {kernel}, stride: {stride}, rate: {rate}, channels: 8, padding: {padding} }}"),
            string.Create(CultureInfo.InvariantCulture, $"{side}, {side}")).Report!;

        Assert.Equal((expected, expected), (report.Stages[0].Height, report.Stages[0].Width));
    }

    [Fact]
    public void Padding_is_a_default_of_every_window_that_says_nothing()
    {
        var source = Unbroken(Compile("""
            conv: { op: conv, kernel: 3, channels: 8, stride: 2 }
            depthwise: { op: depthwise_conv, kernel: 3 }
            pool: { op: max_pool, kernel: 3, stride: 2 }
            mean: { op: avg_pool, kernel: 3, count_padding: false }
            own: { op: max_pool, kernel: 3, padding: 1 }
            point: { op: conv, kernel: 1, channels: 8 }
            """, extra: "defaults: { padding: tensorflow }").Source);

        const string Padding = "padding: global::DeepLabDsl.Modules.WindowPadding.TensorFlow";
        Assert.Contains($"Conv = global::DeepLabDsl.Modules.Layers.Conv2d(3, 8, kernel: 3, stride: 2, {Padding});", source,
            StringComparison.Ordinal);
        Assert.Contains($"Depthwise = global::DeepLabDsl.Modules.Layers.DepthwiseConv2d(8, kernel: 3, {Padding});", source,
            StringComparison.Ordinal);
        Assert.Contains($"global::DeepLabDsl.Modules.Layers.MaxPool(depthwise, kernel: 3, stride: 2, {Padding});", source,
            StringComparison.Ordinal);
        Assert.Contains($"global::DeepLabDsl.Modules.Layers.AvgPool(pool, kernel: 3, {Padding}, countPadding: false);", source,
            StringComparison.Ordinal);
        Assert.Contains("global::DeepLabDsl.Modules.Layers.MaxPool(mean, kernel: 3, padding: 1);", source, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensor_flow_counts_dense_atrous_convolutions_on_a_padded_map()
    {
        var report = Compile("""
            dense: { op: conv, kernel: 3, rate: 6, channels: 8 }
            depthwise: { op: depthwise_conv, kernel: 3, rate: 6 }
            """).Report!;

        const long Padding = (66 * 66) - (65 * 65);
        Assert.Equal(3 * 8 * 9 * Padding, report.SpaceToBatchMultiplyAdds - report.MultiplyAdds);
    }

    [Theory]
    [InlineData("first", "32x32 32x32 16x16")]
    [InlineData("last", "64x64 64x64 32x32")]
    public void A_stage_strides_in_its_first_or_its_last_unit(string unit, string firstMaps)
    {
        var backbone = $$"""
            backbone: b
            stem: { conv: { op: conv, kernel: 3, channels: 8, stride: 2 } }
            stages:
              one: { block: unit, repeat: 2, stride: 2, stride_unit: {{unit}} }
              two: { block: unit, repeat: 2, stride: 2, stride_unit: {{unit}} }
            tail: { last: { op: conv, kernel: 1, channels: 12 } }
            ---
            block: unit
            parameters: { stride: { int: 1 }, rate: { int: 1 } }
            layers: { conv: { op: conv, kernel: 3, channels: 8, stride: $stride, rate: $rate } }
            """;
        var compiled = Compile("x: relu", "128, 128", "backbone: b", backbone);
        var parts = compiled.Report!.Stages.Where(s => s.Name.StartsWith("backbone.", StringComparison.Ordinal)).ToList();

        Assert.Equal(["backbone.one", "backbone.two", "backbone.last"], parts.Select(p => p.Name));
        Assert.Equal([32, 16, 16], parts.Select(p => p.Height));
        Assert.Equal(12, parts[2].Channels);
        var first = firstMaps.Split(' ')[0];
        var stage = compiled.Network!.Root.Find("backbone")!.Calls[0].Callee.Find("one")!;
        Assert.Equal(first, stage.Calls[0].Callee.Outputs[0].Shape.Size);
    }

    /// <summary>What a resize goes by is named as what feeds a layer is: by a path, too.</summary>
    [Fact]
    public void A_resize_goes_by_a_layer_inside_of_another()
    {
        var network = Specs.Compile(
            Specs.OnBackbone().Replace("layers:\n", "layers:\n  up: { op: resize, to: backbone.one }\n", System.StringComparison.Ordinal),
            Specs.Backbone);

        Assert.DoesNotContain(network.Diagnostics, d => d.Rule.Severity == RuleSeverity.Error);
        Assert.Equal(network.Report!.Stages.First(s => s.Name == "backbone.one").Height,
            network.Report.Stages.First(s => s.Name == "up").Height);
    }
}
