using System.Collections.Generic;
using System.Linq;
using System.Text;
using CsCheck;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>What the analysis says that a value reads is what it reads: every tap of every layer followed one by one.</summary>
public class ReachTests
{
    [Fact]
    public void Of_random_networks_with_branches_and_strides()
    {
        var conv = Gen.Select(Gen.Int[0, 2].Select(i => new[] { "1", "3", "[1, 3]" }[i]), Gen.Int[1, 4], Gen.Bool);
        // One layer: a convolution, or two or three of them beside each other.
        var layer = Gen.Select(conv.Array[1, 3], Gen.Bool);
        layer.Array[1, 4].Sample(layers =>
        {
            var text = new StringBuilder("network: random\nclasses: 2\ninput: { size: [65, 65] }\nlayers:\n");
            for (var i = 0; i < layers.Length; i++)
            {
                var (branches, isResidual) = layers[i];
                // A branch that strides would not fit one that does not.
                var stride = branches.Length == 1 && !isResidual && branches[0].Item3 ? 2 : 1;
                text.Append($"  l{i}:\n    merge: sum\n    parallel:\n");
                foreach (var (kernel, rate, _) in branches)
                    text.Append($"      - {{ op: conv, kernel: {kernel}, rate: {rate}, channels: 3, stride: {stride} }}\n");
                if (isResidual)
                    text.Append("      - { op: relu }\n");
                else if (branches.Length == 1)
                    text.Append($"      - {{ op: conv, kernel: 1, channels: 3, stride: {stride} }}\n");
            }
            text.Append("  scores: { op: conv, kernel: 1, channels: $classes }\noutputs:\n  logits: { from: scores, resize: input }\n");
            var graph = Graph(text.ToString());
            var scores = graph.Nodes.Single(n => n.Path == "scores");
            var reach = Reach.From(graph, graph.Input)[scores];
            var read = Follow(scores, graph.Input);

            Assert.Equal(read.Count, reach.Support.Count);
            Assert.All(read, p => Assert.Contains(reach.Support.Terms, t => t.Vertical.Contains(p.Y) && t.Horizontal.Contains(p.X)));
        }, iter: 200);
    }

    [Fact]
    public void Parallel_rates_are_no_chain()
    {
        var report = Specs.CompileZoo("deeplabv3-mobilenet-v2-aspp").Report!;
        var aspp = report.Analysis.Chains.Single(c => c.Name == "aspp");

        // 1x1, and 3x3 at 6, 12 and 18: the middle and three rings of eight.
        Assert.Equal(25, aspp.ReadPlaces);
        Assert.Equal([18], aspp.Rates);
        Assert.DoesNotContain(report.Analysis.Findings, f => f.Id is "DLD310" or "DLD311");
    }

    [Fact]
    public void A_shortcut_adds_nothing_that_the_middle_taps_do_not_read()
    {
        var chain = Specs.CompileZoo("deeplabv3-resnet50-os16").Report!.Analysis.Chains.Single(c => c.Name == "backbone.layer4");

        Assert.Equal((15 * 15, 29 * 29), (chain.ReadPlaces, chain.BoxPlaces));
        Assert.Equal(new ChainReport(3, [2, 4, 8]).Holes, chain.Holes);
    }

    [Fact]
    public void The_whole_network_fills_what_a_part_leaves_open()
    {
        var whole = Specs.CompileZoo("deeplabv3-resnet50-os16").Report!.Analysis.Chains.Where(c => c.IsWholeNetwork).ToList();

        Assert.Equal(["backbone", "classifier.4", "aux_classifier.4", "classifier.4"], whole.Select(c => c.Name));
        Assert.All(whole, c => Assert.True(c.IsFull));
    }

    private static FlatGraph Graph(string text)
    {
        var compiled = Specs.Compile(text);
        Assert.False(compiled.HasErrors);
        return compiled.Report!.Graph;
    }

    private static HashSet<(int Y, int X)> Follow(FlatNode node, FlatNode source)
    {
        var seen = new HashSet<(FlatNode, int Y, int X)>();
        var open = new Stack<(FlatNode Node, int Y, int X)>([(node, 0, 0)]);
        while (open.Count > 0)
        {
            var at = open.Pop();
            if (!seen.Add(at))
                continue;
            var (vertical, horizontal) = at.Node.IsWindow
                ? at.Node.Window()
                : (new WindowOnMap(1, 1, 1, 0, 0, 0), new WindowOnMap(1, 1, 1, 0, 0, 0));
            foreach (var input in at.Node.Inputs)
            {
                for (var y = 0; y < vertical.Kernel; y++)
                {
                    for (var x = 0; x < horizontal.Kernel; x++)
                    {
                        open.Push(
                            (input, at.Y * vertical.Stride - vertical.Padding
                                + y * vertical.Rate, at.X * horizontal.Stride - horizontal.Padding + x * horizontal.Rate));
                    }
                }
            }
        }
        return [.. seen.Where(s => s.Item1 == source).Select(s => (s.Y, s.X))];
    }
}
