using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using DeepLabDsl.Graph;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli;

/// <summary>One output of an export beside the module's.</summary>
/// <param name="Output">Its name.</param>
/// <param name="Height">Rows of the input.</param>
/// <param name="Width">Columns of the input.</param>
/// <param name="Deviation">The largest distance of any value, in standard deviations of the module's.</param>
/// <param name="OtherClasses">Pixels whose class is another one, those left out where the module's two scores are alike.</param>
internal sealed record OnnxOutputResult(string Output, int Height, int Width, double Deviation, long OtherClasses)
{
    /// <summary>
    /// Where the two are further apart than counts as equal: how far each is from the graph in 64 bits. The export is right where it is
    /// as near as counts as equal: then the module's own rounding is what is large.
    /// </summary>
    public (double Export, double Module)? FromDouble { get; init; }

    /// <summary>Whether the difference is rounding.</summary>
    public bool IsEqual => (FromDouble?.Export ?? Deviation) <= OnnxComparison.Tolerance && OtherClasses == 0;
}

/// <summary>A network's ONNX export beside its module.</summary>
/// <param name="Network">The network.</param>
/// <param name="Bytes">The file.</param>
/// <param name="Operators">Operators in it.</param>
/// <param name="WithoutCrf">Whether a dense CRF is left out, on either side.</param>
/// <param name="Outputs">Every output at every size.</param>
/// <param name="Ratio">The time of ONNX Runtime to the module's, at the largest size.</param>
internal sealed record OnnxRow(string Network, long Bytes, int Operators, bool WithoutCrf, IReadOnlyList<OnnxOutputResult> Outputs,
    double Ratio)
{
    /// <summary>Whether all differences are rounding.</summary>
    public bool IsEqual => Outputs.All(o => o.IsEqual);
}

/// <summary>Exports networks for inputs of any size and holds ONNX Runtime's outputs against the modules'.</summary>
internal static class OnnxComparison
{
    /// <summary>In standard deviations of an output: far above rounding, far below any difference in what is computed.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>The same of weights of 16 bits, each of which is rounded to 11 digits of two.</summary>
    public const double HalfTolerance = 0.02;

    private const int TimedRuns = 3;

    /// <summary>Sizes that are no multiples of an output stride; times are taken at the last.</summary>
    public static readonly IReadOnlyList<(int Height, int Width)> Sizes = [(129, 97), (161, 204), (257, 257)];

    /// <summary>Fills a network by names, exports and compares it.</summary>
    /// <param name="descriptor">The network.</param>
    /// <param name="threads">Threads of ONNX Runtime.</param>
    public static OnnxRow Run(NetworkDescriptor descriptor, int threads)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var network = descriptor.Create(descriptor.DefaultClasses);
        FillProtocol.Fill(network);
        network.eval();
        var hasCrf = network.Graph.Nodes.Any(n => n.Operation is MeanFieldCrf);
        var model = NetworkExport.Export(network, new OnnxExportOptions
        {
            Outputs = NetworkExport.Outputs(descriptor),
            WithoutCrf = hasCrf
        });
        using var run = OnnxRun.Load(model, threads);
        var results = new List<OnnxOutputResult>();
        foreach (var (height, width) in Sizes)
            results.AddRange(Compare(network, run, height, width, hasCrf));
        return new OnnxRow(descriptor.Name, model.Size, model.Operators, hasCrf, results, Ratio(network, run, hasCrf));
    }

    private static IEnumerable<OnnxOutputResult> Compare(SegmentationNetwork network, OnnxRun run, int height, int width, bool hasCrf)
    {
        using var scope = NewDisposeScope();
        var image = FillProtocol.Input(1, network.Graph.InputChannels, height, width);
        var expected = hasCrf ? WithoutCrf(network, image) : network.call(image).Named.ToDictionary(o => o.Key, o => o.Value);
        var results = new List<OnnxOutputResult>();
        foreach (var (name, shape, values) in run.Run(image.data<float>().ToArray(), image.shape))
        {
            var module = expected[name];
            if (!module.shape.SequenceEqual(shape))
            {
                results.Add(new OnnxOutputResult(name, height, width, double.PositiveInfinity, 0));
                continue;
            }
            var other = tensor(values, [.. shape]);
            var deviation = module.std(unbiased: false).Number();
            var distance = (module - other).abs().max().Number() / deviation;
            results.Add(new OnnxOutputResult(name, height, width, double.IsFinite(distance) ? distance : double.PositiveInfinity,
                OtherClasses(module, other.argmax(1, keepdim: true)))
            {
                FromDouble = distance > Tolerance ? FromDouble(network, image, name, other, module, deviation, hasCrf) : null,
            });
        }
        return results;
    }

    /// <summary>Pixels of another class than the largest score's, but for ties.</summary>
    /// <param name="scores">The module's scores, <c>[N, classes, H, W]</c>.</param>
    /// <param name="classes">The classes, <c>[N, 1, H, W]</c>, int64.</param>
    public static long OtherClasses(Tensor scores, Tensor classes)
    {
        using var scope = NewDisposeScope();
        var ours = scores.argmax(1, keepdim: true);
        using var tie = (Tolerance * scores.std(unbiased: false).Number()).ToScalar();
        var isApart = (scores.gather(1, ours) - scores.gather(1, classes)).gt(tie);
        return ours.ne(classes).logical_and(isApart).sum().item<long>();
    }

    private static (double Export, double Module) FromDouble(
        SegmentationNetwork network, Tensor image, string name, Tensor export, Tensor module, double deviation, bool hasCrf)
    {
        using var scope = NewDisposeScope();
        var state = ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor.is_floating_point() ? e.Tensor.to(ScalarType.Float64)
            : e.Tensor);
        var graph = hasCrf ? GraphPasses.DropCrf(network.Graph) : network.Graph;
        var exact = new GraphExecutor(graph, state).Run(image.to(ScalarType.Float64)).Single(o => o.Key == name).Value;
        return (Distance(export), Distance(module));

        double Distance(Tensor value) => (value.to(ScalarType.Float64) - exact).abs().max().Number() / deviation;
    }

    /// <summary>The outputs with what goes into a CRF in the place of what comes out.</summary>
    public static Dictionary<string, Tensor> WithoutCrf(SegmentationNetwork network, Tensor image)
    {
        var state = ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor);
        return new GraphExecutor(GraphPasses.DropCrf(network.Graph), state).Run(image).ToDictionary(o => o.Key, o => o.Value);
    }

    private static double Ratio(SegmentationNetwork network, OnnxRun run, bool hasCrf)
    {
        // A CRF takes longer than the network; there is nothing to compare then.
        if (hasCrf)
            return double.NaN;
        var (height, width) = Sizes[^1];
        using var image = FillProtocol.Input(1, network.Graph.InputChannels, height, width);
        var values = image.data<float>().ToArray();
        var (ours, theirs) = (new List<double>(), new List<double>());
        for (var i = 0; i < TimedRuns; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            network.call(image).Dispose();
            ours.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
            begin = Stopwatch.GetTimestamp();
            run.Run(values, image.shape);
            theirs.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }
        return theirs.Order().ElementAt(TimedRuns / 2) / ours.Order().ElementAt(TimedRuns / 2);
    }
}
