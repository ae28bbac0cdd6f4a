using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using DeepLabDsl.Compiler;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Graph;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Evaluation;

public sealed class PredictorTests
{
    private static readonly RgbImage Scene = DemoScenes.Draw(5, width: 70, height: 53).Image;

    [Fact]
    public void Windows_begin_at_the_start_end_at_the_end_and_share_the_overlap()
    {
        Gen.Select(Gen.Int[1, 400], Gen.Int[1, 200], Gen.Double[0, 0.95]).Sample((length, window, overlap) =>
        {
            var starts = Windows.Starts(length, Math.Min(window, length), overlap);
            window = Math.Min(window, length);
            Assert.Equal((0, length - window), (starts[0], starts[^1]));
            var step = Math.Max(1, Math.Floor(window * (1 - overlap)));
            Assert.All(starts.Zip(starts.Skip(1)), p => Assert.InRange(p.Second - p.First, 1, step));
        });
    }

    [Theory]
    [InlineData(0, WindowBlend.Mean)]
    [InlineData(0.4, WindowBlend.Hann)]
    [InlineData(0.7, WindowBlend.Mean)]
    public void Where_each_pixel_speaks_for_itself_windows_change_nothing(double overlap, WindowBlend blend)
    {
        using var network = new Pointwise(3, 4);
        using var whole = new Predictor(network).PredictProbabilities(Scene);
        using var cut = new Predictor(network, new PredictionOptions { Window = (20, 32), Overlap = overlap, Blend = blend, Flip = true })
            .PredictProbabilities(Scene);
        Assert.Equal([4L, 53, 70], cut.shape);
        Assert.True(whole.allclose(cut, rtol: 0, atol: 1e-5), "probabilities differ");
        using var sums = cut.sum(0, keepdim: true);
        Assert.True(sums.allclose(ones_like(sums), rtol: 0, atol: 1e-5), "probabilities do not sum to 1");
    }

    [Fact]
    public void Every_pixel_counts_each_window_once_by_its_weight()
    {
        // A network that says where in its window a pixel is shows how windows are put together.
        using var network = new Positional();
        var image = new RgbImage(6, 1);
        float[] Says(WindowBlend blend)
        {
            using var found = new Predictor(network, new PredictionOptions { Window = (1, 4), Overlap = 0.5, Blend = blend })
                .PredictProbabilities(image);
            return found[0].data<float>().ToArray();
        }
        // Windows 0 to 3 and 2 to 5; in each the probabilities of class 0 are 0.2, 0.4, 0.6, 0.8.
        Assert.All(new[] { 0.2, 0.4, 0.4, 0.6, 0.6, 0.8 }.Zip(Says(WindowBlend.Mean)), p => Assert.Equal(p.First, p.Second, 1e-5));
        // Hann over four pixels: sin^2 of 22.5 and 67.5 degrees.
        var (low, high) = (Math.Pow(Math.Sin(Math.PI / 8), 2), Math.Pow(Math.Sin(3 * Math.PI / 8), 2));
        var third = (0.6 * high + 0.2 * low) / (high + low);
        var fourth = (0.8 * low + 0.4 * high) / (high + low);
        Assert.All(new[] { 0.2, 0.4, third, fourth, 0.6, 0.8 }.Zip(Says(WindowBlend.Hann)), p => Assert.Equal(p.First, p.Second, 1e-5));
    }

    [Fact]
    public void Probabilities_are_averaged_over_scales_and_flips()
    {
        using var scope = NewDisposeScope();
        var network = Zoo.NetworkCatalog.All.First(n => n.Name == "demo").Create(5);
        FillProtocol.Fill(network);
        network.eval();
        var input = tensor(new ImageNormalizer(network.Descriptor.Mean, network.Descriptor.Std).Normalize(Scene), [1, 3, 53, 70]);
        var expected = new List<Tensor>();
        using (inference_mode())
        {
            foreach (var scale in new[] { 1.0, 1.5 })
            {
                var scaled = scale == 1 ? input : Layers.Resize(input, scale);
                expected.Add(Layers.Resize(network.call(scaled).Logits, to: input).softmax(1));
                expected.Add(Layers.Resize(network.call(scaled.flip(3)).Logits.flip(3), to: input).softmax(1));
            }
        }
        var predictor = new Predictor(network, new PredictionOptions { Scales = [1, 1.5], Flip = true });
        var actual = predictor.PredictProbabilities(Scene);
        var mean = stack(expected).mean([0]).squeeze(0);
        Assert.True(mean.allclose(actual, rtol: 0, atol: 1e-5), "probabilities differ");
        Assert.Equal(actual.argmax(0).to(ScalarType.Byte).bytes.ToArray(), predictor.Predict(Scene).Indices);
        network.Dispose();
    }

