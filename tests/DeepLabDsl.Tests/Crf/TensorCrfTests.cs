using System;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Imaging;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Crf;

public class TensorCrfTests
{
    private const int Width = 29;
    private const int Height = 23;

    private static readonly RgbImage Image = SmallImages.Blocks(Width, Height);

    [Theory]
    [InlineData(CrfNormalization.Symmetric)]
    [InlineData(CrfNormalization.After)]
    [InlineData(CrfNormalization.Before)]
    [InlineData(CrfNormalization.None)]
    public void Equals_the_cpu_form(CrfNormalization normalization)
    {
        var options = CrfOptions.GaussianAndBilateral(3, 0.5, 20, 30, 1.5, 5, normalization);
        var unary = SmallImages.Unary(Width, Height, 5);

        Same(Cpu(options, Image, unary, 5), Tensors(options, unary, 5, Image));
    }

    [Fact]
    public void Compatibility_and_own_features_equal_the_cpu_forms()
    {
        var features = Enumerable.Range(0, 3 * Width * Height).Select(i => MathF.Sin(i * 0.37f) * 3 + i % 29 * 0.1f).ToArray();
        var options = new CrfOptions
        {
            Terms = [new FeatureTerm(features, 3, 2)
            {
                Compatibility = new float[,] { { 0, 1.5f, 0.1f }, { 0.4f, 0, 0.2f }, { 0.1f, 0.3f, 0 } },
            }],
            Iterations = 4,
        };
        var unary = SmallImages.Unary(Width, Height, 3);

        Same(Cpu(options, Image, unary, 3), Tensors(options, unary, 3, Image));
    }

    [Fact]
    public void Images_of_a_batch_do_not_meet()
    {
        var options = CrfOptions.GaussianAndBilateral(3, 0.5, 20, 30, 1.5, 5);
        var other = SmallImages.Blocks(Width, Height, seed: 9);
        var unaries = new[] { SmallImages.Unary(Width, Height, 4), SmallImages.Unary(Width, Height, 4, seed: 11) };

        var batch = Tensors(options, [.. unaries[0], .. unaries[1]], 4, Image, other);

        Same([.. Cpu(options, Image, unaries[0], 4), .. Cpu(options, other, unaries[1], 4)], batch);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.NegativeInfinity, "-∞")]
    public void What_is_no_number_is_refused_in_every_form_by_its_place(float value, string printed)
    {
        using var scope = NewDisposeScope();
        var options = CrfOptions.GaussianAndBilateral(3, 0.5, 20, 30, 1.5, 5);
        var unary = SmallImages.Unary(Width, Height, 4);
        unary[(2 * Height + 7) * Width + 5] = value;
        var costs = tensor(unary, [1, 4, Height, Width]);
        using var crf = new DenseCrf(options);
        using var layer = new CrfLayer(4, options, [0, 0, 0], [1, 1, 1]);
        var images = zeros(1, 3, Height, Width);

        foreach (Action infer in (Action[])[() => crf.Infer(Image, unary, 4), () => TensorCrf.Infer(images, costs, options),
            () => layer.call(costs, images)])
        {
            Assert.Contains(
                $"of class 2 at x = 5, y = 7 is {printed}; all must be finite",
                Assert.Throws<ArgumentException>(infer).Message.Replace("-Infinity", "-∞", StringComparison.Ordinal),
                StringComparison.Ordinal);
        }
        Assert.Contains(
            "The image of channel 0",
            Assert.Throws<ArgumentException>(() => TensorCrf.Infer(full_like(images, value), zeros_like(costs), options)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_that_do_not_fit_are_refused()
    {
        using var images = zeros(1, 3, 8, 8);
        using var unary = zeros(1, 2, 8, 9);

        var error = Assert.Throws<ArgumentException>(() => TensorCrf.Infer(images, unary, new CrfOptions()));

        Assert.Contains("must be [1, 3, 8, 9]", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("im1_labels")]
    [InlineData("im1_soft21")]
    [InlineData("im1_soft21_deeplab")]
    [InlineData("im1b_labels")]
    [InlineData("syn_labels")]
    [InlineData("syn_labels_weak")]
    [InlineData("syn_soft21")]
    public void Probabilities_equal_the_peers(string name)
    {
        var golden = CrfGolden.Open(name);

        golden.CheckAll((image, unary, options) =>
        {
            using var scope = NewDisposeScope();
            var q = TensorCrf.Infer(AsTensor(image), tensor(unary, [1, golden.Classes, image.Height, image.Width]), options);
            return (q.data<float>().ToArray(), CrfRefiner.MostLikely(q[0]));
        });
    }

    [SkippableTheory]
    [InlineData("syn_labels_weak", CrfNormalization.None, "NO_NORMALIZATION")]
    [InlineData("syn_labels_weak", CrfNormalization.Before, "NORMALIZE_BEFORE")]
    [InlineData("syn_labels_weak", CrfNormalization.After, "NORMALIZE_AFTER")]
    [InlineData("syn_soft21", CrfNormalization.None, "NO_NORMALIZATION")]
    [InlineData("syn_soft21", CrfNormalization.Before, "NORMALIZE_BEFORE")]
    [InlineData("syn_soft21", CrfNormalization.After, "NORMALIZE_AFTER")]
    public void Normalizations_equal_the_peers(string name, CrfNormalization normalization, string peers)
    {
        var golden = CrfGolden.Open(name);
        using var scope = NewDisposeScope();
        var image = golden.Image;

        var q = TensorCrf.Infer(
            AsTensor(image), tensor(golden.Unary(), [1, golden.Classes, image.Height, image.Width]), golden.Options(5, normalization));

        golden.CheckNormalization(peers, q.data<float>().ToArray(), new LabelMap(image.Width, image.Height));
    }

    private static Tensor AsTensor(RgbImage image) => CrfRefiner.Pixels(image, CPU);

    private static float[] Tensors(CrfOptions options, float[] unary, int classes, params RgbImage[] images)
    {
        using var scope = NewDisposeScope();
        var batch = cat([.. images.Select(AsTensor)], 0);
        return TensorCrf.Infer(batch, tensor(unary, [images.Length, classes, images[0].Height, images[0].Width]), options).data<float>()
            .ToArray();
    }

    private static float[] Cpu(CrfOptions options, RgbImage image, float[] unary, int classes)
    {
        using var crf = new DenseCrf(options);
        return crf.Infer(image, unary, classes).Probabilities;
    }

    private static void Same(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5);
    }
}
