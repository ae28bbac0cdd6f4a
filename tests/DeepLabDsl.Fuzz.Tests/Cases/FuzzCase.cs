using System.Collections.Generic;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Fuzz;

/// <summary>Texts to compile as one project.</summary>
/// <param name="Made">How it was made, for whoever reads a failure.</param>
/// <param name="Files">The texts under test, by path.</param>
/// <param name="Library">What they may use.</param>
internal sealed record FuzzCase(string Made, IReadOnlyList<(string Path, string Text)> Files, IReadOnlyList<SpecFile> Library);
