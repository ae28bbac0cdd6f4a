namespace DeepLabDsl.Weights.Names;

/// <summary>A rule of a name map.</summary>
/// <param name="Ours">The network's key.</param>
/// <param name="Theirs">The publisher's key.</param>
/// <param name="Layout">How theirs is laid out.</param>
/// <param name="DivideBy">The publisher's key of a number that theirs is divided by to be ours; null: none.</param>
/// <param name="Place">Where the rule stands: <c>file(line,column)</c>.</param>
internal sealed record NameRule(NamePattern Ours, NamePattern Theirs, TensorLayout Layout, NamePattern? DivideBy, string Place);
