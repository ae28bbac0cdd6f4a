using System;
using System.Collections.Generic;

namespace DeepLabDsl.Crf;

/// <summary>A dense CRF: its pairwise terms and how its mean field is run.</summary>
public sealed record CrfOptions
{
    /// <summary>The terms; each has its own kernel.</summary>
    public IReadOnlyList<PairwiseTerm> Terms { get; init; } = [new GaussianTerm(), new BilateralTerm()];

    /// <summary>Mean-field steps. 0 gives the softmax of the unaries.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>Threads of the CPU form; null: one a core. The result depends on it in the last bits only.</summary>
    public int? Threads { get; init; }

    /// <summary>The two terms of the papers.</summary>
    /// <param name="gaussianSigma">sigma_gamma, pixels.</param>
    /// <param name="gaussianWeight">w2.</param>
    /// <param name="bilateralSigmaXY">sigma_alpha, pixels.</param>
    /// <param name="bilateralSigmaRgb">sigma_beta, on the scale 0 to 255.</param>
    /// <param name="bilateralWeight">w1.</param>
    /// <param name="iterations">Mean-field steps.</param>
    /// <param name="normalization">How both kernels are normalised.</param>
    public static CrfOptions GaussianAndBilateral(
        double gaussianSigma, double gaussianWeight, double bilateralSigmaXY, double bilateralSigmaRgb, double bilateralWeight,
        int iterations = 10, CrfNormalization normalization = CrfNormalization.Symmetric) => new()
        {
            Terms =
            [
                new GaussianTerm(gaussianSigma, gaussianWeight) { Normalization = normalization },
                new BilateralTerm(bilateralSigmaXY, bilateralSigmaRgb, bilateralWeight) { Normalization = normalization },
            ],
            Iterations = iterations,
        };

    /// <summary>Refuses what can't be run.</summary>
    /// <exception cref="ArgumentException">There is no term, a term is not usable, or a number is out of its range.</exception>
    internal void Check()
    {
        if (Terms is not { Count: > 0 })
            throw new ArgumentException("A dense CRF needs at least one pairwise term.");
        if (Iterations < 0)
            throw new ArgumentException($"The number of iterations must be 0 or more, not {Iterations}.");
        if (Threads is < 1)
            throw new ArgumentException($"The number of threads must be 1 or more, not {Threads}.");
        foreach (var term in Terms)
            term.Check();
    }
}
