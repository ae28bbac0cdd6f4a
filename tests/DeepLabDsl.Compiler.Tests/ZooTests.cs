using System;
using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>The shipped specs: no fault, and the counts that papers and reference code state.</summary>
public class ZooTests
{
    [Fact]
    public void Every_spec_compiles()
    {
        var library = new SpecLibrary(Specs.Zoo);

        Assert.Empty(Specs.Zoo.SelectMany(f => f.Diagnostics).Concat(library.Diagnostics));
        // Infos say what published networks do (multi-grid 2, 4, 8 grids); warnings are faults, or are suppressed with a reason.
        Assert.All(
            Specs.Zoo.SelectMany(f => SpecCompiler.Compile(f, library, "Test")).SelectMany(n => n.Diagnostics),
            d => Assert.True(d.Rule.Severity == RuleSeverity.Info, d.ToString()));
    }

    [Theory]
    // torchvision's own counts, on 520x520 with the auxiliary head.
    [InlineData("deeplabv3-resnet50", 520, 42.004074, 178.722)]
    // MobileNetV2, table 7: 2.11 M; 2.75 G with TensorFlow's padding, 2.741 without.
    [InlineData("deeplabv3-mobilenet-v2", 513, 2.113557, 2.741)]
    // TensorFlow's dm0.5: 0.88 G.
    [InlineData("deeplabv3-mobilenet-v2-half", 513, 0.697013, 0.867)]
    // torchvision's own counts, on 520x520, of the first with the auxiliary head.
    [InlineData("deeplabv3-mobilenet-v3-large", 520, 11.029328, 10.452)]
    [InlineData("lraspp-mobilenet-v3-large", 520, 3.221538, 2.086)]
    // VainF's tables: 62.7 G and 83.4 G; measured with its own code: 62.380.
    [InlineData("deeplabv3plus-resnet50", 513, 39.761845, 62.380)]
    [InlineData("deeplabv3plus-resnet101", 513, 58.753973, 83.005)]
    // DeepLab v3+, table 5, less TensorFlow's padding: 89.76 G dense; 54.17 G and 177.10 G separable.
    [InlineData("deeplabv3plus-xception65-dense", 513, 54.711461, 86.679)]
    [InlineData("deeplabv3plus-xception65", 513, 41.055413, 54.035)]
    [InlineData("deeplabv3plus-xception65-os8", 513, 41.055413, 176.852)]
    public void CountsAreThePublishedOnes(string network, int side, double millions, double gigaMultiplyAdds)
    {
        var report = Specs.CompileZoo(network, (side, side)).Report!;

        Assert.Equal(millions, report.Parameters / 1e6, 6);
        Assert.Equal(gigaMultiplyAdds, report.MultiplyAdds / 1e9, 3);
    }

    [Theory]
    // DeepLab v3+, table 5, with TensorFlow's padding: 89.76 G and 262.59 G.
    [InlineData(16, 89.609)]
    [InlineData(8, 262.357)]
    public void With_TensorFlows_padding_counts_are_the_papers(int outputStride, double gigaMultiplyAdds)
    {
        var report = Specs.CompileZoo("deeplabv3plus-xception65-dense", edit: text => text
            .Replace("layers:\n", $"backbone: {{ output_stride: {outputStride} }}\nlayers:\n", StringComparison.Ordinal)).Report!;

        Assert.Equal(gigaMultiplyAdds, report.SpaceToBatchMultiplyAdds / 1e9, 3);
    }

    [Theory]
    // At output stride 8 a unit that loses its stride keeps the rate before it (TensorFlow's stack_blocks_dense).
    [InlineData("deeplabv3plus-xception65", 37_867_312, 0, 0, 0, 2)]
    [InlineData("deeplabv3plus-xception65-os8", 37_867_312, 0, 2, 2, 4)]
    [InlineData("deeplabv3plus-xception41", 24_920_560, 0, 0, 0, 2)]
    public void The_Xception_backbone_has_the_papers_parameters_and_rates(
        string network, long parameters, int entry3, int middle, int exit1, int exit2)
    {
        var parts = Specs.CompileZoo(network).Report!.Stages.Where(s => s.Name.StartsWith("backbone", StringComparison.Ordinal)).ToList();

        Assert.Equal(parameters, parts.Sum(p => p.Parameters));
        // Rates are listed where one is above 1.
        Assert.Equal([entry3, middle, exit1, exit2], parts.TakeLast(4).Select(p => p.Rates.Distinct().SingleOrDefault()));
    }

