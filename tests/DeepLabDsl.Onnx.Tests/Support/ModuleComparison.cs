using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Onnx.Tests;

/// <summary>An exported model in ONNX Runtime beside the module that it was exported from.</summary>
internal static class ModuleComparison
{
    /// <summary>In standard deviations of an output.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>A network in eval mode, filled by names, whose every number counts.</summary>
    public static SegmentationNetwork Fill(NetworkDescriptor descriptor, int? classes = null)
    {
        // Small tensors: a second thread would do nothing but wait.
        set_num_threads(1);
        var network = descriptor.Create(classes ?? descriptor.DefaultClasses);
        FillProtocol.Fill(network);
        network.eval();
        return network;
    }

    /// <summary>Gives a network's weights.</summary>
    public static WeightReader Reader(SegmentationNetwork network)
    {
        var state = ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor);
        return key => state[key].data<float>().ToArray();
    }

    public static OnnxModel Export(SegmentationNetwork network, OnnxExportOptions options) =>
        OnnxExporter.Export(network.Graph, network.Classes, Reader(network), options);

    public static IReadOnlyList<string> AllOutputs(SegmentationNetwork network) => [.. network.Graph.Outputs.Select(o => o.Name)];

    /// <summary>Every output of float32 is the module's.</summary>
    public static void AssertEqual(SegmentationNetwork network, OnnxRun run, Tensor image, double tolerance = Tolerance)
    {
        var faults = Differences(network, run, image, tolerance);
        Assert.True(faults.Count == 0, $"{network.Descriptor.Name} at {string.Join("x", image.shape)}:\n{string.Join("\n", faults)}");
    }

    /// <summary>What of a model's outputs is not the module's.</summary>
    public static IReadOnlyList<string> Differences(SegmentationNetwork network, OnnxRun run, Tensor image, double tolerance = Tolerance)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var output = network.call(image);
        var expected = output.Named.ToDictionary(o => o.Key, o => o.Value);
        var faults = new List<string>();
        foreach (var (name, shape, values) in run.Run(image.data<float>().ToArray(), image.shape))
        {
            var value = expected[name];
            if (!value.shape.SequenceEqual(shape))
            {
                faults.Add($"{name}: {string.Join("x", shape)}, and {string.Join("x", value.shape)} of the module");
                continue;
            }
            var (apart, deviation) = ((value - tensor(values, [.. shape])).abs().max().ToDouble(), value.std(unbiased: false).ToDouble());
            // Of values that hardly differ from each other, the rounding in 32 bits of what they were made of.
            var rounding = 4 * 1.2e-7 * Math.Max(1, value.abs().max().ToDouble());
            if (!(apart <= Math.Max(tolerance * deviation, rounding)))
                faults.Add($"{name} {string.Join("x", shape)}: {apart:0.0e0} apart, of a deviation of {deviation:0.0e0}");
        }
        return faults;
    }
}
