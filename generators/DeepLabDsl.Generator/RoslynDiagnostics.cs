using System;
using System.Collections.Concurrent;
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
    /// <summary>The descriptors by where their pages are; one compiler process can serve several projects.</summary>
    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, DiagnosticDescriptor>> Descriptors = new();

    /// <summary>The diagnostic, with a link to its page.</summary>
    /// <param name="diagnostic">The compiler's.</param>
    /// <param name="helpLinks">The folder or the address of the pages; empty: there is no link.</param>
    public static RoslynDiagnostic ToRoslyn(this Diagnostic diagnostic, string helpLinks)
    {
        var span = diagnostic.Span;
        // What a project says stands in no spec.
        var location = string.IsNullOrEmpty(span.Path) ? Location.None : Location.Create(span.Path, new TextSpan(span.Start, span.Length),
            new LinePositionSpan(new LinePosition(span.Line, span.Column), new LinePosition(span.EndLine, span.EndColumn)));
        return RoslynDiagnostic.Create(Descriptors.GetOrAdd(helpLinks, DescriptorsOf)[diagnostic.Rule.Id], location, diagnostic.Message);
    }

    private static IReadOnlyDictionary<string, DiagnosticDescriptor> DescriptorsOf(string helpLinks) => Rules.All.ToDictionary(
        rule => rule.Id,
        rule => new DiagnosticDescriptor(rule.Id, rule.Title, "{0}", "DeepLabDsl", Severity(rule.Severity), isEnabledByDefault: true,
            helpLinkUri: LinkOf(helpLinks, rule.Id)));

    /// <summary>The page in a folder of the disk or below an address; none where the project names neither.</summary>
    private static string LinkOf(string helpLinks, string id) =>
        helpLinks.Length > 0 && Uri.TryCreate($"{helpLinks.TrimEnd('/', '\\')}/{id}.md", UriKind.Absolute, out var page)
            ? page.AbsoluteUri : "";

    private static DiagnosticSeverity Severity(RuleSeverity severity) => severity switch
    {
        RuleSeverity.Error => DiagnosticSeverity.Error,
        RuleSeverity.Warning => DiagnosticSeverity.Warning,
        _ => DiagnosticSeverity.Info,
    };
}
