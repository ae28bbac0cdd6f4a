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
    public void ByDefaultAWarningAndAnInfo()
    {
        Assert.Equal(["DLD315 Warning", "DLD314 Info"], Severities(Options));
    }

    [Fact]
    public void WarningsAsErrorsFailsTheBuildOnTheWarningAlone()
    {
        Assert.Equal(["DLD315 Error", "DLD314 Info"], Severities(Options.WithGeneralDiagnosticOption(ReportDiagnostic.Error)));
    }

    [Fact]
    public void NoWarnSilencesByIdAndNothingElse()
    {
        var noWarn = ImmutableDictionary<string, ReportDiagnostic>.Empty.Add("DLD315", ReportDiagnostic.Suppress);

        Assert.Equal(["DLD314 Info"], Severities(Options.WithSpecificDiagnosticOptions(noWarn)));
    }

    [Fact]
    public void AGlobalConfigSetsEachSeverity()
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
    public void AnEditorConfigDoesNotReachSpecs()
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
