using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Fuzz;

/// <summary>Cases by number: the same number and seed give the same case on every machine.</summary>
internal static class CaseSource
{
    public static readonly IReadOnlyList<SpecFile> StagesLibrary = [SpecFile.Parse("lib-stages.yaml", Corpus.Stages)];
    public static readonly IReadOnlyList<SpecFile> SmallLibrary = [.. StagesLibrary, SpecFile.Parse("lib-small.yaml", Corpus.Small)];

    /// <summary>The zoo with its smallest network alone, so that a changed block is compiled in use, and quickly.</summary>
    private static readonly IReadOnlyList<SpecFile> Zoo =
    [
        .. Corpus.Zoo.Where(f => !f.Networks.Any() || f.Path == "demo.yaml" || f.Path == "deeplabv3-mobilenet-v2.yaml"),
    ];

    public static FuzzCase Extreme(int index) => new(Extremes.All[index].Name, [("spec.yaml", Extremes.All[index].Text())], StagesLibrary);

    public static FuzzCase Drawn(int seed, int number)
    {
        var random = new Random(unchecked(seed * 7919 + number));
        switch (random.Next(20))
        {
            case < 6:
                return new FuzzCase(Name("network", seed, number), [("spec.yaml", Network(random))], []);
            case < 12:
                return new FuzzCase(Name("changed network", seed, number), [("spec.yaml", Mutation.Gently(Network(random), random))], []);
            case < 13:
                return new FuzzCase(
                    Name("drawn from the tables", seed, number), [("spec.yaml", new RandomSpec(random).Write())], SmallLibrary);
        }
        var (path, text) = random.Next(5) switch
        {
            0 => ("drawn network", Network(random)),
            1 => Nasty.Pick(random, Corpus.ZooTexts),
            _ => Nasty.Pick(random, Corpus.Texts),
        };
        var isTree = random.Next(4) > 0;
        var changed = isTree ? Mutation.Tree(text, random) : Mutation.Text(text, random);
        var library = Corpus.Zoo.Any(f => f.Path == path) ? Zoo : path == "stages.yaml" ? SmallLibrary : StagesLibrary;
        return new FuzzCase(Name($"{(isTree ? "tree" : "text")} of {path}", seed, number), [("spec.yaml", changed)], library);
    }

    /// <summary>A network that is valid, small so that many can be compiled.</summary>
    private static string Network(Random random) => NetworkDraw.Draw(random, "drawn", steps: 4);

    private static string Name(string how, int seed, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{how} (seed {seed}, case {number})");
}
