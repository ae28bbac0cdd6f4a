using System;
using System.Linq;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>What is said once for many layers: the network over the backbone, the layer over both.</summary>
public class DefaultsTests
{
    private const string Backbone = """
        backbone: plain
        defaults:
          norm: none
          conv: { bias: true }
        stem:
          conv: { op: conv, kernel: 3, channels: 8, stride: 2 }
          norm: norm
        stages:
          one: { block: unit, channels: 8 }
        ---
        block: unit
        parameters: { channels: int, stride: { int: 1 }, rate: { int: 1 } }
        layers:
          conv: { op: conv, kernel: 3, channels: $channels, stride: $stride, rate: $rate }
          norm: norm
          last: { op: conv, kernel: 1, channels: $channels, bias: false }
          fixed: { op: batch_norm, frozen: true }
        """;

    private static string Network(string defaults = "") => $$"""
        network: defaulted
        classes: 2
        input: { size: [65, 65] }
        backbone: { use: plain{{defaults}} }
        layers:
          scores: { op: conv, kernel: 1, channels: $classes, bias: true }
        outputs:
          logits: { from: scores, resize: input }
        """;

    private static long Parameters(string defaults = "") => Specs.Compile(Network(defaults), Backbone).Report!.Parameters;

    [Fact]
    public void A_backbone_leaves_norms_out_and_gives_its_convolutions_a_bias()
    {
        // Two convolutions with bias; what a layer says of itself, a batch norm and no bias, stands.
        Assert.Equal((3 * 9 * 8) + 8 + (8 * 9 * 8) + 8 + (8 * 8) + 16 + (8 * 2) + 2, Parameters());
    }

    [Fact]
    public void A_network_overrides_its_backbone()
    {
        Assert.Equal(Parameters() + (2 * 16) - (2 * 8), Parameters(", defaults: { norm: batch_norm, conv: { bias: false } }"));
    }

    [Theory]
    [InlineData("conv: { bias: true }", 8)]
    [InlineData("conv: { bias: true }, depthwise_conv: { init_std: 0.1 }", 8)]
    [InlineData("conv: { bias: true }, depthwise_conv: { bias: false }", 0)]
    [InlineData("depthwise_conv: { bias: true }", 8)]
    [InlineData("norm: none", 0)]
    public void The_bias_of_convolutions_is_that_of_depthwise_ones_too(string defaults, int biases)
    {
        var network = $$"""
            network: light
            classes: 2
            input: { size: [65, 65] }
            defaults: { {{defaults}} }
            layers:
              wide: { op: conv, kernel: 1, channels: 8, bias: false }
              deep: { op: depthwise_conv, kernel: 3 }
              scores: { op: conv, kernel: 1, channels: $classes, bias: true }
            outputs:
              logits: { from: scores, resize: input }
            """;

        Assert.Equal((3 * 8) + (8 * 9) + biases + (8 * 2) + 2, Specs.Compile(network).Report!.Parameters);
    }

    [Fact]
    public void A_norm_that_is_not_there_leaves_no_trace_in_the_graph()
    {
        var norm = Assert.Single(Specs.Compile(Network(), Backbone).Graph!.Nodes.Select(n => n.Operation).OfType<BatchNorm>());

        Assert.True(norm.IsFrozen);
    }

    [Fact]
    public void Outputs_are_resized_as_the_networks_defaults_say()
    {
        var compiled = Specs.Compile(Specs.Tiny + "\ndefaults: { resize: { align_corners: true } }");

        Assert.False(compiled.HasErrors);
        Assert.Contains(
            "global::DeepLabDsl.Modules.Layers.Resize(scores, to: input, alignCorners: true)", compiled.Source, StringComparison.Ordinal);
        Assert.Contains("new(\"logits\", Logits, 1.0, AlignCorners: true)", compiled.Source, StringComparison.Ordinal);
    }
}
