using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Text;

namespace DeepLabDsl.Rendering;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Points">Its points, by x.</param>
/// <param name="Color">A CSS colour.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points, string Color)
{
    /// <summary>Whether it is drawn faintly, as the ground of another.</summary>
    public bool IsFaint { get; init; }

    /// <summary>Whether each point is marked.</summary>
    public bool IsMarked { get; init; }
}

/// <summary>Draws lines over a common axis as SVG that stands in a page: text takes the page's font and colour.</summary>
/// <param name="title">What stands above.</param>
/// <param name="horizontal">What the horizontal axis counts.</param>
/// <param name="format">How a value is written, such as <c>0.0 %</c>.</param>
internal sealed class LineChart(string title, string horizontal, string format)
{
    private const int Left = 56;
    private const int Right = 14;
    private const int Top = 34;
    private const int Bottom = 38;

    // What a picture can show of a long log.
    private const int MaximumPoints = 700;

    /// <summary>Colours that are told apart, also by most who see colours otherwise.</summary>
    public static IReadOnlyList<string> Colors { get; } =
    [
        "#2f6fdb", "#d9730d", "#0f9d76", "#c93f5b", "#7a5bd0", "#0c8aa5", "#8a6d1f", "#6b7280",
    ];

    /// <summary>Pixels of the drawing across.</summary>
    public int Width { get; init; } = 520;

    /// <summary>Pixels of the drawing down.</summary>
    public int Height { get; init; } = 250;

    /// <summary>Draws the chart.</summary>
    /// <param name="series">The lines; points that are no number are left out.</param>
    /// <returns>An <c>svg</c> element.</returns>
    public string Render(IReadOnlyList<ChartSeries> series)
    {
        var lines = series.Select(s => s with { Points = Thin([.. s.Points.Where(p => double.IsFinite(p.Y))]) })
            .Where(s => s.Points.Count > 0).ToList();
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape(title)}\" "
            + $"data-format=\"{Escape(format)}\">");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"18\" class=\"chart-title\">{Escape(title)}</text>");
        if (lines.Count == 0)
        {
            return svg.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{Left}\" y=\"{Height / 2}\" class=\"quiet\">nothing was recorded</text></svg>").ToString();
        }

        var all = lines.SelectMany(s => s.Points).ToList();
        // Charts of one course have one horizontal axis.
        var (x0, x1) = (Math.Min(0, all.Min(p => p.X)), all.Max(p => p.X));
        x1 = x1 > x0 ? x1 : x0 + 1;
        // The faint ground may leave the picture: some wild steps must not flatten the rest.
        var low = all.Min(p => p.Y);
        var high = lines.Where(s => !s.IsFaint).DefaultIfEmpty(lines[0]).Max(s => s.Points.Max(p => p.Y));
        var (y0, y1, step) = Nice(Math.Min(0, low), high);
        double X(double x) => Left + (x - x0) / (x1 - x0) * (Width - Left - Right);
        double Y(double y) => Height - Bottom - (Math.Min(y, y1) - y0) / (y1 - y0) * (Height - Top - Bottom);

        for (var y = y0; y <= y1 + step / 2; y += step)
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y):0.#}\" y2=\"{Y(y):0.#}\"/>");
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text class=\"tick\" text-anchor=\"end\" x=\"{Left - 7}\" y=\"{Y(y) + 4:0.#}\">{Label(y, step)}</text>");
        }
        var (_, _, stepX) = Nice(x0, x1);
        for (var x = Math.Ceiling(x0 / stepX) * stepX; x <= x1 + 1e-9; x += stepX)
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text class=\"tick\" text-anchor=\"middle\" x=\"{X(x):0.#}\" y=\"{Height - Bottom + 16}\">{Plain(x)}</text>");
        }
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text class=\"tick\" text-anchor=\"end\" x=\"{Width - Right}\" y=\"{Height - 6}\">{Escape(horizontal)}</text>");

        foreach (var line in lines)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"{(line.IsFaint ? "faint" : "line")}\" stroke=\"{line.Color}\" d=\"");
            for (var i = 0; i < line.Points.Count; i++)
                svg.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{X(line.Points[i].X):0.#} {Y(line.Points[i].Y):0.#}");
            svg.Append("\"/>");
            foreach (var (x, y) in line.IsMarked ? line.Points : [])
            {
                svg.Append(CultureInfo.InvariantCulture, $"<circle r=\"3.4\" fill=\"{line.Color}\" cx=\"{X(x):0.#}\" cy=\"{Y(y):0.#}\">");
                svg.Append(
                    CultureInfo.InvariantCulture,
                    $"<title>{Escape(line.Name)}: {y.ToString(format, CultureInfo.InvariantCulture)} at {Plain(x)}</title></circle>");
            }
        }
        var named = lines.Where(s => !s.IsFaint).ToList();
        if (named.Count > 1)
            AppendLegend(svg, named);
        return svg.Append("</svg>").ToString();
    }

    private void AppendLegend(StringBuilder svg, List<ChartSeries> lines)
    {
        var x = Width - Right - 8;
        foreach (var line in Enumerable.Reverse(lines))
        {
            // About the width of the page's font at this size.
            x -= 34 + (int)(line.Name.Length * 6.4);
            svg.Append(
                CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"10\" width=\"11\" height=\"11\" rx=\"2.5\" fill=\"{line.Color}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{x + 16}\" y=\"19\">{Escape(line.Name)}</text>");
        }
    }

    private string Label(double value, double step)
    {
        if (format.Contains('%'))
            return (100 * value).ToString(step < 0.00999 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %";
        var digits = Math.Max(0, (int)-Math.Floor(Math.Log10(step) + 1e-9));
        return Math.Abs(value) >= 10_000 || (value != 0 && digits > 4)
            ? value.ToString("0.#e0", CultureInfo.InvariantCulture)
            : value.ToString("F" + Math.Min(digits, 4).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static string Plain(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.##", CultureInfo.InvariantCulture);

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

    private static IReadOnlyList<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points)
    {
        if (points.Count <= MaximumPoints)
            return points;
        var thin = new List<(double, double)>(MaximumPoints);
        for (var i = 0; i < MaximumPoints; i++)
            thin.Add(points[(int)((long)i * (points.Count - 1) / (MaximumPoints - 1))]);
        return thin;
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
