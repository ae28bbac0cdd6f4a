using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Cli.Tests;

/// <summary><c>Segmenter</c> on a run, weights and an ONNX model: it finds what <c>predict</c> finds, to the bit.</summary>
[Collection(Host.Collection)]
public sealed class SegmenterTests(TrainedScenes scenes) : IClassFixture<TrainedScenes>
{
    private string Image => Directory.EnumerateFiles(scenes.Images, "*.png").Order(StringComparer.Ordinal).First();

    public static TheoryData<string> Ways => ["plain", "scales", "windows", "crf"];

    [Theory]
    [MemberData(nameof(Ways))]
    public void It_predicts_what_the_command_predicts(string way)
    {
        var model = scenes.In("segmenter.onnx");
        if (!File.Exists(model))
            Host.Succeed("export", "demo", "--weights", scenes.Weights, "--onnx", model);
        var (options, arguments) = way switch
        {
            "scales" => (new SegmenterOptions { Scales = [0.75, 1.25], Flip = true }, new[] { "--scales", "0.75", "1.25", "--flip" }),
            "windows" => (new() { Window = (40, 48), Overlap = 0.25 }, ["--window", "40x48", "--overlap", "0.25"]),
            "crf" => (new() { Crf = new CrfRecipe { Iterations = 3, BilateralSigmaXy = 20 } },
                ["--crf", "--iterations", "3", "--bilateral-sigma-xy", "20"]),
            _ => (new(), Array.Empty<string>()),
        };
        foreach (var path in new[] { scenes.Weights, model })
        {
            var name = path == model ? new[] { model } : ["demo", "--weights", scenes.Weights];
            var folder = scenes.In($"{way}-{Path.GetFileName(path)}");
            string[] kinds = way == "crf" ? ["index"] : ["index", "probabilities"];
            Host.Succeed(["predict", .. name[..1], Image, .. name[1..], "--out", folder, .. arguments, "--write", .. kinds]);
            var saved = Path.Combine(folder, Path.GetFileNameWithoutExtension(Image));

            using var segmenter = Segmenter.Load(path, options with { KeepProbabilities = true });
            var result = segmenter.Segment(Image);

            Assert.Equal(ImageFile.ReadLabels(saved + "_index.png").Indices, result.Labels.Indices);
            if (way == "crf")
                continue;
            using var probabilities = NpyFile.Read(saved + "_probabilities.npy");
            Assert.Equal(probabilities.data<float>().ToArray(), result.Probabilities!.Values);
            using var plain = Segmenter.Load(path, options);
            Host.Succeed(["predict", .. name[..1], Image, .. name[1..], "--out", folder, .. arguments, "--write", "index"]);
            Assert.Equal(ImageFile.ReadLabels(saved + "_index.png").Indices, plain.Segment(Image).Labels.Indices);
        }
    }

    [Fact]
    public void It_knows_what_it_is_and_takes_weights_with_a_network()
    {
        var weights = Path.Combine(scenes.Weights, "best.safetensors");
        var classes = DemoClasses();
        using var run = Segmenter.Load(scenes.Weights);
        using var file = Segmenter.Load(weights, DemoNetwork.Descriptor);
        using var listed = Segmenter.Load(weights, NetworkCatalog.All);
        using var network = new DemoNetwork(classes.Count);
        DeepLabDsl.Weights.WeightsFile.Load(network, weights);
        using var own = Segmenter.Of(network, classes);

        Assert.All([run, file, listed, own], s => Assert.Equal(("demo", classes.Count), (s.Network, s.Classes.Count)));
        Assert.All([file, listed, own], s => Assert.Equal(run.Segment(Image).Labels.Indices, s.Segment(Image).Labels.Indices));
        Assert.Equal(1, run.Segment(Image).Shares.Sum(s => s.Share), 1e-12);
    }

    [Fact]
    public void What_can_not_be_loaded_is_told_with_the_file_and_the_way_out()
    {
        var empty = Directory.CreateDirectory(scenes.In("empty")).FullName;
        var text = scenes.In("text.onnx");
        File.WriteAllText(text, "no model");
        var nameless = scenes.In("nameless.safetensors");
        using (var network = new DemoNetwork(DemoClasses().Count))
            DeepLabDsl.Weights.WeightsFile.Save(network, nameless);

        Assert.EndsWith("holds neither best.safetensors nor last.safetensors; is it the folder of a run?", Fault(empty),
            StringComparison.Ordinal);
        Assert.Contains("no such file; name a file of weights", Fault(scenes.In("nothing")), StringComparison.Ordinal);
        Assert.Contains("is no model that ONNX Runtime can run", Fault(text), StringComparison.Ordinal);
        Assert.Contains("does not say which network it is of; name that too", Fault(nameless), StringComparison.Ordinal);
        Assert.Contains("is of the network 'demo', which is not among hdc-resnet101", Assert.ThrowsAny<DeepLabDslException>(() =>
            Segmenter.Load(scenes.Weights, [NetworkCatalog.All.Single(n => n.Name == "hdc-resnet101"), DeepLabV3ResNet50.Descriptor]))
            .Message, StringComparison.Ordinal);
        Assert.Contains("does not say what its classes are; name them", Assert.Throws<WeightsException>(() =>
            Segmenter.Load(nameless, DemoNetwork.Descriptor)).Message, StringComparison.Ordinal);
        using var named = Segmenter.Load(nameless, DemoNetwork.Descriptor, new() { Classes = DemoClasses() });

        static string Fault(string path)
        {
            var message = Assert.ThrowsAny<DeepLabDslException>(() => Segmenter.Load(path)).Message;
            Assert.StartsWith(path, message, StringComparison.Ordinal);
            Assert.DoesNotContain("--", message, StringComparison.Ordinal);
            return message;
        }
    }

    private ClassSet DemoClasses() => DeepLabDsl.Data.DatasetDefinition.Find(scenes.Data).Classes;
}
