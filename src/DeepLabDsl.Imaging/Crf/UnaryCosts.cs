using System;

namespace DeepLabDsl.Crf;

/// <summary>Costs of classes from their probabilities.</summary>
internal static class UnaryCosts
{
    /// <summary>No probability counts as less, so that its logarithm is finite and no class is out of the question.</summary>
    public const double LeastProbability = 1e-5;

    /// <summary>Minus the logarithm of each.</summary>
    public static float[] Of(ReadOnlySpan<float> probabilities)
    {
        var costs = new float[probabilities.Length];
        for (var i = 0; i < costs.Length; i++)
            costs[i] = -MathF.Log(MathF.Max(probabilities[i], (float)LeastProbability));
        return costs;
    }
}
