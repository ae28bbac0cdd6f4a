using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Rendering;

namespace DeepLabDsl.Training;

/// <summary>Draws loss and mIoU against iterations.</summary>
internal static class TrainingCurve
{
    public static void Write(
        string path, string title, IReadOnlyList<(double Iteration, double Value)> losses,
        IReadOnlyList<(double Iteration, double Value)> scores)
    {
        var smooth = Smooth(losses);
        // Loss begins far above where it spends its time: the axis ends at what nearly all of it is below.
        var highest = smooth.Select(l => l.Value).Order().ElementAt((int)(smooth.Count * 0.98));
        var lines = new List<ChartSeries> { new("loss", smooth, LineChart.Colors[1]) };
        if (scores.Count > 0)
            lines.Add(new ChartSeries("mIoU", scores, LineChart.Colors[0]) { IsMarked = true, IsRight = true });
        new LineChart(title, "iterations", "0.000") { Width = 900, Height = 460, Ceiling = highest }.Write(path, lines);
    }

    /// <summary>A running mean: single batches jump too much to read.</summary>
    private static List<(double Iteration, double Value)> Smooth(IReadOnlyList<(double Iteration, double Value)> values)
    {
        var weight = Math.Min(0.95, 1 - 1 / (1 + values.Count / 60.0));
        var mean = values[0].Value;
        return values.Select(v => (v.Iteration, mean = weight * mean + (1 - weight) * v.Value)).ToList();
    }
}
