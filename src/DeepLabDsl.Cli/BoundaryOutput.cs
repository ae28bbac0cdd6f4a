using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using Spectre.Console;

namespace DeepLabDsl.Cli;

/// <summary>How scores near boundaries, and those with a CRF, are shown.</summary>
internal static class BoundaryOutput
{
    private static readonly int[] Shown = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40];

    public static void Show(ClassSet classes, EvaluationResult result)
    {
        if (result.Boundaries is not { } before)
            return;
        var after = result.Refined?.Boundaries;
        var bands = after is null
            ? Output.Table(">band", ">mIoU", ">accuracy", ">pixels")
            : Output.Table(">band", ">mIoU", ">accuracy", ">pixels", ">mIoU with CRF", ">difference");
        foreach (var width in Shown)
        {
            var band = before.Trimap[width - 1];
            List<string> cells = [$"{width}", Output.Percent(band.MeanIoU), Output.Percent(band.PixelAccuracy),
                band.Pixels.ToString("N0", CultureInfo.InvariantCulture)];
            if (after is not null)
                cells.AddRange([Output.Percent(after.Trimap[width - 1].MeanIoU), Points(after.Trimap[width - 1].MeanIoU - band.MeanIoU)]);
            bands.AddRow([.. cells]);
        }
        AnsiConsole.Write(bands);
        var outlines = after is null ? Output.Table("class", ">outline F") : Output.Table("class", ">outline F", ">with CRF");
        for (var c = 0; c < classes.Count; c++)
        {
            List<string> cells = [classes[c].Name.Cell(), Output.Percent(before.OutlineF[c])];
            if (after is not null)
                cells.Add(Output.Percent(after.OutlineF[c]));
            outlines.AddRow([.. cells]);
        }
        AnsiConsole.Write(outlines);
        Console.WriteLine(
            $"mean outline F {Output.Percent(before.MeanOutlineF)}"
            + (after is null ? "" : $", with the CRF {Output.Percent(after.MeanOutlineF)}"));
    }

    /// <summary>The curves of a plot.</summary>
    public static IReadOnlyList<(string Name, IReadOnlyList<BandScore> Trimap)> Curves(EvaluationResult result)
    {
        List<(string, IReadOnlyList<BandScore>)> curves = [("network", result.Boundaries!.Trimap)];
        if (result.Refined?.Boundaries is { } refined)
            curves.Add(("with CRF", refined.Trimap));
        return curves;
    }

    public static Dictionary<string, object?> AsData(ClassSet classes, EvaluationResult result)
    {
        var data = Output.ScoresAsData(classes, result);
        if (result.Boundaries is { } boundaries)
        {
            data["trimap"] = boundaries.Trimap
                .Select(b => new { b.Width, MeanIou = Output.Finite(b.MeanIoU), PixelAccuracy = Output.Finite(b.PixelAccuracy), b.Pixels })
                .ToList();
            data["outline_f"] = classes.Names.Zip(boundaries.OutlineF).ToDictionary(c => c.First, c => Output.Finite(c.Second));
            data["mean_outline_f"] = Output.Finite(boundaries.MeanOutlineF);
        }
        if (result.Refined is { } refined)
            data["crf"] = AsData(classes, refined);
        return data;
    }

    private static string Points(double difference) =>
        double.IsNaN(difference) ? "-" : (100 * difference).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);
}
