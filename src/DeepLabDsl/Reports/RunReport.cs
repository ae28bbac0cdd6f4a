using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Xml.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Rendering;
using static DeepLabDsl.Reports.ReportPage;

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
        page.Add(Head(content, history));
        page.Add(Curves(history));
        if (content.Result is { } result)
        {
            page.Add(Classes(content.Classes, result));
            if (ScoreStatistics.ByGroup(result) is { Count: > 0 } groups)
                page.Add(Groups(groups, content.Classes));
            page.Add(Confusion(content.Classes, result.Confusion));
        }
        if (content.Best.Count + content.Worst.Count > 0)
            page.Add(Samples(content));
        page.Add(
            Network(content),
            RecipeAndMachine(content, history),
            Element("footer",
                $"Written by DeepLabDsl {typeof(RunReport).Assembly.GetName().Version?.ToString(3)} on {DateTime.Now:yyyy-MM-dd HH:mm}."));
        return page.Render();
    }

    private static IEnumerable<XElement> Head(RunReportContent content, RunHistory history)
    {
        yield return Element("h1", content.Network.Name);
        yield return Element("p.quiet",
            "Run ", Element("code", history.Name), $", last written {history.LastWritten:yyyy-MM-dd HH:mm}. {content.Network.Summary}");
        yield return Element("div.cards", Cards(content, history));
        if (content.Result is { } scored && CollapseCheck.Describe(scored.Scores, content.Classes) is { } warning)
            yield return Element("section.warning", Element("b", "Warning:"), " " + warning);
    }

    private static IEnumerable<XElement> Cards(RunReportContent content, RunHistory history)
    {
        if (content.Result is { } result)
        {
            var interval = ScoreStatistics.Interval(result) is { } range
                ? $"; 95 % interval {Percent(range.Low)} to {Percent(range.High)} by drawing {(range.AreGroups ? "groups" : "images")}"
                : "";
            yield return Card(Percent(result.Scores.MeanIoU), $"mIoU on {content.Scored}{interval}", ".main");
            yield return Card(Percent(result.Scores.PixelAccuracy), "pixel accuracy");
            yield return Card(Percent(result.Scores.MeanAccuracy), "mean accuracy");
            yield return Card(Percent(result.Scores.FrequencyWeightedIoU), "frequency-weighted IoU");
        }
        else if (history.Best is { } best)
        {
            yield return Card(Percent(best.MeanIoU), $"best mIoU, at iteration {Number(best.Iteration, "#,0")}", ".main");
        }
        yield return Card(
            RunHistory.Duration(history.Seconds),
            $"{Number(history.Steps.LastOrDefault()?.Iteration ?? double.NaN, "#,0")} iterations, "
            + $"{Number(history.Steps.LastOrDefault()?.Epoch ?? double.NaN, "#,0")} epochs");
        var speeds = history.Steps.Select(s => s.ImagesPerSecond).Where(double.IsFinite).Order().ToList();
        if (speeds.Count > 0)
        {
            var waits = history.Steps.Select(s => s.WaitShare).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
            yield return Card(
                Number(speeds[speeds.Count / 2], "0.0"), $"images/s in training (median); {Percent(waits)} of it waiting for data");
        }
        yield return Card(Number(content.Network.Parameters / 1e6, "0.00") + " M", "parameters");
    }

    private static XElement Card(string value, string what, string kind = "") =>
        Element("div.card" + kind, Element("b", value), Element("span", what));

    private static XElement Curves(RunHistory history)
    {
        var colors = LineChart.Colors;
        IReadOnlyList<(double X, double Y)> Steps(Func<RunHistory.Step, double> value) =>
            [.. history.Steps.Select(s => (s.Iteration, value(s)))];
        return Section("Course", Element("div.charts",
            new LineChart("Loss", "iteration", "0.000").Draw(
            [
                new ChartSeries("each step", Steps(s => s.Loss), colors[0]) { IsFaint = true },
                new ChartSeries("smoothed", history.SmoothedLosses(), colors[0]),
            ]),
            new LineChart("Scores on the validation split", "iteration", "0.0 %").Draw(
            [
                new ChartSeries("mIoU", [.. history.Scores.Select(s => (s.Iteration, s.MeanIoU))], colors[2]) { IsMarked = true },
                new ChartSeries("pixel accuracy", [.. history.Scores.Select(s => (s.Iteration, s.PixelAccuracy))], colors[1])
                {
                    IsMarked = true,
                },
            ]),
            new LineChart("Learning rate", "iteration", "0.0000") { Height = 200 }.Draw(
                [new ChartSeries("learning rate", Steps(s => s.LearningRate), colors[4])]),
            new LineChart("Images a second", "iteration", "0.0") { Height = 200 }.Draw(
                [new ChartSeries("images/s", Steps(s => s.ImagesPerSecond), colors[5])])));
    }

    private static XElement Classes(ClassSet classes, EvaluationResult result)
    {
        var scores = result.Scores;
        var total = (double)scores.TruthPixels.Sum();
        return Section("Classes",
            Element("p.quiet.small",
                "IoU of each class on one confusion matrix of the whole split, the best first. Accuracy: the correct share of this class's "
                + "pixels. Precision: the correct share of the pixels predicted as this class."),
            Element("table.list",
                Element("tr",
                    Element("th", "class"), Element("th", StyleOf("width:38%"), "IoU"), Element("th.n"), Element("th.n", "accuracy"),
                    Element("th.n", "precision"), Element("th.n", "of the truth"), Element("th.n", "of the prediction")),
                Enumerable.Range(0, classes.Count)
                    .OrderByDescending(c => double.IsFinite(scores.IoU[c]) ? scores.IoU[c] : -1)
                    .Select(Row)));

        XElement Row(int c)
        {
            var precision = scores.PredictedPixels[c] > 0 ? result.Confusion[c, c] / (double)scores.PredictedPixels[c] : double.NaN;
            var width = (double.IsFinite(scores.IoU[c]) ? 100 * scores.IoU[c] : 0).ToString("0.##", CultureInfo.InvariantCulture);
            return Element("tr",
                Element("td", Swatch(classes[c].Color.ToString()), classes[c].Name),
                Element("td", Element("div.bar", Element("i", StyleOf($"width:{width}%")))),
                Element("td.n", Percent(scores.IoU[c])),
                Element("td.n", Percent(scores.ClassAccuracy[c])),
                Element("td.n", Percent(precision)),
                Element("td.n.quiet", Percent(scores.TruthPixels[c] / total, "0.00")),
                Element("td.n.quiet", Percent(scores.PredictedPixels[c] / total, "0.00")));
        }
    }

    private static XElement Groups(IReadOnlyList<GroupScore> groups, ClassSet classes) => Section("Groups",
        Element("p.quiet.small",
            "Each film, place or the like by itself, the worst first: mIoU on one confusion matrix of its images. "
            + (groups.Count < ScoreStatistics.LeastGroups
                ? "There are too few groups to say how they vary: on another one the score may lie far outside the interval above."
                : "The interval above is drawn from whole groups.")),
        Element("div.scroll", Element("table.list",
            Element("tr",
                Element("th", "group"), Element("th.n", "images"), Element("th.n", "mIoU"), Element("th.n", "pixel accuracy"),
                // Of many classes a table would be read by nobody.
                classes.Count <= MaximumNumbers ? classes.Names.Select(n => Element("th.n", n)) : []),
            groups.OrderBy(g => double.IsFinite(g.MeanIoU) ? g.MeanIoU : 2).Select(g => Element("tr",
                Element("td", g.Group), Element("td.n", Number(g.Images, "#,0")), Element("td.n", Percent(g.MeanIoU)),
                Element("td.n", Percent(g.PixelAccuracy)),
                classes.Count <= MaximumNumbers ? g.IoU.Select(v => Element("td.n.quiet", Percent(v))) : [])))));

    private static XElement Confusion(ClassSet classes, ConfusionMatrix confusion)
    {
        var isDense = classes.Count > MaximumNumbers;
        // Slanted names need about this height.
        var height = (int)(22 + 5.6 * classes.Names.Max(n => n.Length));
        var mistakes = new List<(double Share, long Pixels, int Truth, int Prediction)>();
        var rows = Enumerable.Range(0, classes.Count).Select(Row).ToList();
        var worst = mistakes.OrderByDescending(m => m.Pixels).Take(5)
            .Select(m => $"{classes[m.Truth].Name} as {classes[m.Prediction].Name} ({Percent(m.Share)} of it)").ToList();
        return Section("Confusion",
            Element("p.quiet.small",
                "Rows: what is true. Columns: what was predicted. Each row is 100 % of the class's pixels; green is right, red is wrong."),
            Element("div.scroll", Element("table.confusion" + (isDense ? ".dense" : ""),
                Element("thead", Element("tr",
                    Element("th"), classes.Names.Select(n => Element("th", StyleOf($"height:{height}px"), Element("span", n))))),
                Element("tbody", rows))),
            worst.Count > 0
                ? Element("p.small", StyleOf("margin:12px 0 0"), $"Most pixels are lost to: {string.Join("; ", worst)}.")
                : null);

        XElement Row(int t)
        {
            var row = Element("tr", Element("th", classes[t].Name));
            var sum = (double)Enumerable.Range(0, classes.Count).Sum(p => confusion[t, p]);
            for (var p = 0; p < classes.Count; p++)
            {
                var share = sum > 0 ? confusion[t, p] / sum : 0;
                if (t != p && confusion[t, p] > 0)
                    mistakes.Add((share, confusion[t, p], t, p));
                // The root keeps small shares visible.
                var color = (t == p ? "15,157,118," : "201,63,91,") + Math.Sqrt(share).ToString("0.###", CultureInfo.InvariantCulture);
                row.Add(Element("td",
                    StyleOf($"background:rgba({color}){(share > 0.4 ? ";color:#fff" : "")}"),
                    Attribute("title", string.Create(CultureInfo.InvariantCulture,
                        $"{classes[t].Name} as {classes[p].Name}: {Percent(share, "0.00")}, {confusion[t, p]:N0} pixels")),
                    isDense || share < 0.005 ? null : (100 * share).ToString("0", CultureInfo.InvariantCulture)));
            }
            return row;
        }
    }

    private static XElement Samples(RunReportContent content)
    {
        var shown = content.Best.Concat(content.Worst).SelectMany(s => s.Truth.Indices.Concat(s.Prediction.Indices)).ToHashSet();
        var named = Enumerable.Range(0, content.Classes.Count).Where(c => content.Classes.Count <= 40 || shown.Contains((byte)c));
        return Section("Images",
            Element("p.quiet.small", "By the mean IoU over the classes in each image. Click one to see it large."),
            Element("div.legend",
                named.Select(c => Element("span", Swatch(content.Classes[c].Color.ToString()), content.Classes[c].Name)),
                Element("span", Swatch(content.Classes.VoidColor.ToString()), "void")),
            Rows("Worst", content.Worst, content.Classes),
            Rows("Best", content.Best, content.Classes));
    }

    private static IEnumerable<XElement> Rows(string title, IReadOnlyList<ReportSample> samples, ClassSet classes)
    {
        if (samples.Count == 0)
            yield break;
        yield return Element("h2", StyleOf("font-size:15px;margin-top:10px"), title);
        yield return Element("div.samples",
            new[] { "image", "truth", "prediction", "overlay" }.Select(h => Element("div.head", h)),
            samples.SelectMany(sample => new[]
            {
                Picture(sample.Image, "image", isPhoto: true),
                Picture(MaskRenderer.Colorize(sample.Truth, classes), "truth", isPhoto: false),
                Picture(MaskRenderer.Colorize(sample.Prediction, classes), "prediction", isPhoto: false),
                Picture(MaskRenderer.Overlay(sample.Image, sample.Prediction, classes), "overlay", isPhoto: true),
                Element("div.caption",
                    Element("b", Percent(sample.Score.MeanIoU)), $" mIoU, {Percent(sample.Score.PixelAccuracy)} of the pixels ",
                    Element("span.quiet", sample.Score.Name)),
            }));
    }

    private static XElement Picture(RgbImage image, string alternative, bool isPhoto)
    {
        var bytes = ImageFile.EncodeForPage(image, isPhoto, out var type);
        return Element("img",
            Attribute("alt", alternative), Attribute("loading", "lazy"),
            Attribute("src", $"data:image/{type};base64,{Convert.ToBase64String(bytes)}"));
    }

    private static XElement Network(RunReportContent content)
    {
        var network = content.Network;
        return Section("Network",
            Element("div.two",
                Element("table.list",
                    Row("name", network.Name),
                    Row("parameters", Number(network.Parameters, "#,0")),
                    Row("multiply-adds", $"{Number(network.MultiplyAdds / 1e9)} G at {network.ReferenceHeight}x{network.ReferenceWidth}")),
                Element("table.list",
                    Row("output stride", Number(network.OutputStride)),
                    Row("receptive field", $"{Number(network.ReceptiveField, "#,0")} pixels"),
                    Row("input",
                        $"{network.InputChannels} channels, mean {string.Join(", ", network.Mean.Select(v => Number(v, "0.###")))}"))),
            content.Drawing is { } drawing
                ? Element("div.network", Element("img",
                    Attribute("alt", "the network's parts from the image down"),
                    Attribute("src", $"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(drawing))}")))
                : null);
    }

    private static XElement RecipeAndMachine(RunReportContent content, RunHistory history)
    {
        var defaults = history.Recipe.Where(r => r.From == "default").ToList();
        var memory = history.Steps.Select(s => s.MemoryMegabytes).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();
        return Section("Recipe and machine", Element("div.two",
            Element("div",
                Values(history.Recipe.Where(r => r.From != "default")),
                defaults.Count > 0
                    ? Element("details", Element("summary", $"{defaults.Count} values have their default"), Values(defaults))
                    : null),
            Element("div", Element("table.list",
                Element("tr", Element("th", "run"), Element("th")),
                history.Facts.Select(f => Row(f.Key, f.Value)),
                double.IsFinite(memory) ? Row("most memory", $"{Number(memory, "#,0")} MB") : null,
                Element("tr", Element("th", StyleOf("padding-top:16px"), "machine of this report"), Element("th")),
                content.Machine.Select(m => Row(m.Key, m.Value))))));
    }

    private static XElement Values(IEnumerable<(string Name, string Value, string From)> values) =>
        Element("table.list",
            Element("tr", Element("th", "recipe"), Element("th", "value"), Element("th", "from")),
            values.Select(v => Element("tr",
                Element("td", v.Name), Element("td", Element("code", v.Value)), Element("td.quiet.small", v.From))));

    private static XElement Section(string title, params IEnumerable<object?> content) => Element("section", Element("h2", title), content);

    private static XElement Row(string name, string value) =>
        Element("tr", Element("td.quiet", name), Element("td", Element("code", value)));
}
