using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Rendering;

namespace DeepLabDsl.Evaluation;

/// <summary>Draws mIoU against the width of the band around boundaries.</summary>
public static class TrimapPlot
{
    private const double Step = 0.05;

    /// <summary>Writes the plot as a PNG.</summary>
    /// <param name="path">The file.</param>
    /// <param name="curves">Names and scores, such as before and after a CRF.</param>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    public static void Write(string path, params IReadOnlyList<(string Name, IReadOnlyList<BandScore> Trimap)> curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        var values = curves.SelectMany(c => c.Trimap).Select(b => b.MeanIoU).Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        // Whole tenths around what there is to see.
        var (low, high) = (Math.Min(0.9, Math.Floor(values.Min() * 10) / 10), Math.Min(1, Math.Ceiling(values.Max() * 10 + 1e-9) / 10));
        var axis = new PlotAxis(low, Step, (int)Math.Round((high - low) / Step)) { IsShare = true };
        new LinePlot("mIoU near boundaries", "pixels from the boundary", BoundaryEvaluation.WidestBand, axis).Write(
            path,
            [.. curves
                .Select((c, i) => new PlotLine(
                    c.Name, [.. c.Trimap.Select(b => ((double)b.Width, b.MeanIoU))], LinePlot.Colors[i % LinePlot.Colors.Count]))]);
    }
}
