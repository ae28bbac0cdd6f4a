using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using System.Threading;
using DeepLabDsl.Generator;
using DeepLabDsl.Zoo;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace DeepLabDsl.Cli;

/// <summary>Compiles specs as a build does: by the source generator in the C# compiler, with the zoo as its library.</summary>
internal static class SpecCompilation
{
    private const string Library = "library";

    /// <summary>Compiles specs into an assembly. Warnings go to the standard error.</summary>
    /// <param name="specs">Each file's path, as faults name it, and its text.</param>
    /// <param name="targetNamespace">The namespace of the classes.</param>
    /// <param name="name">The assembly's name.</param>
    /// <returns>The assembly's bytes.</returns>
    /// <exception cref="UserException">A spec has a fault: every fault with its place, a line each.</exception>
    public static byte[] Compile(IReadOnlyList<(string Path, string Text)> specs, string targetNamespace, string name)
    {
        var texts = specs.Select(s => (AdditionalText)new Spec(s.Path, s.Text, "true"))
            .Concat(ZooSpecs.ReadAll().Select(s => new Spec(s.Name, s.Text, Library)));
        var parse = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var empty = CSharpCompilation.Create(
            name, [], References(),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, nullableContextOptions:
                NullableContextOptions.Enable, deterministic: true));
        CSharpGeneratorDriver.Create([new SpecGenerator().AsSourceGenerator()], texts, parse, new SpecProject(targetNamespace))
            .RunGeneratorsAndUpdateCompilation(empty, out var compilation, out var found);
        var errors = found.Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        if (errors.Count > 0)
            throw new UserException(string.Join("\n", errors.Select(Line)));
        foreach (var warning in found.Where(d => d.Severity == DiagnosticSeverity.Warning))
            Console.Error.WriteLine(Line(warning));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        return result.Success
            ? image.ToArray()
            : throw new InvalidOperationException(
                "the generated code does not compile: " + result.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error));
    }

    private static string Line(Diagnostic diagnostic)
    {
        var place = diagnostic.Location.GetLineSpan();
        var text = $"{diagnostic.Severity.ToString().ToLowerInvariant()} {diagnostic.Id}: {diagnostic.GetMessage()}";
        return place.IsValid
            ? $"{place.Path}({place.StartLinePosition.Line + 1},{place.StartLinePosition.Character + 1}): {text}"
            : text;
    }

    /// <summary>The assemblies that this program runs on, which the generated code is compiled against.</summary>
    private static IEnumerable<MetadataReference> References() =>
        AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is string { Length: > 0 } list
            ? list.Split(Path.PathSeparator).Where(p => IsNeeded(Path.GetFileNameWithoutExtension(p)))
                .Select(p => MetadataReference.CreateFromFile(p))
            : throw new UserException(
                "--specs compiles with the assemblies that lie beside the program, and this program is a single file: build a project "
                + "of your specs and name its assembly with --assembly");

    private static bool IsNeeded(string assembly) =>
        assembly is "TorchSharp" or "netstandard" or "mscorlib"
        || assembly.StartsWith("System.", StringComparison.Ordinal) || assembly.StartsWith("DeepLabDsl", StringComparison.Ordinal);

    private sealed class Spec(string path, string text, string role) : AdditionalText
    {
        public override string Path { get; } = path;

        public string Role { get; } = role;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    /// <summary>What the targets file would say of a project and its items.</summary>
    private sealed class SpecProject(string targetNamespace) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } =
            new One("build_property.DeepLabDslEncodedNamespace", targetNamespace);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new One("", "");

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) =>
            new One("build_metadata.AdditionalFiles.DeepLabSpec", ((Spec)textFile).Role);
    }

    private sealed class One(string name, string only) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            value = key.Equals(name, StringComparison.OrdinalIgnoreCase) ? only : null;
            return value is not null;
        }
    }
}
