using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>
/// Draws a network from the image down: stages as boxes that grow narrower with the map, a cell a unit with its rates in
/// colour, branches side by side, skips as lines past the rest.
/// </summary>
internal static class SvgDiagram
{
    private const double RowGap = 26;
    private const double Margin = 28;
    private const double Header = 66;
    private const double Gutter = 64;
    private const double TitleSize = 13;
    private const double DetailSize = 11.5;
    private const double CellHeight = 18;

    public static string Draw(NetworkReport report)
    {
        var nodes = DiagramBuilder.Build(report.Graph);
        var layout = new DiagramLayout(nodes, WidthOf);
        var svg = new SvgWriter();
        var tops = new List<double>();
        var y = Header + Margin;
        foreach (var row in layout.Rows)
        {
            tops.Add(y);
            y += row.Select(s => s.Node is { } n ? HeightOf(n) : 0).DefaultIfEmpty(0).Max() + RowGap;
        }
        var slots = layout.Rows.SelectMany(r => r).ToList();
        var title = $"{report.Name}: {report.Summary}";
        var left = slots.Min(s => s.X - s.Width / 2) - Gutter - Margin;
        var right = Math.Max(slots.Max(s => s.X + s.Width / 2) + Margin, left + Margin + SvgWriter.WidthOf(title, 13) + Margin);
        Groups(svg, slots, tops);
        foreach (var line in layout.Lines)
            Line(svg, layout, line, tops);
        foreach (var slot in slots.Where(s => s.Node is not null))
            Box(svg, slot.Node!, slot.X, tops[slot.Row]);
        Strides(svg, layout, tops, left + Margin);
        svg.Text(report.Name, left + Margin, 40, 20, isBold: true);
        svg.Text(report.Summary, left + Margin, 60, 13, fill: SvgWriter.Quiet);
        svg.Text(string.Format(CultureInfo.InvariantCulture,
            "input {0} x {1} x {2}, output stride {3}, {4:0.00} M parameters, {5:0.00} G multiply-adds",
            report.InputChannels, report.ReferenceHeight, report.ReferenceWidth, report.OutputStride, report.Parameters / 1e6,
                report.MultiplyAdds / 1e9),
            left + Margin, 78, 12, fill: SvgWriter.Quiet);
        Legend(svg, nodes, left + Margin, y);
        return svg.ToDocument(title, left, 0, right - left, y + 44);
    }

    private static double WidthOf(DiagramNode node)
    {
        var text = 20 + Math.Max(SvgWriter.WidthOf(node.Title, TitleSize, isBold: true), SvgWriter.WidthOf(node.Detail, DetailSize));
        var cells = 16 + node.Cells.Sum(CellWidth);
        // A map of half the side takes a fixed step off the width: the boxes taper as the maps do.
        var byStride = node.Kind is DiagramKind.Input or DiagramKind.Stem or DiagramKind.Stage
            ? 420 - 34 * Math.Log(Math.Max(1, node.Stride), 2)
            : 0;
        return Math.Max(byStride, Math.Max(text, cells));
    }

    private static double CellWidth(DiagramCell cell) =>
        4 + Math.Max(1, cell.Rates.Count) * 14 + (cell.Rates.Any(r => r > 9) ? 6 * cell.Rates.Count : 0);

    private static double HeightOf(DiagramNode node) => 40 + (node.Cells.Count > 0 ? CellHeight + 6 : 0);

    private static void Box(SvgWriter svg, DiagramNode node, double x, double y)
    {
        var (width, height) = (WidthOf(node), HeightOf(node));
        var (fill, stroke) = node.Kind switch
        {
            DiagramKind.Input or DiagramKind.Output => ("#e6f4ea", "#4b8f63"),
            DiagramKind.Stem or DiagramKind.Stage => ("#eef3fb", "#5c7fb5"),
            DiagramKind.Join or DiagramKind.Resize => ("#f5f3fb", "#8a7fb0"),
            _ => ("#ffffff", "#7b8794"),
        };
        svg.Rect(x - width / 2, y, width, height, fill, stroke, node.Kind is DiagramKind.Join or DiagramKind.Resize ? 16 : 4, 1.3);
        svg.Text(node.Title, x, y + 17, TitleSize, "middle", isBold: true);
        svg.Text(node.Detail, x, y + 33, DetailSize, "middle", SvgWriter.Quiet);
        var at = x - node.Cells.Sum(CellWidth) / 2;
        foreach (var cell in node.Cells)
        {
            Cell(svg, cell, at + 2, y + 41, CellWidth(cell) - 4);
            at += CellWidth(cell);
        }
    }

    private static void Cell(SvgWriter svg, DiagramCell cell, double x, double y, double width)
    {
        // A unit without a window of more than one tap is a cell all the same.
        var rates = cell.Rates.Count == 0 ? [0] : cell.Rates;
        var part = width / rates.Count;
        for (var i = 0; i < rates.Count; i++)
        {
            svg.Rect(x + i * part, y, part, CellHeight, rates[i] == 0 ? "#ffffff" : RateColors.Of(rates[i]));
            if (rates[i] > 0)
            {
                svg.Text(
                    rates[i].ToString(CultureInfo.InvariantCulture), x + (i + 0.5) * part, y + 13, 10.5, "middle",
                    RateColors.Ink(rates[i]));
            }
        }
        svg.Rect(x, y, width, CellHeight, "none", "#9aa5b1", 2, 0.8);
    }

