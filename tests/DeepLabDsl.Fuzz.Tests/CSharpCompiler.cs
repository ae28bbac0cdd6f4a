using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepLabDsl.Fuzz;

/// <summary>Compiles generated C# in memory, against what a user's project references.</summary>
internal static class CSharpCompiler
{
    public static readonly CSharpParseOptions Parse = new(LanguageVersion.CSharp14, DocumentationMode.Diagnose);

    private static readonly IReadOnlyList<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p) is var name && (name.StartsWith("System.", StringComparison.Ordinal)
                || name is "netstandard.dll" or "TorchSharp.dll" or "DeepLabDsl.dll" or "DeepLabDsl.Graph.dll" or "DeepLabDsl.Imaging.dll"))
            .Select(p => MetadataReference.CreateFromFile(p))];

    /// <summary>What is wrong with sources, each by its index; warnings count, since users may make them errors.</summary>
    public static IReadOnlyList<(int Index, string Fault)> Check(IReadOnlyList<string> sources)
    {
        using var sink = new MemoryStream();
        return Faults(Compile(sources).Emit(sink).Diagnostics, sources.Count);
    }

    /// <summary>A library of sources, named by their index.</summary>
    public static CSharpCompilation Compile(IReadOnlyList<string> sources) => CSharpCompilation.Create(
        "Generated", sources.Select((s, i) => CSharpSyntaxTree.ParseText(s, Parse, path: $"{i}.cs")), References,
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release,
            nullableContextOptions: NullableContextOptions.Enable));

    private static List<(int Index, string Fault)> Faults(IEnumerable<Diagnostic> diagnostics, int count) =>
        [.. diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning)
            .Select(d =>
                (Index: d.Location.SourceTree is { } tree
                    ? int.Parse(Path.GetFileNameWithoutExtension(tree.FilePath), System.Globalization.CultureInfo.InvariantCulture)
                    : 0, d.ToString()))
            .GroupBy(f => f.Index).Select(g => g.First()).Where(f => f.Index < count)];
}
