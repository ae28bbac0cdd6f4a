using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Compiler;
using DeepLabDsl.Graph;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>A network's graph at run time: carried by any assembly, and run node by node as its generated class runs.</summary>
public class GraphExecutorTests
{
    /// <summary>One network of each family; the whole zoo where the environment has DEEPLABDSL_ZOO, which takes minutes.</summary>
    public static TheoryData<string> Networks => Environment.GetEnvironmentVariable("DEEPLABDSL_ZOO") is { Length: > 0 }
        ? [.. Zoo.NetworkCatalog.All.Select(n => n.Name)]
        : ["deeplabv3-mobilenet-v2", "lraspp-mobilenet-v3-small", "deeplabv3plus-xception41", "deeplabv1-msc", "deeplabv3-resnet50-os16"];

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_graph_gives_what_the_generated_class_gives(string name)
    {
        using var scope = NewDisposeScope();
        using var network = Zoo.NetworkCatalog.All.Single(n => n.Name == name).Create(2);
        network.eval();
        Scatter(network);
        using var unrecorded = no_grad();
        var image = rand(1, 3, 97, 81);
        var expected = network.call(image).Named;
        var state = ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor);

        AssertClose(expected, new GraphExecutor(network).Run(image));
        AssertClose(expected, new GraphExecutor(GraphPasses.FoldBatchNorms(GraphPasses.DropIdentities(network.Graph)), state).Run(image));
    }

    [Fact]
    public void A_network_of_another_assembly_has_its_graph_and_its_specs()
    {
        var descriptor = Everything.Descriptor;

        Assert.Same(descriptor.Graph, descriptor.Graph);
        Assert.Equal(descriptor.Parameters, NetworkReport.Of(descriptor.Graph).Parameters);
        Assert.Equal(descriptor.MultiplyAdds, NetworkReport.Of(descriptor.Graph).MultiplyAdds);
        Assert.Equal(["everything.yaml", "stages.yaml"], descriptor.Specs.Select(s => s.Name));
        // What is carried compiles to what it was carried by.
        var files = descriptor.Specs.Select(s => SpecFile.Parse(s.Name, s.Text)).ToList();
        var compiled = SpecCompiler.Compile(files[0], new SpecLibrary(files), "Test").Single(n => n.ClassName == nameof(Everything));
        Assert.Equal(compiled.Graph!.Nodes.Select(n => n.ToString()), descriptor.Graph.Nodes.Select(n => n.ToString()));
    }

    [Fact]
    public void Running_a_graph_leaves_nothing_behind_but_its_outputs()
    {
        using var network = Zoo.NetworkCatalog.All.Single(n => n.Name == "demo").Create(3);
        network.eval();
        using var image = rand(1, 3, 64, 64);
        using var inference = inference_mode();
        var executor = new GraphExecutor(network);
        Free(executor.Run(image));

        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Free(executor.Run(image));

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void Free(IReadOnlyList<KeyValuePair<string, Tensor>> outputs)
    {
        foreach (var output in outputs)
            output.Value.Dispose();
    }

    /// <summary>Statistics, scales and shifts that are not 0 and 1, so that each counts.</summary>
    private static void Scatter(nn.Module network)
    {
        using var unrecorded = no_grad();
        foreach (var entry in ModuleState.Of(network).Where(e => e.Tensor.dim() == 1))
            entry.Tensor.copy_(rand_like(entry.Tensor) + 0.5);
    }

    private static void AssertClose(IReadOnlyList<KeyValuePair<string, Tensor>> expected, IReadOnlyList<KeyValuePair<string, Tensor>> seen)
    {
        Assert.Equal(expected.Select(o => o.Key), seen.Select(o => o.Key));
        foreach (var ((name, value), (_, other)) in expected.Zip(seen))
        {
            Assert.Equal(value.shape, other.shape);
            var (apart, size) = ((value - other).abs().max().ToDouble(), value.abs().max().ToDouble());
            Assert.True(apart <= 1e-4 * size, $"{name}: {apart} apart of {size}");
        }
    }
}
