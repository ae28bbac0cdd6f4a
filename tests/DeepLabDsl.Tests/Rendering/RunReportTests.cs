using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Rendering;
using DeepLabDsl.Reports;

namespace DeepLabDsl.Tests.Rendering;

public sealed class RunReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0.002, "0.0000 0.0005 0.0010 0.0015 0.0020")]
    [InlineData(7, "0 2 4 6 8")]
    [InlineData(0.00002, "0.0000 5e-6 1e-5 1.5e-5 2e-5")]
    public void Ticks_are_told_apart(double highest, string expected)
    {
        var svg = new LineChart("t", "x", "0.0000").Draw([new ChartSeries("s", [(0, 0), (1, highest)], "red")])
            .ToString(SaveOptions.DisableFormatting);
        Assert.Equal(expected, string.Join(' ', Regex.Matches(svg, "text-anchor=\"end\"[^>]*>([^<x]+)<").Select(m => m.Groups[1].Value)));
    }

    [Fact]
    public void A_report_is_one_page_with_all_that_was_asked_for_and_fetches_nothing()
    {
        WriteRun("run", 0.5, "0.05");
        var classes = DemoScenes.Classes;
        var sample = DemoScenes.Draw(1);
        var confusion = new ConfusionMatrix(classes.Count);
        confusion.Add(sample.Labels.Indices, sample.Labels.Indices.Select(l => l == 2 ? (byte)1 : l).ToArray());
        var score = new ImageScore(0, "scene & <one>", 0.75, 0.9);
        var content = new RunReportContent
        {
            Folder = _folder.File("run"),
            Network = Zoo.NetworkCatalog.All.First(n => n.Name == "demo"),
            Classes = classes,
            Scored = "val (1 images)",
            Result = new EvaluationResult(confusion, confusion.Score(), 1, TimeSpan.FromSeconds(1)) { ImageScores = [score] },
            Best = [new ReportSample(score, sample.Image, sample.Labels, sample.Labels)],
            Drawing = "<svg id=\"net\"></svg>",
            Machine = [new("processor", "a fast one")],
        };
        var path = _folder.File("out", "report.html");
        RunReport.Write(path, content);
        var html = File.ReadAllText(path);
        Assert.All(classes.Names, name => Assert.Contains(name, html));
        Assert.All(
            new[] { "Course", "Classes", "Confusion", "Images", "data:image/svg+xml;base64,PHN2ZyBpZD0ibmV0Ij48L3N2Zz4=", "learning_rate",
                "0.05", "a fast one", "scene &amp; &lt;one&gt;" }, text => Assert.Contains(text, html));
        Assert.Equal(5, Regex.Count(html, "<img "));
        Assert.Equal(4, Regex.Count(html, "src=\"data:image/(png|jpeg);base64,"));
        Assert.DoesNotMatch("NaN|∞|(src|href)=\"(?!data:)|url\\(|@import", html);
    }

    [Fact]
    public void A_run_that_was_killed_while_it_wrote_is_read_up_to_there()
    {
        WriteRun("run", 0.5, "0.05");
        File.AppendAllText(_folder.File("run", "log.jsonl"), "{\"iteration\":99,\"lo");
        var history = RunHistory.Read(_folder.File("run"));
        Assert.Equal((20, 2), (history.Steps.Count, history.Scores.Count));
        Assert.Equal(0.5, history.Best!.MeanIoU);
        Assert.Equal(100, history.Seconds);
        Assert.Contains(
            "is no run: it has no config.json", Assert.Throws<UnusableDataException>(() => RunHistory.Read(_folder.Path)).Message);
    }

    [Fact]
    public void Runs_are_compared_by_what_they_came_to_and_what_differs()
    {
        WriteRun("a", 0.5, "0.05");
        WriteRun("b", 0.625, "0.1");
        var comparison = RunComparison.Read([_folder.File("a"), _folder.File("b")]);
        Assert.Equal(["a", "b"], comparison.Names);
        Assert.Equal(["50.0 %", "62.5 %"], comparison.Rows.Single(r => r.Name == "best mIoU").Values);
        Assert.Equal(["0.05", "0.1"], comparison.Rows.Single(r => r.Name == "learning_rate").Values);
        Assert.DoesNotContain(comparison.Rows, r => r.Name == "batch");
        comparison.Write(_folder.File("compare.html"));
        Assert.Contains("62.5 %", File.ReadAllText(_folder.File("compare.html")));
    }

    [Fact]
    public void A_chart_takes_any_values()
    {
        foreach (var points in new (double, double)[][] { [], [(0, double.NaN)], [(1, 0)], [(0, 5), (1, 5)], [(0, -3e-9), (1, 2e12)] })
        {
            var svg = new LineChart("t", "x", "0.0").Draw([new ChartSeries("s", points, "red") { IsMarked = true }])
                .ToString(SaveOptions.DisableFormatting);
            Assert.DoesNotMatch("NaN|∞", svg);
            Assert.EndsWith("</svg>", svg);
        }
    }

    private void WriteRun(string name, double score, string rate)
    {
        File.WriteAllText(_folder.File(name, "config.json"), $$$"""
            {"network": "demo", "classes": ["a"], "facts": {"data": "somewhere"},
             "recipe": {"learning_rate": {"value": "{{{rate}}}", "from": "command line"}, "batch": {"value": "8", "from": "default"} } }
            """);
        var lines = Enumerable.Range(1, 20).Select(i =>
            FormattableString.Invariant(
                $"{{\"iteration\":{i},\"epoch\":1,\"loss\":{2.0 / i},\"seconds\":{i * 5},")
            + "\"learning_rate\":0.1,\"images_per_second\":8,\"wait_share\":0,\"memory_mb\":300}");
        var scores = new[] { (10, score / 2), (20, score) }.Select(s =>
            FormattableString.Invariant(
                $"{{\"iteration\":{s.Item1},\"epoch\":1,\"mean_iou\":{s.Item2},\"seconds\":{s.Item1 * 5},")
            + "\"pixel_accuracy\":0.9,\"iou\":{\"a\":null}}");
        File.WriteAllLines(_folder.File(name, "log.jsonl"), lines.Concat(scores));
    }
}
