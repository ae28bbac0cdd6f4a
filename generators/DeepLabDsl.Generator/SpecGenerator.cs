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
        var files = Parse(context);
        var library = files.Collect()
            .Select((all, _) => SpecIndex.Of(all))
            .WithTrackingName(StepNames.Library);
        var (outputs, excess) = Compile(files, library, targetNamespace);

        AddTexts(context, library, targetNamespace);
        AddNetworks(context, outputs);
        AddClasses(context, outputs, library, targetNamespace);
        AddCatalog(context, outputs, targetNamespace);
        context.RegisterSourceOutput(
            outputs.Select((output, _) => output.Diagnostics).Collect()
                .Combine(library)
                .Combine(chosen)
                .Combine(excess)
                .Select((pair, _) => Gather(pair.Left.Left.Left, pair.Left.Left.Right, [pair.Left.Right.Fault, pair.Right]))
                .WithTrackingName(StepNames.Diagnostics)
                .Combine(helpLinks),
            Report);
        context.RegisterSourceOutput(Forgotten(context).Combine(helpLinks), Report);
    }

    /// <summary>The spec files, each parsed by itself.</summary>
    private static IncrementalValuesProvider<ParsedSpec> Parse(IncrementalGeneratorInitializationContext context) =>
        context.AdditionalTextsProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select((pair, _) => (Text: pair.Left, Role: RoleOf(pair.Left, pair.Right)))
            .Where(spec => spec.Role is not null)
            .Select((spec, cancellation) =>
                new SpecText(spec.Text.Path, spec.Text.GetText(cancellation)?.ToString() ?? "", spec.Role == SpecRole.Library))
            .WithTrackingName(StepNames.Texts)
            .Select((text, cancellation) => new ParsedSpec(SpecFile.Parse(text.Path, text.Text, cancellation), text.IsLibrary))
            .WithTrackingName(StepNames.Files);

    /// <summary>What is wrong with a project whose specs are not handed over as such.</summary>
    private static IncrementalValueProvider<EquatableArray<Diagnostic>> Forgotten(IncrementalGeneratorInitializationContext context) =>
        context.AdditionalTextsProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Where(pair => IsYaml(pair.Left.Path) && RoleOf(pair.Left, pair.Right) is null)
            .Select((pair, cancellation) =>
                ProjectSetup.IsSpec(pair.Left.GetText(cancellation)?.ToString() ?? "") ? ProjectSetup.NotListed(pair.Left.Path) : null)
            .Collect()
            .Combine(context.AnalyzerConfigOptionsProvider.Select((options, _) => HasTargets(options)))
            .Select((pair, _) => new EquatableArray<Diagnostic>(
                pair.Right ? pair.Left.OfType<Diagnostic>() : [ProjectSetup.WithoutTargets]));

    /// <summary>
    /// The networks of each file, and the fault of a project that is too large. Each file is counted by itself, so that an edit counts
    /// what it touches; all of them are judged before one is compiled.
    /// </summary>
    private static (IncrementalValuesProvider<UnitOutput> Outputs, IncrementalValueProvider<Diagnostic?> Excess) Compile(
        IncrementalValuesProvider<ParsedSpec> files, IncrementalValueProvider<SpecIndex> library,
        IncrementalValueProvider<string> targetNamespace)
    {
        var units = files.Where(spec => !spec.IsLibrary && spec.File.HasNetworks)
            .Combine(library)
            .Combine(targetNamespace)
            .Select((pair, _) => SpecUnit.Of(pair.Left.Left.File, pair.Left.Right.Library, pair.Right))
            .WithTrackingName(StepNames.Units);
        var excess = units.Combine(library.Select((index, _) => index.CanExceed))
            .Select((pair, cancellation) => pair.Left.Cost(pair.Right, cancellation))
            .Collect()
            .Select((costs, _) => ProjectBound.Judge(costs.OrderBy(c => c.File.Path, StringComparer.Ordinal)));
        var outputs = units
            .Combine(excess.Select((fault, _) => fault is not null))
            .Select((pair, cancellation) => UnitWork.Begin(pair.Left, pair.Right, cancellation))
            .Select((work, _) => work.Finish())
            .WithTrackingName(StepNames.Outputs);
        return (outputs, excess);
    }

    /// <summary>Texts by themselves: a word in a comment changes no network's code.</summary>
    private static void AddTexts(
        IncrementalGeneratorInitializationContext context, IncrementalValueProvider<SpecIndex> library,
        IncrementalValueProvider<string> targetNamespace) =>
        context.RegisterSourceOutput(
            library.SelectMany((index, _) => index.NamedFiles())
                .Combine(targetNamespace)
                .Select((pair, _) => SpecTextSource.Of(pair.Left, pair.Right))
                .WithTrackingName(StepNames.SpecTexts),
            (production, source) => Add(production, source.HintName, source.Source));

    private static void AddNetworks(
        IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<UnitOutput> outputs) =>
        context.RegisterSourceOutput(
            outputs.Select((output, _) => output.Files).WithTrackingName(StepNames.Sources),
            (production, sources) =>
            {
                foreach (var source in sources)
                    Add(production, source.HintName, source.Source);
            });

    /// <summary>A class that networks share is written once, from its definition alone, whatever networks use it.</summary>
    private static void AddClasses(
        IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<UnitOutput> outputs,
        IncrementalValueProvider<SpecIndex> library, IncrementalValueProvider<string> targetNamespace) =>
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

    private static void AddCatalog(
        IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<UnitOutput> outputs,
        IncrementalValueProvider<string> targetNamespace) =>
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

    private static void Report(SourceProductionContext production, (EquatableArray<Diagnostic> Diagnostics, string HelpLinks) found)
    {
        foreach (var diagnostic in found.Diagnostics)
            production.ReportDiagnostic(diagnostic.ToRoslyn(found.HelpLinks));
    }

    /// <summary>Every diagnostic once: several networks can be made of one faulty block.</summary>
    private static EquatableArray<Diagnostic> Gather(
        ImmutableArray<EquatableArray<Diagnostic>> ofUnits, SpecIndex index, IEnumerable<Diagnostic?> ofProject) =>
        new((index.Files.Count > 0 ? ofProject.OfType<Diagnostic>() : [])
            .Concat(index.Files.SelectMany(f => f.Diagnostics))
            .Concat(index.Library.Diagnostics)
            .Concat(ofUnits.SelectMany(d => d))
            .Distinct(Diagnostic.SameFault)
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

    private static bool IsYaml(string path) =>
        path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the project imports the targets: only then does it hand over properties, be they empty.</summary>
    private static bool HasTargets(AnalyzerConfigOptionsProvider options) =>
        options.GlobalOptions.TryGetValue("build_property.DeepLabDslEncodedNamespace", out _);

    /// <summary>A property of the project, which the targets file encodes.</summary>
    private static string? Property(AnalyzerConfigOptionsProvider options, string name) =>
        options.GlobalOptions.TryGetValue("build_property.DeepLabDslEncoded" + name, out var value) && value.Length > 0
            ? Uri.UnescapeDataString(value) : null;

    private static void Add(SourceProductionContext production, string hintName, string source) =>
        production.AddSource(hintName, SourceText.From(
            source.Replace("\r\n", "\n"), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)));
}
