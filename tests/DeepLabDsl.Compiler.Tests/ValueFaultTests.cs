using System;
using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>Faults of values that one file gives and a layer in another can't have.</summary>
public class ValueFaultTests
{
    private static string OnResNet(string use) => $$"""
        network: mine
        classes: 4
        backbone: { use: resnet, {{use}} }
        layers:
          scores: { op: conv, kernel: 1, channels: $classes }
        outputs:
          logits: { from: scores, resize: input }
        """;

    [Theory]
    [InlineData("resnet", "units: [3, 4, 6, 1000000000]",
        "mine.yaml(3,33): error DLD117: 'repeat' must be between 1 and 1024, not 1000000000 "
        + "(it goes on to 'repeat: $units[3]' in resnet.yaml(18,")]
    [InlineData("resnet", "units: [3, 4, 6]",
        "mine.yaml(3,33): error DLD115: '$units[3]' has no value: the list [3, 4, 6] has items 0 to 2, "
        + "not 3 (it goes on to 'repeat: $units[3]' in resnet.yaml(18,")]
    [InlineData("mobilenet_v2", "width: -5", "mine.yaml(3,39): error DLD117: 'width' must be from 0.01 to 16, not -5")]
    [InlineData("mobilenet_v3_large", "width: 1e-300", "mine.yaml(3,45): error DLD117: 'width' must be from 0.01 to 16, not 1E-300")]
    public void A_value_is_at_fault_where_it_is_given_and_the_way_from_there_is_named(string backbone, string use, string message)
    {
        var text = OnResNet(use).Replace("use: resnet", $"use: {backbone}", StringComparison.Ordinal);

        var faults = SpecChecker.Check([SpecFile.Parse("mine.yaml", text)], Specs.Zoo).Diagnostics;

        Assert.StartsWith(message, Assert.Single(faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_goes_through_several_blocks_is_named_where_it_began()
    {
        var fault = Assert.Single(Specs.Faults(
            Specs.Tiny.Replace("norm: batch_norm", "norm: { block: outer, factor: 0 }"),
            "block: outer\nparameters: { factor: int }\nlayers:\n  x: { block: inner, rate: 2 * $factor }",
            "block: inner\nparameters: { rate: int }\nlayers:\n  y: { op: conv, kernel: 3, channels: 4, rate: $rate }"));

        Assert.Equal("spec.yaml(6,33): error DLD117: 'rate' must be 1 or more, not 0 (it goes on to 'rate: 2 * $factor' in "
            + "other1.yaml(4,28), "
            + "then 'rate: $rate' in other2.yaml(4,48))", fault);
    }

    [Fact]
    public void A_mismatch_in_a_block_says_which_use_of_it()
    {
        const string Block = "block: shortcut\nlayers:\n  conv: { op: conv, kernel: 3, channels: 8 }\n  sum: { op: add, from: [conv, "
            + "input] }";
        var fault = Assert.Single(Specs.Faults(Specs.Tiny.Replace(
            "act: relu", "act: { block: shortcut }\n  wide: { op: conv, kernel: 1, channels: 16 }\n  two: { layers: { more: { block: "
                + "shortcut, "
                + "repeat: 2 } } }"), Block));

        Assert.Equal("other1.yaml(4,3): error DLD203: 'add' takes maps of one depth, but 'conv' has 8 channels and 'input' has 16 "
            + "channels; "
            + "bring them to one with a convolution of kernel 1 (in its use as 'two.more.0', spec.yaml(9,35))", fault);
    }

    /// <summary>A block that is wrong for all is one fault, not one for each network that is made of it.</summary>
    [Fact]
    public void A_fault_of_a_block_is_told_once_for_all_networks()
    {
        var files = new[] { "a", "b" }.Select(n => SpecFile.Parse($"{n}.yaml", Specs.Tiny
            .Replace("network: tiny", $"network: {n}").Replace("norm: batch_norm", $"norm{n}: {{ block: bad }}"))).Append(
            SpecFile.Parse("bad.yaml", "block: bad\nlayers:\n  x: { op: conv, kernel: 3, channels: 4, groups: 3 }")).ToList();

        Assert.Single(SpecChecker.Check(files, []).Diagnostics);
    }

    [Fact]
    public void A_default_out_of_its_range_and_a_range_of_no_number_are_refused()
    {
        Assert.Contains("'float' must be 1 or more, not 0.5", Assert.Single(Faults("{ float: 0.5, minimum: 1 }")));
        Assert.Contains("has no 'minimum'", Assert.Single(Faults("{ bool: true, minimum: 1 }")));

        static string[] Faults(string parameter) => [.. SpecChecker.Check(
            [SpecFile.Parse("b.yaml", $"block: b\nparameters: {{ x: {parameter} }}\nlayers:\n  y: relu")], [])
                .Diagnostics.Select(d => d.ToString())];
    }
}
