using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Compiler;
using static TorchSharp.torch;

namespace DeepLabDsl.Fuzz;

/// <summary>Drawn networks at work: what the compiler says of a network is what its generated module does.</summary>
public class NetworkTests
{
    /// <summary>Networks of one C# compilation.</summary>
    private const int ProjectSize = 60;

    /// <summary>The number of networks; more by the environment for a long run, from another seed by DEEPLABDSL_NETWORKS_SEED.</summary>
    private static readonly int Count = FromEnvironment("DEEPLABDSL_NETWORKS", 60);

    private static readonly int Seed = FromEnvironment("DEEPLABDSL_NETWORKS_SEED", 1);

    [Fact]
    public void Shapes_counts_and_values_of_drawn_networks_are_those_of_the_running_modules()
    {
        manual_seed(Seed);
        // Small tensors: a second thread would do nothing but wait.
        set_num_threads(1);
        var faults = new List<string>();
        foreach (var numbers in Enumerable.Range(0, Count).Chunk(ProjectSize))
        {
            var specs = numbers
                .Select(n => SpecFile.Parse($"drawn{n}.yaml", NetworkDraw.Draw(new Random(unchecked(Seed * 7919 + n)), $"drawn{n}")))
                .ToList();
            var library = new SpecLibrary(specs);
            var compilations = specs.Select(s => SpecCompiler.Compile(s, library, "Drawn").Single()).ToList();
            foreach (var (spec, compilation) in specs.Zip(compilations).Where(c => c.Second.HasErrors))
            {
                faults.Add(
                    $"{spec.Path} is refused: {compilation.Diagnostics.First(d => d.Rule.Severity == RuleSeverity.Error)}\n{spec.Text}");
            }
            var valid = specs.Zip(compilations).Where(c => !c.Second.HasErrors).ToList();
            using var project = new GeneratedProject(valid.Select(v => (v.First.Path, v.First.Text)));
            foreach (var (spec, compilation) in valid)
            {
                var descriptor = project.Networks.Single(n => n.Name == compilation.Name);
                faults.AddRange(RunningNetwork.Compare(compilation, descriptor).Select(f => $"{spec.Path}: {f}"));
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} faults (seed {Seed})\n{string.Join("\n", faults.Take(30))}");
    }

    private static int FromEnvironment(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
