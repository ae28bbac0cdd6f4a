using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using DeepLabDsl.Rendering;
using static DeepLabDsl.Reports.ReportPage;

namespace DeepLabDsl.Reports;

/// <summary>Runs side by side: what they came to, what differs in their recipes, and their courses in one chart.</summary>
public sealed class RunComparison
{
    private readonly IReadOnlyList<RunHistory> _runs;

    private RunComparison(IReadOnlyList<RunHistory> runs, IReadOnlyList<string> names)
    {
        _runs = runs;
        Names = names;
    }

    /// <summary>The runs' names: their folders', or as much of the paths as tells them apart.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Each row's head, and its value in each run; a value that a run lacks is empty.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Values)> Rows =>
    [
        ("network", Each(r => r.Network)),
        ("best mIoU", Each(r => r.Best is { } best ? Percent(best.MeanIoU) : "")),
        ("at iteration", Each(r => r.Best is { } best ? Number(best.Iteration, "#,0") : "")),
        ("last mIoU", Each(r => r.Scores.Count > 0 ? Percent(r.Scores[^1].MeanIoU) : "")),
        ("last loss", Each(r => r.SmoothedLosses() is [.., var last] ? Number(last.Y, "0.000") : "")),
        ("iterations", Each(r => r.Steps.Count > 0 ? Number(r.Steps[^1].Iteration, "#,0") : "")),
        ("images/s", Each(r =>
            r.Steps.Count > 0
                ? Number(r.Steps.Select(s => s.ImagesPerSecond).Order().ElementAt(r.Steps.Count / 2), "0.0")
                : "")),
        ("time", Each(r => RunHistory.Duration(r.Seconds))),
        .. Differences(),
    ];

    /// <summary>Reads runs.</summary>
    /// <param name="folders">Their folders; two or more.</param>
    /// <exception cref="UnusableDataException">A folder is no run's.</exception>
    public static RunComparison Read(IReadOnlyList<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        var runs = folders.Select(RunHistory.Read).ToList();
        var isClear = runs.Select(r => r.Name).Distinct(StringComparer.Ordinal).Count() == runs.Count;
        return new RunComparison(runs, [.. runs.Select((r, i) => isClear ? r.Name : folders[i])]);
    }

    /// <summary>Writes a page with the table and the chart, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnusableDataException">It cannot be written.</exception>
    public void Write(string path)
    {
        var page = new ReportPage(string.Join(", ", Names));
        page.Add(
            Element("h1", $"{_runs.Count} runs"),
            Element("p.quiet", string.Join(", ", Names)),
            Element("section", new LineChart("mIoU", "minutes", "0.0 %") { Width = 1100, Height = 380 }.Draw(
                Lines(r => [.. r.Scores.Select(s => (s.Seconds / 60, s.MeanIoU))], isMarked: true))),
            Element("section.scroll", Element("table.list",
                Element("tr", Element("th"), Names.Select((n, i) => Element("th.n", Swatch(Color(i)), n))),
                Rows.Select(row => Element("tr", Element("td.quiet", row.Name), row.Values.Select(v => Element("td.n", v)))))),
            Element("section", new LineChart("Loss, smoothed", "iteration", "0.000") { Width = 1100, Height = 300 }.Draw(
                Lines(r => r.SmoothedLosses(), isMarked: false))));
        var bytes = Encoding.UTF8.GetBytes(page.Render());
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    private IReadOnlyList<ChartSeries> Lines(Func<RunHistory, IReadOnlyList<(double, double)>> points, bool isMarked) =>
        [.. _runs.Select((r, i) => new ChartSeries(Names[i], points(r), Color(i)) { IsMarked = isMarked })];

    private static string Color(int run) => LineChart.Colors[run % LineChart.Colors.Count];

    private IReadOnlyList<string> Each(Func<RunHistory, string> value) => [.. _runs.Select(value)];

    private IEnumerable<(string, IReadOnlyList<string>)> Differences()
    {
        foreach (var key in _runs.SelectMany(r => r.Recipe.Select(p => p.Name)).Distinct(StringComparer.Ordinal))
        {
            var values = Each(r => r.Recipe.FirstOrDefault(p => p.Name == key).Value ?? "");
            if (values.Distinct(StringComparer.Ordinal).Count() > 1)
                yield return (key, values);
        }
    }
}
