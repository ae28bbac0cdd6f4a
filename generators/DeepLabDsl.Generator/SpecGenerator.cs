using System;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using DeepLabDsl.Compiler;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Diagnostic = DeepLabDsl.Compiler.Diagnostic;

namespace DeepLabDsl.Generator;

/// <summary>
/// Compiles the spec files of a project: each file with networks by itself, from its text and the texts of what it is
/// made of. An edit re-generates the networks that it touches and no others.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class SpecGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var chosen = context.AnalyzerConfigOptionsProvider.Select((options, _) =>
            TargetNamespace.Of(Property(options, "Namespace"), Property(options, "RootNamespace")));
        var targetNamespace = chosen.Select((name, _) => name.Name);
        var helpLinks = context.AnalyzerConfigOptionsProvider.Select((options, _) => Property(options, "HelpLinks") ?? "");
        var files = context.AdditionalTextsProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select((pair, _) => (Text: pair.Left, Role: RoleOf(pair.Left, pair.Right)))
            .Where(spec => spec.Role is not null)
            .Select((spec, cancellation) =>
                new SpecText(spec.Text.Path, spec.Text.GetText(cancellation)?.ToString() ?? "", spec.Role == SpecRole.Library))
            .WithTrackingName(StepNames.Texts)
            .Select((text, cancellation) => new ParsedSpec(SpecFile.Parse(text.Path, text.Text, cancellation), text.IsLibrary))
            .WithTrackingName(StepNames.Files);
        var library = files.Collect()
            .Select((all, _) => SpecIndex.Of(all))
            .WithTrackingName(StepNames.Library);
        var outputs = files.Where(spec => !spec.IsLibrary && spec.File.HasNetworks)
            .Combine(library)
            .Combine(targetNamespace)
            .Select((pair, _) => SpecUnit.Of(pair.Left.Left.File, pair.Left.Right.Library, pair.Right))
            .WithTrackingName(StepNames.Units)
            .Select(UnitWork.Begin)
            .Select((work, _) => work.Finish())
            .WithTrackingName(StepNames.Outputs);

        // Texts by themselves: a word in a comment changes no network's code.
        context.RegisterSourceOutput(
            library.SelectMany((index, _) => index.NamedFiles())
                .Combine(targetNamespace)
                .Select((pair, _) => SpecTextSource.Of(pair.Left, pair.Right))
                .WithTrackingName(StepNames.SpecTexts),
            (production, source) => Add(production, source.HintName, source.Source));
        context.RegisterSourceOutput(
            outputs.Select((output, _) => output.Files).WithTrackingName(StepNames.Sources),
            (production, sources) =>
            {
                foreach (var source in sources)
                    Add(production, source.HintName, source.Source);
            });
        // A class that networks share is written once, from its definition alone, whatever networks use it.
        context.RegisterSourceOutput(
            outputs.Select((output, _) => output.Classes).Collect()
                .SelectMany((classes, _) => classes.SelectMany(c => c).Distinct().OrderBy(c => c.ToString(), StringComparer.Ordinal))
                .WithTrackingName(StepNames.ClassKeys)
                .Combine(library)
                .Combine(targetNamespace)
                .Select((pair, _) => ClassUnit.Of(pair.Left.Left, pair.Left.Right.Library, pair.Right))
                .WithTrackingName(StepNames.ClassUnits)
                .Select((unit, cancellation) => unit.Emit(cancellation))
                .WithTrackingName(StepNames.Classes),
            (production, source) => Add(production, source.HintName, source.Source));
        context.RegisterSourceOutput(
            outputs.Select((output, _) => new EquatableArray<string>(output.Files.Select(f => f.ClassName)))
                .Collect()
                .Select((names, _) => new EquatableArray<string>(
                    names.SelectMany(n => n).Distinct().OrderBy(n => n, StringComparer.Ordinal)))
                .Combine(targetNamespace)
                .WithTrackingName(StepNames.Catalog),
            (production, pair) =>
            {
                if (pair.Left.Count > 0)
                    Add(production, "NetworkCatalog.g.cs", SpecCompiler.EmitCatalog(pair.Left, pair.Right));
            });
        context.RegisterSourceOutput(
            outputs.Select((output, _) => output.Diagnostics).Collect()
                .Combine(library)
                .Combine(chosen)
                .Select((pair, _) => Gather(pair.Left.Left, pair.Left.Right, pair.Right))
                .WithTrackingName(StepNames.Diagnostics)
                .Combine(helpLinks),
            (production, pair) =>
            {
                foreach (var diagnostic in pair.Left)
                    production.ReportDiagnostic(diagnostic.ToRoslyn(pair.Right));
            });
    }

    /// <summary>Every diagnostic once: several networks can be made of one faulty block.</summary>
    private static EquatableArray<Diagnostic> Gather(
        ImmutableArray<EquatableArray<Diagnostic>> ofUnits, SpecIndex index, TargetNamespace chosen) =>
        new((index.Files.Count > 0 && chosen.Fault is { } fault ? [fault] : Enumerable.Empty<Diagnostic>())
            .Concat(index.Files.SelectMany(f => f.Diagnostics))
            .Concat(index.Library.Diagnostics)
            .Concat(ofUnits.SelectMany(d => d))
            .Distinct()
            .OrderBy(d => d.Span.Path, StringComparer.Ordinal).ThenBy(d => d.Span.Start).ThenBy(d => d.Rule.Id, StringComparer.Ordinal));

    /// <summary>What a file is to the build; null: it is no spec.</summary>
    private static SpecRole? RoleOf(AdditionalText text, AnalyzerConfigOptionsProvider options)
    {
        if (!options.GetOptions(text).TryGetValue("build_metadata.AdditionalFiles.DeepLabSpec", out var value))
            return null;
        return value.Equals("true", StringComparison.OrdinalIgnoreCase) ? SpecRole.Own
            : value.Equals("library", StringComparison.OrdinalIgnoreCase) ? SpecRole.Library
            : null;
    }

    /// <summary>A property of the project, which the targets file encodes.</summary>
    private static string? Property(AnalyzerConfigOptionsProvider options, string name) =>
        options.GlobalOptions.TryGetValue("build_property.DeepLabDslEncoded" + name, out var value) && value.Length > 0 ? Uri.UnescapeDataString(value) : null;

    private static void Add(SourceProductionContext production, string hintName, string source) =>
        production.AddSource(hintName, SourceText.From(
            source.Replace("\r\n", "\n"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)));
}
