using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Networks;
using DeepLabDsl.Onnx.Tests.Networks;
using static TorchSharp.torch;

namespace DeepLabDsl.Onnx.Tests;

/// <summary>An exported network computes in ONNX Runtime what its module computes, at every size.</summary>
public class ExporterTests
{
    // No multiple of an output stride.
    private static readonly (int Height, int Width)[] Sizes = [(37, 44), (45, 61), (50, 39), (63, 41), (71, 58)];

    private static readonly IReadOnlyList<NetworkDescriptor> Small = [Windows.Descriptor, TensorflowPadding.Descriptor,
        Scaled.Descriptor, ScaledWithin.Descriptor,
        Everything.Descriptor];

    public static TheoryData<string> SmallNetworks => [.. Small.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(SmallNetworks))]
    public void One_export_of_any_size_gives_what_the_module_gives_at_each(string name)
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(Small.Single(s => s.Name == name));
        var model = ModuleComparison.Export(network, new OnnxExportOptions { Outputs = ModuleComparison.AllOutputs(network) });
        using var run = OnnxRun.Load(model, threads: 1);
        foreach (var (height, width) in Sizes.Append((64, 96)))
            ModuleComparison.AssertEqual(network, run, FillProtocol.Input(2, network.Graph.InputChannels, height, width));
    }

    [Theory]
    [MemberData(nameof(SmallNetworks))]
    public void An_export_of_one_size_gives_what_the_module_gives(string name)
    {
        using var scope = NewDisposeScope();
        using var network = ModuleComparison.Fill(Small.Single(s => s.Name == name));
        foreach (var (height, width) in Sizes)
        {
            var model = ModuleComparison.Export(
                network, new OnnxExportOptions
                {
                    Batch = 1,
                    Height = height,
                    Width = width,
                    Outputs = ModuleComparison.AllOutputs(network)
                });
            // Nothing of a size is left to be computed.
            Assert.DoesNotContain(model.Proto.Graph.Node, n => n.OpType is "Shape" or "Slice");
            using var run = OnnxRun.Load(model, threads: 1);
            ModuleComparison.AssertEqual(network, run, FillProtocol.Input(1, network.Graph.InputChannels, height, width));
        }
    }
}
