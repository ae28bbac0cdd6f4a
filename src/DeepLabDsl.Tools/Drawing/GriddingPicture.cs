using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>
/// Draws which places a value reads, one square a place: the darker, the more ways lead to it; red where none does.
/// </summary>
internal static class GriddingPicture
{
    private const double Side = 300;
    private const double Margin = 24;
    private const double Caption = 72;
    private const int Columns = 3;
    private const int Shades = 24;
    private const string Hole = "#f6c9c2";

    /// <summary>A larger field is drawn around its middle alone.</summary>
    private const int MaximumPlaces = 161;

    private static readonly (int R, int G, int B) Light = (214, 228, 245);
    private static readonly (int R, int G, int B) Dark = (16, 52, 110);

    /// <summary>One panel for each part of a network with atrous convolutions.</summary>
    public static string? Draw(NetworkReport report)
    {
        var panels = report.Analysis.Chains.Where(c => !c.IsWholeNetwork)
            .Select(c => (c, PathCounts.Of(report.Graph, c))).ToList();
        return panels.Count == 0 ? null : Draw($"{report.Name}: what each part reads of the map before it", panels);
    }

    /// <summary>One panel for each chain of rates.</summary>
    public static string Draw(IReadOnlyList<ChainReport> chains) =>
        Draw("What a chain of atrous convolutions reads", chains.Select(c => (c, PathCounts.Of(c.Windows))).ToList());

    private static string Draw(string title, IReadOnlyList<(ChainReport Chain, PathCounts Counts)> panels)
    {
        var svg = new SvgWriter();
        svg.Text(title, Margin, 32, 16, isBold: true);
        var columns = Math.Min(Columns, panels.Count);
        for (var i = 0; i < panels.Count; i++)
        {
            Panel(
                svg, panels[i].Chain, panels[i].Counts, Margin + i % columns * (Side + Margin),
                48 + i / columns * (Side + Caption + Margin));
        }
        var rows = (panels.Count + columns - 1) / columns;
        var bottom = 48 + rows * (Side + Caption + Margin);
        svg.Rect(Margin, bottom - 8, 12, 12, Hole);
        svg.Text("not read", Margin + 17, bottom + 2, 11, fill: SvgWriter.Quiet);
        for (var i = 0; i < 5; i++)
            svg.Rect(Margin + 78 + 14 * i, bottom - 8, 14, 12, Shade(i / 4.0));
        svg.Text("read, the darker the more ways (logarithmic)", Margin + 154, bottom + 2, 11, fill: SvgWriter.Quiet);
        var width = Math.Max(Margin + columns * (Side + Margin), Margin + SvgWriter.WidthOf(title, 16, isBold: true));
        return svg.ToDocument(title, 0, 0, width, bottom + 20);
    }

    private static void Panel(SvgWriter svg, ChainReport chain, PathCounts counts, double x, double y)
    {
        var (height, width) = (Math.Min(MaximumPlaces, counts.Height), Math.Min(MaximumPlaces, counts.Width));
        var (top, left) = ((counts.Height - height) / 2, (counts.Width - width) / 2);
        var cell = Side / Math.Max(height, width);
        var maximum = counts.Counts.Cast<double>().Max();
        svg.Rect(x, y, width * cell, height * cell, Hole);
        for (var row = 0; row < height; row++)
        {
            // Neighbours of one shade are one rectangle.
            for (var start = 0; start < width;)
            {
                var shade = ShadeOf(row, start);
                var end = start + 1;
                while (end < width && ShadeOf(row, end) == shade)
                    end++;
                if (shade is not null)
                    svg.Cell(x + start * cell, y + row * cell, (end - start) * cell, cell, shade);
                start = end;
            }
        }
        if (cell >= 4)
            Grid(svg, x, y, width, height, cell);
        svg.Rect(x - counts.Left * cell - left * cell, y - counts.Top * cell - top * cell, cell, cell, "none", "#111111", strokeWidth: 1.6);
        Text(svg, chain, x, y + height * cell, height < counts.Height);

        string? ShadeOf(int row, int column) =>
            counts.Counts[top + row, left + column] is > 0 and var count
                ? Shade(maximum > 1 ? Math.Log(count) / Math.Log(maximum) : 0)
                : null;
    }

    private static void Grid(SvgWriter svg, double x, double y, int width, int height, double cell)
    {
        var lines = string.Concat(
            Enumerable.Range(1, width - 1).Select(i => $"M{SvgWriter.N(x + i * cell)} {SvgWriter.N(y)}v{SvgWriter.N(height * cell)}"))
            + string.Concat(
                Enumerable.Range(1, height - 1).Select(i => $"M{SvgWriter.N(x)} {SvgWriter.N(y + i * cell)}h{SvgWriter.N(width * cell)}"));
        svg.Path(lines, "#ffffff", 0.7);
    }

    private static void Text(SvgWriter svg, ChainReport chain, double x, double y, bool isCut)
    {
        var rates = string.Join(", ", chain.Rates);
        svg.Text(
            SvgWriter.Cut(chain.SourceHeight > 0 ? $"{chain.Name}: rates {rates}" : $"rates {rates}", Side, 13, isBold: true), x, y + 19,
            13, isBold: true);
        svg.Text(
            string.Format(
                CultureInfo.InvariantCulture, "{0} of {1} offsets an axis, {2:0.0} % of {1} x {1}{3}", chain.ReadOffsets, chain.Span,
                100 * chain.Coverage,
            isCut ? $" ({MaximumPlaces} drawn)" : ""), x, y + 36, 11.5, fill: SvgWriter.Quiet);
        // Branches, and one atrous convolution alone, are no chain that a rule is for.
        var second = chain.AtrousConvolutions > 1 && chain.SecondDistanceAscending is { } m ? $"M_2 = {m}" : "";
        var factor = chain.AtrousConvolutions > 1 && chain.CommonFactor > 1 ? $"common factor {chain.CommonFactor}" : "";
        var branches = chain.Ways > 1 ? "of several branches; the rates of the widest" : "";
        svg.Text(string.Join(", ", new[] { second, factor, branches }.Where(t => t.Length > 0)), x, y + 52, 11.5, fill: SvgWriter.Quiet);
    }

    /// <summary>A shade from 0 to 1; as many as can be told apart, so that neighbours are often alike.</summary>
    private static string Shade(double share)
    {
        var t = Math.Round(share * Shades) / Shades;
        return string.Format(
            CultureInfo.InvariantCulture, "#{0:x2}{1:x2}{2:x2}", Mix(Light.R, Dark.R, t), Mix(Light.G, Dark.G, t), Mix(Light.B, Dark.B, t));
    }

    private static int Mix(int a, int b, double t) => (int)Math.Round(a + (b - a) * t);
}
