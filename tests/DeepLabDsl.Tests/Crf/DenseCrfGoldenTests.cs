using System.Linq;
using DeepLabDsl.Crf;

namespace DeepLabDsl.Tests.Crf;

/// <summary>Equal to pydensecrf, number by number.</summary>
public class DenseCrfGoldenTests
{
    [SkippableTheory]
    [InlineData("im1_labels", 1)]
    [InlineData("im1_labels", 2)]
    [InlineData("im1_soft21", 1)]
    [InlineData("im1_soft21", 2)]
    [InlineData("im1_soft21_deeplab", 1)]
    [InlineData("im1_soft21_deeplab", 3)]
    [InlineData("im1b_labels", 2)]
    [InlineData("syn_labels", 1)]
    [InlineData("syn_labels_weak", 1)]
    [InlineData("syn_labels_weak", 4)]
    [InlineData("syn_soft21", 1)]
    public void Probabilities_equal_the_peers(string name, int threads)
    {
        var golden = CrfGolden.Open(name);

        golden.CheckAll((image, unary, options) =>
        {
            using var crf = new DenseCrf(options with { Threads = threads });
            var result = crf.Infer(image, unary, golden.Classes);
            return (result.Probabilities, result.Map);
        });
    }

    [SkippableTheory]
    [InlineData("syn_labels", CrfNormalization.None, "NO_NORMALIZATION")]
    [InlineData("syn_labels", CrfNormalization.Before, "NORMALIZE_BEFORE")]
    [InlineData("syn_labels", CrfNormalization.After, "NORMALIZE_AFTER")]
    [InlineData("syn_labels_weak", CrfNormalization.None, "NO_NORMALIZATION")]
    [InlineData("syn_labels_weak", CrfNormalization.Before, "NORMALIZE_BEFORE")]
    [InlineData("syn_labels_weak", CrfNormalization.After, "NORMALIZE_AFTER")]
    [InlineData("syn_soft21", CrfNormalization.None, "NO_NORMALIZATION")]
    [InlineData("syn_soft21", CrfNormalization.Before, "NORMALIZE_BEFORE")]
    [InlineData("syn_soft21", CrfNormalization.After, "NORMALIZE_AFTER")]
    public void Normalizations_equal_the_peers(string name, CrfNormalization normalization, string peers)
    {
        var golden = CrfGolden.Open(name);

        using var crf = new DenseCrf(golden.Options(5, normalization));
        var result = crf.Infer(golden.Image, golden.Unary(), golden.Classes);

        golden.CheckNormalization(peers, result.Probabilities, result.Map);
    }

    [SkippableTheory]
    [InlineData("im1_labels", 1e-5)]
    [InlineData("syn_labels_weak", 1e-5)]
    // The peer sums 1.6 million products in float32 here; built with float64 sums it gives -336424.67 and -461500.35, as we do.
    [InlineData("im1_soft21_deeplab", 1e-3)]
    public void Divergence_equals_the_peers(string name, double tolerance)
    {
        var golden = CrfGolden.Open(name);

        using var crf = new DenseCrf(golden.Options(10));
        var result = crf.Infer(golden.Image, golden.Unary(), golden.Classes, measureDivergence: true);

        Assert.Equal(11, result.Divergence!.Count);
        foreach (var (expected, actual) in golden.Divergence.Zip(result.Divergence))
            Assert.Equal(1, actual / expected, tolerance);
        golden.Check(10, result.Probabilities, result.Map);
    }
}
