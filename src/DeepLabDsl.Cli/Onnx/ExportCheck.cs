using System;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Onnx;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli;

/// <summary>
/// A model that was written, beside the network that it was written from: on one drawn image, all that is in the model included.
/// </summary>
internal static class ExportCheck
{
    private const int MostPixels = 321;

    /// <summary>Compares them.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">How it was exported.</param>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads of one operation; null: one a core.</param>
    /// <returns>How far apart they are, in a line.</returns>
    /// <exception cref="UserException">They differ by more than rounding.</exception>
    public static string Run(SegmentationNetwork network, OnnxExportOptions options, string path, int? threads)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var run = OnnxRun.Load(path, threads);
        var graph = network.Graph;
        var height = options.Height ?? Math.Min(MostPixels, graph.ReferenceHeight);
        var width = options.Width ?? Math.Min(MostPixels, graph.ReferenceWidth);
        var bytes = (FillProtocol.Input(options.Batch ?? 1, height, width, graph.InputChannels) * 63 + 127).to(ScalarType.Byte);
        var picture = bytes.permute(0, 3, 1, 2).to(ScalarType.Float32);
        var (mean, deviation) = options.Pictures is { } pictures ? (pictures.Mean, pictures.Std)
            : (network.Descriptor.Mean, network.Descriptor.Std);
        var size = options.Pictures?.Size;
        var resized = size is { } to ? nn.functional.interpolate(picture, [to.Height, to.Width], mode: InterpolationMode.Bilinear,
            align_corners: false, antialias: true) : picture;
        var image = ((resized / 255 - Channels(mean)) / Channels(deviation)).contiguous();
        var named = options.WithoutCrf ? OnnxComparison.WithoutCrf(network, image)
            : network.call(image).Named.ToDictionary(o => o.Key, o => o.Value);
        var logits = named[OnnxExporter.LogitsName];
        if (size is not null)
            logits = nn.functional.interpolate(logits, [height, width], mode: InterpolationMode.Bilinear,
                align_corners: graph.Outputs.First(o => o.Name == OnnxExporter.LogitsName).AlignsCorners);
        var shape = options.Pictures is null ? image.shape : bytes.shape;
        string line;
        if (options.Result == OnnxResult.Labels)
        {
            var seen = options.Pictures is null
                ? run.Run<float, byte>(image.data<float>().ToArray(), shape, ["labels"])[0]
                : run.Run<byte, byte>(bytes.data<byte>().ToArray(), shape, ["labels"])[0];
            var labels = tensor(seen.Values, [.. seen.Shape]).to(ScalarType.Int64);
            var others = OnnxComparison.OtherClasses(logits, labels.unsqueeze(1));
            line = string.Create(CultureInfo.InvariantCulture,
                $"beside the network at {height}x{width}: {others} of {labels.numel()} pixels have another class");
            return others == 0 ? line : throw new UserException($"{path}: {line}");
        }
        var name = options.Result == OnnxResult.Probabilities ? "probabilities" : run.Outputs.Contains(OnnxExporter.LogitsName)
            ? OnnxExporter.LogitsName : run.Outputs[0];
        var expected = options.Result == OnnxResult.Probabilities ? logits.softmax(1) : name == OnnxExporter.LogitsName ? logits
            : named[name];
        var value = options.Pictures is null
            ? run.Run(image.data<float>().ToArray(), shape, [name])[0]
            : run.Run<byte, float>(bytes.data<byte>().ToArray(), shape, [name])[0];
        var apart = (tensor(value.Values, [.. value.Shape]) - expected).abs().max().Number() / expected.std(unbiased: false).Number();
        line = string.Create(CultureInfo.InvariantCulture,
            $"beside the network at {height}x{width}: {name} at most {apart:0.0e-0} standard deviations apart");
        var tolerance = options.Weights == OnnxWeights.Float32 ? OnnxComparison.Tolerance : OnnxComparison.HalfTolerance;
        return apart <= tolerance ? line : throw new UserException($"{path}: {line}; at most {tolerance} is rounding");

        Tensor Channels(System.Collections.Generic.IReadOnlyList<double> values) =>
            tensor(values.Select(v => (float)v).ToArray(), [1, values.Count, 1, 1]);
    }
}