    /// <summary>Rows are decided band by band as windows are done; the result is that of all rows at once.</summary>
    [Fact]
    public void Bands_of_windows_are_the_whole_maps_rows()
    {
        using var network = Zoo.NetworkCatalog.All.First(n => n.Name == "demo").Create(5);
        FillProtocol.Fill(network);
        var tall = DemoScenes.Draw(6, width: 61, height: 301).Image;
        // At scale 0.5 the window is wider than the image, at 0.1 the image fits in it.
        var predictor = new Predictor(
            network, new PredictionOptions { Scales = [1, 0.5, 0.1, 1.3], Flip = true, Window = (48, 40), Overlap = 0.3 });
        using var whole = predictor.PredictProbabilities(tall);
        using var largest = whole.argmax(0);
        using var expected = largest.to(ScalarType.Byte);
        Assert.InRange(expected.bytes.ToArray().Zip(predictor.Predict(tall).Indices).Count(p => p.First != p.Second), 0, 3);
    }

    [Fact]
    public void Images_of_many_channels_are_predicted_by_them_and_others_refused()
    {
        using var network = new Pointwise(5, 4);
        var planes = new ChannelImage(3, 2, 5, [.. Enumerable.Range(0, 30).Select(i => i / 30f)]);
        var sample = new SegmentationSample("s", new RgbImage(3, 2), new LabelMap(3, 2)) { Planes = planes };
        Assert.Equal(6, new Predictor(network).Predict(sample).Indices.Length);
        var message = Assert.Throws<UnusableDataException>(() => new Predictor(network).Predict(Scene)).Message;
        Assert.StartsWith("pointwise takes 5 channels, the image has 3.", message);
    }

    [Theory]
    [InlineData("deeplabv3-mobilenet-v2", "deeplabv3-mobilenet-v2-os8")]
    [InlineData("deeplabv3-resnet50", "deeplabv3-resnet50-os16")]
    public void Another_output_stride_takes_the_same_weights(string trained, string tested)
    {
        Dictionary<string, string> Shapes(string name)
        {
            using var network = Zoo.NetworkCatalog.All.First(n => n.Name == name).Create(11);
            return network.state_dict().ToDictionary(p => p.Key, p => string.Join('x', p.Value.shape));
        }
        Assert.Equal(Shapes(trained), Shapes(tested));
        var (first, second) = (Zoo.NetworkCatalog.All.First(n => n.Name == trained), Zoo.NetworkCatalog.All.First(n => n.Name == tested));
        Assert.NotEqual(first.OutputStride, second.OutputStride);
    }

    [Fact]
    public void A_spec_says_how_its_network_is_evaluated()
    {
        var said = Networks.LearnerFrozen.Descriptor.Evaluation;
        Assert.Equal([0.5, 1], said.Scales);
        Assert.Equal((true, new Extent(24, 32), 0.25, WindowBlend.Mean), (said.Flip, said.Window, said.Overlap, said.Blend));
        Assert.Equal(
            (1, false, null),
            (Networks.Learner.Descriptor.Evaluation.Scales.Single(), Networks.Learner.Descriptor.Evaluation.Flip,
            Networks.Learner.Descriptor.Evaluation.Window));
        Assert.All(RecipeTable.Evaluation, row => Assert.NotNull(typeof(PredictionOptions).GetProperty(TrainingEmitter.Property(row))));
    }

    [Fact]
    public void How_the_datasets_images_are_read_goes_with_the_weights()
    {
        var normalizer = new ImageNormalizer([0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4]);
        var saved = new WeightsMetadata("n", DemoScenes.Classes) { Normalizer = normalizer }.ToDictionary();
        var read = WeightsMetadata.From(saved)!.Normalizer!;
        Assert.Equal(normalizer.Mean, read.Mean);
        Assert.Equal(normalizer.Std, read.Std);
        Assert.Null(WeightsMetadata.From(new WeightsMetadata("n", DemoScenes.Classes).ToDictionary())!.Normalizer);
        var format = new ChannelFormat(4, 10000, (3, 0, 1));
        Assert.Equal(format, WeightsMetadata.From(new WeightsMetadata("n", DemoScenes.Classes) { Format = format }.ToDictionary())!.Format);
        Assert.Null(WeightsMetadata.From(saved)!.Format);
    }

