using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler;

/// <summary>What a generated class carries of its network: the graph, and the specs that it is made of.</summary>
/// <param name="Graph">The graph as base64.</param>
/// <param name="Specs">The spec files, that with the network first.</param>
internal sealed record CarriedNetwork(string Graph, IReadOnlyList<SpecName> Specs)
{
    private const int LineLength = 120;

    public static CarriedNetwork Of(NetworkGraph graph, SpecLibrary library, SpecFile file) => new(
        GraphWriter.Write(graph, path => library.FileNames.TryGetValue(path, out var name) ? name.Name : path),
        [.. library.Closure(file).Select(f => library.FileNames[f.Path])]);

    /// <summary>Writes the properties of the descriptor that read it.</summary>
    public void EmitReaders(CodeWriter writer, string targetNamespace)
    {
        writer.Line($"ReadGraph = static () => {Runtime.CarriedGraph}.Read(GraphData),");
        writer.Line("ReadSpecs = static () =>");
        writer.Line("[");
        using (writer.Indent())
        {
            foreach (var spec in Specs)
                writer.Line($"global::{targetNamespace}.{ReservedNames.TextsClass}.{spec.Member}(),");
        }
        writer.Line("],");
    }

    /// <summary>Writes the graph's data, which nobody reads but the descriptor.</summary>
    public void EmitData(CodeWriter writer)
    {
        writer.Line("/// <summary>The graph, packed.</summary>");
        writer.Line("private static global::System.ReadOnlySpan<byte> GraphData =>");
        using (writer.Indent())
        {
            writer.Line("\"\"\"");
            for (var at = 0; at < Graph.Length; at += LineLength)
                writer.Line(Graph.Substring(at, Math.Min(LineLength, Graph.Length - at)));
            writer.Line("\"\"\"u8;");
        }
    }

    /// <summary>Writes the text of a spec file.</summary>
    public static string EmitText(string text, SpecName name, string targetNamespace)
    {
        var writer = new CodeWriter();
        NetworkEmitter.Header(writer, name.Name);
        writer.Line($"namespace {targetNamespace};");
        writer.Line();
        // Longer than any row of quotes in the text.
        var quotes = new string('"', Math.Max(3, LongestRow(text, '"') + 1));
        using (writer.Block($"internal static partial class {ReservedNames.TextsClass}"))
            writer.Line($"internal static {Runtime.SpecSource} {name.Member}() => {Runtime.SpecSource}.Of({CSharp.Text(name.Name)}, "
                + $"{quotes}\n{Sound(text)}\n{quotes}u8);");
        return writer.ToString();
    }

    /// <summary>What UTF-8 can hold of a text, with line ends of one kind: literals know others, too.</summary>
    private static string Sound(string text) =>
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace("\r\n", "\n").Replace('\r', '\n').Replace('\u0085', '\n').Replace(
            '\u2028', '\n').Replace('\u2029', '\n');

    private static int LongestRow(string text, char c)
    {
        var (longest, row) = (0, 0);
        foreach (var each in text)
        {
            row = each == c ? row + 1 : 0;
            longest = Math.Max(longest, row);
        }
        return longest;
    }
}
