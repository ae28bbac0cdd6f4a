using System;
using System.IO;
using System.Text.RegularExpressions;
using Snapshooter;
using Snapshooter.Xunit;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>Generated code as a person reads it. A change shows up here whole, to be looked at before it is accepted.</summary>
public class SnapshotTests
{
    [Theory]
    [InlineData("deeplabv3-resnet50")]
    [InlineData("deeplabv3-mobilenet-v2")]
    public void Networks_of_the_zoo(string network)
    {
        EmittedText.Match(Readable(Specs.ZooCode(network)), SnapshotNameExtension.Create(network));
    }

    [Fact]
    public void All_that_a_layer_can_be()
    {
        var compiled = Specs.Compile(Specs.Everything, Specs.Backbone);

        Assert.Empty(compiled.Diagnostics);
        EmittedText.Match(Readable(Specs.Code(Specs.Everything, Specs.Backbone)));
    }

    [Fact]
    public void One_set_of_weights_at_several_scales()
    {
        var compiled = Specs.Compile(Specs.Scaled, Specs.Backbone);

        Assert.False(compiled.HasErrors);
        EmittedText.Match(Readable(Specs.Code(Specs.Scaled, Specs.Backbone)));
    }

    [Fact]
    public void The_stub_of_a_broken_network()
    {
        EmittedText.Match(Specs.Compile(Specs.Tiny.Replace("kernel: 3", "kernel: wide")).Source);
    }

    [Theory]
    [InlineData("a\r\nb\n")]
    [InlineData("a\nb")]
    [InlineData("a\nb\n\n")]
    public void Line_ends_and_the_end_of_a_text_count(string text)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "a\nb\n");

        Assert.Contains(
            "look at line ends", Assert.ThrowsAny<Exception>(() => EmittedText.Same(path, text)).Message, StringComparison.Ordinal);
        EmittedText.Same(path, "a\nb\n");
        File.Delete(path);
    }

    [Fact]
    public void Diagnostics_of_a_spec_with_many_faults()
    {
        Snapshot.Match(string.Join("\n", Specs.Faults("""
            network: many-faults
            classes: twelve
            input: { size: [65] }
            backbone: { use: stages, output_stride: 5, multigrid: { three: [1, 2, 4] } }
            layers:
              aspp: { op: conv, kernel: 3, chanels: 64 }
              merged: { op: add, from: [aspp, backbone.one] }
              again: { block: units, channels: 4 }
            outputs:
              logit: { from: merged, resize: inputs }
            """, Specs.Backbone)));
    }

    /// <summary>Without the graph's data, which nobody reads and which tests of the graph look into.</summary>
    private static string Readable(string source) =>
        Regex.Replace(source, "(GraphData =>\n +\"\"\"\n).*?(?=\n +\"\"\"u8;)", "$1        …", RegexOptions.Singleline);
}
