using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Cli.Tests;

/// <summary>The zoo's table: every figure in it belongs to a network, and the page is that of the specs.</summary>
[Collection(Host.Collection)]
public class ZooTests
{
    private static readonly ZooReport Report = new([]);

    [Fact]
    public void Figures_are_of_networks_that_there_are()
    {
        Assert.Empty(PublishedFigures.Shipped().Keys.Except(NetworkCatalog.All.Select(n => n.Name)));
    }

    [Fact]
    public void A_figure_that_differs_says_why()
    {
        Assert.NotEmpty(Report.Figures);
        Assert.DoesNotContain(Report.Figures, f => !f.IsEqual && f.Note.Length == 0);
        // What a note explains is the rest of a percent, or of another kind of network altogether; nothing in between.
        Assert.DoesNotContain(Report.Figures, f => Math.Abs(f.Ours / f.Printed.Value - 1) > 0.2);
    }

    [Fact]
    public void The_page_is_of_the_specs_as_they_are()
    {
        // Name, size and counts of each network; what is a machine's own (times, rounding) is left aside.
        var now = Rows(ZooMarkdown.Write(Report));
        var page = Rows(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "zoo.md")));

        Assert.NotEmpty(page);
        Assert.Empty(page.Except(now));

        static string[] Rows(string markdown) =>
            [.. markdown.Split('\n').Select(l => l.Split(" | "))
                .Where(c =>
                    c.Length == 8 && c[0].StartsWith("| `", StringComparison.Ordinal) && c[3].Contains('x', StringComparison.Ordinal))
                .Select(c => string.Join(" ", c[0], c[3], c[4], c[5], c[7]))];
    }

    [Theory]
    [InlineData("2.75", 2.7451, true)]
    [InlineData("2.75", 2.7449, false)]
    [InlineData("42.004074", 42.004074, true)]
    [InlineData("64", 63.6, true)]
    public void A_number_reads_the_same_where_it_rounds_to_the_same_digits(string printed, double ours, bool expected)
    {
        Assert.Equal(expected, new PrintedNumber(printed).ReadsAs(ours));
    }

    [Theory]
    [InlineData("networks: {}", "the key 'sources' is missing")]
    [InlineData("sources: { a: b }\nnetworks: { n: { figures: [{ source: c, giga: 1 }] } }", "there is no source 'c'")]
    [InlineData("sources: { a: b }\nnetworks: { n: { figures: [{ source: a }] } }", "a figure states millions (of parameters)")]
    [InlineData("sources: { a: b }\nnetworks: { n: { figures: [{ source: a, giga: 1e9 }] } }", "giga is a number as it was printed")]
    [InlineData(
        "sources: { a: b }\nnetworks: { n: { figures: [{ source: a, giga: 1, counts: tf }] } }",
        "counts is shapes or space_to_batch, not 'tf'")]
    [InlineData("sources: { a: b }\nnetworks: { n: { golden: [{ reference: r }] } }", "needs reference (its name) and outputs")]
    [InlineData("sources: { a: b }\nnetworks: { n: { figure: [] } }", "'figure' is not one of figures, golden")]
    public void AFaultInTheFileOfFiguresIsNamedAtItsPlace(string yaml, string message)
    {
        Assert.Contains(
            message, Assert.Throws<UnusableDataException>(() => PublishedFigures.Parse(yaml, "figures.yaml")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_that_is_not_there_is_named()
    {
        var folder = Path.GetTempPath();

        Assert.Contains(
            "tv_deeplabv3_resnet50.json: no such reference", Host.Fail("zoo", "deeplabv3-resnet50", "--golden", folder),
            StringComparison.Ordinal);
        Assert.Contains("name no networks", Host.Fail("zoo", "demo", "--markdown", "zoo.md"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_network_is_compared_with_its_reference()
    {
        var folder = Environment.GetEnvironmentVariable("DEEPLABDSL_GOLDEN");
        Skip.If(string.IsNullOrEmpty(folder), "DEEPLABDSL_GOLDEN does not name a folder of reference outputs.");

        var text = Host.Succeed("zoo", "deeplabv3-mobilenet-v3-large", "--golden", folder!);

        Assert.Contains("97x161 auxiliary", text, StringComparison.Ordinal);
        Assert.Equal(4, text.Split("standard deviations, equal").Length - 1);
    }

    [SkippableFact]
    public void The_first_module_that_differs_is_named()
    {
        var folder = Environment.GetEnvironmentVariable("DEEPLABDSL_GOLDEN");
        Skip.If(string.IsNullOrEmpty(folder), "DEEPLABDSL_GOLDEN does not name a folder of reference outputs.");

        // The same state, run at another output stride with multi-grid: equal as far as the third stage.
        var network = NetworkCatalog.All.Single(n => n.Name == "deeplabv3-resnet50-os16");
        var reference = GoldenReference.Read(Path.Combine(folder!, "models", "tv_deeplabv3_resnet50.json"));
        var result = GoldenComparison.Run(network, reference, [("out", "logits")], null);

        Assert.Empty(result.StateDifferences);
        Assert.False(result.IsEqual());
        Assert.All(result.Runs, r => Assert.StartsWith("backbone.layer3.0: [1, 1024, ", r.FirstDifference!, StringComparison.Ordinal));
    }

    [Fact]
    public void Peaks_are_measured_since_the_reset()
    {
        PeakMemory.Reset();
        var before = PeakMemory.Read();
        var block = new byte[64 << 20];
        Array.Fill(block, (byte)1);

        Assert.True(PeakMemory.Read() - before > 32 << 20);
        GC.KeepAlive(block);
    }
}
