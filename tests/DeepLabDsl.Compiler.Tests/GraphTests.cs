using System;
using System.Linq;
using DeepLabDsl.Graph;
using Snapshooter.Xunit;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>The graph that a network is lowered to: operations, weights, shapes as formulas, and how an assembly carries it.</summary>
public class GraphTests
{
    public static TheoryData<string> Zoo => [.. Specs.Zoo.SelectMany(f => f.Networks)];

    private static NetworkGraph Of(string text, params string[] others)
    {
        var compiled = Specs.Compile(text, others);
        return compiled.Graph ?? throw new InvalidOperationException(string.Join("\n", compiled.Diagnostics));
    }

    private static NetworkGraph Everything { get; } = Of(Specs.Everything, Specs.Backbone);

    [Fact]
    public void Every_operation_with_its_shape_as_a_formula()
    {
        Snapshot.Match(string.Join("\n", Everything.Nodes) + "\n");
    }

    [Fact]
    public void A_formula_comes_to_what_is_counted_at_any_size()
    {
        foreach (var (height, width) in new[] { (64, 96), (128, 64), (192, 320) })
        {
            var maps = new GraphMaps(Everything, 7, height, width);
            Assert.All(Everything.Nodes, n => Assert.Equal(
                (maps[n].Channels, maps[n].Height, maps[n].Width),
                (n.Shape.Channels.At(7), (int)n.Shape.Height.At(height, width), (int)n.Shape.Width.At(height, width))));
        }
    }

    [Fact]
    public void Channels_hang_on_the_number_of_classes_by_a_formula()
    {
        var graph = Of(Specs.Tiny.Replace("channels: 8", "channels: 2 * $classes + 3"));

        Assert.Equal(
            [new Channels(3), new Channels(3, 2), new Channels(3, 2), new Channels(3, 2), new Channels(0, 1), new Channels(0, 1)],
            graph.Nodes.Select(n => n.Shape.Channels));
        Assert.Equal("[2 classes + 3, 3, 3, 3]", $"[{string.Join(", ", graph.Weights.First().Shape)}]");
    }

    [Fact]
    public void The_constructor_takes_a_sum_of_the_number_of_classes()
    {
        var source = Specs.Compile(Specs.Tiny.Replace("channels: 8", "channels: 2 * $classes - 3")).Source;

        Assert.Contains(
            "Conv = global::DeepLabDsl.Modules.Layers.Conv2d(3, 2 * classes - 3, kernel: 3, stride: 2);", source, StringComparison.Ordinal);
        Assert.Contains("Norm = global::DeepLabDsl.Modules.Layers.BatchNorm2d(2 * classes - 3);", source, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_at_several_scales_share_their_weights()
    {
        var graph = Of(Specs.Scaled, Specs.Backbone);
        var runs = graph.Nodes.Where(n => n.Path == "scores").ToList();

        Assert.True(runs.Count > 1);
        Assert.Single(runs.Select(n => ((Convolution)n.Operation).Kernel).Distinct());
        Assert.Equal(graph.Weights.Select(w => w.Key).Distinct(), graph.Weights.Select(w => w.Key));
    }

    [Fact]
    public void A_size_that_the_network_can_not_take_is_an_error_that_names_the_layer()
    {
        var graph = Of(Specs.Tiny.Replace("kernel: 3", "kernel: 5, padding: 0"));

        Assert.Equal("'conv': a 4x9 map leaves nothing of it, for an input of 4x9",
            Assert.Throws<InputSizeException>(() => new GraphMaps(graph, 4, 4, 9)).Message);
    }

    [Theory]
    [MemberData(nameof(Zoo))]
    public void What_an_assembly_carries_is_the_graph(string network)
    {
        var compiled = Specs.CompileZoo(network);
        var written = GraphWriter.Write(compiled.Graph!, path => path);
        var read = GraphReader.Read(Convert.FromBase64String(written));

        Assert.Equal(compiled.Graph!.Nodes.Select(n => n.ToString()), read.Nodes.Select(n => n.ToString()));
        Assert.Equal(compiled.Graph.Weights.Select(Describe), read.Weights.Select(Describe));
        // What it is of goes with it: a report of it says what one of the spec says.
        Assert.Equal(Describe(compiled.Report!), Describe(NetworkReport.Of(read)));
        // Written again, it is the same to the byte.
        Assert.Equal(written, GraphWriter.Write(read, path => path));
    }

    private static string Describe(Weight weight) =>
        $"{weight.Key} [{string.Join(", ", weight.Shape)}] "
        + $"{weight.Role} {weight.Initializer.Kind} {string.Join(", ", weight.Initializer.Values)} {weight.IsTrainable}";

    private static string Describe(NetworkReport report) => System.Text.Json.JsonSerializer.Serialize(report, Json);

    private static readonly System.Text.Json.JsonSerializerOptions Json = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    [Fact]
    public void Folding_takes_a_norm_into_a_convolution_that_nothing_else_reads()
    {
        var graph = GraphPasses.FoldBatchNorms(Of(Specs.Tiny));

        Assert.DoesNotContain(graph.Nodes, n => n.Operation is BatchNorm);
        var conv = (Convolution)graph.Nodes[1].Operation;
        Assert.Equal(("conv.folded_weight", "conv.folded_bias"), (conv.Kernel.Key, conv.Bias!.Key));
        Assert.IsType<FoldedKernel>(conv.Kernel.Derivation);
    }

    [Fact]
    public void Folding_leaves_a_convolution_that_something_else_reads()
    {
        var text = Specs.Tiny.Replace("act: relu", "act: relu\n  beside: { op: add, from: [act, conv] }");

        Assert.Contains(GraphPasses.FoldBatchNorms(Of(text)).Nodes, n => n.Operation is BatchNorm);
    }

    [Fact]
    public void Identities_and_dropout_are_left_out()
    {
        var text = Specs.Tiny.Replace("act: relu", "act: relu\n  one: concat\n  drop: { op: dropout, probability: 0.5 }");

        Assert.Equal(Of(Specs.Tiny).Nodes.Select(n => n.ToString()), GraphPasses.DropIdentities(Of(text)).Nodes.Select(n => n.ToString()));
    }

    [Fact]
    public void Every_map_but_the_outputs_is_freed_once_behind_its_last_reader()
    {
        var reads = GraphPasses.LastReads(Everything);
        var outputs = Everything.Outputs.Select(o => o.Node).ToHashSet();

        Assert.Equal(Everything.Nodes.Where(n => !outputs.Contains(n)), reads.SelectMany(r => r).OrderBy(n => n.Index));
        for (var i = 0; i < reads.Count; i++)
            Assert.All(reads[i], n => Assert.DoesNotContain(Everything.Nodes.Skip(i + 1), later => later.Inputs.Contains(n)));
    }
}
