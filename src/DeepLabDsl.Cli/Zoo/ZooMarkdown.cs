using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using DeepLabDsl.Cli.Golden;

namespace DeepLabDsl.Cli;

/// <summary>Writes the zoo's report as a page.</summary>
internal static class ZooMarkdown
{
    /// <summary>The whole page.</summary>
    public static string Write(ZooReport report)
    {
        var text = new StringBuilder();
        Line(text, "# The zoo");
        Line(text, "");
        Line(text, $"{report.Networks.Count} networks, each compiled from its spec under `specs/networks`. This page is made by");
        Line(text, "");
        Line(text, "    dotnet run --project src/DeepLabDsl.Host -c Release -- zoo --markdown docs/zoo.md --golden DIR --onnx");
        Line(text, "");
        Networks(text, report);
        Figures(text, report);
        Golden(text, report);
        Onnx(text, report);
        return text.ToString();
    }

    private static void Networks(StringBuilder text, ZooReport report)
    {
        Line(text, "## Networks");
        Line(text, "");
        Line(text, "Counted by the compiler, without building a network: trainable values with batch norm's scale and shift, and");
        Line(
            text,
            "multiply-accumulates of the convolutions for one image of the stated size, by the shapes of the maps. The receptive field is");
        Line(
            text,
            "that of the backbone's last map, in pixels of the input. In training each image holds some so many MB of "
            + "maps in 32 bits, by what");
        Line(text, "gradients are computed from; what weights and optimizer take comes to it.");
        Line(text, "");
        Table(
            text, ["network", "", ">output stride", ">input", ">parameters", ">G multiply-adds", ">receptive field", ">training, MB"],
            report.Networks.Select(n => new[]
        {
            $"`{n.Name}`", n.Summary, Text(n.OutputStride), $"{n.ReferenceHeight}x{n.ReferenceWidth}",
            n.Parameters.ToString("N0", CultureInfo.InvariantCulture), Giga(n.MultiplyAdds / 1e9), n.ReceptiveField is { } field
                ? Text(field) : "image",
            (n.TrainingBytes / 1e6).ToString("0", CultureInfo.InvariantCulture),
        }));
    }

    private static void Figures(StringBuilder text, ZooReport report)
    {
        Line(text, "## Beside the published figures");
        Line(text, "");
        Line(
            text,
            "*Equal as printed* means that ours, rounded to the figure's digits, reads the same. "
            + "The \"multiply-adds\" of the DeepLab v3, v3+");
        Line(
            text,
            "and MobileNet papers were counted from TensorFlow graphs, in which a dense atrous convolution runs on a map rounded up to a");
        Line(text, "multiple of its rate (space to batch); ours is given so too where the figure is such a one.");
        Line(text, "");
        Table(text, ["network", "what", ">ours", ">published", "", "by", "note"], report.Figures.Select(f => new[]
        {
            $"`{f.Network}`", f.Quantity, f.Ours.ToString(f.Quantity.StartsWith('M') ? "0.000000" : "0.000", CultureInfo.InvariantCulture),
            f.Printed.Text, f.Difference, f.Source, f.Note,
        }));
    }

    private static void Golden(StringBuilder text, ZooReport report)
    {
        Line(text, "## Equal to independent implementations");
        Line(text, "");
        if (report.Golden is not { } rows)
        {
            Line(text, "Not compared: no `--golden` was given.");
            return;
        }
        Line(
            text,
            "Weights and input are filled from their names alone, in both implementations; the state is the same, name by name and shape");
        Line(
            text,
            "by shape (under the network's name map where the publisher has other names). "
            + "The deviation is the largest distance of any value");
        Line(text, string.Create(CultureInfo.InvariantCulture,
            $"from the reference's, in standard deviations of the whole output; up to {GoldenComparison.Tolerance:0e-0} counts as equal, "
            + $"and the references' own rounding"));
        Line(
            text,
            "(float32 beside float64) is up to 6e-6. One network at a time; time is for building, filling and running "
            + "all sizes, memory is the");
        Line(text, string.Create(CultureInfo.InvariantCulture,
            $"process's peak meanwhile. All together: {rows.Sum(r => r.Result.Elapsed.TotalSeconds):0} s on "
            + $"{Environment.ProcessorCount} cores, at most {rows.Max(r => r.PeakBytes) / 1e9:0.0} GB."));
        Line(text, "");
        Table(text, ["network", "reference", ">input", "output", ">deviation", "", ">seconds", ">peak GB"], rows.SelectMany(Rows));
        Line(text, "The references:");
        Line(text, "");
        foreach (var reference in rows.Select(r => r.Result.Reference).DistinctBy(r => r.Name))
            Line(text, $"- `{reference.Name}`: {reference.Source}");
    }

