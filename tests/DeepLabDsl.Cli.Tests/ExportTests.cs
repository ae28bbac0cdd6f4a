using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using DeepLabDsl.Onnx;

namespace DeepLabDsl.Cli.Tests;

/// <summary><c>export</c>, and <c>predict</c> and <c>eval</c> by what it wrote.</summary>
[Collection(Host.Collection)]
public sealed class ExportTests(TrainedScenes scenes) : IClassFixture<TrainedScenes>
{
    [Fact]
    public void An_export_says_what_it_is_and_carries_what_it_needs()
    {
        var file = scenes.In("demo.onnx");

        var said = Host.Succeed("export", "demo", "--weights", scenes.Weights, "--onnx", file, "--check");

        Assert.Matches(@"demo: image float32 \[N, 3, H, W\] -> logits float32 \[N, \d+, H, W\]", said);
        Assert.Contains("standard deviations apart", said, StringComparison.Ordinal);
        using var segmenter = new OnnxSegmenter(file);
        Assert.Equal("demo", segmenter.Info.Network);
        Assert.Contains("network: demo", segmenter.Info.Specs[0].Text, StringComparison.Ordinal);
        Assert.Equal(DatasetDefinition.Find(scenes.Data, null).Classes.Names, segmenter.Classes.Names);
        // Masks and scores are those of the network.
        var (ours, theirs, engine) = (scenes.In("torch"), scenes.In("onnx"), scenes.In("engine"));
        Host.Succeed("predict", "demo", scenes.Images, "--weights", scenes.Weights, "--out", ours, "--write", "index");
        Host.Succeed("predict", file, scenes.Images, "--out", theirs, "--write", "index", "probabilities");
        Host.Succeed("predict", "demo", scenes.Images, "--weights", scenes.Weights, "--engine", "onnx", "--out", engine, "--write",
            "index");
        foreach (var mask in Directory.EnumerateFiles(ours, "*_index.png"))
        {
            var expected = ImageFile.ReadLabels(mask).Indices;
            foreach (var other in new[] { theirs, engine })
                AssertAlike(expected, ImageFile.ReadLabels(Path.Combine(other, Path.GetFileName(mask))).Indices);
            using var probabilities = NpyFile.Read(Path.Combine(theirs,
                Path.GetFileName(mask).Replace("_index.png", "_probabilities.npy", StringComparison.Ordinal)));
            Assert.Equal([segmenter.Classes.Count, 48L, 64], probabilities.shape);
        }
        Assert.Contains("mIoU", Host.Succeed("eval", file, "--data", scenes.Data, "--flip"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--pictures")]
    [InlineData("--pictures", "--resize", "40x56")]
    [InlineData("--result", "probabilities", "--size", "48x64", "--batch", "1")]
    [InlineData("--pictures", "--result", "labels")]
    [InlineData("--weights-type", "float16", "--keep-batch-norms")]
    [InlineData("--outputs", "all")]
    public void Whatever_is_in_the_model_it_is_equal_to_the_network(params string[] options)
    {
        var file = scenes.In($"{Guid.NewGuid():N}.onnx");

        var said = Host.Succeed(["export", "demo", "--weights", scenes.Weights, "--onnx", file, "--check", .. options]);

        Assert.Contains("beside the network at", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Eight_bits_are_calibrated_and_their_cost_is_said()
    {
        var file = scenes.In("int8.onnx");

        var said = Host.Succeed("export", "demo", "--weights", scenes.Weights, "--onnx", file, "--weights-type", "int8", "--data",
            scenes.Data, "--pictures");

        Assert.Matches(@"mIoU on val, 3 images: float32 [\d.]+ %, int8 [\d.]+ %: [-+]?[\d.]+ points", said);
        Assert.Contains("mIoU", Host.Succeed("eval", file, "--data", scenes.Data), StringComparison.Ordinal);
        Assert.InRange(new FileInfo(file).Length, 1, 1_100_000);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused_in_a_line()
    {
        var file = scenes.In("refused.onnx");

        Assert.Contains("--resize needs --pictures", Refused("--resize", "40x40"), StringComparison.Ordinal);
        Assert.Contains("needs --data DIR", Refused("--weights-type", "int8"), StringComparison.Ordinal);
        Assert.Contains("need --weights-type int8", Refused("--data", scenes.Data), StringComparison.Ordinal);
        Assert.Contains("has no output 'mask'", Refused("--outputs", "mask"), StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        Assert.Contains("no such file", Host.Fail("predict", file, scenes.Images, "--out", scenes.In("none")), StringComparison.Ordinal);
        Assert.Contains("--weights FILE is missing", Host.Fail("predict", "demo", scenes.Images, "--out", scenes.In("none")),
            StringComparison.Ordinal);

        string Refused(params string[] options) => Host.Fail(["export", "demo", "--weights", scenes.Weights, "--onnx", file, .. options]);
    }

    /// <summary>Scores that are alike may fall on either side.</summary>
    private static void AssertAlike(byte[] expected, byte[] seen)
    {
        Assert.Equal(expected.Length, seen.Length);
        Assert.InRange(expected.Zip(seen).Count(p => p.First != p.Second), 0, expected.Length / 1000);
    }
}
