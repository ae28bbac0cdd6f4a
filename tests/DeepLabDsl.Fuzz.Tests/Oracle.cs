using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Fuzz;

/// <summary>What the compiler said of a case.</summary>
/// <param name="Fault">What must not be; null: nothing.</param>
/// <param name="Time">How long it took.</param>
/// <param name="Networks">What came of it.</param>
/// <param name="HasErrors">Whether a build would fail.</param>
internal sealed record Verdict(string? Fault, TimeSpan Time, IReadOnlyList<NetworkCompilation> Networks, bool HasErrors)
{
    /// <summary>Whether a build would pass and there is a network to generate.</summary>
    public bool IsAccepted => !HasErrors && Networks.Count > 0;
}

/// <summary>
/// What must hold of every text whatever: no crash, no hang, no fault of the compiler, and each fault of the text at its place.
/// </summary>
internal static class Oracle
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    public static Verdict Judge(FuzzCase item)
    {
        var verdict = Once(item);
        // The first run of a method is slow; a slow compiler, every run.
        for (var again = 0; again < 2 && verdict.Fault is null && verdict.Time > Limit; again++)
            verdict = Once(item);
        return verdict.Fault is null && verdict.Time > Limit
            ? verdict with { Fault = $"it took {verdict.Time.TotalSeconds:0.00} s" }
            : verdict;
    }

    private static Verdict Once(FuzzCase item)
    {
        var begin = ThreadTime.Now;
        try
        {
            var files = item.Files.Select(f => SpecFile.Parse(f.Path, f.Text)).ToList();
            var check = SpecChecker.Check(files, item.Library);
            var time = ThreadTime.Now - begin;
            return new Verdict(Fault(item, check), time, check.Networks, check.HasErrors);
        }
        catch (Exception e)
        {
            return new Verdict(e.ToString(), ThreadTime.Now - begin, [], true);
        }
    }

    private static string? Fault(FuzzCase item, SpecCheck check)
    {
        if (check.Diagnostics.FirstOrDefault(d => d.Rule.Id.StartsWith("DLD9", StringComparison.Ordinal)) is { } inner)
            return inner.ToString();
        if (check.Networks.FirstOrDefault(n => n.HasErrors && n.Diagnostics.Count == 0 && !check.HasErrors) is { } silent)
            return $"{silent.Name} is refused without a word";
        return check.Diagnostics.Select(d => Misplaced(item, d)).FirstOrDefault(f => f is not null);
    }

    private static string? Misplaced(FuzzCase item, Diagnostic diagnostic)
    {
        var span = diagnostic.Span;
        var text = item.Files.Where(f => f.Path == span.Path).Select(f => f.Text).FirstOrDefault()
            ?? item.Library.FirstOrDefault(f => f.Path == span.Path)?.Text;
        if (text is null)
            return $"no file '{span.Path}': {diagnostic}";
        if (span.Start < 0 || span.Length < 0 || span.Start + span.Length > text.Length || span.Line < 0 || span.Column < 0
            || (span.EndLine, span.EndColumn).CompareTo((span.Line, span.Column)) < 0)
            return $"outside of the text: {span} {diagnostic}";
        if (LineOf(text, span.Start) != span.Line)
            return $"offset {span.Start} is in line {LineOf(text, span.Start) + 1}: {diagnostic}";
        if (diagnostic.Message.Any(char.IsControl) || diagnostic.Message.Length > 2000)
            return $"a message of more than a line: {diagnostic}";
        return null;
    }

    /// <summary>Lines as YAML and editors count them.</summary>
    private static int LineOf(string text, int offset)
    {
        var line = 0;
        for (var i = 0; i < offset; i++)
            line += text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')) ? 1 : 0;
        return line;
    }
}
