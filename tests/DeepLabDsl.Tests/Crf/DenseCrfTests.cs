using System;
using System.Linq;
using CsCheck;
using DeepLabDsl.Crf;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Crf;

public class DenseCrfTests
{
    private const int Width = 29;
    private const int Height = 23;

    private static readonly RgbImage Image = SmallImages.Blocks(Width, Height);

    private static CrfOptions Weak => CrfOptions.GaussianAndBilateral(3, 0.5, 20, 30, 1.5, iterations: 5);

    [Theory]
    [InlineData(CrfNormalization.Symmetric)]
    [InlineData(CrfNormalization.After)]
    [InlineData(CrfNormalization.Before)]
    public void Is_near_the_exact_mean_field(CrfNormalization normalization)
    {
        var options = CrfOptions.GaussianAndBilateral(3, 0.5, 20, 30, 1.5, 5, normalization);
        var unary = SmallImages.Unary(Width, Height, 3);

        var (exact, divergence) = ExactCrf.Infer(options, Image, unary, 3);
        using var crf = new DenseCrf(options);
        var result = crf.Infer(Image, unary, 3, measureDivergence: true);

        // The lattice's own error on kernels of these widths.
        var distance = exact.Zip(result.Probabilities, (a, b) => Math.Abs(a - b)).ToList();
        Assert.InRange(distance.Average(), 0, 0.006);
        Assert.InRange(distance.Max(), 0, 0.08);
        Assert.InRange(Different(exact, result, 3), 0, Width * Height / 100);
        foreach (var (expected, actual) in divergence.Zip(result.Divergence!))
            Assert.Equal(1, actual / expected, 0.01);
    }

    [Fact]
    public void Label_compatibility_is_of_the_terms_labels()
    {
        // Class 0 next to 1 costs much, 1 next to 0 little, class 2 does not mind either.
        var compatibility = new float[,] { { 0, 1.5f, 0.1f }, { 0.4f, 0, 0.2f }, { 0.1f, 0.3f, 0 } };
        var options = new CrfOptions { Terms = [new BilateralTerm(20, 30, 2) { Compatibility = compatibility }], Iterations = 5 };
        var unary = SmallImages.Unary(Width, Height, 3);

        var (exact, _) = ExactCrf.Infer(options, Image, unary, 3);
        using var crf = new DenseCrf(options);
        var result = crf.Infer(Image, unary, 3);

        Assert.InRange(exact.Zip(result.Probabilities, (a, b) => Math.Abs(a - b)).Average(), 0, 0.005);
    }

