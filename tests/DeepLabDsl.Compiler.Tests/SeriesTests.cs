using System;
using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>The networks of DeepLab v1 to v3 and of HDC and DUC, against what papers and independent counters say of them.</summary>
public class SeriesTests
{
    [Theory]
    // DeepLab v1, table 2: 134.3 M, 65.1 M, 20.5 M; the released net's multiply-adds at its size and at 513.
    [InlineData("deeplabv1-7x7", 306, 134_346_581, null)]
    [InlineData("deeplabv1", 306, 65_140_565, null)]
    [InlineData("deeplabv1-4x4", 306, 65_140_565, null)]
    [InlineData("deeplabv1-largefov-paper", 306, 20_505_429, null)]
    [InlineData("deeplabv1-largefov", 321, 20_505_429, 50.93)]
    [InlineData("deeplabv1-largefov", 513, 20_505_429, 128.584633024)]
    [InlineData("deeplabv1-msc-largefov", 321, 21_711_445, null)]
    [InlineData("deeplabv2-vgg16-aspp-l", 321, 37_877_652, null)]
    [InlineData("deeplabv2-vgg16-aspp-s", 321, 37_877_652, null)]
    [InlineData("deeplabv2-resnet101", 321, 44_048_532, 75.1)]
    [InlineData("deeplabv2-resnet101", 513, 44_048_532, 188.885763264)]
    // All three passes.
    [InlineData("deeplabv2-resnet101-msc-kazuto", 513, 44_048_532, 344.875910336)]
    [InlineData("deeplabv3-resnet101-kazuto", 513, 58_040_661, 70.243498432)]
    [InlineData("deeplabv3-resnet101-kazuto-os8", 513, 58_040_661, 245.775202752)]
    // torchvision's own counts, with the auxiliary head.
    [InlineData("deeplabv3-resnet101", 520, 60_996_202, 258.743)]
    // MobileNetV2, table 7, lists DeepLab v3 as 58.16 M; multiply-adds without TensorFlow's padding.
    [InlineData("deeplabv3-resnet101-paper", 513, 58_164_437, 76.05)]
    [InlineData("deeplabv3-resnet101-paper-os8", 513, 58_164_437, 252.25)]
    public void CountsAreThePublishedOnes(string network, int side, long parameters, double? gigaMultiplyAdds)
    {
        var report = Specs.CompileZoo(network, (side, side)).Report!;

        Assert.Equal(parameters, report.Parameters);
        if (gigaMultiplyAdds is not { } expected)
            return;
        var digits = expected.ToString(System.Globalization.CultureInfo.InvariantCulture).Split('.')[1].Length;
        Assert.Equal(expected, Math.Round(report.MultiplyAdds / 1e9, digits));
    }

    [Theory]
    // DeepLab v1, section 3.2, quotes 404 and 308; the released nets' 3x3 pools see more than its 2x2, and pool5a adds 16.
    [InlineData("deeplabv1", "backbone.pool5", 212)]
    [InlineData("deeplabv1", "head", 308)]
    [InlineData("deeplabv1-4x4", "head", 404)]
    [InlineData("deeplabv1-7x7", "head", 404)]
    [InlineData("deeplabv1-largefov-paper", "head", 404)]
    [InlineData("deeplabv1-largefov", "backbone.pool5", 227)]
    [InlineData("deeplabv1-largefov", "pool5a", 243)]
    [InlineData("deeplabv1-largefov", "head", 435)]
    [InlineData("deeplabv2-resnet101", "backbone.layer4", 1027)]
    public void FieldsAreThePublishedOnes(string network, string part, int field)
    {
        Assert.Equal(field, Specs.CompileZoo(network).Report!.Stages.Single(s => s.Name == part).ReceptiveField);
    }

    [Theory]
    // DeepLab v1, section 3.2: 306 to 39 with 2x2 pools; 321 to 41 with the released nets' 3x3.
    [InlineData("deeplabv1", 306, "153,77,39,39,39", "backbone.pool")]
    [InlineData("deeplabv1-largefov", 321, "161,81,41,41,41", "backbone.pool")]
    [InlineData("deeplabv2-resnet101", 321, "81,41,41,41", "backbone.layer")]
    public void Sides_are_the_published_ones(string network, int side, string sides, string prefix)
    {
        var stages = Specs.CompileZoo(network, (side, side)).Report!.Stages;

        Assert.Equal(sides, string.Join(",", stages.Where(s => s.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(s => s.Height)));
    }

    [Theory]
    // DeepLab v3, section 3.2: the rate of block k is max(1, 2^(k+1) / OS), times the unit's multi-grid.
    [InlineData(8, 4, 8, 16, 32)]
    [InlineData(16, 2, 4, 8, 16)]
    [InlineData(32, 1, 2, 4, 8)]
    [InlineData(64, 1, 1, 2, 4)]
    [InlineData(128, 1, 1, 1, 2)]
    [InlineData(256, 1, 1, 1, 1)]
    public void The_cascade_runs_at_any_output_stride(int outputStride, params int[] rates)
    {
        var report = Specs.CompileZoo("deeplabv3-cascade-resnet101", (513, 513), text => text.Replace(
            "output_stride: 16", $"output_stride: {outputStride}", StringComparison.Ordinal)).Report!;

        Assert.Equal(outputStride, report.OutputStride);
        Assert.Equal((512 / outputStride) + 1, report.Stages.Single(s => s.Name == "backbone.layer7").Height);
        for (var i = 0; i < rates.Length; i++)
            Assert.Equal([rates[i], 2 * rates[i], rates[i]], report.Stages.Single(s => s.Name == $"backbone.layer{i + 4}").Rates);
    }

    [Fact]
    public void Hybrid_dilation_gives_every_unit_its_rate()
    {
        var report = Specs.CompileZoo("hdc-duc-resnet101").Report!;

        Assert.Equal(
            [2, 2, 5, 9, 1, 2, 5, 9, 1, 2, 5, 9, 1, 2, 5, 9, 1, 2, 5, 9, 1, 2, 5],
            report.Stages.Single(s => s.Name == "backbone.layer3").Rates);
        Assert.Equal([5, 9, 17], report.Stages.Single(s => s.Name == "backbone.layer4").Rates);
        Assert.Equal((19, 800, 1.0), report.Stages.Where(s => s.Name == "duc").Select(s => (s.Channels, s.Height, s.Stride)).Single());
    }
}
