using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>A stage as the plan sees it.</summary>
/// <param name="Units">How many units it has.</param>
/// <param name="FirstStride">The stride of its first unit.</param>
/// <param name="LastStride">
/// The stride of its last unit: its own where it strides last, that of the stage behind it where slim's convention holds.
/// </param>
internal readonly record struct StagePlanInput(int Units, int FirstStride, int LastStride = 1);

/// <summary>What a unit is told.</summary>
internal readonly record struct UnitPlan(int Stride, int Rate);

/// <summary>
/// Atrous control: strides in their order until the output stride is reached; from then on a stride becomes a rate
/// (DeepLab v1 §3.1; v3 §3.1). Conventions differ in the unit that first runs at the new rate.
/// </summary>
internal static class AtrousPlan
{
    /// <summary>The output strides that a backbone can have.</summary>
    public static IReadOnlyList<int> Reachable(int stemStride, IEnumerable<StagePlanInput> stages)
    {
        var strides = new List<int> { stemStride };
        foreach (var stride in stages.SelectMany(s => new[] { s.FirstStride, s.LastStride }).Where(s => s > 1))
            strides.Add(strides[strides.Count - 1] * stride);
        return strides;
    }

    /// <summary>Stride and rate of each unit of each stage.</summary>
    /// <param name="stemStride">Stride of what comes before the stages.</param>
    /// <param name="stages">The stages.</param>
    /// <param name="outputStride">One of <see cref="Reachable"/>.</param>
    /// <param name="rateFromStridedUnit">
    /// Whether the unit that loses its stride runs at the new rate (Caffe, MobileNetV3) or the one after it is the first
    /// (torchvision, TensorFlow).
    /// </param>
    /// <param name="gridOf">The multi-grid of a stage, which multiplies the stage's rate (v3 §3.1); null: none.</param>
    public static IReadOnlyList<IReadOnlyList<UnitPlan>> Compute(
        int stemStride, IReadOnlyList<StagePlanInput> stages, int outputStride, bool rateFromStridedUnit,
        System.Func<int, IReadOnlyList<int>?> gridOf)
    {
        var (stride, rate) = (stemStride, 1);
        var plan = new List<IReadOnlyList<UnitPlan>>();
        for (var s = 0; s < stages.Count; s++)
        {
            var stage = stages[s];
            var units = new List<UnitPlan>();
            var stageRate = rate;
            for (var u = 0; u < stage.Units; u++)
            {
                var nominal = (u == 0 ? stage.FirstStride : 1) * (u == stage.Units - 1 ? stage.LastStride : 1);
                if (nominal == 1 || stride < outputStride)
                {
                    stride *= nominal;
                    units.Add(new UnitPlan(nominal, rate));
                    continue;
                }
                var dilated = rate * nominal;
                units.Add(new UnitPlan(1, rateFromStridedUnit ? dilated : rate));
                rate = dilated;
                if (u == 0 && stage.LastStride == 1)
                    stageRate = dilated;
            }
            if (gridOf(s) is { } grid)
                units = units.Select((unit, u) => unit with { Rate = stageRate * grid[u] }).ToList();
            plan.Add(units);
        }
        return plan;
    }
}
