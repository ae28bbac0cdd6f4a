using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Cli.Golden;

/// <summary>One output beside the reference's.</summary>
/// <param name="Reference">The reference's name of it.</param>
/// <param name="Ours">The output's name in the spec.</param>
/// <param name="Deviation">
/// The largest distance of a value from the reference's, in standard deviations of the whole output; infinite where the
/// shapes differ or a value is not finite.
/// </param>
internal sealed record GoldenOutputResult(string Reference, string Ours, double Deviation);

/// <summary>One forward pass beside the reference's.</summary>
/// <param name="InputShape">[N, C, H, W] of the input.</param>
/// <param name="Outputs">Its outputs.</param>
/// <param name="FirstDifference">
/// Where an output differs: the first module whose result does, by the reference's name, and how; null: none was found.
/// </param>
internal sealed record GoldenRunResult(IReadOnlyList<long> InputShape, IReadOnlyList<GoldenOutputResult> Outputs, string? FirstDifference);

/// <summary>A network beside a reference.</summary>
/// <param name="Reference">The reference.</param>
/// <param name="StateDifferences">Tensors that one has and the other has not, or in another shape; with any, nothing is run.</param>
/// <param name="Runs">The forward passes.</param>
/// <param name="Elapsed">How long building, filling and running took.</param>
internal sealed record GoldenResult(
    GoldenReference Reference, IReadOnlyList<string> StateDifferences, IReadOnlyList<GoldenRunResult> Runs, TimeSpan Elapsed)
{
    /// <summary>The largest deviation of any output, in standard deviations of that output.</summary>
    public double WorstDeviation => Runs.SelectMany(r => r.Outputs).Select(o => o.Deviation).DefaultIfEmpty(double.PositiveInfinity).Max();

    /// <summary>Whether the state is the reference's and every output is within a tolerance in standard deviations.</summary>
    /// <param name="tolerance">The tolerance; rounding alone gives up to 6e-6.</param>
    public bool IsEqual(double tolerance = GoldenComparison.Tolerance) => StateDifferences.Count == 0 && WorstDeviation <= tolerance;
}
