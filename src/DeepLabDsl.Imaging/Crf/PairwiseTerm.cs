using System;

namespace DeepLabDsl.Crf;

/// <summary>
/// One pairwise term of a dense CRF: a Gaussian kernel on features of two pixels, a weight, and how labels go together.
/// Sigmas are standard deviations: the kernel is <c>exp(-|f_i - f_j|^2 / 2)</c> on features divided by them.
/// </summary>
public abstract record PairwiseTerm
{
    private protected PairwiseTerm(double weight) => Weight = weight;

    /// <summary>The factor of the kernel, w of DeepLab v1, section 4.2. 0 leaves the term without effect.</summary>
    public double Weight { get; init; }

    /// <summary>
    /// What it costs two similar pixels to have labels (row, column), <c>[classes, classes]</c>; multiplied with
    /// <see cref="Weight"/>. Null: the Potts model, 1 where they differ and 0 where they agree.
    /// </summary>
    public float[,]? Compatibility { get; init; }

    /// <summary>How the kernel is normalised.</summary>
    public CrfNormalization Normalization { get; init; } = CrfNormalization.Symmetric;

    /// <summary>What the term is, for messages.</summary>
    internal abstract string Name { get; }

    /// <summary>The number of features of a pixel.</summary>
    internal abstract int Dimensions { get; }

    /// <summary>Whether it reads colours.</summary>
    internal virtual bool NeedsImage => false;

    /// <summary>Refuses values that no kernel can be built from.</summary>
    /// <exception cref="ArgumentException">A sigma is not positive or the weight is not finite.</exception>
    internal virtual void Check()
    {
        if (!double.IsFinite(Weight))
            throw new ArgumentException($"The weight of the {Name} term must be a finite number, not {Weight}.");
    }

    private protected void CheckSigma(double sigma, string what)
    {
        if (!(sigma > 0) || !double.IsFinite(sigma))
            throw new ArgumentException($"The {Name} term's sigma of {what} must be above 0, not {sigma}.");
    }
}

/// <summary>A kernel on position alone: it makes labels smooth and removes small islands.</summary>
/// <param name="Sigma">Standard deviation in pixels (sigma_gamma of DeepLab v1).</param>
/// <param name="Weight">Its factor (w2 of DeepLab v1).</param>
public sealed record GaussianTerm(double Sigma = 3, double Weight = 3) : PairwiseTerm(Weight)
{
    internal override string Name => "Gaussian";

    internal override int Dimensions => 2;

    internal override void Check()
    {
        base.Check();
        CheckSigma(Sigma, "position");
    }
}

/// <summary>A kernel on position and colour: near pixels of similar colour like the same label.</summary>
/// <param name="SigmaXY">Standard deviation in pixels (sigma_alpha of DeepLab v1).</param>
/// <param name="SigmaRgb">Standard deviation of each colour channel on the scale 0 to 255 (sigma_beta of DeepLab v1).</param>
/// <param name="Weight">Its factor (w1 of DeepLab v1).</param>
public sealed record BilateralTerm(double SigmaXY = 80, double SigmaRgb = 13, double Weight = 10) : PairwiseTerm(Weight)
{
    internal override string Name => "bilateral";

    internal override int Dimensions => 5;

    internal override bool NeedsImage => true;

    internal override void Check()
    {
        base.Check();
        CheckSigma(SigmaXY, "position");
        CheckSigma(SigmaRgb, "colour");
    }
}

/// <summary>A kernel on features of the user's own, such as depth or a learned embedding.</summary>
/// <param name="Features">
/// One plane a feature, <c>[features, H, W]</c>, each already divided by its standard deviation. Not copied.
/// </param>
/// <param name="Count">The number of features, 1 to 16.</param>
/// <param name="Weight">Its factor.</param>
public sealed record FeatureTerm(float[] Features, int Count, double Weight = 1) : PairwiseTerm(Weight)
{
    /// <summary>More features than this make a lattice of mostly lone vertices, on which nothing is filtered.</summary>
    internal const int MaxCount = 16;

    internal override string Name => "feature";

    internal override int Dimensions => Count;

    internal override void Check()
    {
        base.Check();
        if (Count is < 1 or > MaxCount)
            throw new ArgumentException($"A feature term has 1 to {MaxCount} features, not {Count}.");
        ArgumentNullException.ThrowIfNull(Features);
        if (Array.FindIndex(Features, f => !float.IsFinite(f)) is >= 0 and var at)
            throw new ArgumentException($"Feature value {at} is {Features[at]}; features must be finite.");
    }
}
