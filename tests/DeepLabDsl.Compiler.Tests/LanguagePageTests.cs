using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>docs/language.md: every example compiles, and there is one of everything that the language has.</summary>
public partial class LanguagePageTests
{
    private static readonly IReadOnlyList<Fence> Examples =
    [
        .. Fence.In(Fence.Page("language.md")).Where(f => f.Info.StartsWith("yaml", StringComparison.Ordinal)),
    ];

    public static TheoryData<int> Lines => [.. Examples.Select(e => e.Line)];

    [Theory]
    [MemberData(nameof(Lines))]
    public void Every_example_compiles_unless_it_is_meant_to_be_wrong(int line)
    {
        var example = Examples.Single(e => e.Line == line);
        var errors = Errors(example);

        if (example.Info == "yaml wrong")
            Assert.Equal(Fence.In(Fence.Page("language.md")).SkipWhile(f => f.Line <= line).First().Text, errors);
        else
            Assert.Equal("", errors);
    }

    [Fact]
    public void Every_key_and_operation_has_an_example()
    {
        var words = Examples.Where(e => e.Info != "yaml wrong").SelectMany(e => Word().Matches(e.Text)).Select(m => m.Value).ToHashSet();
        // The keys of recipes have pages of their own.
        KeyTable[] tables =
        [
            .. SpecKeys.Definitions.Values, .. SpecKeys.Layers.Values, SpecKeys.Stage, SpecKeys.Convention, SpecKeys.Parameter,
            SpecKeys.BackboneUse, SpecKeys.Input, SpecKeys.Output, .. OpTable.Ops.Values.Select(KeyTable.Of),
        ];
        var all = tables.SelectMany(t => t.Keys).SelectMany(k => k.Choices.Prepend(k.Name)).Concat(OpTable.Ops.Keys);

        Assert.Empty(all.Distinct().Except(words));
    }

    [Fact]
    public void Every_function_is_listed()
    {
        Assert.All(CallExpression.Functions.Keys, f => Assert.Contains(f + "(", Fence.Page("language.md"), StringComparison.Ordinal));
    }

    /// <summary>The errors of an example; one that is no definition is laid over the page's first.</summary>
    private static string Errors(Fence example)
    {
        var text = example.Info == "yaml network" ? $"network: example\nextends: my-deeplab\n{example.Text}" : example.Text;
        var first = SpecFile.Parse("first.yaml", Examples[0].Text);
        return string.Concat(SpecChecker.Check([SpecFile.Parse("spec.yaml", text)], [first, .. Specs.Zoo]).Diagnostics
            .Where(d => d.Rule.Severity == RuleSeverity.Error).Select(d => d + "\n"));
    }

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();
}
