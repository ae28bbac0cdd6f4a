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
    public void Any_word_of_the_generated_code_can_be_a_layers_name()
    {
        var everything = Corpus.Texts.First(t => t.Path == "everything.yaml").Text;
        Check(Words(everything).Select((word, i) => Rename(everything, Renamed[i % Renamed.Length], word)));
    }

    [Fact]
    public void Any_word_of_the_generated_code_can_be_the_name_of_a_block_a_network_a_parameter_an_input_or_an_output()
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

    /// <summary>Generated code says of every name that it is from the root of all namespaces.</summary>
    /// <param name="place">Where the user's own types stand; the generated classes are in <c>MyApp.Networks</c>.</param>
    [Theory]
    [InlineData("MyApp")]
    [InlineData("MyApp.Networks")]
    public void Types_of_the_users_own_are_never_taken_for_ours(string place)
    {
        var everything = Corpus.Texts.First(t => t.Path == "everything.yaml").Text + """

            training: { optimizer: adamw, schedule: cosine, batch_norm: frozen, precision: bfloat16, crop: 33,
              lr_multipliers: { scores: 10 } }
            evaluation: { scales: [0.5, 1], window: 33, blend: mean }
            crf: { iterations: 3, normalization: after }
            """;
        var sources = Compile(everything, "MyApp.Networks");
        var classes = sources.SelectMany(s => Regex.Matches(s, "^public sealed (?:partial )?class (\\w+)", RegexOptions.Multiline)).Select(
            m => m.Groups[1].Value).ToList();
        var names = Regex.Matches(Code(string.Concat(sources)), "[A-Za-z_][A-Za-z0-9_]*").Select(m => m.Value).Where(w =>
            char.IsUpper(w[0]))
            .Concat(["Conv2d", "BatchNorm2d", "Layers", "Tensor", "Extent", "PredictionOptions", "CrfRecipe", "WindowBlend",
                "CrfNormalization", "TrainingRecipe"])
            .Where(w => w is not ("MyApp" or "Networks" or "SpecTexts") && !classes.Contains(w)).Distinct();
        var own = $"#pragma warning disable CS1591\nnamespace {place};\n"
            + string.Concat(names.Select(n => $"public static class {n} {{ }}\n"));

        Assert.Empty(CSharpCompiler.Check([.. sources, own, .. Texts(everything, "MyApp.Networks")]));
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
        return [.. Regex.Matches(Code(string.Concat(Compile(spec, "Networks"))), "[A-Za-z_][A-Za-z0-9_]*").Select(m => m.Value)
            .Concat(Nasty.Reserved.Where(r => char.IsUpper(r[0]) && r.All(char.IsAsciiLetter))).Distinct().Order(StringComparer.Ordinal)];
    }

    private static IReadOnlyList<string> Compile(string spec, string targetNamespace)
    {
        var file = SpecFile.Parse("spec.yaml", spec);
        var compilation = SpecCompiler.Compile(file, new SpecLibrary([file, .. CaseSource.StagesLibrary]), targetNamespace).Single();
        Assert.False(compilation.HasErrors, string.Join("\n", compilation.Diagnostics));
        var library = new SpecLibrary([file, .. CaseSource.StagesLibrary]);
        return [compilation.Source, .. compilation.Classes.Select(c => SpecCompiler.EmitClass(c, library, targetNamespace).Source)];
    }

    private static IEnumerable<string> Texts(string spec, string targetNamespace)
    {
        SpecFile[] files = [SpecFile.Parse("spec.yaml", spec), .. CaseSource.StagesLibrary];
        var names = SpecName.Of(files.Select(f => f.Path));
        return files.Select(f => SpecCompiler.EmitText(f, names[f.Path], targetNamespace));
    }

    /// <summary>What is no comment.</summary>
    private static string Code(string source) =>
        string.Join('\n', source.Split('\n').Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)));
}
