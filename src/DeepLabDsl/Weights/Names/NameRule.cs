namespace DeepLabDsl;

/// <summary>A rule of a name map.</summary>
/// <param name="Ours">The network's key.</param>
/// <param name="Theirs">The publisher's key.</param>
/// <param name="Place">Where the rule stands: <c>file(line,column)</c>.</param>
internal sealed record NameRule(NamePattern Ours, NamePattern Theirs, string Place);
