using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Rendering;

namespace DeepLabDsl.Reports;

/// <summary>An image of a report, with what is true of it and what was predicted.</summary>
/// <param name="Score">How it came out.</param>
/// <param name="Image">The picture.</param>
/// <param name="Truth">Its labels.</param>
/// <param name="Prediction">What was predicted.</param>
public sealed record ReportSample(ImageScore Score, RgbImage Image, LabelMap Truth, LabelMap Prediction);

/// <summary>What a report shows.</summary>
public sealed record RunReportContent
{
    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The network.</summary>
    public required NetworkDescriptor Network { get; init; }

    /// <summary>The classes.</summary>
    public required ClassSet Classes { get; init; }

    /// <summary>What was scored, in words: the split and the number of images.</summary>
    public required string Scored { get; init; }

    /// <summary>The scores; null where there is nothing to score on.</summary>
    public EvaluationResult? Result { get; init; }

    /// <summary>The images that came out best, the best first.</summary>
    public IReadOnlyList<ReportSample> Best { get; init; } = [];

    /// <summary>The images that came out worst, the worst first.</summary>
    public IReadOnlyList<ReportSample> Worst { get; init; } = [];

    /// <summary>A drawing of the network as an SVG document; null: none.</summary>
    public string? Drawing { get; init; }

    /// <summary>What machine this is, by what people call each thing.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Machine { get; init; } = [];
}

/// <summary>Writes a run's report: one HTML page that needs nothing else.</summary>
public static class RunReport
{
    /// <summary>The file's name in a run's folder.</summary>
    public const string FileName = "report.html";

    // Beyond this many classes the matrix has colours alone.
    private const int MaximumNumbers = 25;