    [Theory]
    // An independent counter: 59.468 M with the beta stem; Xception-65 less the decoder of 54.711 M.
    [InlineData("deeplabv3plus-resnet101-paper", 59_468_085)]
    [InlineData("deeplabv3-xception65", 53_407_813)]
    public void The_networks_of_the_papers_tables_have_their_parameters(string network, long parameters)
    {
        Assert.Equal(parameters, Specs.CompileZoo(network).Report!.Parameters);
    }

    [Fact]
    public void Two_lines_make_it_output_stride_16_with_multi_grid()
    {
        var changed = Specs.CompileZoo("deeplabv3-resnet50", edit: text => text.Replace(
            "  output_stride: 8\n", "  output_stride: 16\n  multi_grid: { layer4: [1, 2, 4] }\n", StringComparison.Ordinal)).Report!;

        Assert.Equal(16, changed.OutputStride);
        Assert.Equal([2, 4, 8], changed.Stages.Single(s => s.Name == "backbone.layer4").Rates);
        Assert.Equal([6, 12, 18, 1], changed.Stages.Single(s => s.Name == "classifier").Rates);
        Assert.Equal(42_004_074, changed.Parameters);
    }

    [Theory]
    [InlineData("torchvision", "1,2,2,2,2,2", "2,4,4")]
    [InlineData("caffe", "2,2,2,2,2,2", "4,4,4")]
    [InlineData("slim", "2,2,2,2,2,2", "4,4,4")]
    public void Conventions_share_parameters_and_differ_in_rates(string convention, string layer3, string layer4)
    {
        var report = Specs.CompileZoo("deeplabv3-resnet50", edit: text => text.Replace(
            "  output_stride: 8\n", $"  output_stride: 8\n  convention: {convention}\n", StringComparison.Ordinal)).Report!;

        Assert.Equal(42_004_074, report.Parameters);
        Assert.Equal(layer3, string.Join(",", report.Stages.Single(s => s.Name == "backbone.layer3").Rates));
        Assert.Equal(layer4, string.Join(",", report.Stages.Single(s => s.Name == "backbone.layer4").Rates));
    }

    [Fact]
    public void Caffes_convention_strides_on_the_first_convolution()
    {
        var source = Specs.CompileZoo("deeplabv3-resnet50", edit: text => text.Replace(
            "  output_stride: 8\n", "  output_stride: 8\n  convention: caffe\n", StringComparison.Ordinal)).Source;

        Assert.Contains("strideOn: \"conv1\"", source, StringComparison.Ordinal);
        Assert.Contains("Conv1 = defaults.Conv2d(inChannels, channels, kernel: 1, stride: strideOn == \"conv1\" ? stride : 1);",
            Specs.ZooCode("deeplabv3-resnet50"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_full_aspp_on_mobile_net_V2_has_the_papers_parameters()
    {
        // MobileNetV2, table 7: 4.52 M.
        Assert.Equal(4.524, Specs.CompileZoo("deeplabv3-mobilenet-v2-aspp").Report!.Parameters / 1e6, 3);
    }

    [Theory]
    [InlineData(16, 0.867)]
    [InlineData(8, 2.819)]
    public void Half_the_width_without_rounding_is_tensor_flows_small_network(int outputStride, double gigaMultiplyAdds)
    {
        var report = Specs.CompileZoo("deeplabv3-mobilenet-v2", (513, 513), text => text
            .Replace("  width: 1.0\n", "  width: 0.5\n  divisor: 1\n", StringComparison.Ordinal)
            .Replace("output_stride: 16", $"output_stride: {outputStride}", StringComparison.Ordinal)).Report!;

        Assert.Equal(0.697, report.Parameters / 1e6, 3);
        Assert.Equal(gigaMultiplyAdds, report.MultiplyAdds / 1e9, 3);
    }
}
