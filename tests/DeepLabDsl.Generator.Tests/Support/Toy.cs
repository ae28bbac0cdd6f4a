namespace DeepLabDsl.Generator.Tests;

/// <summary>Specs of small networks.</summary>
internal static class Toy
{
    /// <summary>A network of one layer, <c>body</c>, and its scores.</summary>
    public static string Network(string name, string layer) => $$"""
        network: {{name}}
        classes: 3
        input: { size: [33, 33] }
        layers:
          body: {{layer}}
          scores: { op: conv, kernel: 1, channels: $classes }
        outputs:
          logits: { from: scores, resize: input }
        suppress: { DLD314: a toy need not see the whole image }
        """;
}
