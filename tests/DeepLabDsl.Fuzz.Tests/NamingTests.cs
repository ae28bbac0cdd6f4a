using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Fuzz;

/// <summary>Names of a spec that are words of the generated code: each is refused by the compiler, or compiles.</summary>
public class NamingTests
{
    /// <summary>A layer of a member, one of the forward pass alone, and one that the layers behind it need.</summary>
    private static readonly string[] Renamed = ["wide", "six", "gate", "branches", "joined", "limit", "twice"];

    [Fact]
    public void AnyWordOfTheGeneratedCodeCanBeALayersName()
    {
        var everything = Corpus.Texts.First(t => t.Path == "everything.yaml").Text;
        Check(Words(everything).Select((word, i) => Rename(everything, Renamed[i % Renamed.Length], word)));
    }

    [Fact]
    public void AnyWordOfTheGeneratedCodeCanBeTheNameOfABlockANetworkAParameterAnInputOrAnOutput()
    {
        var words = Words(Corpus.Texts.First(t => t.Path == "everything.yaml").Text);
        Check(words.SelectMany(word => new[]
        {
            Corpus.Small.Replace("network: small", $"network: small\nclass: {word}", StringComparison.Ordinal),
            Corpus.Small.Replace("features: backbone.one", $"{word}: backbone.one", StringComparison.Ordinal),
            $$"""
            network: uses
            classes: 2
            layers:
              a: { op: conv, kernel: 1, channels: 8 }
              b: { block: odd, from: [a, input], {{word}}: 8 }
              c: { block: odd, from: [b, a], {{word}}: 4 }
              d: { block: {{word}}x }
              s: { op: conv, kernel: 1, channels: $classes }
            outputs: { logits: s }
            ---
            block: odd
            inputs: [{{word}}_in, in_{{word}}]
            parameters: { {{word}}: int }
            layers:
              x: { op: conv, kernel: 1, channels: ${{word}}, from: {{word}}_in }
            ---
            block: {{word}}x
            class: {{word}}
            layers: { y: { op: conv, kernel: 1, channels: 3 } }
            """,
        }));
    }

    private static void Check(IEnumerable<string> specs)
    {
        var fuzzer = new Fuzzer();
        foreach (var (spec, i) in specs.Select((s, i) => (s, i)))
            fuzzer.Run(new FuzzCase($"spec {i}", [("spec.yaml", spec)], CaseSource.StagesLibrary));
        fuzzer.Compile();

        Assert.True(fuzzer.Failures.Count == 0, fuzzer.Report());
        Assert.InRange(fuzzer.Accepted, fuzzer.Cases / 5, fuzzer.Cases);
    }

    private static string Rename(string spec, string layer, string word) => Regex.Replace(spec, $@"\b{layer}\b(?!_)", word);

    private static IReadOnlyList<string> Words(string spec)
    {
        var files = new[] { SpecFile.Parse("spec.yaml", spec) };
        var source = SpecChecker.Check(files, CaseSource.StagesLibrary).Networks.Single().Source;
        var code = string.Join('\n', source.Split('\n').Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)));
        return [.. Regex.Matches(code, "[A-Za-z_][A-Za-z0-9_]*").Select(m => m.Value)
            .Concat(Nasty.Reserved.Where(r => char.IsUpper(r[0]) && r.All(char.IsAsciiLetter))).Distinct().Order(StringComparer.Ordinal)];
    }
}
