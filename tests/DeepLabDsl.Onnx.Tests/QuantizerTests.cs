using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Onnx.Tests;

/// <summary>Models that compute in 8 bits: near the network, and rounded where it costs little.</summary>
public class QuantizerTests
{
    private static readonly IReadOnlyList<Func<(RgbImage, ChannelImage?)>> Images =
        [.. new[] { (65, 81), (72, 64) }.Select(s => (Func<(RgbImage, ChannelImage?)>)(() => (OptionTests.Draw(s.Item1, s.Item2), null)))];

    [Theory]
    [InlineData("demo")]
    [InlineData("lraspp-mobilenet-v3-small")]
    public void Scores_stay_near_and_what_must_not_be_rounded_is_not(string name)
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(Zoo.NetworkCatalog.All.Single(n => n.Name == name), 4);
        var model = ModuleComparison.Export(network, new OnnxExportOptions());
        var calibration = OnnxCalibration.Run(model, Images, ImageNormalizer.ImageNet, threads: 1);

        var rounded = OnnxQuantizer.Quantize(model, calibration);

        var graph = rounded.Proto.Graph;
        var producers = graph.Node.ToDictionary(n => n.Output[0]);
        var convolutions = graph.Node.Where(n => n.OpType == "Conv").ToList();
        var inBytes = convolutions.Where(c => producers.TryGetValue(c.Input[1], out var p) && p.OpType == "DequantizeLinear").ToList();
        Assert.InRange(inBytes.Count, convolutions.Count / 2, convolutions.Count - 1);
        // The last convolution's scores are compared; resizes of bytes would cut fractions off.
        Assert.DoesNotContain(convolutions[^1], inBytes);
        Assert.DoesNotContain(graph.Node, n => n.OpType == "QuantizeLinear" && producers.TryGetValue(n.Input[0], out var p)
            && p.OpType == "Resize");
        // A scale for each channel of the result.
        Assert.All(inBytes, c => Assert.Equal(
            graph.Initializer.Single(i => i.Name == producers[c.Input[1]].Input[0]).Dims[0],
            graph.Initializer.Single(i => i.Name == producers[c.Input[1]].Input[1]).Dims[0]));
        Assert.InRange(rounded.Size / (double)model.Size, 0.2, 0.75);

        var picture = OptionTests.Draw(65, 81);
        var image = ImageNormalizer.ImageNet.Normalize(picture);
        using var inference = inference_mode();
        var expected = network.call(tensor(image, [1, 3, 65, 81])).Logits;
        using var run = OnnxRun.Load(rounded, threads: 1);
        var seen = run.Run(image, [1, 3, 65, 81])[0];
        var error = (tensor(seen.Values, [.. seen.Shape]) - expected).std().ToDouble() / expected.std().ToDouble();
        Assert.InRange(error, 0, 0.35);
    }

    [Fact]
    public void Ranges_of_another_network_are_refused()
    {
        using var network = ModuleComparison.Fill(Zoo.NetworkCatalog.All.Single(n => n.Name == "demo"), 4);
        using var other = ModuleComparison.Fill(Zoo.NetworkCatalog.All.Single(n => n.Name == "lraspp-mobilenet-v3-small"), 4);
        var model = ModuleComparison.Export(network, new OnnxExportOptions());
        var calibration = OnnxCalibration.Run(model, [.. Images.Take(1)], ImageNormalizer.ImageNet, threads: 1);

        Assert.Contains("has no range of", Assert.Throws<OnnxExportException>(
            () => OnnxQuantizer.Quantize(ModuleComparison.Export(other, new OnnxExportOptions()), calibration)).Message,
                StringComparison.Ordinal);
        Assert.Contains("no images", Assert.Throws<OnnxExportException>(
            () => OnnxCalibration.Run(model, [], ImageNormalizer.ImageNet)).Message, StringComparison.Ordinal);
    }
}
