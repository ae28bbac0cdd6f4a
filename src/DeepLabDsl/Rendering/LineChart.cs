using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Xml.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;

namespace DeepLabDsl.Rendering;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Points">Its points, by x; those that are no number are left out.</param>
/// <param name="Color">A CSS colour.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points, string Color)
{
    /// <summary>Whether it is drawn faintly, as the ground of another.</summary>
    public bool IsFaint { get; init; }

    /// <summary>Whether each point is marked.</summary>
    public bool IsMarked { get; init; }

    /// <summary>Whether it is read from the axis on the right, whose numbers then have the line's colour.</summary>
    public bool IsRight { get; init; }
}

/// <summary>Draws lines over a common horizontal axis as SVG: for a page, whose font and colours it takes, or as a file.</summary>
/// <param name="title">What stands above.</param>
/// <param name="horizontal">What the horizontal axis counts.</param>
/// <param name="format">How a value is written, such as <c>0.0 %</c>.</param>
internal sealed class LineChart(string title, string horizontal, string format)
{
    private const int Left = 56;
    private const int Top = 34;
    private const int Bottom = 38;

    // What a picture can show of a long log.
    private const int MaximumPoints = 700;

    // A file has no page around it that would say how it looks.
    private const string FileStyle = """
        .chart{background:#fff;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif}
        .chart text{font-size:12px;fill:#1b2130}.chart .chart-title{font-size:13.5px;font-weight:600}
        .chart .tick{font-size:11px}.chart .tick:not([style]),.chart .quiet{fill:#697386}
        .chart .grid{stroke:#e3e7ee}.chart .line{fill:none;stroke-width:2;stroke-linejoin:round}
        .chart .faint{fill:none;stroke-width:1;opacity:.28}
        """;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly double[] RoundSteps = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

    /// <summary>Colours that are told apart, also by most who see colours otherwise.</summary>
    public static IReadOnlyList<string> Colors { get; } =
    [
        "#2f6fdb", "#d9730d", "#0f9d76", "#c93f5b", "#7a5bd0", "#0c8aa5", "#8a6d1f", "#6b7280",
    ];

    /// <summary>Pixels of the drawing across.</summary>
    public int Width { get; init; } = 520;

    /// <summary>Pixels of the drawing down.</summary>
    public int Height { get; init; } = 250;

    /// <summary>How a value of the axis on the right is written.</summary>
    public string RightFormat { get; init; } = "0.0 %";

    /// <summary>Whether the axis on the left begins at 0; else near the lowest value.</summary>
    public bool StartsAtZero { get; init; } = true;

    /// <summary>A value that the axis on the left need not exceed, whatever the lines do; null: none.</summary>
    public double? Ceiling { get; init; }

