using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>A spec answers an analysis with a reason: on the layer, the block, the backbone or the network.</summary>
public class SuppressionTests
{
    private const string Reason = "suppress: { DLD315: as published }";
    private static readonly string Skipping = Specs.Tiny.Replace("stride: 2", "stride: 8");

    public static TheoryData<string, string> Suppressed => new()
    {
        { Skipping + "\n" + Reason, "" },
        { Skipping.Replace("stride: 8", "stride: 8, " + Reason), "" },
        { Skipping.Replace(
            "conv: { op: conv, kernel: 3, channels: 8, stride: 8 }",
            "conv: { layers: { inner: { op: conv, kernel: 3, channels: 8, stride: 8 } }, " + Reason + " }"), "" },
        { Skipping.Replace("op: conv, kernel: 3, channels: 8, stride: 8", "block: skipping"),
        "block: skipping\n" + Reason + "\nlayers:\n  conv: { op: conv, kernel: 3, channels: 8, stride: 8 }" },
        { Specs.OnBackbone(), Specs.Backbone.Replace("stride: 2 }", "stride: 8, " + Reason + " }") },
        { Specs.OnBackbone(), Specs.Backbone.Replace("stride: 2 }", "stride: 8 }")
            .Replace("backbone: stages", "backbone: stages\n" + Reason) },
    };

    [Theory]
    [MemberData(nameof(Suppressed))]
    public void A_suppressed_finding_is_kept_with_its_reason(string spec, string other)
    {
        var compiled = Specs.Compile(spec, other.Length > 0 ? [other] : []);

        Assert.DoesNotContain(compiled.Diagnostics, d => d.Rule.Id is "DLD315" or "DLD320" || d.Rule.Severity == RuleSeverity.Error);
        Assert.All(compiled.Report!.Analysis.Findings.Where(f => f.Id == "DLD315"), f => Assert.Equal("as published", f.Suppressed));
        Assert.Contains(compiled.Report.Analysis.Findings, f => f.Id == "DLD315");
    }

    [Fact]
    public void A_suppression_of_another_layer_does_not_count()
    {
        var faults = Specs.Faults(Skipping.Replace("scores: {", "scores: { " + Reason + ","));

        Assert.Contains(faults, f => f.Contains("DLD315"));
        Assert.Contains(faults, f => f.Contains("DLD320"));
    }

    [Fact]
    public void A_base_may_need_what_its_heir_does_not()
    {
        IReadOnlyList<string> faults = Specs.Faults(
            Skipping + "\n" + Reason + "\n---\nnetwork: heir\nextends: tiny\nlayers:\n  conv: { stride: 2 }\n");

        Assert.DoesNotContain(faults, f => f.Contains("DLD320") || f.Contains("DLD315"));
    }

    [Fact]
    public void A_reason_is_needed()
    {
        Assert.Contains(
            Specs.Faults(Skipping + "\nsuppress: { DLD315: ~ }"),
            f => f.Contains("DLD103") && f.Contains("'DLD315' must be the reason, in words, not nothing"));
    }
}
