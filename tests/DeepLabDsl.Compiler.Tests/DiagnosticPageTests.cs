using System;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>
/// docs/diagnostics: a page for each rule, and on it a spec that gives it, the message word for word, and the spec mended.
/// </summary>
public class DiagnosticPageTests
{
    public static TheoryData<string> Provoked => [.. Specs.Rules.Select(r => r.Id)];

    [Fact]
    public void Every_rule_has_a_page_and_every_page_a_rule()
    {
        var pages = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "docs", "diagnostics"), "*.md")
            .Select(Path.GetFileNameWithoutExtension);

        Assert.Equal(Rules.All.Select(r => r.Id).Append("README").Order(StringComparer.Ordinal), pages.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_page_begins_with_title_and_severity()
    {
        Assert.All(
            Rules.All,
            rule => Assert.StartsWith($"# {rule.Id}: {rule.Title}\n\n{Severity(rule)}\n\n", Fence.Page($"diagnostics/{rule.Id}.md")));
    }

    [Fact]
    public void The_index_lists_every_rule_once()
    {
        var rows = Fence.Page("diagnostics/README.md").Split('\n').Where(l => l.StartsWith("| [DLD", StringComparison.Ordinal));

        Assert.Equal(
            Rules.All.Select(r => $"| [{r.Id}]({r.Id}.md) | {r.Severity.ToString().ToLowerInvariant()} | {r.Title} |")
                .Order(StringComparer.Ordinal), rows);
    }

    [Theory]
    [MemberData(nameof(Provoked))]
    public void The_spec_of_a_page_gives_its_message_and_the_mended_one_does_not(string id)
    {
        var fences = Fence.In(Fence.Page($"diagnostics/{id}.md"));
        Assert.Equal(["yaml", "text", "yaml"], fences.Select(f => f.Info));

        Assert.Contains($" {id}: ", Assert.Single(fences[1].Text.TrimEnd('\n').Split('\n')));
        Assert.Equal(fences[1].Text, Found(fences[0].Text, id));
        Assert.Equal("", Found(fences[2].Text, id));
    }

    /// <summary>All errors and warnings, and what bears the id; other information about so small a network is beside the point.</summary>
    private static string Found(string spec, string id) => string.Concat(
        SpecChecker.Check([SpecFile.Parse("spec.yaml", spec)], Specs.Zoo).Diagnostics
            .Where(d => d.Rule.Id == id || d.Rule.Severity != RuleSeverity.Info).Select(d => d + "\n"));

    private static string Severity(Rule rule) => rule.Severity switch
    {
        RuleSeverity.Error => "An error: the build fails.",
        RuleSeverity.Warning => rule.IsSuppressible ? "A warning, which a spec can answer with a reason (`suppress:`)." : "A warning.",
        _ =>
            "Information, which a build shows where its [severity](README.md#severities) is raised; a spec can answer it with "
                + "a reason (`suppress:`).",
    };
}
