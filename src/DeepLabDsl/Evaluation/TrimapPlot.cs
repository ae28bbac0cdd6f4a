using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Rendering;

namespace DeepLabDsl.Evaluation;

/// <summary>Draws mIoU against the width of the band around boundaries.</summary>
public static class TrimapPlot
{
    /// <summary>Writes the plot as an SVG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="curves">Names and scores, such as before and after a CRF.</param>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    public static void Write(string path, params IReadOnlyList<(string Name, IReadOnlyList<BandScore> Trimap)> curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        new LineChart("mIoU near boundaries", "pixels from the boundary", "0.0 %") { Width = 900, Height = 460, StartsAtZero = false }.Write(
            path,
            [.. curves
                .Select((c, i) => new ChartSeries(
                    c.Name, [.. c.Trimap.Select(b => ((double)b.Width, b.MeanIoU))], LineChart.Colors[i % LineChart.Colors.Count]))]);
    }
}
