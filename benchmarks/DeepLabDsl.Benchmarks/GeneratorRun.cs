using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text.RegularExpressions;
using DeepLabDsl.Generator;
using DeepLabDsl.Generator.Tests;
using DeepLabDsl.Zoo;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using SpecText = DeepLabDsl.Generator.Tests.SpecText;

namespace DeepLabDsl.Benchmarks;

/// <summary>A run of the generator over the specs of a project, timed by the driver itself as the C# compiler times it.</summary>
internal sealed class GeneratorRun
{
    private readonly CSharpCompilation _compilation;
    private readonly ImmutableArray<AdditionalText> _texts;
    private readonly GeneratorDriver _driver;

    private GeneratorRun(CSharpCompilation compilation, ImmutableArray<AdditionalText> texts, GeneratorDriver driver)
    {
        (_compilation, _texts) = (compilation, texts);
        _driver = driver.RunGenerators(compilation);
        if (_driver.GetRunResult().Results.Single().Exception is { } fault)
            throw fault;
    }

    /// <summary>How long the generator took, in milliseconds.</summary>
    public double Milliseconds => _driver.GetTimingInfo().GeneratorTimes.Single().ElapsedTime.TotalMilliseconds;

    /// <summary>Files generated.</summary>
    public int Sources => _driver.GetRunResult().GeneratedTrees.Length;

    /// <summary>Spec files whose networks were compiled in this run; the others' results were there already.</summary>
    public int Compiled => _driver.GetRunResult().Results.Single().TrackedSteps[StepNames.Outputs].SelectMany(s => s.Outputs)
        .Count(o => o.Reason is IncrementalStepRunReason.New or IncrementalStepRunReason.Modified or IncrementalStepRunReason.Unchanged);

    /// <summary>The first run over specs.</summary>
    /// <param name="specs">The specs.</param>
    /// <param name="isTracked">Whether the steps are kept for <see cref="Compiled"/>, which takes time of its own.</param>
    public static GeneratorRun Over(IEnumerable<(string Path, string Text)> specs, bool isTracked = false)
    {
        ImmutableArray<AdditionalText> texts = [.. specs.Select(s => new SpecText(s.Path, s.Text))];
        var driver = CSharpGeneratorDriver.Create(
            [new SpecGenerator().AsSourceGenerator()], texts, CSharpParseOptions.Default, new SpecOptions("Measured"),
            new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: isTracked));
        return new GeneratorRun(CSharpCompilation.Create("Measured"), texts, driver);
    }

    /// <summary>The zoo, with copies of its networks under other names up to a number of networks.</summary>
    public static IReadOnlyList<(string Path, string Text)> Specs(int networks = 0)
    {
        var specs = ZooSpecs.ReadAll().Where(s => s.Name.EndsWith(".yaml", StringComparison.Ordinal)).ToList();
        var originals = specs.Where(s => IsNetwork(s.Text)).ToList();
        for (var i = originals.Count; i < networks; i++)
        {
            var (name, text) = originals[i % originals.Count];
            var copy = Regex.Replace(text, "^network: *(\\S+)", $"network: $1-copy{i}", RegexOptions.Multiline);
            specs.Add(($"copy{i}-{name}", Regex.Replace(copy, "^class: *(\\S+)", $"class: $1Copy{i}", RegexOptions.Multiline)));
        }
        return specs;
    }

    public static bool IsNetwork(string text) => Regex.IsMatch(text, "^network:", RegexOptions.Multiline);

    /// <summary>The run after an edit of one spec.</summary>
    public GeneratorRun Edit(string path, string text)
    {
        var old = _texts.Single(t => t.Path == path);
        var changed = new SpecText(path, text);
        return new GeneratorRun(_compilation, _texts.Replace(old, changed), _driver.ReplaceAdditionalText(old, changed));
    }
}
