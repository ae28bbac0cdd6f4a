using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Threading;
using DeepLabDsl.Compiler;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace DeepLabDsl.Generator.Tests;

public class SpecGeneratorTests
{
    private const string Shared = """
        block: unit
        parameters: { channels: int }
        layers:
          conv: { op: conv, kernel: 3, channels: $channels, stride: 2 }
          act: relu
        """;

    private static (string, string)[] Specs =>
    [
        ("blocks/unit.yaml", Shared),
        ("networks/first.yaml", Toy.Network("first", "{ block: unit, channels: 8 }")),
        ("networks/second.yaml", Toy.Network("second", "{ block: unit, channels: 16 }")),
        ("networks/third.yaml", Toy.Network("third", "{ op: conv, kernel: 3, channels: 4 }")),
    ];

    [Fact]
    public void Every_network_is_a_file_and_all_are_in_the_catalog()
    {
        var run = Driver.Run(Specs);

        Assert.Empty(run.Diagnostics);
        Assert.Equal(
            ["First.g.cs", "NetworkCatalog.g.cs", "Second.g.cs", "SpecTexts.First.g.cs", "SpecTexts.Second.g.cs", "SpecTexts.Third.g.cs",
                "SpecTexts.Unit.g.cs", "Third.g.cs", "Unit.g.cs"],
            run.Sources.Keys.Order(StringComparer.Ordinal));
        Assert.All(["First", "Second", "Third"], name => Assert.Contains($"{name}.Descriptor,", run.Sources["NetworkCatalog.g.cs"],
            StringComparison.Ordinal));
    }

