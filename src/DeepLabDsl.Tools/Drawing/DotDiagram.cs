using System.Linq;
using System.Text;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>The same boxes as a Graphviz graph.</summary>
internal static class DotDiagram
{
    public static string Draw(NetworkReport report)
    {
        var nodes = DiagramBuilder.Build(report.Graph);
        var dot = new StringBuilder($"digraph \"{Escape(report.Name)}\" {{\n")
            .Append($"  label=\"{Escape(report.Name)}\\n{Escape(report.Summary)}\"; labelloc=t; fontname=\"Helvetica\";\n")
            .Append("  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"Helvetica\", fontsize=11];\n");
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i];
            var cells = string.Join(" | ", node.Cells.Select(c => string.Join(" ", c.Rates)));
            var rate = node.Cells.SelectMany(c => c.Rates).DefaultIfEmpty(0).Max();
            dot.Append($"  n{i} [label=\"{Escape(node.Title)}\\n{Escape(node.Detail)}{(cells.Length > 0 ? "\\nrates " + cells : "")}\"")
                .Append(rate > 1 ? $", fillcolor=\"{RateColors.Of(rate)}\", fontcolor=\"{RateColors.Ink(rate)}\"" : "").Append("];\n");
        }
        for (var i = 0; i < nodes.Count; i++)
        {
            foreach (var input in nodes[i].Inputs)
                dot.Append($"  n{nodes.ToList().IndexOf(input)} -> n{i};\n");
        }
        return dot.Append("}\n").ToString();
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace("\"", "\\\"");
}
