namespace DeepLabDsl;

/// <summary>A tensor under its two names.</summary>
/// <param name="Ours">The network's state-dict key.</param>
/// <param name="Theirs">The publisher's key; null where the publisher does not have the tensor.</param>
public sealed record TranslatedName(string Ours, string? Theirs);
