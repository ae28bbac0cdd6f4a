using System;
using System.Linq;
using System.Threading.Tasks;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>The form of a network for inference gives what its module gives.</summary>
public class InferenceNetworkTests
{
    public static TheoryData<string> Networks => GraphExecutorTests.Networks;

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_output_is_the_modules_at_any_size(string name) => IsTheModules(name, mayFuse: true);

    /// <summary>As on a GPU, or where libtorch has no fused convolutions.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void Without_fused_convolutions_it_is_the_same(string name) => IsTheModules(name, mayFuse: false);

    private static void IsTheModules(string name, bool mayFuse)
    {
        using var scope = NewDisposeScope();
        using var network = Build(name, 3);
        using var unrecorded = no_grad();
        using var form = new InferenceNetwork(
            network, InferencePrecision.Float32, [.. network.Graph.Outputs.Select(o => o.Name)], mayFuse);
        foreach (var (height, width) in new[] { (97, 81), (64, 130) })
        {
            var image = rand(2, 3, height, width);
            var before = image.clone();
            var expected = network.call(image).Named;
            var seen = form.Run(image);

            Assert.Equal(before.data<float>().ToArray(), image.data<float>().ToArray());
            Assert.Equal(expected.Select(o => o.Key), seen.Select(o => o.Key));
            foreach (var ((output, value), (_, other)) in expected.Zip(seen))
            {
                Assert.Equal(value.shape, other.shape);
                var (apart, size) = ((value - other).abs().max().item<float>(), value.abs().max().item<float>());
                // Sums of some thousand products in another order, through a hundred layers: 2^-24 each, a thousandth of a percent at most.
                Assert.True(apart <= 1e-4 * size, $"{output} at {height}x{width}: {apart} apart, of {size}");
            }
        }
    }

    [Fact]
    public void Threads_share_a_form_and_nothing_is_left_behind()
    {
        using var network = Build("demo", 3);
        using var form = network.ForInference();
        var images = Enumerable.Range(0, 4).Select(i => rand(1, 3, 48 + 16 * i, 64)).ToArray();
        var expected = images.Select(i => Values(form, i)).ToArray();

        Parallel.For(0, 16, i => Assert.Equal(expected[i % 4], Values(form, images[i % 4])));

        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Values(form, images[0]);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void What_is_learned_later_does_not_reach_it()
    {
        using var network = Build("demo", 3);
        using var form = network.ForInference();
        using var image = rand(1, 3, 64, 64);
        var before = Values(form, image);
        using (no_grad())
        {
            foreach (var parameter in network.parameters())
                parameter.zero_();
        }

        Assert.Equal(before, Values(form, image));
    }

    [Fact]
    public void A_form_that_takes_the_weights_leaves_none_behind()
    {
        using var network = Build("demo", 3);
        using var copied = network.ForInference();
        using var image = rand(1, 3, 64, 64);
        var expected = Values(copied, image);
        Assert.Throws<ArgumentException>(() => network.IntoInference(outputs: ["aux"]));

        using var taken = new InferenceNetwork(network, InferencePrecision.Float32, null, takesWeights: true);

        Assert.All(ModuleState.Of(network), e => Assert.Equal(0, e.Tensor.NumberOfElements));
        Assert.Equal(expected, Values(taken, image));
    }

    [Fact]
    public void A_network_that_becomes_its_form_is_gone()
    {
        var network = Build("demo", 3);
        using var image = rand(1, 3, 64, 64);
        using var copied = network.ForInference();
        using var form = network.IntoInference();

        Assert.Equal(Values(copied, image), Values(form, image));
        var picture = new RgbImage(32, 24);
        Assert.Equal(new Predictor(copied).Predict(picture).Indices, new Predictor(form).Predict(picture).Indices);
    }

    [Fact]
    public void In_bfloat16_most_pixels_have_the_same_class()
    {
        using var scope = NewDisposeScope();
        using var network = Build("demo", 3);
        using var unrecorded = no_grad();
        using var form = network.ForInference(InferencePrecision.BFloat16);
        var image = rand(1, 3, 64, 64);
        var (seen, expected) = (form.Logits(image), network.call(image).Logits);

        Assert.Equal(ScalarType.Float32, seen.dtype);
        // Each value has 8 bits; of a dozen layers some percent of a score's spread is left.
        Assert.True((seen - expected).abs().mean().item<float>() <= 0.05 * expected.std().item<float>());
    }

    [Fact]
    public void What_it_can_not_do_is_said()
    {
        using var network = Build("demo", 3);
        using var form = network.ForInference();
        using var other = rand(1, 4, 64, 64);

        Assert.Contains("3, H, W", Assert.Throws<ArgumentException>(() => form.Run(other)).Message);
        Assert.Contains("no output 'aux'", Assert.Throws<ArgumentException>(() => network.ForInference(outputs: ["aux"])).Message);
    }

    private static float[] Values(InferenceNetwork form, Tensor image)
    {
        using var logits = form.Logits(image);
        using var rows = logits.contiguous();
        return rows.data<float>().ToArray();
    }

    /// <summary>A network whose statistics, scales and shifts are not 0 and 1, so that each counts.</summary>
    private static SegmentationNetwork Build(string name, int classes)
    {
        var network = Zoo.NetworkCatalog.All.Single(n => n.Name == name).Create(classes);
        network.eval();
        using var unrecorded = no_grad();
        using var scope = NewDisposeScope();
        foreach (var entry in ModuleState.Of(network).Where(e => e.Tensor.dim() == 1))
            entry.Tensor.copy_(rand_like(entry.Tensor) + 0.5);
        return network;
    }
}
