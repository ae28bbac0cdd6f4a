using System;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Crf;

public class CrfLayerTests
{
    private const int Width = 11;
    private const int Height = 9;
    private const int Classes = 3;

    private static readonly double[] Mean = [0.485, 0.456, 0.406];
    private static readonly double[] Deviation = [0.229, 0.224, 0.225];
    private static readonly RgbImage Image = SmallImages.Blocks(Width, Height);

    private static CrfOptions Options => CrfOptions.GaussianAndBilateral(2, 0.5, 8, 40, 1.5, iterations: 3);

    [Fact]
    public void Untrained_it_is_the_crf()
    {
        using var scope = NewDisposeScope();
        using var layer = new CrfLayer(Classes, Options, Mean, Deviation);
        var unary = SmallImages.Unary(Width, Height, Classes);
        using var crf = new DenseCrf(Options);

        var refined = layer.call(tensor(unary, [1, Classes, Height, Width]).neg(), Input()).softmax(1).data<float>().ToArray();

        Assert.InRange(crf.Infer(Image, unary, Classes).Probabilities.Zip(refined, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5);
    }

    [Fact]
    public void Gradients_are_those_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        using var layer = new CrfLayer(Classes, Options, Mean, Deviation);
        layer.to(ScalarType.Float64);
        var random = new Random(3);
        using (no_grad())
        {
            // Neither symmetric nor alike, so that a transposed or mixed-up gradient shows.
            layer.KernelWeights.mul_(
                tensor(Enumerable.Range(0, 2 * Classes).Select(_ => 0.5 + random.NextDouble()).ToArray(), [2, Classes]));
            layer.Compatibility.mul_(
                tensor(Enumerable.Range(0, Classes * Classes).Select(_ => 0.5 + random.NextDouble()).ToArray(), [Classes, Classes]));
        }
        var logits = tensor(
            SmallImages.Unary(Width, Height, Classes).Select(u => -(double)u).ToArray(), [1, Classes, Height, Width], requires_grad: true);
        var factors = tensor(
            Enumerable.Range(0, Classes * Width * Height).Select(_ => random.NextDouble() - 0.5).ToArray(), [1, Classes, Height, Width]);
        var input = Input();
        double Loss() => layer.call(logits, input).log_softmax(1).mul(factors).sum().ToDouble();

        layer.call(logits, input).log_softmax(1).mul(factors).sum().backward();

        foreach (var (parameter, places) in new (Tensor, int[])[]
        {
            (logits, [0, 50, 120, 200, Classes * Width * Height - 1]),
            (layer.KernelWeights, Enumerable.Range(0, 2 * Classes).ToArray()),
            (layer.Compatibility, Enumerable.Range(0, Classes * Classes).ToArray()),
        })
        {
            var gradient = parameter.grad!.data<double>().ToArray();
            foreach (var place in places)
            {
                var slope = FiniteDifference.Slope(parameter, place, step: 1e-5, Loss);
                Assert.Equal(slope, gradient[place], 1e-6 * Math.Max(1, Math.Abs(slope)));
            }
        }
    }

    [Fact]
    public void Learns_and_saves_its_parameters()
    {
        using var scope = NewDisposeScope();
        using var layer = new CrfLayer(Classes, Options, Mean, Deviation);
        var logits = tensor(SmallImages.Unary(Width, Height, Classes), [1, Classes, Height, Width]).neg();
        var labels = zeros([1, Height, Width], dtype: ScalarType.Int64);
        var optimizer = optim.Adam(layer.parameters(), 0.05);
        double Step()
        {
            optimizer.zero_grad();
            var loss = nn.functional.cross_entropy(layer.call(logits, Input()), labels);
            loss.backward();
            optimizer.step();
            return loss.ToDouble();
        }

        var losses = Enumerable.Range(0, 10).Select(_ => Step()).ToList();

        Assert.True(losses[^1] < 0.8 * losses[0], string.Join(", ", losses));
        Assert.Equal(["kernel_weights", "compatibility"], layer.state_dict().Keys);
    }

    private static Tensor Input()
    {
        var normalizer = new ImageNormalizer(Mean, Deviation);
        return tensor(normalizer.Normalize(Image), [1, 3, Height, Width]);
    }
}