    [Fact]
    public void An_edit_of_c_sharp_runs_nothing()
    {
        var run = Driver.Run(Specs).EditCSharp("class Unrelated { }");

        Assert.All(
            new[] { StepNames.Texts, StepNames.Files, StepNames.Library, StepNames.Units, StepNames.Outputs, StepNames.Sources,
                StepNames.Catalog, StepNames.ClassUnits, StepNames.Classes, StepNames.SpecTexts, StepNames.Diagnostics },
            step => Assert.All(run.Reasons(step), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason)));
    }

    [Fact]
    public void An_edit_of_one_network_compiles_that_network_alone()
    {
        var run = Driver.Run(Specs)
            .Edit("networks/first.yaml", text => text.Replace("channels: 8", "channels: 12", StringComparison.Ordinal));

        Assert.Equal((1, 2), Count(run, StepNames.Outputs));
        Assert.Equal((0, 1), Count(run, StepNames.Catalog));
        Assert.Equal((1, 3), Count(run, StepNames.SpecTexts));
        Assert.Equal((0, 1), Count(run, StepNames.Classes));
        Assert.Contains("12", run.Sources["First.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void An_edit_of_a_shared_block_compiles_what_uses_it()
    {
        var run = Driver.Run(Specs).Edit("blocks/unit.yaml", text => text.Replace("act: relu", "act: relu6", StringComparison.Ordinal));

        Assert.Equal((2, 1), Count(run, StepNames.Outputs));
        Assert.Equal((1, 0), Count(run, StepNames.Classes));
    }

    [Fact]
    public void A_block_of_several_networks_is_one_class_that_does_not_depend_on_them()
    {
        var both = Driver.Run(Specs);
        var one = Driver.Run([.. Specs.Where(s => s.Item1 != "networks/second.yaml")]);

        Assert.Contains("public Unit(int inChannels, int channels, ", both.Sources["Unit.g.cs"], StringComparison.Ordinal);
        Assert.Equal(one.Sources["Unit.g.cs"], both.Sources["Unit.g.cs"]);
        Assert.All(["First", "Second"], name => Assert.Contains("new global::Test.Networks.Unit(3, ", both.Sources[name + ".g.cs"],
            StringComparison.Ordinal));
    }

    [Fact]
    public void A_block_whose_class_a_network_has_is_called_otherwise()
    {
        var run = Driver.Run([.. Specs, ("networks/unit.yaml", Toy.Network("unit", "{ block: unit, channels: 8 }"))]);

        Assert.Empty(run.Diagnostics);
        Assert.Contains("public sealed class UnitBlock ", run.Sources["UnitBlock.g.cs"], StringComparison.Ordinal);
        Assert.Contains("new global::Test.Networks.UnitBlock(3, ", run.Sources["Unit.g.cs"], StringComparison.Ordinal);
    }

    /// <summary>As many small networks as no project has, then two of them.</summary>
    [Fact]
    public void A_project_that_is_too_large_is_stubs_and_one_error()
    {
        var run = Driver.Run([.. Specs, ("heirs.yaml", string.Join(
            "\n---\n", Enumerable.Range(0, 900).Select(i => $"network: heir{i}\nextends: first"))), ("more.yaml", string.Join(
            "\n---\n", Enumerable.Range(0, 600).Select(i => $"network: more{i}\nextends: first")))]);

        Assert.Contains("heirs.yaml(1,10): error DLD008: ", Assert.Single(run.Diagnostics), StringComparison.Ordinal);
        Assert.Contains("class First :", run.Sources["First.g.cs"], StringComparison.Ordinal);
        Assert.Contains("The spec has errors.", run.Sources["Heir899.g.cs"], StringComparison.Ordinal);
        Assert.Contains(
            "new global::Test.Networks.Unit(3, ", run.Edit("heirs.yaml", _ => "network: heir\nextends: first")
                .Edit("more.yaml", _ => "network: more\nextends: first").Sources["First.g.cs"],
            StringComparison.Ordinal);
    }

    /// <summary>What user code names of a network is there whatever bracket its spec lacks.</summary>
    [Theory]
    [InlineData("class: Mine\nlayers:\n  body: { op: conv, kernel: [3\n  scores: { op: conv, member: Heads }\noutputs:\n  logits: "
        + "scores\n  "
        + "aux-out: body\nbackbone: resnet50")]
    [InlineData("class: Mine\nlayers: { body: relu, scores: { op: conv, member: Heads, }}}\noutputs: { logits: scores, aux-out: body }\n"
        + "backbone: resnet50")]
    [InlineData("\tclass: Mine\nclass: Mine\n  layers:\n body: relu\n  scores: { op: conv, member: Heads }\noutputs:\n  aux-out: "
        + "body\nbackbone: x")]
    public void A_text_that_is_no_YAML_keeps_the_members_that_it_names(string text)
    {
        var run = Driver.Run([("mine.yaml", $"network: mine\n{text}"),
            ("two.yaml", $"network: other\n---\nnetwork: mine2\n{text.Replace("Mine", "Mine2")}")]);

        Assert.All(run.Diagnostics, d => Assert.Contains("error DLD001", d, StringComparison.Ordinal));
        Assert.All(["public dynamic Body =>", "public dynamic Scores =>", "public dynamic Heads =>", "public dynamic Backbone =>",
            "global::TorchSharp.torch.Tensor AuxOut =>"], member =>
                Assert.Contains(member, run.Sources["Mine.g.cs"], StringComparison.Ordinal));
        Assert.Contains("public dynamic Heads =>", run.Sources["Mine2.g.cs"], StringComparison.Ordinal);
        Assert.Contains("class Other :", run.Sources["Other.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_spec_that_the_project_does_not_list_is_named()
    {
        var run = Driver.Run([("spec.yml", Toy.Network("unlisted", "relu")), ("netplan.yml", "network:\n  version: 2"),
            ("k8s.yml", "kind: Pod")]);

        Assert.Contains("spec.yml(1,1): warning DLD009: This network is not compiled", Assert.Single(run.Diagnostics),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_project_without_the_targets_is_told_so()
    {
        var run = Driver.Run(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary), SpecOptions.WithoutTargets);

        Assert.Contains("warning DLD009: The project has the generator of DeepLabDsl but not its targets", Assert.Single(run.Diagnostics),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_comment_in_a_shared_block_changes_no_code()
    {
        var before = Driver.Run(Specs);
        var run = before.Edit("blocks/unit.yaml", text => text + "\n# Nothing.\n");

        Assert.All(
            run.Reasons(StepNames.Sources),
            reason => Assert.True(reason is IncrementalStepRunReason.Unchanged or IncrementalStepRunReason.Cached));
        Assert.Equal(["SpecTexts.Unit.g.cs"], run.Sources.Where(s => before.Sources[s.Key] != s.Value).Select(s => s.Key));
    }

    [Fact]
    public void A_file_that_is_listed_twice_and_files_of_one_name_are_carried_each_once()
    {
        var run = Driver.Run(
            [.. Specs, Specs[1], ("more/unit.yaml", Shared.Replace("block: unit", "block: more", StringComparison.Ordinal))]);

        Assert.Null(run.Result.Exception);
        Assert.Equal(["SpecTexts.BlocksUnit.g.cs", "SpecTexts.First.g.cs", "SpecTexts.MoreUnit.g.cs", "Unit.g.cs"],
            run.Sources.Keys.Where(k => k.Contains("Unit", StringComparison.Ordinal) || k == "SpecTexts.First.g.cs").Order(
                StringComparer.Ordinal));
        Assert.Contains("global::Test.Networks.SpecTexts.BlocksUnit(),", run.Sources["First.g.cs"], StringComparison.Ordinal);
        Assert.Contains("BlocksUnit() => global::DeepLabDsl.Networks.SpecSource.Of(\"blocks/unit.yaml\", ",
            run.Sources["SpecTexts.BlocksUnit.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_network_compiles_itself_alone()
    {
        var run = Driver.Run(Specs).Add("networks/another.yaml", Toy.Network("another", "{ block: unit, channels: 8 }"));

        Assert.Equal([IncrementalStepRunReason.New], run.Reasons(StepNames.Outputs).Where(r => r != IncrementalStepRunReason.Cached
            && r != IncrementalStepRunReason.Unchanged));
        Assert.Contains("Another.Descriptor,", run.Sources["NetworkCatalog.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_of_the_files_does_not_matter()
    {
        var before = Driver.Run(Specs);
        var run = before.Reverse();

        Assert.Equal(before.Sources.OrderBy(s => s.Key, StringComparer.Ordinal), run.Sources.OrderBy(s => s.Key, StringComparer.Ordinal));
        Assert.Equal(
            before.Sources.OrderBy(s => s.Key, StringComparer.Ordinal),
            Driver.Run([.. Specs.Reverse()]).Sources.OrderBy(s => s.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Culture_and_line_endings_do_not_reach_the_code()
    {
        var expected = Driver.Run(Specs).Sources;
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal(expected, Driver.Run(Specs).Sources);
            Assert.Equal(
                expected, Driver.Run([.. Specs.Select(s => (s.Item1, s.Item2.Replace("\n", "\r\n", StringComparison.Ordinal)))]).Sources);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
        Assert.All(expected.Values, source => Assert.DoesNotContain('\r', source));
    }

    [Fact]
    public void Nothing_of_roslyn_lives_in_the_pipeline()
    {
        foreach (var value in Driver.Run(Specs).TrackedValues)
            AssertPlain(value, [], 0);
    }

    [Fact]
    public void A_diagnostic_stands_at_its_place_in_the_spec()
    {
        var broken = Toy.Network("broken", "{ op: conv, kernal: 3, kernel: 3, channels: 4 }");
        var run = Driver.Run([.. Specs, ("networks/broken.yaml", broken)]);

        var diagnostic = Assert.Single(run.Result.Diagnostics);
        Assert.Equal("DLD101", diagnostic.Id);
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
        Assert.Equal(
            "networks/broken.yaml(5,21): error DLD101: Operation 'conv' has no 'kernal'; did you mean 'kernel'?", diagnostic.ToString());
        Assert.Equal(
            "kernal",
            new SpecText("", Toy.Network("broken", "{ op: conv, kernal: 3, kernel: 3, channels: 4 }")).GetText()
                .ToString(diagnostic.Location.SourceSpan));
    }

    [Fact]
    public void A_broken_network_leaves_a_stub_and_the_others_whole()
    {
        var run = Driver.Run([.. Specs, ("networks/broken.yaml", Toy.Network("broken", "{ op: konv }"))]);

        Assert.Contains(
            "class Broken : global::DeepLabDsl.Networks.SegmentationNetwork", run.Sources["Broken.g.cs"], StringComparison.Ordinal);
        Assert.Equal(Driver.Run(Specs).Sources["First.g.cs"], run.Sources["First.g.cs"]);
    }

    [Fact]
    public void Text_that_is_not_yaml_leaves_a_stub_too()
    {
        var run = Driver.Run([.. Specs, ("networks/broken.yaml", "network: broken\nclass: BrokenNet\nlayers: [")]);

        Assert.Equal(["DLD001"], run.Result.Diagnostics.Select(d => d.Id));
        Assert.Contains(
            "class BrokenNet : global::DeepLabDsl.Networks.SegmentationNetwork", run.Sources["BrokenNet.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_in_a_shared_block_is_reported_once()
    {
        var run = Driver.Run(Specs).Edit("blocks/unit.yaml", text => text.Replace("act: relu", "act: rilu", StringComparison.Ordinal));

        Assert.Equal(["DLD104"], run.Result.Diagnostics.Select(d => d.Id));
    }

    [Fact]
    public void Two_networks_of_one_class_are_a_fault_of_the_second()
    {
        var run = Driver.Run(
            [.. Specs, ("networks/zweit.yaml", Toy.Network("fir-st", "{ block: unit, channels: 8 }")
                .Replace("network: fir-st", "network: fir-st\nclass: FIRST", StringComparison.Ordinal))]);

        Assert.Equal(["DLD110"], run.Result.Diagnostics.Select(d => d.Id));
        Assert.Null(run.Result.Exception);
    }

    [Fact]
    public void A_cancelled_run_stops()
    {
        var file = SpecFile.Parse(Specs[1].Item1, Specs[1].Item2);
        var unit = SpecUnit.Of(file, new SpecLibrary([file, SpecFile.Parse(Specs[0].Item1, Specs[0].Item2)]), "Test");

        Assert.Throws<OperationCanceledException>(() => UnitOutput.Compile(unit, false, new CancellationToken(canceled: true)));
        Assert.Throws<OperationCanceledException>(() => SpecFile.Parse("a.yaml", Shared, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Every_rule_stands_in_the_release_files()
    {
        var release = typeof(SpecGeneratorTests).Assembly.GetManifestResourceStream("AnalyzerReleases.Unshipped.md")!;
        using var reader = new System.IO.StreamReader(release);
        var listed = reader.ReadToEnd().Split('\n').Where(l => l.StartsWith("DLD", StringComparison.Ordinal))
            .Select(l => l.Split('|')[0].Trim());

        Assert.Equal(Rules.All.Select(r => r.Id), listed);
    }

    private static (int Modified, int Kept) Count(Driver run, string step)
    {
        var reasons = run.Reasons(step);
        var modified = reasons.Count(r => r is IncrementalStepRunReason.Modified or IncrementalStepRunReason.New);
        return (modified, reasons.Count - modified);
    }

    /// <summary>Walks what a step gave out; compilations, symbols and texts would be kept alive, and never be equal.</summary>
    private static void AssertPlain(object? value, HashSet<object> seen, int depth)
    {
        if (value is null or string || value.GetType().IsPrimitive || value.GetType().IsEnum || depth > 12 || !seen.Add(value))
            return;
        Assert.False(
            value is ISymbol or SyntaxNode or Compilation or SourceText or AdditionalText or Location or Microsoft.CodeAnalysis.Diagnostic,
            value.GetType().FullName);
        if (value is IEnumerable items)
        {
            foreach (var item in items)
                AssertPlain(item, seen, depth + 1);
        }
        foreach (var field in value.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
        {
            if (value.GetType().Namespace?.StartsWith("System", StringComparison.Ordinal) != true)
                AssertPlain(field.GetValue(value), seen, depth + 1);
        }
    }
}
