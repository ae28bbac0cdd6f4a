using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Data;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Onnx.Tests.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Rendering;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Onnx.Tests;

/// <summary>A segmenter without Torch predicts what the predictor with Torch predicts.</summary>
public sealed class SegmenterTests : IDisposable
{
    private static readonly ClassSet Classes = new("four", Enumerable.Range(0, 4).Select(c =>
        new SegmentationClass($"class {c}", new Rgb((byte)(60 * c), 200, 0))));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("onnx-segmenter");

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string> Ways => ["plain", "scales", "flip", "windows", "all", "mean"];

    private static PredictionOptions Way(string name) => name switch
    {
        "scales" => new() { Scales = [0.75, 1, 1.5] },
        "flip" => new() { Flip = true },
        "windows" => new() { Window = (40, 48) },
        "mean" => new() { Window = (40, 48), Blend = WindowBlend.Mean, Overlap = 0.2 },
        "all" => new() { Scales = [0.75, 1.25], Flip = true, Window = (40, 48) },
        _ => new(),
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Probabilities_are_the_predictor_s(string way)
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(TensorflowPadding.Descriptor);
        var options = Way(way);
        var picture = OptionTests.Draw(57, 83);
        var normalizer = new ImageNormalizer([0.4, 0.5, 0.6], [0.25, 0.2, 0.3]);
        var predictor = new Predictor(network, options, normalizer);
        var expected = predictor.PredictProbabilities(picture);
        foreach (var isOfPictures in new[] { false, true })
        {
            using var segmenter = new OnnxSegmenter(Write(network, normalizer,
                new() { Pictures = isOfPictures ? new(normalizer.Mean, normalizer.Std) : null }), options, threads: 1);

            var seen = segmenter.PredictProbabilities(picture);

            Assert.Equal((4, 83, 57), (seen.Classes, seen.Width, seen.Height));
            var apart = (tensor(seen.Values, [4, 57, 83]) - expected).abs().max().ToDouble();
            // Scaled pictures are rounded to bytes.
            Assert.InRange(apart, 0, isOfPictures && options.Scales is not [1.0] ? 0.02 : 2e-5);
            if (!isOfPictures)
                Assert.Equal(predictor.Predict(picture).Indices, segmenter.Predict(picture).Indices);
        }
    }

    [Fact]
    public void A_model_of_one_size_takes_larger_images_in_windows_and_no_smaller_ones()
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(TensorflowPadding.Descriptor);
        var picture = OptionTests.Draw(57, 83);
        var options = new PredictionOptions { Window = (40, 48) };
        using var segmenter = new OnnxSegmenter(Write(network, ImageNormalizer.ImageNet, new() { Batch = 1, Height = 40, Width = 48 }),
            new PredictionOptions(), threads: 1);
        var expected = new Predictor(network, options, ImageNormalizer.ImageNet).PredictProbabilities(picture);

        var seen = segmenter.PredictProbabilities(picture);

        Assert.InRange((tensor(seen.Values, [4, 57, 83]) - expected).abs().max().ToDouble(), 0, 2e-5);
        Assert.Contains("takes 40x48 pixels", Assert.Throws<OnnxModelException>(() => segmenter.Predict(OptionTests.Draw(39, 48))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_come_out_as_they_are_and_can_not_be_averaged()
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(TensorflowPadding.Descriptor);
        var picture = OptionTests.Draw(45, 61);
        var path = Write(network, ImageNormalizer.ImageNet, new()
        {
            Result = OnnxResult.Labels,
            Pictures = new(ImageNormalizer.ImageNet.Mean, ImageNormalizer.ImageNet.Std)
        });
        using var segmenter = new OnnxSegmenter(path, threads: 1);

        Assert.Equal(new Predictor(network, null, ImageNormalizer.ImageNet).Predict(picture).Indices,
            segmenter.Predict(picture).Indices);
        Assert.Contains("gives labels", Assert.Throws<OnnxModelException>(() => segmenter.PredictProbabilities(picture)).Message,
            StringComparison.Ordinal);
        Assert.Contains("can't be averaged", Assert.Throws<OnnxModelException>(() =>
            new OnnxSegmenter(path, new() { Flip = true })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_crf_refines_without_torch_as_with_it()
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(TensorflowPadding.Descriptor);
        var picture = OptionTests.Draw(45, 61);
        using var segmenter = new OnnxSegmenter(Write(network, ImageNormalizer.ImageNet, new()), threads: 1);
        var crf = CrfOptions.GaussianAndBilateral(3, 3, 20, 13, 5, iterations: 3);
        using var refiner = new CrfRefiner(crf);
        var predictor = new Predictor(network, null, ImageNormalizer.ImageNet);

        var seen = segmenter.PredictRefined(picture, crf);

        var expected = predictor.Predict(new SegmentationSample("drawn", picture, new LabelMap(61, 45)), refiner).Refined;
        Assert.InRange(seen.Indices.Zip(expected.Indices).Count(p => p.First != p.Second), 0, 2);
        Assert.Equal(MaskRenderer.Overlay(picture, segmenter.Predict(picture), Classes).Pixels, segmenter.Overlay(picture).Pixels);
    }

    [Fact]
    public void A_file_that_is_no_model_of_ours_is_refused_in_a_line()
    {
        var text = Path.Combine(_folder.FullName, "text.onnx");
        File.WriteAllText(text, "no model");
        var foreign = Path.Combine(_folder.FullName, "foreign.onnx");
        using (var network = ModuleComparison.Fill(TensorflowPadding.Descriptor))
        using (var file = File.Create(foreign))
            ModuleComparison.Export(network, new()).Write(file);

        Assert.EndsWith("no such file", Message(Path.Combine(_folder.FullName, "none.onnx")), StringComparison.Ordinal);
        Assert.Contains("is no model that ONNX Runtime can run", Message(text), StringComparison.Ordinal);
        Assert.Contains("says nothing of its classes", Message(foreign), StringComparison.Ordinal);

        static string Message(string path)
        {
            var message = Assert.Throws<OnnxModelException>(() => new OnnxSegmenter(path)).Message;
            Assert.DoesNotContain('\n', message);
            return message;
        }
    }

    private string Write(SegmentationNetwork network, ImageNormalizer normalizer, OnnxExportOptions options)
    {
        var info = new OnnxModelInfo("tensorflow-padding", Classes, normalizer) { Result = options.Result };
        var path = Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}.onnx");
        using var file = File.Create(path);
        ModuleComparison.Export(network, options with { Metadata = info.ToMetadata() }).Write(file);
        return path;
    }
}