    private static void Line(SvgWriter svg, DiagramLayout layout, IReadOnlyList<DiagramSlot> line, List<double> tops)
    {
        var (from, to) = (line[0], line[line.Count - 1]);
        var start = Port(from, from.Below, line[1]);
        var end = Port(to, to.Above, line[line.Count - 2]);
        var (x, y) = (start, tops[from.Row] + HeightOf(from.Node!));
        var path = $"M{SvgWriter.N(x)} {SvgWriter.N(y)}";
        for (var i = 1; i < line.Count; i++)
        {
            var isLast = i == line.Count - 1;
            var nextX = isLast ? end : line[i].X;
            var nextY = tops[line[i].Row] - (isLast ? 6 : 0);
            // Within a row straight down, between rows a curve.
            var rowEnd = tops[line[i - 1].Row] + RowHeight(layout, line[i - 1].Row);
            if (rowEnd > y)
                path += $" L{SvgWriter.N(x)} {SvgWriter.N(y = rowEnd)}";
            var middle = (y + nextY) / 2;
            path += $" C{SvgWriter.N(x)} {SvgWriter.N(middle)} {SvgWriter.N(nextX)} {SvgWriter.N(middle)} "
                + $"{SvgWriter.N(nextX)} {SvgWriter.N(nextY)}";
            (x, y) = (nextX, nextY);
        }
        svg.Path(path, "#627d98", 1.4);
        if (to.Node!.Taps.TryGetValue(from.Node!, out var tap))
            svg.Text(tap, (line.Count > 2 ? line[1].X : end) - 6, tops[from.Row] + HeightOf(from.Node!) + 12, 10.5, "end", SvgWriter.Quiet);
        svg.Path(
            $"M{SvgWriter.N(x - 4)} {SvgWriter.N(y - 1)} L{SvgWriter.N(x + 4)} {SvgWriter.N(y - 1)} "
            + $"L{SvgWriter.N(x)} {SvgWriter.N(y + 6)} Z", "none", 0, "#627d98");
    }

    private static double RowHeight(DiagramLayout layout, int row) => layout.Rows[row].Select(s => s.Node is { } n ? HeightOf(n) : 0).Max();

    /// <summary>Where on a box a line ends: lines side by side, in the order of where they go.</summary>
    private static double Port(DiagramSlot slot, List<DiagramSlot> neighbours, DiagramSlot other)
    {
        var ordered = neighbours.OrderBy(n => n.X).ToList();
        var width = Math.Min(slot.Width * 0.7, 26.0 * (ordered.Count - 1));
        return ordered.Count == 1 ? slot.X : slot.X - width / 2 + width * ordered.IndexOf(other) / (ordered.Count - 1);
    }

    /// <summary>The output stride of each row, at the left.</summary>
    private static void Strides(SvgWriter svg, DiagramLayout layout, List<double> tops, double x)
    {
        for (var r = 0; r < layout.Rows.Count; r++)
        {
            var strides = layout.Rows[r].Where(s => s.Node is not null).Select(s => s.Node!.Stride).Distinct().ToList();
            if (strides.Count == 1)
            {
                svg.Text(
                    strides[0] == 1 ? "1" : "1/" + strides[0].ToString("0.##", CultureInfo.InvariantCulture), x, tops[r] + 24, 13,
                    fill: "#829ab1", isBold: true);
            }
        }
    }

    /// <summary>A frame around the parts of a block, where nothing else stands between them.</summary>
    private static void Groups(SvgWriter svg, List<DiagramSlot> slots, List<double> tops)
    {
        foreach (var group in slots.Where(s => s.Node?.Group is not null).GroupBy(s => s.Node!.Group!))
        {
            var (left, right) = (group.Min(s => s.X - s.Width / 2) - 10, group.Max(s => s.X + s.Width / 2) + 10);
            var (first, last) = (group.Min(s => s.Row), group.Max(s => s.Row));
            if (group.Count() < 2
                || slots
                    .Any(s =>
                        s.Node is not null && s.Node.Group != group.Key && s.Row >= first && s.Row <= last && s.X + s.Width / 2 > left
                        && s.X - s.Width / 2 < right))
                continue;
            // The name stands where no box does.
            var name = DiagramBuilder.Words(group.Key.Definition);
            left = Math.Min(
                left, group.Where(s => s.Row == last).Min(s => s.X - s.Width / 2) - SvgWriter.WidthOf(name, 12, isBold: true) - 16);
            var (top, bottom) = (tops[first] - 10, tops[last] + group.Where(s => s.Row == last).Max(s => HeightOf(s.Node!)) + 8);
            svg.Rect(left, top, right - left, bottom - top, "#fafbfc", "#cbd2d9", 8);
            svg.Text(name, left + 8, bottom - 8, 12, fill: "#829ab1", isBold: true);
        }
    }

    private static void Legend(SvgWriter svg, IReadOnlyList<DiagramNode> nodes, double x, double y)
    {
        svg.Text("1/s: size of the maps.  Cells: units with the rates of their convolutions:", x, y + 14, 11.5, fill: SvgWriter.Quiet);
        x += 6 + SvgWriter.WidthOf("1/s: size of the maps.  Cells: units with the rates of their convolutions:", 11.5) * 0.95;
        foreach (var rate in nodes.SelectMany(n => n.Cells).SelectMany(c => c.Rates).Distinct().OrderBy(r => r))
        {
            var width = rate > 9 ? 22 : 16;
            svg.Rect(x, y + 2, width, 16, RateColors.Of(rate), "#9aa5b1", 2, 0.8);
            svg.Text(rate.ToString(CultureInfo.InvariantCulture), x + width / 2.0, y + 14, 10.5, "middle", RateColors.Ink(rate));
            x += width + 4;
        }
    }
}
