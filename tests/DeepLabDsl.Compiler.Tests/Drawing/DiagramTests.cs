using System.Linq;
using System.Xml.Linq;
using DeepLabDsl.Tools;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>Drawings: what a box is, that nothing overlaps, and that the text is XML.</summary>
public class DiagramTests
{
    public static TheoryData<string> Networks => [.. Specs.Zoo.SelectMany(f => f.Networks)];

    [Fact]
    public void Stages_branches_and_outputs_are_boxes()
    {
        EmittedText.Match(NetworkDrawing.Dot(Specs.CompileZoo("deeplabv3-resnet50-os16").Report!));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Boxes_of_a_row_do_not_overlap_and_lines_go_down(string network)
    {
        var nodes = DiagramBuilder.Build(Specs.CompileZoo(network).Report!.Graph);
        var layout = new DiagramLayout(nodes, n => 20 + n.Title.Length * 7);

        Assert.Equal(nodes.Count, layout.Rows.Sum(r => r.Count(s => s.Node is not null)));
        Assert.Equal(nodes.Sum(n => n.Inputs.Count), layout.Lines.Count);
        foreach (var row in layout.Rows)
            Assert.All(row.Zip(row.Skip(1)), p => Assert.True(p.First.X + p.First.Width / 2 <= p.Second.X - p.Second.Width / 2 + 1e-6));
        Assert.All(layout.Lines, line => Assert.All(line.Zip(line.Skip(1)), p => Assert.Equal(p.First.Row + 1, p.Second.Row)));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_network_of_the_zoo_can_be_drawn(string network)
    {
        var compiled = Specs.CompileZoo(network);
        var svg = XDocument.Parse(NetworkDrawing.Svg(compiled.Report!));

        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "text" && e.Value == network);
        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "text" && e.Value == "logits");
        if (compiled.Report!.Analysis.Taps.Count > 0)
            XDocument.Parse(NetworkDrawing.Gridding(compiled.Report)!);
    }

    [Fact]
    public void The_squares_of_a_chain_are_the_places_that_it_reads()
    {
        var counts = PathCounts.Of(new ChainReport(3, [1, 2, 9]).Windows);

        Assert.Equal((-12, 25), (counts.Left, counts.Width));
        Assert.Equal(441, counts.Counts.Cast<double>().Count(c => c > 0));
        Assert.Equal(9 * 9 * 9, counts.Counts.Cast<double>().Sum());
    }

    [Fact]
    public void Shortcuts_add_ways_and_no_places()
    {
        var compiled = Specs.CompileZoo("deeplabv3-resnet50-os16");
        var chain = compiled.Report!.Analysis.Chains.Single(c => c.Name == "backbone.layer4");
        var counts = PathCounts.Of(compiled.Report.Graph, chain);

        Assert.Equal(chain.ReadPlaces, counts.Counts.Cast<double>().Count(c => c > 0));
        // Each of three units is nine taps and a shortcut.
        Assert.Equal(1000, counts.Counts.Cast<double>().Sum());
    }
}
