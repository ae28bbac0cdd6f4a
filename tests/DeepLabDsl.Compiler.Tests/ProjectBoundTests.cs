using System;
using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>The bound on the work of a whole project.</summary>
public class ProjectBoundTests
{
    private static readonly string Wide = Specs.Tiny.Replace(
        "act: relu", string.Join("\n  ", Enumerable.Range(0, 1797).Select(i => $"act{i}: relu")), StringComparison.Ordinal);

    /// <summary>Networks that extend one.</summary>
    private static string Heirs(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(i => $"\n---\nnetwork: heir{i}\nextends: tiny"));

    [Fact]
    public void What_a_network_costs_is_at_least_what_is_lowered_of_it_and_not_much_more()
    {
        var library = new SpecLibrary(Specs.Zoo);
        var count = new LayerCount(library.Unbound(), default);
        foreach (var definition in Specs.Zoo.SelectMany(f => f.Networks)
            .Select(n => (NetworkDefinition)library.Find(DefinitionKind.Network, n, new DiagnosticBag())!))
        {
            var lowering = new Lowering(library, new DiagnosticBag(), default);
            lowering.Lower(definition, definition.Classes);

            var most = count.Of(definition);
            Assert.True(most >= lowering.Layers && most <= 3 * lowering.Layers, $"{definition.Name}: {lowering.Layers} counted as {most}");
        }
    }

    [Theory]
    [InlineData("parallel: { a: { layers: { x: relu, y: relu6 }, repeat: 3 }, b: relu }, merge: sum")]
    [InlineData("scales: [0.5, 0.75], merge: max, from: norm")]
    [InlineData("layers: { x: relu, y: { scales: [0.5, 2], merge: mean, from: x } }, repeat: 4")]
    public void Branches_and_scales_count_as_often_as_they_run(string layer)
    {
        var library = new SpecLibrary([SpecFile.Parse("spec.yaml", Specs.Tiny.Replace("act: relu", $"act: {{ {layer} }}"))]);
        var network = (NetworkDefinition)library.Find(DefinitionKind.Network, "tiny", new DiagnosticBag())!;
        var lowering = new Lowering(library, new DiagnosticBag(), default);
        Assert.NotNull(lowering.Lower(network, network.Classes));

        Assert.InRange(new LayerCount(library, default).Of(network), lowering.Layers, lowering.Layers * 2);
    }

    [Fact]
    public void Many_networks_of_many_layers_are_refused_at_the_file_that_has_them_before_one_is_compiled()
    {
        var check = SpecChecker.Check([SpecFile.Parse("a.yaml", Wide), SpecFile.Parse("many.yaml", Heirs(300))], Specs.Zoo);

        var fault = Assert.Single(check.Diagnostics);
        Assert.Equal(("DLD008", "many.yaml"), (fault.Rule.Id, fault.Span.Path));
        Assert.Empty(check.Networks);
    }

    [Fact]
    public void Networks_of_a_few_layers_count_as_well()
    {
        Assert.Equal("DLD008", Assert.Single(SpecChecker.Check([.. Enumerable.Range(0, 2).Select(
            f => SpecFile.Parse($"{f}.yaml", Specs.Tiny.Replace("tiny", $"tiny{f}") + Heirs(700).Replace("heir", $"heir{f}-")
                .Replace("extends: tiny", $"extends: tiny{f}")))], []).Diagnostics).Rule.Id);
    }

    /// <summary>A single file is bound for who compiles it alone, as <c>inspect</c> does.</summary>
    [Fact]
    public void A_file_by_itself_is_refused_too()
    {
        var file = SpecFile.Parse("spec.yaml", Wide + Heirs(300));

        var compiled = SpecCompiler.Compile(file, new SpecLibrary([file]), "Test");

        Assert.All(compiled, c => Assert.Equal("DLD008", Assert.Single(c.Diagnostics).Rule.Id));
        Assert.Equal(301, compiled.Count);
    }

    [Fact]
    public void Scales_count_for_each_layer_that_runs_again()
    {
        var scales = string.Join(", ", Enumerable.Range(1, 2000).Select(i => FormattableString.Invariant($"{0.5 + i / 10000.0}")));
        var spec = Specs.Tiny.Replace("outputs:", $"  fused: {{ scales: [{scales}], merge: max }}\noutputs:", StringComparison.Ordinal);

        Assert.Contains(Specs.Faults(spec), f => f.Contains("DLD006: The network has more than 3000 layers", StringComparison.Ordinal));
    }
}
