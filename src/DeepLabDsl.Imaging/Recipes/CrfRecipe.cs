using DeepLabDsl.Crf;

namespace DeepLabDsl.Recipes;

/// <summary>
/// A dense CRF of two terms as a spec's <c>crf:</c> states it. What it does not state has the values with which published
/// implementations begin.
/// </summary>
public sealed record CrfRecipe
{
    /// <summary>Mean-field steps.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>Standard deviation of the position kernel in pixels: sigma_gamma of DeepLab v1.</summary>
    public double GaussianSigma { get; init; } = 3;

    /// <summary>Weight of the position kernel: w2 of DeepLab v1.</summary>
    public double GaussianWeight { get; init; } = 3;

    /// <summary>Standard deviation of the colour kernel in pixels: sigma_alpha of DeepLab v1.</summary>
    public double BilateralSigmaXy { get; init; } = 80;

    /// <summary>Standard deviation of the colour kernel in colour, on the scale 0 to 255: sigma_beta of DeepLab v1.</summary>
    public double BilateralSigmaRgb { get; init; } = 13;

    /// <summary>Weight of the colour kernel: w1 of DeepLab v1.</summary>
    public double BilateralWeight { get; init; } = 10;

    /// <summary>How both kernels are normalised.</summary>
    public CrfNormalization Normalization { get; init; } = CrfNormalization.Symmetric;

    /// <summary>The CRF.</summary>
    public CrfOptions ToOptions() =>
        CrfOptions.GaussianAndBilateral(
            GaussianSigma, GaussianWeight, BilateralSigmaXy, BilateralSigmaRgb, BilateralWeight, Iterations, Normalization);
}
