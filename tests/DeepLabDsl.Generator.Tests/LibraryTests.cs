using System;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace DeepLabDsl.Generator.Tests;

/// <summary>Specs of a package serve a project's networks, and nothing comes of them by themselves.</summary>
public class LibraryTests
{
    private const string Unit = """
        block: unit
        layers:
          conv: { op: conv, kernel: 3, channels: 8, stride: 2 }
          act: relu
        """;

    private const string Unused = """
        block: unused
        layers: { act: relu }
        """;

    private static Driver Run(params (string, string)[] own) => Driver.Run(
        [
            ("library/unit.yaml", Unit), ("library/unused.yaml", Unused),
            ("library/stock.yaml", Toy.Network("stock", "{ block: unit }")), .. own,
        ]);

    [Fact]
    public void What_a_network_uses_of_the_library_becomes_code_and_nothing_else_does()
    {
        var run = Run(("specs/own.yaml", Toy.Network("own", "{ block: unit }")));

        Assert.Empty(run.Diagnostics);
        Assert.Equal(
            ["NetworkCatalog.g.cs", "Own.g.cs", "SpecTexts.Own.g.cs", "SpecTexts.Unit.g.cs", "Unit.g.cs"],
            run.Sources.Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain("Stock", run.Sources["NetworkCatalog.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_project_without_specs_gets_no_code() => Assert.Empty(Run().Sources);

    [Fact]
    public void A_network_of_the_library_can_be_extended()
    {
        var run = Run(("specs/own.yaml", "network: own\nextends: stock\nclasses: 5\n"));

        Assert.Empty(run.Diagnostics);
        Assert.Equal(
            ["NetworkCatalog.g.cs", "Own.g.cs", "SpecTexts.Own.g.cs", "SpecTexts.Stock.g.cs", "SpecTexts.Unit.g.cs", "Unit.g.cs"],
            run.Sources.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_projects_own_definition_holds_where_the_library_has_one_of_the_name()
    {
        var run = Run(
            ("specs/own.yaml", Toy.Network("own", "{ block: unit }")), ("specs/unit.yaml", Unit.Replace('8', '5')),
            ("specs/stock.yaml", Toy.Network("stock", "{ block: unit }")));

        Assert.Empty(run.Diagnostics);
        Assert.Contains("5", run.Sources["Unit.g.cs"], StringComparison.Ordinal);
        Assert.Contains("Stock.Descriptor", run.Sources["NetworkCatalog.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_name_is_answered_with_that_of_the_library()
    {
        var run = Run(("specs/own.yaml", Toy.Network("own", "{ block: unitt }")));

        Assert.Contains("'unit'", Assert.Single(run.Diagnostics), StringComparison.Ordinal);
    }

    [Fact]
    public void An_edit_of_the_project_reads_no_file_of_the_library_again()
    {
        var run = Run(("specs/own.yaml", Toy.Network("own", "{ block: unit }")))
            .Edit("specs/own.yaml", text => text.Replace("33, 33", "65, 65", StringComparison.Ordinal));

        Assert.Single(run.Reasons(StepNames.Files), IncrementalStepRunReason.Modified);
        Assert.All(
            run.Reasons(StepNames.ClassUnits),
            r => Assert.True(r is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged));
    }
}
