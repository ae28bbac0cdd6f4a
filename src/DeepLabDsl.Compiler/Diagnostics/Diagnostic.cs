using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Something wrong with a spec, at its place. Equal when all parts are: it may live in an incremental pipeline.</summary>
public sealed class Diagnostic : IEquatable<Diagnostic>
{
    /// <summary>Makes a diagnostic; the arguments are turned into text at once.</summary>
    public Diagnostic(Rule rule, SourceSpan span, params object[] arguments)
    {
        Rule = rule;
        Span = span;
        Fault = OneLine(string.Format(CultureInfo.InvariantCulture, rule.MessageFormat, arguments));
    }

    /// <summary>The kind.</summary>
    public Rule Rule { get; }

    /// <summary>The place.</summary>
    public SourceSpan Span { get; }

    /// <summary>What is wrong, what was expected and how to mend it; and the way to there, where it is a long one.</summary>
    public string Message => Way.Length == 0 ? Fault : OneLine(Fault + Way);

    /// <summary>The message without <see cref="Way"/>: what is wrong.</summary>
    internal string Fault { get; }

    /// <summary>How a value came to where it is at fault, or by which use of a block its layer did; empty: there is no more to
    /// say.</summary>
    internal string Way { get; init; } = "";

    /// <summary>A message that builds print on one line, whatever it quotes from the spec.</summary>
    private static string OneLine(string message)
    {
        const int Longest = 1000;
        if (message.Length > Longest)
            message = message.Substring(0, Longest) + "…";
        return message.Any(IsUnfit) ? string.Concat(message.Select(c => IsUnfit(c) ? $"\\u{(int)c:x4}" : c.ToString())) : message;
    }

    private static bool IsUnfit(char c) => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029'
        || char.GetUnicodeCategory(c) == UnicodeCategory.Format;

    /// <summary>Takes what is wrong at a place by several ways, in several networks, for one fault: mended once, it is gone.</summary>
    public static IEqualityComparer<Diagnostic> SameFault { get; } = new FaultComparer();

    /// <inheritdoc/>
    public bool Equals(Diagnostic? other) =>
        other is not null && Rule.Id == other.Rule.Id && Span.Equals(other.Span) && Message == other.Message;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Diagnostic);

    /// <inheritdoc/>
    public override int GetHashCode() => (Rule.Id, Span, Message).GetHashCode();

    /// <summary>The line that a build prints: <c>file(line,column): error DLD101: …</c>.</summary>
    public override string ToString() =>
        $"{Span}: {Rule.Severity.ToString().ToLowerInvariant()} {Rule.Id}: {Message}";

    private sealed class FaultComparer : IEqualityComparer<Diagnostic>
    {
        public bool Equals(Diagnostic? a, Diagnostic? b) =>
            ReferenceEquals(a, b) || (a is not null && b is not null && a.Rule.Id == b.Rule.Id && a.Span.Equals(b.Span)
                && a.Fault == b.Fault);

        public int GetHashCode(Diagnostic diagnostic) => (diagnostic.Rule.Id, diagnostic.Span, diagnostic.Fault).GetHashCode();
    }
}
