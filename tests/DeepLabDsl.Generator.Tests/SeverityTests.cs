using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepLabDsl.Generator.Tests;

/// <summary>A project decides how much an analysis matters: NoWarn, WarningsAsErrors and .globalconfig reach it.</summary>
public class SeverityTests
{
    /// <summary>A warning (DLD315: 9 of 64 pixels) and an info (DLD314: 3 pixels seen).</summary>
    private static readonly (string, string) Skipping = ("networks/skipping.yaml", """
        network: skipping
        classes: 3
        input: { size: [65, 65] }
        layers:
          body: { op: conv, kernel: 3, channels: 4, stride: 8 }
          scores: { op: conv, kernel: 1, channels: $classes }
        outputs:
          logits: { from: scores, resize: input }
        """);

    private static readonly CSharpCompilationOptions Options = new(OutputKind.DynamicallyLinkedLibrary);

    [Fact]
    public void By_default_a_warning_and_an_info()
    {
        Assert.Equal(["DLD315 Warning", "DLD314 Info"], Severities(Options));
    }

    [Fact]
    public void Warnings_as_errors_fails_the_build_on_the_warning_alone()
    {
        Assert.Equal(["DLD315 Error", "DLD314 Info"], Severities(Options.WithGeneralDiagnosticOption(ReportDiagnostic.Error)));
    }

    [Fact]
    public void No_warn_silences_by_id_and_nothing_else()
    {
        var noWarn = ImmutableDictionary<string, ReportDiagnostic>.Empty.Add("DLD315", ReportDiagnostic.Suppress);

        Assert.Equal(["DLD314 Info"], Severities(Options.WithSpecificDiagnosticOptions(noWarn)));
    }

    [Fact]
    public void A_global_config_sets_each_severity()
    {
        const string Config = """
            is_global = true
            dotnet_diagnostic.DLD314.severity = error
            dotnet_diagnostic.DLD315.severity = suggestion
            """;

        Assert.Equal(
            ["DLD315 Info", "DLD314 Error"], Severities(Options.WithSyntaxTreeOptionsProvider(new Provider("/.globalconfig", Config))));
    }

    [Fact]
    public void An_editor_config_does_not_reach_specs()
    {
        // Roslyn reads .editorconfig for source trees alone; docs/atrous.md says to use .globalconfig.
        const string Config = """
            root = true
            [*]
            dotnet_diagnostic.DLD315.severity = none
            """;

        Assert.Equal(
            ["DLD315 Warning", "DLD314 Info"], Severities(Options.WithSyntaxTreeOptionsProvider(new Provider("/.editorconfig", Config))));
    }

    private static IEnumerable<string> Severities(CSharpCompilationOptions options) =>
        Driver.Run(options, Skipping).Result.Diagnostics.Select(d => $"{d.Id} {d.Severity}");

    /// <summary>What the compiler's host makes of its configuration files.</summary>
    private sealed class Provider(string path, string text) : SyntaxTreeOptionsProvider
    {
        private readonly AnalyzerConfigSet _set = AnalyzerConfigSet.Create(new[] { AnalyzerConfig.Parse(text, path) });

        public override GeneratedKind IsGenerated(SyntaxTree tree, CancellationToken cancellationToken) => GeneratedKind.Unknown;

        public override bool TryGetDiagnosticValue(
            SyntaxTree tree, string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity) =>
            _set.GetOptionsForSourcePath(tree.FilePath).TreeOptions.TryGetValue(diagnosticId, out severity);

        public override bool TryGetGlobalDiagnosticValue(
            string diagnosticId, CancellationToken cancellationToken, out ReportDiagnostic severity) =>
            _set.GlobalConfigOptions.TreeOptions.TryGetValue(diagnosticId, out severity);
    }
}
