using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Compiler;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Diagnostic = DeepLabDsl.Compiler.Diagnostic;
using RoslynDiagnostic = Microsoft.CodeAnalysis.Diagnostic;

namespace DeepLabDsl.Generator;

/// <summary>Turns the compiler's diagnostics into Roslyn's, at the very end of the pipeline.</summary>
internal static class RoslynDiagnostics
{
    private static readonly Dictionary<string, DiagnosticDescriptor> Descriptors = Rules.All.ToDictionary(
        rule => rule.Id,
        rule => new DiagnosticDescriptor(rule.Id, rule.Title, "{0}", "DeepLabDsl", Severity(rule.Severity), isEnabledByDefault: true));

    public static RoslynDiagnostic ToRoslyn(this Diagnostic diagnostic)
    {
        var span = diagnostic.Span;
        var location = Location.Create(span.Path, new TextSpan(span.Start, span.Length),
            new LinePositionSpan(new LinePosition(span.Line, span.Column), new LinePosition(span.EndLine, span.EndColumn)));
        return RoslynDiagnostic.Create(Descriptors[diagnostic.Rule.Id], location, diagnostic.Message);
    }

    private static DiagnosticSeverity Severity(RuleSeverity severity) => severity switch
    {
        RuleSeverity.Error => DiagnosticSeverity.Error,
        RuleSeverity.Warning => DiagnosticSeverity.Warning,
        _ => DiagnosticSeverity.Info,
    };
}