    private static void Onnx(StringBuilder text, ZooReport report)
    {
        Line(text, "## As ONNX models");
        Line(text, "");
        if (report.Onnx is not { } rows)
        {
            Line(text, "Not exported: no `--onnx` was given.");
            return;
        }
        var sizes = string.Join(", ", OnnxComparison.Sizes.Select(s => $"{s.Height}x{s.Width}"));
        var last = $"{OnnxComparison.Sizes[^1].Height}x{OnnxComparison.Sizes[^1].Width}";
        Line(text,
            "Each network, filled by names, is exported once for images of any size (`export`) and run in ONNX Runtime beside its "
                + "module, at");
        Line(text, $"{sizes}, which are no multiples of an output stride. The deviation is the largest distance of any value of");
        Line(text, string.Create(CultureInfo.InvariantCulture,
            $"any output, in standard deviations of the module's; up to {OnnxComparison.Tolerance:0e-0} counts as equal, and no pixel "
                + $"may have another class but for"));
        Line(text,
            $"ties. The ratio is ONNX Runtime's time to the module's at {last} in float32, as it happened to be: no measurement on a "
                + $"quiet");
        Line(text, "machine.");
        Line(text, "");
        Table(text, ["network", "outputs", ">operators", ">file, MB", ">deviation", "", ">ratio"], rows.Select(r => new[]
        {
            $"`{r.Network}`{(r.WithoutCrf ? ", without its CRF" : "")}", string.Join(", ", r.Outputs.Select(o => o.Output).Distinct()),
                Text(r.Operators),
            (r.Bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture), Deviation(r.Outputs.Max(o => o.Deviation)), OnnxVerdict(r),
            double.IsNaN(r.Ratio) ? "" : r.Ratio.ToString("0.00", CultureInfo.InvariantCulture),
        }));
    }

    private static string OnnxVerdict(OnnxRow row) => !row.IsEqual ? "**differs**"
        : row.Outputs.Select(o => o.FromDouble).FirstOrDefault(d => d is not null) is { } exact
            ? $"equal: from float64 the export is {Deviation(exact.Export)} apart, the module {Deviation(exact.Module)}"
            : "equal";

    private static IEnumerable<string[]> Rows(GoldenRow row)
    {
        var cost = new[] { row.Result.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture),
            (row.PeakBytes / 1e9).ToString("0.0", CultureInfo.InvariantCulture) };
        if (row.Result.StateDifferences.Count > 0)
        {
            yield return [$"`{row.Network}`", $"`{row.Result.Reference.Name}`", "", "", "",
                $"**{row.Result.StateDifferences.Count} tensors differ**: {row.Result.StateDifferences[0]}", .. cost];
            yield break;
        }
        var isFirst = true;
        foreach (var run in row.Result.Runs)
        {
            foreach (var output in run.Outputs)
            {
                yield return
                [
                    isFirst ? $"`{row.Network}`" : "", isFirst ? $"`{row.Result.Reference.Name}`" : "",
                    $"{run.InputShape[2]}x{run.InputShape[3]}",
                    output.Ours, Deviation(output.Deviation), Verdict(output, run), .. isFirst ? cost : ["", ""],
                ];
                isFirst = false;
            }
        }
    }

    public static string Deviation(double deviation) => deviation == 0 ? "0" : deviation.ToString("0.0e-0", CultureInfo.InvariantCulture);

    public static string Verdict(GoldenOutputResult output, GoldenRunResult run) =>
        output.Deviation <= GoldenComparison.Tolerance
            ? "equal"
            : $"differs{(run.FirstDifference is { } first ? $", first at {first}" : "")}";

    private static void Table(StringBuilder text, string[] heads, IEnumerable<string[]> rows)
    {
        Line(text, "| " + string.Join(" | ", heads.Select(h => h.TrimStart('>'))) + " |");
        Line(text, "| " + string.Join(" | ", heads.Select(h => h.StartsWith('>') ? "---:" : "---")) + " |");
        foreach (var row in rows)
            Line(text, "| " + string.Join(" | ", row.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))) + " |");
        Line(text, "");
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Giga(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
