using System;
using System.Globalization;
using System.Text;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>Writes SVG: shapes and text, numbers without culture.</summary>
internal sealed class SvgWriter
{
    public const string Ink = "#1f2933";
    public const string Quiet = "#52606d";

    private readonly StringBuilder _body = new();

    public void Rect(
        double x, double y, double width, double height, string fill, string stroke = "none", double radius = 0, double strokeWidth = 1) =>
        Add(
            $"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" rx=\"{N(radius)}\" fill=\"{fill}\" "
            + $"stroke=\"{stroke}\" stroke-width=\"{N(strokeWidth)}\"/>");

    public void Path(string d, string stroke, double width, string fill = "none") =>
        Add($"<path d=\"{d}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{N(width)}\"/>");

    /// <param name="text">The text.</param>
    /// <param name="x">Where it is anchored.</param>
    /// <param name="y">The baseline.</param>
    /// <param name="size">Height in pixels.</param>
    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    /// <param name="fill">The colour.</param>
    /// <param name="isBold">Whether it is bold.</param>
    public void Text(string text, double x, double y, double size, string anchor = "start", string fill = Ink, bool isBold = false) =>
        Add(
            $"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(size)}\" text-anchor=\"{anchor}\" "
            + $"fill=\"{fill}\"{(isBold ? " font-weight=\"600\"" : "")}>{Escape(text)}</text>");

    /// <summary>The document.</summary>
    /// <param name="title">What a reader without eyes is told.</param>
    /// <param name="left">The left edge.</param>
    /// <param name="top">The top edge.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public string ToDocument(string title, double left, double top, double width, double height) =>
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{N(left)} {N(top)} {N(width)} {N(height)}\" width=\"{N(width)}\" "
        + $"height=\"{N(height)}\" font-family=\"Segoe UI, Helvetica, Arial, DejaVu Sans, sans-serif\" role=\"img\">\n"
        + $"<title>{Escape(title)}</title>\n"
        + $"<rect x=\"{N(left)}\" y=\"{N(top)}\" width=\"{N(width)}\" height=\"{N(height)}\" fill=\"#ffffff\"/>\n"
        + _body + "</svg>\n";

    public static string N(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A square of a raster: its edges fall on pixels, so that neighbours leave no seam.</summary>
    public void Cell(double x, double y, double width, double height, string fill) =>
        Add(
            $"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" fill=\"{fill}\" "
            + "shape-rendering=\"crispEdges\"/>");

    /// <summary>A text cut to a width.</summary>
    public static string Cut(string text, double width, double size, bool isBold = false) =>
        WidthOf(text, size, isBold) <= width
            ? text
            : text.Substring(0, Math.Max(0, (int)(width / WidthOf("0", size, isBold)) - 1)).TrimEnd(',', ' ') + "…";

    /// <summary>How wide a text is, about; there are no font metrics here.</summary>
    public static double WidthOf(string text, double size, bool isBold = false) => text.Length * size * (isBold ? 0.59 : 0.52);

    private static string Escape(string text) => XmlText.Escape(text).Replace("\"", "&quot;");

    private void Add(string element) => _body.Append(element).Append('\n');
}
