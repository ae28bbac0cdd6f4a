using System;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepLabDsl.Generator.Tests;

/// <summary>Generated classes are in a namespace that C# can have, whatever the project is called.</summary>
public class NamespaceTests
{
    private const string Spec = """
        network: first
        classes: 3
        input: { size: [33, 33] }
        layers: { scores: { op: conv, kernel: 1, channels: $classes } }
        outputs: { logits: { from: scores, resize: input } }
        suppress: { DLD314: a toy need not see the whole image }
        """;

    [Theory]
    [InlineData("Acme.Seg", "Acme.Seg.Networks")]
    [InlineData("My-App", "My_App.Networks")]
    [InlineData("3DSeg", "_3DSeg.Networks")]
    [InlineData("Acme.2024.Seg", "Acme._2024.Seg.Networks")]
    [InlineData("Foo.event", "Foo.@event.Networks")]
    [InlineData("Straße.été", "Straße.été.Networks")]
    [InlineData("A..B", "A._.B.Networks")]
    [InlineData("", "Networks")]
    public void Parts_of_the_projects_namespace_that_are_no_identifiers_become_some(string root, string expected)
    {
        var run = Run(new SpecOptions("", rootNamespace: root));

        Assert.Empty(run.Diagnostics);
        AssertIn(expected, run);
    }

    [Theory]
    [InlineData("Own.Nets", "Own.Nets", null)]
    [InlineData("Own.@class", "Own.@class", null)]
    [InlineData(
        "Own.2024", "Own._2024",
        "error DLD007: 'Own.2024', the project's DeepLabDslNamespace, can't be a namespace; write it as 'Own._2024'")]
    [InlineData(
        "Own.class", "Own.@class",
        "error DLD007: 'Own.class', the project's DeepLabDslNamespace, can't be a namespace; write it as 'Own.@class'")]
    public void A_namespace_that_the_project_asks_for_is_taken_or_refused(string asked, string expected, string? fault)
    {
        var run = Run(new SpecOptions(asked, rootNamespace: "Acme"));

        Assert.Equal(fault is null ? [] : new[] { fault }, run.Diagnostics);
        AssertIn(expected, run);
    }

    private static Driver Run(SpecOptions project) =>
        Driver.Run(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary), project, ("first.yaml", Spec));

    private static void AssertIn(string expected, Driver run) => Assert.All(run.Sources, source =>
    {
        Assert.Contains($"\nnamespace {expected};\n", source.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(CSharpSyntaxTree.ParseText(source.Value).GetDiagnostics(), d => d.Severity == DiagnosticSeverity.Error);
    });
}