    /// <summary>Writes the report, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What it shows.</param>
    /// <exception cref="UnusableDataException">The run's files cannot be read, or the report not be written.</exception>
    public static void Write(string path, RunReportContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var bytes = Encoding.UTF8.GetBytes(Render(content));
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    internal static string Render(RunReportContent content)
    {
        var history = RunHistory.Read(content.Folder);
        var page = new ReportPage($"{history.Name}: {content.Network.Name}");
        AddHead(page, content, history);
        AddCurves(page, history);
        if (content.Result is { } result)
        {
            AddClasses(page, content.Classes, result);
            AddConfusion(page, content.Classes, result.Confusion);
        }
        AddSamples(page, content);
        AddNetwork(page, content);
        AddRecipe(page, content, history);
        page.Add(
            $"<footer>Written by DeepLabDsl {typeof(RunReport).Assembly.GetName().Version?.ToString(3)} on "
            + $"{DateTime.Now:yyyy-MM-dd HH:mm}.</footer>");
        return page.Render();
    }

    private static void AddHead(ReportPage page, RunReportContent content, RunHistory history)
    {
        page.Add($"<h1>{ReportPage.Escape(content.Network.Name)}</h1>");
        page.Add(
            $"<p class=\"quiet\">Run <code>{ReportPage.Escape(history.Name)}</code>, last written {history.LastWritten:yyyy-MM-dd HH:mm}. "
            + $"{ReportPage.Escape(content.Network.Summary)}</p>");
        page.Add("<div class=\"cards\">");
        if (content.Result is { } result)
        {
            Card(page, ReportPage.Percent(result.Scores.MeanIoU), $"mIoU on {content.Scored}", " main");
            Card(page, ReportPage.Percent(result.Scores.PixelAccuracy), "pixel accuracy");
            Card(page, ReportPage.Percent(result.Scores.MeanAccuracy), "mean accuracy");
            Card(page, ReportPage.Percent(result.Scores.FrequencyWeightedIoU), "frequency-weighted IoU");
        }
        else if (history.Best is { } best)
        {
            Card(page, ReportPage.Percent(best.MeanIoU), $"best mIoU, at iteration {ReportPage.Number(best.Iteration, "#,0")}", " main");
        }
        Card(
            page, RunHistory.Duration(history.Seconds),
            $"{ReportPage.Number(history.Steps.LastOrDefault()?.Iteration ?? double.NaN, "#,0")} iterations, "
            + $"{ReportPage.Number(history.Steps.LastOrDefault()?.Epoch ?? double.NaN, "#,0")} epochs");
        var speeds = history.Steps.Select(s => s.ImagesPerSecond).Where(double.IsFinite).Order().ToList();
        if (speeds.Count > 0)
        {
            var waits = history.Steps.Select(s => s.WaitShare).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
            Card(
                page, ReportPage.Number(speeds[speeds.Count / 2], "0.0"),
                $"images/s in training (median); {ReportPage.Percent(waits)} of it waiting for data");
        }
        Card(page, ReportPage.Number(content.Network.Parameters / 1e6, "0.00") + " M", "parameters");
        page.Add("</div>");
        if (content.Result is { } scored && CollapseCheck.Describe(scored.Scores, content.Classes) is { } warning)
            page.Add($"<section class=\"warning\"><b>Warning:</b> {ReportPage.Escape(warning)}</section>");
    }

    private static void Card(ReportPage page, string value, string what, string kind = "") =>
        page.Add($"<div class=\"card{kind}\"><b>{ReportPage.Escape(value)}</b><span>{ReportPage.Escape(what)}</span></div>");

    private static void AddCurves(ReportPage page, RunHistory history)
    {
        var colors = LineChart.Colors;
        IReadOnlyList<(double X, double Y)> Steps(Func<RunHistory.Step, double> value) =>
            [.. history.Steps.Select(s => (s.Iteration, value(s)))];
        page.Add("<section><h2>Course</h2><div class=\"charts\">");
        page.Add(new LineChart("Loss", "iteration", "0.000").Render(
            [new ChartSeries("each step", Steps(s => s.Loss), colors[0]) { IsFaint = true },
            new ChartSeries("smoothed", history.SmoothedLosses(), colors[0])]));
        page.Add(new LineChart("Scores on the validation split", "iteration", "0.0 %").Render(
        [
            new ChartSeries("mIoU", [.. history.Scores.Select(s => (s.Iteration, s.MeanIoU))], colors[2]) { IsMarked = true },
            new ChartSeries("pixel accuracy", [.. history.Scores.Select(s => (s.Iteration, s.PixelAccuracy))], colors[1])
            {
                IsMarked = true,
            },
        ]));
        page.Add(
            new LineChart("Learning rate", "iteration", "0.0000")
            {
                Height = 200,
            }.Render([new ChartSeries("learning rate", Steps(s => s.LearningRate), colors[4])]));
        page.Add(
            new LineChart("Images a second", "iteration", "0.0")
            {
                Height = 200,
            }.Render([new ChartSeries("images/s", Steps(s => s.ImagesPerSecond), colors[5])]));
        page.Add("</div></section>");
    }

    private static void AddClasses(ReportPage page, ClassSet classes, EvaluationResult result)
    {
        var scores = result.Scores;
        var total = (double)scores.TruthPixels.Sum();
        page.Add(
            "<section><h2>Classes</h2><p class=\"quiet small\">IoU of each class on one confusion matrix of the whole split, "
            + "the best first. Accuracy: the correct share of this class's pixels. Precision: the correct share of the pixels predicted as this class.</p>");
        page.Add(
            "<table class=\"list\"><tr><th>class</th><th style=\"width:38%\">IoU</th><th class=\"n\"></th><th "
            + "class=\"n\">accuracy</th><th class=\"n\">precision</th><th class=\"n\">of the truth</th><th class=\"n\">of "
            + "the prediction</th></tr>");
        foreach (var c in Enumerable.Range(0, classes.Count).OrderByDescending(c => double.IsFinite(scores.IoU[c]) ? scores.IoU[c] : -1))
        {
            var precision = scores.PredictedPixels[c] > 0 ? result.Confusion[c, c] / (double)scores.PredictedPixels[c] : double.NaN;
            var width = (double.IsFinite(scores.IoU[c]) ? 100 * scores.IoU[c] : 0).ToString("0.##", CultureInfo.InvariantCulture);
            page.Add(
                $"<tr><td>{Swatch(classes[c].Color)}{ReportPage.Escape(classes[c].Name)}</td><td><div class=\"bar\"><i "
                + $"style=\"width:{width}%\"></i></div></td><td class=\"n\">{ReportPage.Percent(scores.IoU[c])}</td><td "
                + $"class=\"n\">{ReportPage.Percent(scores.ClassAccuracy[c])}</td><td class=\"n\">{ReportPage.Percent(precision)}</td>"
                + $"<td class=\"n quiet\">{ReportPage.Percent(scores.TruthPixels[c] / total, "0.00")}</td><td class=\"n "
                + $"quiet\">{ReportPage.Percent(scores.PredictedPixels[c] / total, "0.00")}</td></tr>");
        }
        page.Add("</table></section>");
    }

    private static void AddConfusion(ReportPage page, ClassSet classes, ConfusionMatrix confusion)
    {
        var isDense = classes.Count > MaximumNumbers;
        page.Add(
            "<section><h2>Confusion</h2><p class=\"quiet small\">Rows: what is true. Columns: what was predicted. "
            + "Each row is 100 % of the class's pixels; green is right, red is wrong.</p>");
        page.Add($"<div class=\"scroll\"><table class=\"confusion{(isDense ? " dense" : "")}\"><thead><tr><th></th>");
        // Slanted names need about this height.
        var height = (int)(22 + 5.6 * classes.Names.Max(n => n.Length));
        for (var p = 0; p < classes.Count; p++)
            page.Add($"<th style=\"height:{height}px\"><span>{ReportPage.Escape(classes[p].Name)}</span></th>");
        page.Add("</tr></thead><tbody>");
        var mistakes = new List<(double Share, long Pixels, int Truth, int Prediction)>();
        for (var t = 0; t < classes.Count; t++)
        {
            var row = new StringBuilder($"<tr><th>{ReportPage.Escape(classes[t].Name)}</th>");
            var sum = (double)Enumerable.Range(0, classes.Count).Sum(p => confusion[t, p]);
            for (var p = 0; p < classes.Count; p++)
            {
                var share = sum > 0 ? confusion[t, p] / sum : 0;
                if (t != p && confusion[t, p] > 0)
                    mistakes.Add((share, confusion[t, p], t, p));
                // The root keeps small shares visible.
                var color = (t == p ? "15,157,118," : "201,63,91,") + Math.Sqrt(share).ToString("0.###", CultureInfo.InvariantCulture);
                var text = isDense || share < 0.005 ? "" : (100 * share).ToString("0", CultureInfo.InvariantCulture);
                row.Append(CultureInfo.InvariantCulture,
                    $"<td style=\"background:rgba({color}){(share > 0.4 ? ";color:#fff" : "")}\" "
                    + $"title=\"{ReportPage.Escape(classes[t].Name)} as {ReportPage.Escape(classes[p].Name)}: "
                    + $"{ReportPage.Percent(share, "0.00")}, {confusion[t, p]:N0} pixels\">{text}</td>");
            }
            page.Add(row.Append("</tr>").ToString());
        }
        page.Add("</tbody></table></div>");
        var worst = mistakes.OrderByDescending(m => m.Pixels).Take(5).Select(m =>
            $"{ReportPage.Escape(classes[m.Truth].Name)} as "
                + $"{ReportPage.Escape(classes[m.Prediction].Name)} ({ReportPage.Percent(m.Share)} of it)").ToList();
        if (worst.Count > 0)
            page.Add($"<p class=\"small\" style=\"margin:12px 0 0\">Most pixels are lost to: {string.Join("; ", worst)}.</p>");
        page.Add("</section>");
    }

    private static void AddSamples(ReportPage page, RunReportContent content)
    {
        if (content.Best.Count + content.Worst.Count == 0)
            return;
        page.Add(
            "<section><h2>Images</h2><p class=\"quiet small\">By the mean IoU over the classes in each image. "
            + "Click one to see it large.</p><div class=\"legend\">");
        var shown = content.Best.Concat(content.Worst).SelectMany(s => s.Truth.Indices.Concat(s.Prediction.Indices)).ToHashSet();
        for (var c = 0; c < content.Classes.Count; c++)
        {
            if (content.Classes.Count <= 40 || shown.Contains((byte)c))
                page.Add($"<span>{Swatch(content.Classes[c].Color)}{ReportPage.Escape(content.Classes[c].Name)}</span>");
        }
        page.Add($"<span>{Swatch(content.Classes.VoidColor)}void</span></div>");
        AddRows(page, "Worst", content.Worst, content.Classes);
        AddRows(page, "Best", content.Best, content.Classes);
        page.Add("</section>");
    }

    private static void AddRows(ReportPage page, string title, IReadOnlyList<ReportSample> samples, ClassSet classes)
    {
        if (samples.Count == 0)
            return;
        page.Add(
            $"<h2 style=\"font-size:15px;margin-top:10px\">{title}</h2><div class=\"samples\"><div class=\"head\">image</div><div "
            + "class=\"head\">truth</div><div class=\"head\">prediction</div><div class=\"head\">overlay</div>");
        foreach (var sample in samples)
        {
            page.Add(Picture(sample.Image, "image", isPhoto: true));
            page.Add(Picture(MaskRenderer.Colorize(sample.Truth, classes), "truth", isPhoto: false));
            page.Add(Picture(MaskRenderer.Colorize(sample.Prediction, classes), "prediction", isPhoto: false));
            page.Add(Picture(MaskRenderer.Overlay(sample.Image, sample.Prediction, classes), "overlay", isPhoto: true));
            page.Add(
                $"<div class=\"caption\"><b>{ReportPage.Percent(sample.Score.MeanIoU)}</b> mIoU, "
                + $"{ReportPage.Percent(sample.Score.PixelAccuracy)} of the pixels <span "
                + $"class=\"quiet\">{ReportPage.Escape(sample.Score.Name)}</span></div>");
        }
        page.Add("</div>");
    }

    private static string Picture(RgbImage image, string alternative, bool isPhoto)
    {
        var bytes = ImageFile.EncodeForPage(image, isPhoto, out var type);
        return $"<img alt=\"{alternative}\" loading=\"lazy\" src=\"data:image/{type};base64,{Convert.ToBase64String(bytes)}\">";
    }

    private static void AddNetwork(ReportPage page, RunReportContent content)
    {
        var network = content.Network;
        page.Add("<section><h2>Network</h2><div class=\"two\"><table class=\"list\">");
        Row(page, "name", network.Name);
        Row(page, "parameters", ReportPage.Number(network.Parameters, "#,0"));
        Row(page, "multiply-adds",
            $"{ReportPage.Number(network.MultiplyAdds / 1e9)} G at {network.ReferenceHeight}x{network.ReferenceWidth}");
        page.Add("</table><table class=\"list\">");
        Row(page, "output stride", ReportPage.Number(network.OutputStride));
        Row(page, "receptive field", $"{ReportPage.Number(network.ReceptiveField, "#,0")} pixels");
        Row(
            page, "input",
            $"{network.InputChannels} channels, mean {string.Join(", ", network.Mean.Select(v => ReportPage.Number(v, "0.###")))}");
        page.Add("</table></div>");
        if (content.Drawing is { } drawing)
        {
            page.Add(
                $"<div class=\"network\"><img alt=\"the network's parts from the image down\" "
                + $"src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(drawing))}\"></div>");
        }
        page.Add("</section>");
    }

    private static void AddRecipe(ReportPage page, RunReportContent content, RunHistory history)
    {
        void Values(IEnumerable<(string Name, string Value, string From)> values)
        {
            page.Add("<table class=\"list\"><tr><th>recipe</th><th>value</th><th>from</th></tr>");
            foreach (var (name, value, from) in values)
            {
                page.Add(
                    $"<tr><td>{ReportPage.Escape(name)}</td><td><code>{ReportPage.Escape(value)}</code></td><td class=\"quiet "
                    + $"small\">{ReportPage.Escape(from)}</td></tr>");
            }
            page.Add("</table>");
        }
        page.Add("<section><h2>Recipe and machine</h2><div class=\"two\"><div>");
        Values(history.Recipe.Where(r => r.From != "default"));
        if (history.Recipe.Count(r => r.From == "default") is > 0 and var count)
        {
            page.Add($"<details><summary>{count} values have their default</summary>");
            Values(history.Recipe.Where(r => r.From == "default"));
            page.Add("</details>");
        }
        page.Add("</div><div><table class=\"list\"><tr><th>run</th><th></th></tr>");
        foreach (var (name, value) in history.Facts)
            Row(page, name, value);
        if (history.Steps.Select(s => s.MemoryMegabytes).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max() is var memory
            && double.IsFinite(memory))
            Row(page, "most memory", $"{ReportPage.Number(memory, "#,0")} MB");
        page.Add("<tr><th style=\"padding-top:16px\">machine of this report</th><th></th></tr>");
        foreach (var (name, value) in content.Machine)
            Row(page, name, value);
        page.Add("</table></div></div></section>");
    }

    private static void Row(ReportPage page, string name, string value) =>
        page.Add($"<tr><td class=\"quiet\">{ReportPage.Escape(name)}</td><td><code>{ReportPage.Escape(value)}</code></td></tr>");

    internal static string Swatch(Rgb color) => $"<i class=\"swatch\" style=\"background:{color}\"></i>";
}
