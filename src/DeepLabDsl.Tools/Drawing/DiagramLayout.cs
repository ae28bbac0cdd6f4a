using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Tools;

/// <summary>A place in a row: a box, or a long line passing by.</summary>
internal sealed class DiagramSlot(DiagramNode? node, double width, int row)
{
    /// <summary>Null for a line that only passes.</summary>
    public DiagramNode? Node { get; } = node;

    public double Width { get; } = width;

    public int Row { get; } = row;

    /// <summary>The middle.</summary>
    public double X { get; set; }

    public List<DiagramSlot> Above { get; } = [];

    public List<DiagramSlot> Below { get; } = [];
}

/// <summary>
/// A layered layout: rows from the input down, long lines through rows as narrow slots, few crossings (barycentres), and
/// places nearest to the middle of the neighbours' that keep the order (isotonic regression).
/// </summary>
internal sealed class DiagramLayout
{
    private const int Sweeps = 12;
    private const double Gap = 18;
    private const double LineWidth = 14;

    private readonly Dictionary<DiagramNode, DiagramSlot> _slots = [];

    public DiagramLayout(IReadOnlyList<DiagramNode> nodes, Func<DiagramNode, double> widthOf)
    {
        var rows = RowsOf(nodes);
        Rows = Enumerable.Range(0, rows.Values.Max() + 1).Select(_ => new List<DiagramSlot>()).ToList();
        foreach (var node in nodes)
        {
            var slot = new DiagramSlot(node, widthOf(node), rows[node]);
            _slots.Add(node, slot);
            Rows[slot.Row].Add(slot);
        }
        foreach (var node in nodes)
        {
            foreach (var input in node.Inputs)
                Lines.Add(Connect(_slots[input], _slots[node]));
        }
        for (var i = 0; i < Sweeps; i++)
            Order(isDown: i % 2 == 0);
        foreach (var row in Rows)
            Spread(row, _ => 0);
        for (var i = 0; i < 2 * Sweeps; i++)
        {
            foreach (var row in i % 2 == 0 ? Rows : Enumerable.Reverse(Rows))
                Spread(row, s => Middle(i % 2 == 0 ? s.Above : s.Below, s));
        }
        Spread(Rows[0], s => Middle(s.Below, s));
    }

    /// <summary>The rows, each from left to right.</summary>
    public List<List<DiagramSlot>> Rows { get; }

    /// <summary>The lines, each from the box that feeds to the box that reads, through the slots between.</summary>
    public List<IReadOnlyList<DiagramSlot>> Lines { get; } = [];

    /// <summary>
    /// The backbone as early as can be; what stands behind it as late as can be, so that a decoder's part of a skip stands
    /// beside the decoder.
    /// </summary>
    private static Dictionary<DiagramNode, int> RowsOf(IReadOnlyList<DiagramNode> nodes)
    {
        var rows = new Dictionary<DiagramNode, int>();
        foreach (var node in nodes)
            rows[node] = node.Inputs.Select(i => rows[i] + 1).DefaultIfEmpty(0).Max();
        var last = rows.Values.Max();
        foreach (var node in nodes.Reverse().Where(n => n.Kind is not (DiagramKind.Input or DiagramKind.Stem or DiagramKind.Stage)))
            rows[node] = node.Readers.Select(r => rows[r] - 1).DefaultIfEmpty(node.Kind == DiagramKind.Output ? last : rows[node]).Min();
        return rows;
    }

    private List<DiagramSlot> Connect(DiagramSlot from, DiagramSlot to)
    {
        var line = new List<DiagramSlot> { from };
        for (var row = from.Row + 1; row <= to.Row; row++)
        {
            var next = to;
            if (row < to.Row)
                Rows[row].Add(next = new DiagramSlot(null, LineWidth, row));
            line[line.Count - 1].Below.Add(next);
            next.Above.Add(line[line.Count - 1]);
            line.Add(next);
        }
        return line;
    }

    private void Order(bool isDown)
    {
        foreach (var row in isDown ? Rows : Enumerable.Reverse(Rows))
        {
            var index = row.Select((s, i) => (s, i)).ToDictionary(p => p.s, p => (double)p.i);
            var sorted = row.OrderBy(s => Barycentre(isDown ? s.Above : s.Below, index[s], row.Count)).ToList();
            row.Clear();
            row.AddRange(sorted);
        }
    }

    private double Barycentre(List<DiagramSlot> neighbours, double own, int count) => neighbours.Count == 0
        ? own / Math.Max(1, count - 1)
        : neighbours.Average(n => Rows[n.Row].IndexOf(n) / (double)Math.Max(1, Rows[n.Row].Count - 1));

    /// <summary>The mean place of the neighbours; the backbone heeds the backbone alone, so that it stands straight.</summary>
    private static double Middle(List<DiagramSlot> neighbours, DiagramSlot own)
    {
        if (neighbours.Count == 0)
            return own.X;
        return IsSpine(own) && neighbours.Any(IsSpine) ? neighbours.Where(IsSpine).Average(n => n.X) : neighbours.Average(n => n.X);
    }

    private static bool IsSpine(DiagramSlot slot) => slot.Node is { Kind: DiagramKind.Input or DiagramKind.Stem or DiagramKind.Stage };

    private static double Mean((double Sum, double Weight, int Count) block) => block.Sum / block.Weight;

    /// <summary>Puts each slot as near as the others let it to where it would be.</summary>
    private static void Spread(List<DiagramSlot> row, Func<DiagramSlot, double> wanted)
    {
        // With what the widths take out, keeping the order is to ascend: pool neighbours that descend, and take their mean.
        var blocks = new List<(double Sum, double Weight, int Count)>();
        var offsets = new double[row.Count];
        for (var i = 0; i < row.Count; i++)
        {
            offsets[i] = i == 0 ? 0 : offsets[i - 1] + (row[i - 1].Width + row[i].Width) / 2 + Gap;
            var weight = IsSpine(row[i]) ? 64 : row[i].Node is null ? 4 : 1.0;
            blocks.Add(((wanted(row[i]) - offsets[i]) * weight, weight, 1));
            while (blocks.Count > 1 && Mean(blocks[blocks.Count - 2]) > Mean(blocks[blocks.Count - 1]))
            {
                var (a, b) = (blocks[blocks.Count - 2], blocks[blocks.Count - 1]);
                blocks.RemoveRange(blocks.Count - 2, 2);
                blocks.Add((a.Sum + b.Sum, a.Weight + b.Weight, a.Count + b.Count));
            }
        }
        var at = 0;
        foreach (var (sum, weight, count) in blocks)
        {
            for (var i = 0; i < count; i++, at++)
                row[at].X = sum / weight + offsets[at];
        }
    }
}
