using System.Globalization;
using System.Linq;
using System.Text;
using Snapshooter;
using Snapshooter.Xunit;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>What the analyses say of the shipped networks, whole.</summary>
public class ZooAnalysisTests
{
    [Theory]
    [InlineData("deeplabv3-resnet50")]
    [InlineData("deeplabv3-resnet50-os16")]
    [InlineData("deeplabv3-mobilenet-v2-aspp")]
    public void Of_a_network(string network)
    {
        Snapshot.Match(Describe(Specs.CompileZoo(network).Report!.Analysis), SnapshotNameExtension.Create(network));
    }

    [Fact]
    public void Hdcs_rates_leave_no_hole()
    {
        // The example of docs/atrous.md.
        var report = Specs.CompileZoo("deeplabv3-resnet50", edit: text => text.Replace(
            "  output_stride: 8\n", "  output_stride: 8\n  rates: { layer3: [1, 2, 5, 1, 2, 5], layer4: [1, 2, 5] }\n",
            System.StringComparison.Ordinal)).Report!;

        Assert.All(
            report.Analysis.Chains.Where(c => c.Name.StartsWith("backbone", System.StringComparison.Ordinal)),
            c => Assert.True(c.IsFull && c.IsFullByRule));
        Assert.DoesNotContain(report.Analysis.Findings, f => f.Id == "DLD310");
    }

    internal static string Describe(AnalysisReport analysis)
    {
        var text = new StringBuilder();
        foreach (var tap in analysis.Taps)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{tap.Name} rate {tap.Rate[0]} on {tap.Height}x{tap.Width}: "
                + $"{string.Join(" ", tap.Shares.Select(s => $"{s.Taps}:{s.Share:0.000}"))}\n");
        }
        foreach (var chain in analysis.Chains)
        {
            text
                .Append(
                    CultureInfo.InvariantCulture,
                    $"{(chain.IsWholeNetwork ? "whole" : "part")} {chain.Name} from "
                    + $"{chain.Source} {chain.SourceHeight}x{chain.SourceWidth}, rates {string.Join(",", chain.Rates)}: ")
                .Append(
                    CultureInfo.InvariantCulture,
                    $"{chain.ReadOffsets}/{chain.Span}, {chain.Coverage:0.000}, gcd {chain.CommonFactor}, M2 "
                    + $"{chain.SecondDistance} ascending {chain.SecondDistanceAscending}\n");
        }
        foreach (var finding in analysis.Findings)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{finding.Place}: {finding.Severity} {finding.Id}: "
                + $"{finding.Message}{(finding.Suppressed is null ? "" : $" [{finding.Suppressed}]")}\n");
        }
        return text.ToString();
    }
}
