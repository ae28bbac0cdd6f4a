using System;
using System.Globalization;

namespace DeepLabDsl.Compiler;

/// <summary>Something wrong with a spec, at its place. Equal when all parts are: it may live in an incremental pipeline.</summary>
public sealed class Diagnostic : IEquatable<Diagnostic>
{
    /// <summary>Makes a diagnostic; the arguments are turned into text at once.</summary>
    public Diagnostic(Rule rule, SourceSpan span, params object[] arguments)
    {
        Rule = rule;
        Span = span;
        Message = string.Format(CultureInfo.InvariantCulture, rule.MessageFormat, arguments);
    }

    /// <summary>The kind.</summary>
    public Rule Rule { get; }

    /// <summary>The place.</summary>
    public SourceSpan Span { get; }

    /// <summary>What is wrong, what was expected and how to mend it.</summary>
    public string Message { get; }

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
}