    [Fact]
    public void Potts_is_the_matrix_of_ones_without_its_diagonal()
    {
        var unary = SmallImages.Unary(Width, Height, 5);
        var matrix = new float[5, 5];
        for (var i = 0; i < 25; i++)
            matrix[i / 5, i % 5] = i / 5 == i % 5 ? 0 : 1;

        // A row of any matrix may be moved by a constant only where the kernel's sum is the same for all labels: it is.
        Same(
            Infer(Weak, unary, 5), Infer(Weak with { Terms = [.. Weak.Terms.Select(t => t with { Compatibility = matrix })] }, unary, 5),
            1e-4);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(21)]
    public void Every_width_of_registers_computes_the_same(int classes)
    {
        var unary = SmallImages.Unary(Width, Height, classes);
        // Classes that are out of the question leave the others as they are, and 40 take another way through the code.
        var padded = unary.Concat(Enumerable.Repeat(200f, (40 - classes) * Width * Height)).ToArray();

        var narrow = Infer(Weak, unary, classes);
        var wide = Infer(Weak, padded, 40);

        Same(narrow, wide[..narrow.Length], 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_lattice_larger_than_the_cache_computes_the_same(int threads)
    {
        const int width = 170;
        const int height = 140;
        var (image, unary) = (SmallImages.Blocks(width, height), SmallImages.Unary(width, height, 3));
        var options = CrfOptions.GaussianAndBilateral(1, 0.5, 20, 30, 1.5, iterations: 3) with { Threads = threads };

        // The same three classes, and eighteen that are out of the question beside them.
        using var small = new DenseCrf(options);
        using var large = new DenseCrf(options);
        var expected = small.Infer(image, unary, 3);
        var actual = large.Infer(image, unary.Concat(Enumerable.Repeat(200f, 18 * width * height)).ToArray(), 21);

        Assert.InRange(large.Vertices[0] * 24L * sizeof(float), 1 << 21, long.MaxValue);
        Same(expected.Probabilities, actual.Probabilities[..expected.Probabilities.Length], 1e-5);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Threads_do_not_change_the_result(int threads)
    {
        var unary = SmallImages.Unary(Width, Height, 21);

        Same(Infer(Weak with { Threads = 1 }, unary, 21), Infer(Weak with { Threads = threads }, unary, 21), 1e-5);
    }

    [Fact]
    public void Own_features_are_as_good_as_the_images()
    {
        var features = new float[5 * Width * Height];
        for (var i = 0; i < Width * Height; i++)
        {
            var color = Image[i % Width, i / Width];
            float[] own = [i % Width / 20f, i / Width / 20f, color.R / 30f, color.G / 30f, color.B / 30f];
            for (var f = 0; f < 5; f++)
                features[f * Width * Height + i] = own[f];
        }
        var unary = SmallImages.Unary(Width, Height, 3);

        Same(
            Infer(new CrfOptions { Terms = [new BilateralTerm(20, 30, 2)] }, unary, 3),
            Infer(new CrfOptions { Terms = [new FeatureTerm(features, 5, 2)] }, unary, 3), 1e-6);
    }

    [Fact]
    public void Lattices_serve_many_unaries_and_memory_many_images()
    {
        var unary = SmallImages.Unary(Width, Height, 3);
        var larger = SmallImages.Blocks(50, 40);
        var fresh = Infer(Weak, unary, 3);
        using var crf = new DenseCrf(Weak with { Terms = [.. Weak.Terms.Select(t => t with { Weight = 0 })] });

        crf.Infer(larger, SmallImages.Unary(50, 40, 21), 21);
        crf.Load(Image);
        crf.Infer(SmallImages.Unary(Width, Height, 3, seed: 5), 3);
        crf.SetWeights(0.5, 1.5);
        var again = crf.Infer(unary, 3);

        Same(fresh, again.Probabilities, 1e-6);
    }

    [Fact]
    public void A_spent_results_memory_is_taken_where_it_fits()
    {
        using var crf = new DenseCrf(Weak);
        var first = crf.Infer(Image, SmallImages.Unary(Width, Height, 3, seed: 5), 3);
        var unary = SmallImages.Unary(Width, Height, 3);

        var second = crf.Infer(unary, 3, spent: first);

        Assert.Same(first.Probabilities, second.Probabilities);
        Assert.Same(first.Map.Indices, second.Map.Indices);
        Same(Infer(Weak, unary, 3), second.Probabilities, 1e-6);
        Assert.NotSame(second.Probabilities, crf.Infer(SmallImages.Unary(Width, Height, 4), 4, spent: second).Probabilities);
    }

    [Fact]
    public void Iterations_do_not_allocate()
    {
        var unary = SmallImages.Unary(Width, Height, 21);
        long Allocated(int iterations)
        {
            using var crf = new DenseCrf(Weak with { Iterations = iterations, Threads = 1 });
            // The least of several: a collection in between counts the rest of the thread's allocation buffer as allocated.
            return Enumerable.Range(0, 8).Select(_ =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                crf.Infer(Image, unary, 21);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            }).Skip(1).Min();
        }

        Assert.Equal(Allocated(1), Allocated(50));
    }

    [Fact]
    public void Probabilities_are_probabilities_and_the_map_is_of_the_largest()
    {
        var cases = Gen.Select(
            Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 30], Gen.Int[0, 4], Gen.Int[0, 1000], Gen.Double[0.05, 200], Gen.Double[0.5, 100]);

        cases.Sample(
            (width, height, classes, iterations, seed, sigma, color) =>
            {
                var options = CrfOptions.GaussianAndBilateral(sigma, 3, sigma * 2, color, 5, iterations);
                using var crf = new DenseCrf(options with { Threads = 1 + seed % 3 });
                var result = crf.Infer(SmallImages.Blocks(width, height, seed), SmallImages.Unary(width, height, classes, seed), classes);
                for (var i = 0; i < width * height; i++)
                {
                    var q = Enumerable.Range(0, classes).Select(c => result.Probabilities[c * width * height + i]).ToArray();
                    if (Math.Abs(q.Sum() - 1) > 1e-5 || q.Any(p => !(p >= 0)) || result.Map.Indices[i] != Array.IndexOf(q, q.Max()))
                        return false;
                }
                return true;
            },
            iter: 60);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        Refused("sigma of position must be above 0, not 0", () => new DenseCrf(new CrfOptions { Terms = [new GaussianTerm(0)] }));
        Refused("sigma of colour must be above 0, not -1", () => new DenseCrf(new CrfOptions { Terms = [new BilateralTerm(80, -1)] }));
        Refused(
            "sigma of position must be above 0, not NaN", () => new DenseCrf(new CrfOptions { Terms = [new GaussianTerm(double.NaN)] }));
        Refused(
            "weight of the Gaussian term must be a finite number",
            () => new DenseCrf(new CrfOptions { Terms = [new GaussianTerm(3, double.PositiveInfinity)] }));
        Refused("at least one pairwise term", () => new DenseCrf(new CrfOptions { Terms = [] }));
        Refused("iterations must be 0 or more", () => new DenseCrf(new CrfOptions { Iterations = -1 }));
        Refused("number of classes must be 1 to 255, not 0", () => Infer(Weak, [], 0));
        Refused("The unary has 3 values; 2 classes of 29x23 pixels are 1334", () => Infer(Weak, new float[3], 2));
        Refused(
            "The feature term has 4 values; 2 features of 29x23 pixels are 1334",
            () => Infer(new CrfOptions { Terms = [new FeatureTerm(new float[4], 2)] }, new float[667], 1));
        Refused(
            "compatibility is 2x2; 3 classes need 3x3",
            () => Infer(new CrfOptions { Terms = [new GaussianTerm { Compatibility = new float[2, 2] }] }, new float[3 * 667], 3));
        var unary = SmallImages.Unary(Width, Height, 3);
        unary[1 * Width * Height + 4 * Width + 7] = float.NaN;
        Refused("The unary of class 1 at x = 7, y = 4 is NaN", () => Infer(Weak with { Threads = 2 }, unary, 3));
        Refused(
            "spread too wide", () => Infer(new CrfOptions { Terms = [new GaussianTerm(1e-7)] }, SmallImages.Unary(Width, Height, 3), 3));
    }

    private static void Refused(string message, Action action) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);

    private static float[] Infer(CrfOptions options, float[] unary, int classes)
    {
        using var crf = new DenseCrf(options);
        return crf.Infer(Image, unary, classes).Probabilities;
    }

    private static void Same(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, tolerance);
    }

    private static int Different(double[] exact, CrfResult result, int classes)
    {
        var pixels = result.Map.Indices.Length;
        return Enumerable.Range(0, pixels)
            .Count(i => Enumerable.Range(0, classes).MaxBy(c => exact[c * pixels + i]) != result.Map.Indices[i]);
    }
}
