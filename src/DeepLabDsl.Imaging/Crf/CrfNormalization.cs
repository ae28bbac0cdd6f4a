namespace DeepLabDsl.Crf;

/// <summary>
/// How a pairwise kernel K is normalised. The sum of a kernel over the image differs from pixel to pixel (fewer neighbours at
/// the border and in rare colours) and the lattice's sum is about half of the exact one, so a kernel is of little use unnormalised.
/// </summary>
public enum CrfNormalization
{
    /// <summary>
    /// <c>K / sqrt(K1)</c> on both sides: symmetric as the model asks for (Krähenbühl and Koltun, ICML 2013). The default.
    /// </summary>
    Symmetric,

    /// <summary>Messages are divided by K1: a weighted mean (Krähenbühl and Koltun, NIPS 2011).</summary>
    After,

    /// <summary>Probabilities are divided by K1 before they are filtered.</summary>
    Before,

    /// <summary>The raw sums of the lattice.</summary>
    None,
}
