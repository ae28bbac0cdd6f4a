namespace DeepLabDsl.Compiler;

/// <summary>A spec's word that an analysis is heard and the spec stays as it is.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Span">The rule's id in the spec.</param>
/// <param name="Reason">Why.</param>
internal sealed record Suppression(Rule Rule, SourceSpan Span, string Reason);
