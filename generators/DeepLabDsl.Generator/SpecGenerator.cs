using System;
using System.Collections.Generic;
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
            .Where(pair => IsSpec(pair.Left, pair.Right))
            .Select((pair, cancellation) => new SpecText(pair.Left.Path, pair.Left.GetText(cancellation)?.ToString() ?? ""))
            .WithTrackingName(StepNames.Texts)
            .Select((text, cancellation) => SpecFile.Parse(text.Path, text.Text, cancellation))
            .WithTrackingName(StepNames.Files);
        var library = files.Collect()
            .Select((all, _) => new SpecIndex(new(all.OrderBy(f => f.Path, StringComparer.Ordinal))))
            .WithTrackingName(StepNames.Library);
        var units = files.Where(file => file.HasNetworks)
            .Combine(library)
            .Combine(targetNamespace)
            .Select((pair, _) => SpecUnit.Of(pair.Left.Left, pair.Left.Right.Library, pair.Right))
            .WithTrackingName(StepNames.Units);
        // Each file is counted by itself, so that an edit counts what it touches; all of them are judged before one is compiled.
        var excess = units.Combine(library.Select((index, _) => index.CanExceed))
            .Select((pair, cancellation) => pair.Left.Cost(pair.Right, cancellation))
            .Collect()
            .Select((costs, _) => ProjectBound.Judge(costs.OrderBy(c => c.File.Path, StringComparer.Ordinal)));
        var outputs = units
            .Combine(excess.Select((fault, _) => fault is not null))
            .Select((pair, cancellation) => UnitWork.Begin(pair.Left, pair.Right, cancellation))
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
                .Combine(excess)
                .Select((pair, _) => Gather(pair.Left.Left.Left, pair.Left.Left.Right, [pair.Left.Right.Fault, pair.Right]))
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
        ImmutableArray<EquatableArray<Diagnostic>> ofUnits, SpecIndex index, IEnumerable<Diagnostic?> ofProject) =>
        new((index.Files.Count > 0 ? ofProject.OfType<Diagnostic>() : [])
            .Concat(index.Files.SelectMany(f => f.Diagnostics))
            .Concat(index.Library.Diagnostics)
            .Concat(ofUnits.SelectMany(d => d))
            .Distinct()
            .OrderBy(d => d.Span.Path, StringComparer.Ordinal).ThenBy(d => d.Span.Start).ThenBy(d => d.Rule.Id, StringComparer.Ordinal));

    private static bool IsSpec(AdditionalText text, AnalyzerConfigOptionsProvider options) =>
        options.GetOptions(text).TryGetValue("build_metadata.AdditionalFiles.DeepLabSpec", out var value)
            && value.Equals("true", StringComparison.OrdinalIgnoreCase);

    /// <summary>A property of the project, which the targets file encodes.</summary>
    private static string? Property(AnalyzerConfigOptionsProvider options, string name) =>
        options.GlobalOptions.TryGetValue("build_property.DeepLabDslEncoded" + name, out var value) && value.Length > 0 ? Uri.UnescapeDataString(value) : null;

    private static void Add(SourceProductionContext production, string hintName, string source) =>
        production.AddSource(hintName, SourceText.From(
            source.Replace("\r\n", "\n"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)));
}
