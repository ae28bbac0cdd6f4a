using System;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Imaging;
using DeepLabDsl.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Crf;

/// <summary>The operation <c>crf</c> of the language.</summary>
public class CrfOperationTests
{
    private const int Width = 32;
    private const int Height = 24;

    [Fact]
    public void Is_the_crf_on_the_scores_before_it()
    {
        using var scope = NewDisposeScope();
        using var network = new CrfRnn();
        var image = SmallImages.Blocks(Width, Height);
        var input = Input(image);

        var output = network.forward(input);

        Assert.Equal([1, 3, Height, Width], output.Logits.shape);
        var unary = output.Coarse.neg().data<float>().ToArray();
        using var crf = new DenseCrf(CrfOptions.GaussianAndBilateral(2, 0.5, 8, 40, 1.5, iterations: 3));
        var refined = output.Logits.softmax(1).data<float>().ToArray();
        Assert.InRange(crf.Infer(image, unary, 3).Probabilities.Zip(refined, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5);
    }

    [Fact]
    public void Is_trained_with_the_network()
    {
        using var scope = NewDisposeScope();
        using var network = new CrfRnn();
        // Of a generator of its own: with some weights in a thousand the activations are dead or a difference crosses their bend.
        var random = new Generator(5);
        using (no_grad())
        {
            network.get_parameter("conv.weight")!.normal_(0, 0.2, random);
            network.get_parameter("scores.weight")!.normal_(0, 0.4, random);
        }
        var input = Input(SmallImages.Blocks(Width, Height));
        var labels = arange(3).repeat_interleave(Height * Width / 3).reshape(1, Height, Width);
        double Loss() => nn.functional.cross_entropy(network.forward(input).Logits, labels).ToDouble();

        nn.functional.cross_entropy(network.forward(input).Logits, labels).backward();

        // What finite differences of float32 can show: the largest entry of each.
        foreach (var name in new[] { "conv.weight", "scores.bias", "refined.kernel_weights", "refined.compatibility" })
        {
            var parameter = network.get_parameter(name)!;
            var gradient = parameter.grad!.data<float>().ToArray();
            var place = Array.IndexOf(gradient, gradient.MaxBy(Math.Abs));
            var slope = FiniteDifference.Slope(parameter, place, step: 1e-2f, Loss);
            Assert.True(Math.Abs(slope) > 1e-4, name);
            Assert.Equal(1, gradient[place] / slope, 0.02);
        }
    }

    [Fact]
    public void Counts_what_it_learns()
    {
        using var network = new CrfRnn();

        Assert.Equal(CrfRnn.ParameterCount, network.parameters().Sum(p => p.numel()));
        Assert.Equal([2, 3], network.Refined.KernelWeights.shape);
        // Convolutions and, at each of three steps, the compatibility of labels at every pixel.
        Assert.Equal(12 * 16 * 8 * (27 + 3) + 3 * 9 * Width * Height, CrfRnn.MultiplyAdds);
    }

    private static Tensor Input(RgbImage image) =>
        tensor(new ImageNormalizer([0.4, 0.5, 0.6], [0.25, 0.25, 0.2]).Normalize(image), [1, 3, Height, Width]);
}