    /// <summary>The least size is the network's own; whatever makes an image too small, the image is named.</summary>
    [Theory]
    [InlineData(8, 40, 1.0, "sliver.png: 8x40 pixels (height x width) are too few: unpadded takes 9x9 at least")]
    [InlineData(40, 8, 1.0, "sliver.png: 40x8 pixels")]
    [InlineData(16, 40, 0.5, "sliver.png at scale 0.5: 8x20 pixels")]
    [InlineData(1, 500, 0.5, "sliver.png at scale 0.5: 0x250 pixels (height x width) are too few: unpadded takes 9x9 at least")]
    [InlineData(500, 500, 1e-9, "sliver.png at scale 1E-09: 0x0 pixels")]
    public void An_image_that_is_too_small_is_named_with_the_least_size(int height, int width, double scale, string expected)
    {
        using var network = new Unpadded();
        var sample = new SegmentationSample("sliver.png", new RgbImage(width, height), new LabelMap(width, height));

        var fault =
            Assert.Throws<UnusableDataException>(() => new Predictor(network, new PredictionOptions { Scales = [scale] }).Predict(sample));

        Assert.StartsWith(expected, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>A form for inference knows the sizes of its maps before it computes.</summary>
    [Theory]
    [InlineData(8, "sliver.png: 8x40 pixels (height x width) are too few: narrow takes 9x9 at least")]
    [InlineData(12, "sliver.png: 'sum' takes maps of one size")]
    public void A_size_that_a_form_refuses_is_told_of_the_image(int height, string expected)
    {
        using var input = torch.zeros(1, 3, height, 40);
        var minimum = new MinimumInput("narrow", side => side >= 9);

        var fault = Assert.Throws<UnusableDataException>(() => minimum.Run<int>(input, "sliver.png", _ =>
            throw new InputSizeException("'sum' takes maps of one size")));

        Assert.StartsWith(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_goes_wrong_at_every_size_is_not_the_sizes_fault()
    {
        using var network = new Unpadded(channelsOfWeights: 7);

        Assert.IsNotType<UnusableDataException>(Record.Exception(() => new Predictor(network).Predict(Scene)));
    }

    [Fact]
    public void A_network_has_its_modes_again_after_a_prediction()
    {
        using var network = new Networks.Learner();
        network.train();
        network.Norm.eval();
        var before = Modes();
        var predictor = new Predictor(network);

        predictor.Predict(Scene);

        Assert.Equal(before, Modes());
        using var unpadded = new Unpadded();
        Assert.Throws<UnusableDataException>(() => new Predictor(unpadded).Predict(new RgbImage(8, 8)));
        Assert.True(unpadded.training);

        List<bool> Modes() => [network.training, .. network.modules().Select(m => m.training)];
    }

    [Fact]
    public void A_network_is_in_eval_mode_until_the_last_has_left_it()
    {
        using var network = new Networks.Learner();
        network.train();
        var first = new EvaluationMode(network);
        var second = new EvaluationMode(network);

        first.Dispose();
        first.Dispose();
        Assert.False(network.training);
        second.Dispose();
        Assert.True(network.training);
    }

    [Fact]
    public void A_network_on_two_devices_is_refused()
    {
        using var network = new Networks.Learner();
        network.Norm.to(META);

        Assert.Contains(
            "move the whole network", Assert.Throws<ArgumentException>(() => new Predictor(network)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_their_range_are_refused()
    {
        void Refused(PredictionOptions options) => Assert.Throws<ArgumentException>(options.Validate);
        Refused(new PredictionOptions { Scales = [] });
        Refused(new PredictionOptions { Scales = [1, 0] });
        Refused(new PredictionOptions { Window = (0, 4) });
        Refused(new PredictionOptions { Overlap = 1 });
    }

    private static NetworkDescriptor Describe(string name, int channels) => new()
    {
        Name = name,
        ClassName = name,
        Summary = "",
        DefaultClasses = 4,
        InputChannels = channels,
        ReferenceHeight = 8,
        ReferenceWidth = 8,
        Mean = [.. Enumerable.Repeat(0.5, channels)],
        Std = [.. Enumerable.Repeat(0.25, channels)],
        OutputStride = 1,
        Parameters = 0,
        MultiplyAdds = 0,
        ReceptiveField = 1,
        NormalizesPooledFeatures = false,
        ReadGraph = () => throw new NotSupportedException(),
        ReadSpecs = () => [],
        Create = _ => throw new NotSupportedException(),
    };

    private sealed class Scored(Tensor logits) : SegmentationOutput
    {
        public override Tensor Logits => logits;

        public override IReadOnlyList<SupervisedOutput> Supervised => [new("logits", logits, 1)];

        public override IReadOnlyList<KeyValuePair<string, Tensor>> Named => [new("logits", logits)];
    }

    /// <summary>One 1x1 convolution: what it says of a pixel depends on no other.</summary>
    private sealed class Pointwise(int channels, int classes) : SegmentationNetwork(Describe("pointwise", channels), classes)
    {
        private readonly Tensor _weight = linspace(-2, 2, classes * channels).view(classes, channels, 1, 1);

        public override SegmentationOutput forward(Tensor input) => new Scored(nn.functional.conv2d(input, _weight));
    }

    /// <summary>Two convolutions of 5x5 that pad nothing, and what they leave enlarged.</summary>
    private sealed class Unpadded(int channelsOfWeights = 3) : SegmentationNetwork(Describe("unpadded", 3), 2)
    {
        public override SegmentationOutput forward(Tensor input)
        {
            var left = nn.functional.conv2d(nn.functional.conv2d(input, ones(4, channelsOfWeights, 5, 5)), ones(2, 4, 5, 5));
            return new Scored(Layers.Resize(left, input));
        }
    }

    /// <summary>Says 0.2, 0.4, 0.6 and 0.8 for class 0 from left to right, whatever it sees.</summary>
    private sealed class Positional() : SegmentationNetwork(Describe("positional", 3), 2)
    {
        public override SegmentationOutput forward(Tensor input) =>
            new Scored(tensor(new[] { 0.2f, 0.4f, 0.6f, 0.8f, 0.8f, 0.6f, 0.4f, 0.2f }, [1, 2, 1, 4]).log());
    }
}
