using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace DeepLabDsl.Compiler;

/// <summary>What a check of spec files found.</summary>
/// <param name="Diagnostics">All that is wrong, by file and place.</param>
/// <param name="Networks">The networks that were compiled: those of the files and those of the library that stand on them.</param>
public sealed record SpecCheck(IReadOnlyList<Diagnostic> Diagnostics, IReadOnlyList<NetworkCompilation> Networks)
{
    /// <summary>Whether a build would fail.</summary>
    public bool HasErrors => Diagnostics.Any(d => d.Rule.Severity == RuleSeverity.Error);
}

/// <summary>Compiles spec files as a build would, and what no network uses yet as far as it can be.</summary>
public static class SpecChecker
{
    /// <summary>Checks files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="library">What the files may use without defining it; a definition in the files takes the place of one here.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static SpecCheck Check(IReadOnlyList<SpecFile> files, IReadOnlyList<SpecFile> library, CancellationToken cancellation = default)
    {
        var all = new SpecLibrary(files, library: library);
        var found = files.SelectMany(f => f.Diagnostics).Concat(all.Diagnostics).ToList();
        foreach (var file in files)
        {
            var bag = new DiagnosticBag();
            foreach (var definition in file.Definitions.Where(d => d.Kind != DefinitionKind.Network))
                BindAlone(all, definition, bag);
            found.AddRange(bag.Items);
        }
        var networks = new List<NetworkCompilation>();
        if (ProjectBound.Check(files, all, cancellation) is { } excess)
        {
            found.Add(excess);
        }
        else
        {
            foreach (var file in files.Concat(library.Where(f => all.Closure(f).Intersect(files).Any())))
                networks.AddRange(SpecCompiler.Compile(file, all, "Checked", shadowed: all.ShadowedIn(file), cancellation: cancellation));
        }
        found.AddRange(networks.SelectMany(n => n.Diagnostics));
        return new SpecCheck(
            [.. found.Distinct(Diagnostic.SameFault).OrderBy(d => d.Span.Path, StringComparer.Ordinal).ThenBy(d => d.Span.Start)
                .ThenBy(d => d.Rule.Id, StringComparer.Ordinal)],
            networks);
    }

    /// <summary>Binds a block or a backbone: its keys and types are judged even where no network uses it.</summary>
    private static void BindAlone(SpecLibrary library, DefinitionSyntax definition, DiagnosticBag diagnostics)
    {
        try
        {
            library.Find(definition.Kind, definition.Name, diagnostics);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            diagnostics.Report(Rules.Internal, definition.NameSpan, $"{e.GetType().Name}: {e.Message}");
        }
    }
}
