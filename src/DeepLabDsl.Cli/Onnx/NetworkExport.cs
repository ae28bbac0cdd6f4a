using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Onnx;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli;

/// <summary>Exports networks of TorchSharp: what the exporter asks for, from a module.</summary>
internal static class NetworkExport
{
    /// <summary>Exports a network.</summary>
    /// <param name="network">The network with its weights, on the CPU.</param>
    /// <param name="options">How.</param>
    /// <exception cref="OnnxExportException">It can't be exported, or not so.</exception>
    public static OnnxModel Export(SegmentationNetwork network, OnnxExportOptions options)
    {
        var state = ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor);
        return OnnxExporter.Export(network.Graph, network.Classes, Read, options);

        System.ReadOnlyMemory<float> Read(string key)
        {
            using var scope = NewDisposeScope();
            return state[key].detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        }
    }

    /// <summary>What a model of a network says of itself.</summary>
    /// <param name="descriptor">The network.</param>
    /// <param name="classes">Its classes.</param>
    /// <param name="normalizer">Mean and std of its images.</param>
    /// <param name="format">How images are read that are no ordinary pictures.</param>
    /// <param name="result">What stands for the logits.</param>
    public static OnnxModelInfo Describe(
        NetworkDescriptor descriptor, ClassSet classes, ImageNormalizer normalizer, ChannelFormat? format, OnnxResult result) =>
            new(descriptor.Name, classes, normalizer)
            {
                Result = result,
                OutputStride = descriptor.OutputStride,
                Specs = [.. descriptor.Specs.Select(s => new OnnxSpec(s.Name, s.Text))],
                Evaluation = descriptor.Evaluation,
                Crf = descriptor.Crf,
                Format = format,
            };

    /// <summary>Every output of a network by name.</summary>
    public static IReadOnlyList<string> Outputs(NetworkDescriptor descriptor) => [.. descriptor.Graph.Outputs.Select(o => o.Name)];
}