    /// <summary>Writes the chart into an SVG file, which shows itself.</summary>
    /// <param name="path">The file.</param>
    /// <param name="series">The lines.</param>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    public void Write(string path, IReadOnlyList<ChartSeries> series)
    {
        var svg = Draw(series);
        svg.AddFirst(new XElement(Svg + "style", FileStyle));
        svg.SetAttributeValue("width", Width);
        svg.SetAttributeValue("height", Height);
        var bytes = Encoding.UTF8.GetBytes(svg.ToString(SaveOptions.DisableFormatting) + "\n");
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>Draws the chart for a page.</summary>
    /// <param name="series">The lines.</param>
    /// <returns>An <c>svg</c> element.</returns>
    public XElement Draw(IReadOnlyList<ChartSeries> series)
    {
        var lines = series.Select(s => s with { Points = Thin([.. s.Points.Where(p => double.IsFinite(p.Y))]) })
            .Where(s => s.Points.Count > 0).ToList();
        var svg = Element(
            "svg", ("class", "chart"), ("viewBox", $"0 0 {Width} {Height}"), ("role", "img"), ("aria-label", VisibleText.Of(title)));
        svg.Add(Text(title, "chart-title", Left, 18));
        if (lines.Count == 0)
        {
            svg.Add(Text("nothing was recorded", "quiet", Left, Height / 2));
            return svg;
        }
        var frame = Frame.Of(this, lines);
        svg.Add(LeftAxis(frame, lines), RightAxis(frame, lines), HorizontalAxis(frame), lines.Select(l => Line(frame, l)));
        var named = lines.Where(s => !s.IsFaint).ToList();
        if (named.Count > 1)
            svg.Add(Legend(frame, named));
        return svg;
    }

    private IEnumerable<XElement> LeftAxis(Frame frame, List<ChartSeries> lines)
    {
        for (var i = 0; i <= frame.Left.Steps; i++)
        {
            var value = frame.Left.Low + i * frame.Left.Step;
            var y = frame.Y(frame.Left, value);
            yield return Element(
                "line", ("class", "grid"), ("x1", Left), ("x2", Width - frame.Margin), ("y1", Place(y)), ("y2", Place(y)));
            yield return Colored(
                Text(Label(value, frame.Left.Step, format), "tick", Left - 7, y + 4, "end"),
                frame.Right is null ? null : lines.First(l => !l.IsRight).Color);
        }
    }

    private IEnumerable<XElement> RightAxis(Frame frame, List<ChartSeries> lines)
    {
        if (frame.Right is not { } axis)
            yield break;
        for (var i = 0; i <= axis.Steps; i++)
        {
            var value = axis.Low + i * axis.Step;
            yield return Colored(
                Text(Label(value, axis.Step, RightFormat), "tick", Width - frame.Margin + 7, frame.Y(axis, value) + 4),
                lines.First(l => l.IsRight).Color);
        }
    }

    private IEnumerable<XElement> HorizontalAxis(Frame frame)
    {
        var (_, _, step) = Nice(frame.Start, frame.End);
        for (var x = Math.Ceiling(frame.Start / step) * step; x <= frame.End + 1e-9; x += step)
            yield return Text(Plain(x), "tick", frame.X(x), Height - Bottom + 16, "middle");
        yield return Text(horizontal, "tick", Width - frame.Margin, Height - 6, "end");
    }

    private IEnumerable<XElement> Line(Frame frame, ChartSeries line)
    {
        var axis = line.IsRight ? frame.Right! : frame.Left;
        var path = new StringBuilder();
        foreach (var (x, y) in line.Points)
            path.Append(path.Length == 0 ? 'M' : 'L').Append(Place(frame.X(x))).Append(' ').Append(Place(frame.Y(axis, y)));
        yield return Element("path", ("class", line.IsFaint ? "faint" : "line"), ("stroke", line.Color), ("d", path));
        foreach (var (x, y) in line.IsMarked ? line.Points : [])
        {
            var mark = Element(
                "circle", ("r", "3.4"), ("fill", line.Color), ("cx", Place(frame.X(x))), ("cy", Place(frame.Y(axis, y))));
            var value = y.ToString(line.IsRight ? RightFormat : format, CultureInfo.InvariantCulture);
            mark.Add(new XElement(Svg + "title", $"{VisibleText.Of(line.Name)}: {value} at {Plain(x)}"));
            yield return mark;
        }
    }

    private IEnumerable<XElement> Legend(Frame frame, List<ChartSeries> lines)
    {
        var x = Width - frame.Margin - 8;
        foreach (var line in Enumerable.Reverse(lines))
        {
            // About the width of the page's font at this size.
            x -= 34 + (int)(line.Name.Length * 6.4);
            yield return Element("rect", ("x", x), ("y", 10), ("width", 11), ("height", 11), ("rx", "2.5"), ("fill", line.Color));
            yield return Text(line.Name, "tick", x + 16, 19);
        }
    }

    private static string Label(double value, double step, string format)
    {
        if (format.Contains('%'))
        {
            var (percent, places) = (100 * step, 0);
            while (places < 4 && Math.Abs(Math.Round(percent, places) - percent) > 1e-9 * percent)
                places++;
            return (100 * value).ToString("F" + places.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + " %";
        }
        var digits = Math.Max(0, (int)-Math.Floor(Math.Log10(step) + 1e-9));
        return Math.Abs(value) >= 10_000 || (value != 0 && digits > 4)
            ? value.ToString("0.#e0", CultureInfo.InvariantCulture)
            : value.ToString("F" + Math.Min(digits, 4).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static string Plain(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.##", CultureInfo.InvariantCulture);

    private static string Place(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static XElement Element(string name, params (string Name, object Value)[] attributes) =>
        new(Svg + name, attributes.Select(a => new XAttribute(a.Name, Convert.ToString(a.Value, CultureInfo.InvariantCulture)!)));

    private static XElement Text(string text, string kind, double x, double y, string? anchor = null)
    {
        var element = Element("text", ("class", kind), ("x", Place(x)), ("y", Place(y)));
        if (anchor is not null)
            element.SetAttributeValue("text-anchor", anchor);
        // XML has no form for control characters.
        element.Value = VisibleText.Of(text);
        return element;
    }

    private static XElement Colored(XElement text, string? color)
    {
        if (color is not null)
            text.SetAttributeValue("style", $"fill:{color}");
        return text;
    }

    // Ends and distance of about five round values.
    internal static (double Low, double High, double Step) Nice(double low, double high)
    {
        if (!(high > low))
            high = low + (low == 0 ? 1 : Math.Abs(low));
        var rough = (high - low) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * ((rough / power) switch { <= 1.0001 => 1, <= 2.0001 => 2, <= 5.0001 => 5, _ => 10 });
        return (Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step, step);
    }

    /// <summary>The distance of marks by which a number of steps from 0 reaches a value: a round one.</summary>
    /// <param name="highest">The value.</param>
    /// <param name="steps">The number of steps.</param>
    internal static double StepReaching(double highest, int steps)
    {
        var minimum = Math.Max(highest, 1e-9) / steps;
        var power = Math.Pow(10, Math.Floor(Math.Log10(minimum)));
        return power * RoundSteps.First(s => s * power >= minimum * (1 - 1e-9));
    }

    private static IReadOnlyList<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points)
    {
        if (points.Count <= MaximumPoints)
            return points;
        var thin = new List<(double, double)>(MaximumPoints);
        for (var i = 0; i < MaximumPoints; i++)
            thin.Add(points[(int)((long)i * (points.Count - 1) / (MaximumPoints - 1))]);
        return thin;
    }

    /// <summary>A vertical axis.</summary>
    private sealed record Axis(double Low, double Step, int Steps)
    {
        public double High => Low + Steps * Step;
    }

    /// <summary>Where values lie in the drawing.</summary>
    private sealed record Frame(int Width, int Height, int Margin, double Start, double End, Axis Left, Axis? Right)
    {
        public static Frame Of(LineChart chart, List<ChartSeries> lines)
        {
            var all = lines.SelectMany(s => s.Points).ToList();
            // Charts of one course have one horizontal axis.
            var (start, end) = (Math.Min(0, all.Min(p => p.X)), all.Max(p => p.X));
            // Where all is read from the right, the left is empty.
            var shown = lines.Where(s => !s.IsRight).DefaultIfEmpty(lines[0]).ToList();
            // The faint ground may leave the picture: some wild steps must not flatten the rest.
            var low = shown.Min(s => s.Points.Min(p => p.Y));
            var high = shown.Where(s => !s.IsFaint).DefaultIfEmpty(shown[0]).Max(s => s.Points.Max(p => p.Y));
            var (bottom, top, step) = Nice(chart.StartsAtZero ? Math.Min(0, low) : low, Math.Min(high, chart.Ceiling ?? high));
            var left = new Axis(bottom, step, (int)Math.Round((top - bottom) / step));
            var onRight = lines.Where(s => s.IsRight).SelectMany(s => s.Points).Select(p => p.Y).ToList();
            var right = onRight.Count == 0 ? null : new Axis(0, StepReaching(onRight.Max(), left.Steps), left.Steps);
            return new Frame(chart.Width, chart.Height, right is null ? 14 : 56, start, end > start ? end : start + 1, left, right);
        }

        public double X(double x) => LineChart.Left + (x - Start) / (End - Start) * (Width - LineChart.Left - Margin);

        public double Y(Axis axis, double y) =>
            Height - Bottom - (Math.Min(y, axis.High) - axis.Low) / (axis.High - axis.Low) * (Height - Top - Bottom);
    }
}
