using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Graph;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Onnx.Tests.Networks;
using DeepLabDsl.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Onnx.Tests;

/// <summary>What is done inside an exported model on request, what it says of itself, and what is refused.</summary>
public class OptionTests
{
    private static readonly OnnxPictures Pictures = new([0.4, 0.5, 0.6], [0.25, 0.2, 0.3]);

    [Fact]
    public void A_model_of_pictures_normalises_them_as_images_are_normalised()
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(TensorflowPadding.Descriptor);
        var picture = Draw(45, 61);
        using var run = OnnxRun.Load(ModuleComparison.Export(network, new OnnxExportOptions { Pictures = Pictures }), threads: 1);

        var logits = run.Run<byte, float>(picture.Pixels, [1, 45, 61, 3])[0];

        AssertClose(Logits(network, picture), logits);
    }

    [Fact]
    public void A_model_that_resizes_gives_what_pillows_reduction_and_the_module_give()
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(TensorflowPadding.Descriptor);
        // Smaller than one picture and larger than the other.
        using var run = OnnxRun.Load(ModuleComparison.Export(network, new OnnxExportOptions
        {
            Pictures = Pictures with
            {
                Size = (40,
            56)
            }
        }), threads: 1);
        foreach (var picture in new[] { Draw(101, 90), Draw(33, 40) })
        {
            using var inference = inference_mode();
            var bytes = tensor(picture.Pixels, [1, picture.Height, picture.Width, 3]).permute(0, 3, 1, 2).to(ScalarType.Float32);
            var seen = nn.functional.interpolate(bytes, [40, 56], mode: InterpolationMode.Bilinear, align_corners: false, antialias: true);
            var expected = nn.functional.interpolate(
                network.call((seen / 255 - Channels(Pictures.Mean)) / Channels(Pictures.Std)).Logits, [picture.Height, picture.Width],
                mode: InterpolationMode.Bilinear, align_corners: false);

            AssertClose(expected, run.Run<byte, float>(picture.Pixels, [1, picture.Height, picture.Width, 3])[0]);
        }
    }

    [Fact]
    public void Probabilities_and_labels_are_those_of_the_scores()
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(TensorflowPadding.Descriptor);
        var image = FillProtocol.Input(2, 3, 37, 50);
        using var inference = inference_mode();
        var logits = network.call(image).Logits;
        using var probable = OnnxRun.Load(ModuleComparison.Export(network, new OnnxExportOptions { Result = OnnxResult.Probabilities }),
            threads: 1);
        using var labelled = OnnxRun.Load(ModuleComparison.Export(network, new OnnxExportOptions { Result = OnnxResult.Labels }),
            threads: 1);

        AssertClose(logits.softmax(1), probable.Run(image.data<float>().ToArray(), image.shape)[0]);
        var labels = labelled.Run<float, byte>(image.data<float>().ToArray(), image.shape)[0];
        Assert.Equal([2, 37, 50], labels.Shape);
        Assert.Equal(logits.argmax(1).to(ScalarType.Byte).data<byte>().ToArray(), labels.Values);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Where_a_score_is_not_a_number_labels_are_void_whichever_class_it_is(int broken)
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(TensorflowPadding.Descriptor);
        using (no_grad())
            ModuleState.Of(network).Single(e => e.Name == "scores.weight").Tensor[broken].fill_(float.NaN);
        using var run = OnnxRun.Load(ModuleComparison.Export(network, new OnnxExportOptions { Result = OnnxResult.Labels }), threads: 1);

        var labels = run.Run<float, byte>(FillProtocol.Input(1, 3, 33, 33).data<float>().ToArray(), [1, 3, 33, 33])[0];

        Assert.All(labels.Values, l => Assert.Equal(255, l));
    }

    [Fact]
    public void Weights_of_16_bits_halve_the_file_and_change_little()
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(Zoo.NetworkCatalog.All.Single(n => n.Name == "demo"), 5);
        var model = ModuleComparison.Export(network, new OnnxExportOptions { Weights = OnnxWeights.Float16 });
        using var run = OnnxRun.Load(model, threads: 1);

        ModuleComparison.AssertEqual(network, run, FillProtocol.Input(1, 3, 65, 81), tolerance: 0.02);
        Assert.InRange(model.Size / (double)ModuleComparison.Export(network, new OnnxExportOptions()).Size, 0.4, 0.6);

        using (no_grad())
            ModuleState.Of(network).First(e => e.Name.EndsWith("running_mean", StringComparison.Ordinal)).Tensor.fill_(1e7);
        Assert.Contains("float16 goes up to", Refused(network, new OnnxExportOptions { Weights = OnnxWeights.Float16 }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_runs_at_several_scales_stand_in_the_file_once()
    {
        using var network = ModuleComparison.Fill(Scaled.Descriptor);

        var model = ModuleComparison.Export(network, new OnnxExportOptions { FoldBatchNorms = false });

        var weights = model.Proto.Graph.Initializer.Where(i => !i.Name.StartsWith("constant", StringComparison.Ordinal)).Select(i =>
            i.Name).ToList();
        var expected = network.Graph.Weights.Where(w => w.Role != WeightRole.BatchCount).Select(w => w.Key);
        Assert.Equal(expected.Order(StringComparer.Ordinal), weights.Order(StringComparer.Ordinal));
        Assert.Contains(model.Proto.Graph.Node, n => n.OpType == "BatchNormalization");
        Assert.DoesNotContain(ModuleComparison.Export(network, new OnnxExportOptions()).Proto.Graph.Node, n =>
            n.OpType == "BatchNormalization");
    }

    [Fact]
    public void Hard_swish_and_its_gate_are_one_operator_each()
    {
        using var network = ModuleComparison.Fill(Everything.Descriptor);

        var operators = ModuleComparison.Export(network, new OnnxExportOptions
        {
            Outputs = ModuleComparison.AllOutputs(
            network)
        }).Proto.Graph.Node.Select(n => n.OpType).ToHashSet();

        Assert.Subset(operators, new HashSet<string> { "HardSwish", "HardSigmoid", "DepthToSpace", "GlobalAveragePool" });
    }

    [Fact]
    public void A_crf_is_refused_at_its_line_and_may_be_left_out()
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(CrfRnn.Descriptor);

        Assert.Matches(@"crf-rnn\.yaml\(\d+,\d+\): 'refined' is a dense CRF", Refused(network, new OnnxExportOptions()));

        // The scores that go into it are the other output.
        using var run = OnnxRun.Load(ModuleComparison.Export(network, new OnnxExportOptions { WithoutCrf = true }), threads: 1);
        var image = FillProtocol.Input(1, 3, 24, 32);
        using var inference = inference_mode();
        AssertClose(network.call(image).Named.Single(o => o.Key == "coarse").Value, run.Run(image.data<float>().ToArray(), image.shape)[0]);
    }

    [Fact]
    public void What_can_not_be_is_refused_in_a_line()
    {
        using var network = ModuleComparison.Fill(TensorflowPadding.Descriptor);

        Assert.Contains("has no output 'mask'; its outputs are logits, features",
            Refused(network, new OnnxExportOptions { Outputs = ["mask"] }), StringComparison.Ordinal);
        Assert.Contains("can't take 0 images", Refused(network, new OnnxExportOptions { Batch = 0 }), StringComparison.Ordinal);
        Assert.Contains("takes 3 channels", Refused(network, new OnnxExportOptions { Pictures = new([0.5], [0.5]) }),
            StringComparison.Ordinal);
        using var wide = ModuleComparison.Fill(TensorflowPadding.Descriptor, 300);
        Assert.Contains("there are 300 classes", Refused(wide, new OnnxExportOptions { Result = OnnxResult.Labels }),
            StringComparison.Ordinal);
        // By what the graph says, before a weight is asked for.
        var large = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(
            Zoo.NetworkCatalog.All.Single(n => n.Name == "hdc-duc-resnet101").Graph, 5000, _ => throw new InvalidOperationException()));
        Assert.Contains("GB of weights, and one ONNX file holds 2.1 GB", large.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_model_says_of_itself_is_read_back()
    {
        var classes = new ClassSet("rooms", [new SegmentationClass("floor, \"wood\"", new Rgb(1, 2, 3)),
            new SegmentationClass("wall", new Rgb(255, 0, 9))], 7, new Rgb(4, 5, 6));
        var info = new OnnxModelInfo("my-network", classes, new ImageNormalizer([0.1, 0.2], [0.3, 0.4]))
        {
            Result = OnnxResult.Probabilities,
            OutputStride = 16,
            Specs = [new OnnxSpec("a.yaml", "network: a\n# ü ; #")],
            Evaluation = new PredictionOptions { Scales = [0.5, 1], Flip = true, Window = (513, 257), Blend = WindowBlend.Mean },
            Crf = new CrfRecipe { Iterations = 3 },
            Format = new ChannelFormat(2, 4095, (0, 1, 1)),
        };
        using var network = ModuleComparison.Fill(Windows.Descriptor);
        using var run = OnnxRun.Load(ModuleComparison.Export(network, new OnnxExportOptions { Metadata = info.ToMetadata() }), threads: 1);

        var read = OnnxModelInfo.From(run.Metadata)!;

        Assert.Equal(info.ToMetadata(), read.ToMetadata());
        Assert.Equal(("my-network", 16, OnnxResult.Probabilities), (read.Network, read.OutputStride, read.Result));
        Assert.Equal(new Rgb(255, 0, 9), read.Classes[1].Color);
        Assert.Equal((7, new DeepLabDsl.Modules.Extent(513, 257)), (read.Classes.VoidIndex, read.Evaluation.Window!.Value));
        Assert.Null(OnnxModelInfo.From(new Dictionary<string, string> { ["other"] = "program" }));
        var damaged = info.ToMetadata().ToDictionary();
        damaged["normalization"] = "{\"Mean\":[1]}";
        Assert.Contains("at 'normalization'", Assert.Throws<OnnxModelException>(() => OnnxModelInfo.From(damaged)).Message,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Onnx_s_own_checker_finds_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("onnx-checker");
        try
        {
            foreach (var descriptor in new[] { Windows.Descriptor, TensorflowPadding.Descriptor, Scaled.Descriptor,
                ScaledWithin.Descriptor, Everything.Descriptor })
            {
                using var network = ModuleComparison.Fill(descriptor);
                using var file = File.Create(Path.Combine(folder.FullName, descriptor.Name + ".onnx"));
                ModuleComparison.Export(network, new OnnxExportOptions { Outputs = ModuleComparison.AllOutputs(network) }).Write(file);
            }
            var said = OnnxChecker.Run(folder.FullName);
            Skip.If(said is null, "python3 with onnx is not installed");
            Assert.Equal("", said);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Refused(SegmentationNetwork network, OnnxExportOptions options) =>
        Assert.Throws<OnnxExportException>(() => ModuleComparison.Export(network, options)).Message;

    internal static RgbImage Draw(int height, int width)
    {
        var image = new RgbImage(width, height);
        new Random(height).NextBytes(image.Pixels);
        return image;
    }

    private static Tensor Channels(IReadOnlyList<double> values) => tensor(values.Select(v => (float)v).ToArray(), [1, values.Count, 1, 1]);

    private static Tensor Logits(SegmentationNetwork network, RgbImage picture)
    {
        using var inference = inference_mode();
        var planes = new ImageNormalizer(Pictures.Mean, Pictures.Std).Normalize(picture);
        return network.call(tensor(planes, [1, 3, picture.Height, picture.Width])).Logits;
    }

    private static void AssertClose(Tensor expected, OnnxValue<float> seen)
    {
        Assert.Equal(expected.shape, seen.Shape);
        var apart = (expected - tensor(seen.Values, [.. seen.Shape])).abs().max().ToDouble() / expected.std().ToDouble();
        Assert.True(apart <= ModuleComparison.Tolerance, $"{apart} deviations apart");
    }
}
