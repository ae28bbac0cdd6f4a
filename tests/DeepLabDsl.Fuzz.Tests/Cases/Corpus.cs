using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Compiler;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Fuzz;

/// <summary>The valid specs that mutation begins with.</summary>
internal static class Corpus
{
    /// <summary>A network of one file with what most networks have.</summary>
    public const string Small = """
        network: small
        summary: A small network.
        source: A paper, section 1
        classes: 4
        input: { channels: 3, size: [33, 49], mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] }
        defaults: { activation: relu6, batch_norm: { momentum: 0.01, epsilon: 1e-3 } }
        backbone: { use: stages, output_stride: 8, convention: caffe, multi_grid: { three: [1, 2, 4] } }
        layers:
          pyramid:
            merge: concat
            parallel:
              - { block: unit, channels: 8 }
              - { block: unit, repeat: 3, channels: 8, rate: "[2, 4, 6][$unit]" }
              - { op: conv, kernel: 1, channels: "round_to(7 * 1.5, 4)" }
          head:
            key: tail.head
            member: TheHead
            when: $classes > 1 and not ($input.channels == 3)
            output: act
            layers:
              conv: { op: conv, kernel: [3, 1], channels: 16, padding: [1, 0], groups: 2 }
              norm: batch_norm
              act: activation
          scores: { op: conv, kernel: 1, channels: $classes, bias: true }
          aux: { from: backbone.two, op: conv, kernel: 1, channels: $classes }
        outputs:
          logits: { from: scores, resize: input }
          auxiliary: { from: aux, resize: input, align_corners: true, loss_weight: 0.4 }
          features: backbone.one
        """;

    /// <summary>The zoo, parsed once.</summary>
    public static IReadOnlyList<SpecFile> Zoo { get; } = [.. ZooSpecs.ReadAll().Select(s => SpecFile.Parse(s.Name, s.Text))];

    /// <summary>Blocks and a backbone for small networks.</summary>
    public static string Stages { get; } = Read("stages.yaml");

    /// <summary>Small texts.</summary>
    public static IReadOnlyList<(string Path, string Text)> Texts { get; } =
    [
        ("small.yaml", Small),
        ("small.yaml", Small),
        ("everything.yaml", Read("everything.yaml")),
        ("stages.yaml", Stages),
    ];

    /// <summary>The blocks and backbones of the zoo and its small networks.</summary>
    public static IReadOnlyList<(string Path, string Text)> ZooTexts { get; } =
    [
        .. Zoo.Where(f => f.Networks.All(n => n.Contains("mobilenet", StringComparison.Ordinal))).Select(f => (f.Path, f.Text)),
    ];

    private static string Read(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "test-specs", name));
}
