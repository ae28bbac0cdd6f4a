using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;
using DeepLabDsl.Networks;
using DeepLabDsl.Onnx;
using DeepLabDsl.Onnx.Tests;
using static TorchSharp.torch;

namespace DeepLabDsl.Fuzz;

/// <summary>A network's ONNX export against its generated module: one export, at the size of the spec and at another.</summary>
internal static class ExportComparison
{
    /// <summary>What differs.</summary>
    /// <param name="network">The module; it is in evaluation.</param>
    /// <param name="image">An input.</param>
    public static IEnumerable<string> Compare(SegmentationNetwork network, Tensor image)
    {
        if (network.Graph.Nodes.Any(n => n.Operation is MeanFieldCrf))
            return [];
        var options = new OnnxExportOptions { Outputs = ModuleComparison.AllOutputs(network) };
        using var ofAnySize = OnnxRun.Load(ModuleComparison.Export(network, options), threads: 1);
        using var ofOneSize = OnnxRun.Load(ModuleComparison.Export(network, options with
        {
            Batch = (int)image.shape[0],
            Height = (int)image.shape[2],
            Width = (int)image.shape[3],
            FoldBatchNorms = false,
        }), threads: 1);
        var larger = rand(1, image.shape[1], image.shape[2] + 7, image.shape[3] + 10);
        return
        [
            .. ModuleComparison.Differences(network, ofAnySize, image).Select(f => $"ONNX: {f}"),
            .. ModuleComparison.Differences(network, ofAnySize, larger).Select(f => $"ONNX, larger: {f}"),
            .. ModuleComparison.Differences(network, ofOneSize, image).Select(f => $"ONNX of one size: {f}"),
        ];
    }
}
