using System.Collections.Generic;

namespace DeepLabDsl.Compiler;

/// <summary>A tensor of a network's state: a parameter or a buffer.</summary>
/// <param name="Name">The state-dict key.</param>
/// <param name="Shape">The shape; empty for a number.</param>
public sealed record StateKey(string Name, IReadOnlyList<int> Shape);
