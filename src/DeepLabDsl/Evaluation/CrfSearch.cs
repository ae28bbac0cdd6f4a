using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Serialization;

namespace DeepLabDsl.Evaluation;

/// <summary>Values of the colour kernel that are searched for.</summary>
/// <param name="SigmaXy">sigma_alpha, pixels.</param>
/// <param name="SigmaRgb">sigma_beta, on the scale 0 to 255.</param>
/// <param name="Weight">w1.</param>
public readonly record struct CrfPoint(double SigmaXy, double SigmaRgb, double Weight);

/// <summary>How values did.</summary>
/// <param name="Point">The values.</param>
/// <param name="MeanIoU">Over all images of the search.</param>
public sealed record CrfTrial(CrfPoint Point, [property: JsonPropertyName("mean_iou")] double MeanIoU);

/// <summary>
/// The papers' search (DeepLab v1, section 5.2; v2, section 4.1): all combinations on a coarse grid, then finer steps around
/// the best.
/// </summary>
public sealed record CrfSearch
{
    /// <summary>sigma_alpha of the first round; default: DeepLab v2's.</summary>
    public CrfRange SigmaXy { get; init; } = new(30, 10, 100);

    /// <summary>sigma_beta of the first round; default: DeepLab v2's.</summary>
    public CrfRange SigmaRgb { get; init; } = new(3, 1, 6);

    /// <summary>w1 of the first round; default: DeepLab v2's.</summary>
    public CrfRange Weight { get; init; } = new(3, 1, 6);

    /// <summary>Rounds: the grid, and how often it is made finer by half around the best so far.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>What a round tries, those of one lattice together.</summary>
    /// <param name="round">0 for the grid.</param>
    /// <param name="best">The best of the rounds before; null in the first.</param>
    public IReadOnlyList<CrfPoint> Round(int round, CrfPoint? best)
    {
        var (xys, rgbs, weights) = best is { } b
            ? (SigmaXy.Around(b.SigmaXy, round), SigmaRgb.Around(b.SigmaRgb, round), Weight.Around(b.Weight, round))
            : (SigmaXy.Values, SigmaRgb.Values, Weight.Values);
        return [.. from xy in xys from rgb in rgbs from weight in weights select new CrfPoint(xy, rgb, weight)];
    }

    /// <summary>The best of trials: the highest mIoU, and of equals the smallest kernel.</summary>
    public static CrfTrial Best(IEnumerable<CrfTrial> trials) =>
        trials.OrderByDescending(t => t.MeanIoU).ThenBy(t => t.Point.Weight).ThenBy(t => t.Point.SigmaXy).ThenBy(t => t.Point.SigmaRgb)
            .First();
}
