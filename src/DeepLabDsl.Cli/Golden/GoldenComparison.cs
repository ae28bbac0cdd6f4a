using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using DeepLabDsl.IO;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights.Names;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Golden;

/// <summary>Compares a network with an independent implementation of it, output by output.</summary>
internal static class GoldenComparison
{
    /// <summary>
    /// The largest distance that counts as equal, in standard deviations of the whole output: far above rounding, far below any
    /// difference in what is computed.
    /// </summary>
    public const double Tolerance = 1e-4;

    /// <summary>Builds the network, fills it by the protocol under the publisher's names and compares every run.</summary>
    /// <param name="network">The network.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="outputs">The reference's outputs to compare, each with the name of ours.</param>
    /// <param name="map">Translates the network's keys to the reference's; null: they are the same.</param>
    public static GoldenResult Run(
        NetworkDescriptor network, GoldenReference reference, IReadOnlyList<(string Reference, string Ours)> outputs, NameMap? map)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(reference);
        var watch = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var net = network.Create(network.DefaultClasses);
        var differences = CompareState(net, reference, map);
        if (differences.Count > 0)
            return new GoldenResult(reference, differences, [], watch.Elapsed);
        FillProtocol.Fill(net, map);
        net.eval();
        var runs = reference.Runs.Select(run => Compare(net, reference, run, outputs, map)).ToList();
        return new GoldenResult(reference, [], runs, watch.Elapsed);
    }

    /// <summary>What differs between the state under the publisher's names and the reference's.</summary>
    private static List<string> CompareState(SegmentationNetwork net, GoldenReference reference, NameMap? map)
    {
        var state = ModuleState.Of(net);
        var names = map?.Apply(state.Select(e => e.Name));
        var ours = state
            .Select(e =>
                (Name: names is null
                    ? e.Name
                    : names.ToTheirs(e.Name), Shape: names is null ? e.Tensor.shape : names[e.Name].Layout.ShapeOfTheirs(e.Tensor.shape)))
            .Where(e => e.Name is not null).Select(e => Describe(e.Name!, e.Shape)).ToList();
        var theirs = reference.State.Where(e => names?.Ignores(e.Name) != true).Select(e => Describe(e.Name, e.Shape)).ToList();
        return [.. theirs.Except(ours).Select(d => $"the reference alone has {d}"), .. ours.Except(theirs)
            .Select(d => $"the network alone has {d}")];

        static string Describe(string name, IEnumerable<long> shape) => $"{name} [{string.Join(", ", shape)}]";
    }

    private static GoldenRunResult Compare(
        SegmentationNetwork net, GoldenReference reference, GoldenRun run, IReadOnlyList<(string Reference, string Ours)> outputs,
        NameMap? map)
    {
        using var scope = NewDisposeScope();
        var input = FillProtocol.Input([.. run.InputShape]);
        var named = net.call(input).Named.ToDictionary(o => o.Key, o => o.Value);
        var results = outputs.Select(o => new GoldenOutputResult(o.Reference, o.Ours, Deviation(
            reference, run.Outputs.FirstOrDefault(r => r.Name == o.Reference), named.GetValueOrDefault(o.Ours)))).ToList();
        return new GoldenRunResult(run.InputShape, results,
            results.All(r => r.Deviation <= Tolerance) ? null : GoldenProbes.FirstDifference(net, input, run, map));
    }

    private static double Deviation(GoldenReference reference, GoldenOutput? record, Tensor? ours)
    {
        if (record is null || ours is null || !ours.shape.SequenceEqual(record.Shape))
            return double.PositiveInfinity;
        var corner = record.CornerFile is null
            ? 0
            : Distance(ours[TensorIndex.Ellipsis, TensorIndex.Slice(-33), TensorIndex.Slice(-33)], record.CornerFile);
        var step = record.Step;
        var whole = Distance(ours[TensorIndex.Ellipsis, TensorIndex.Slice(step: step), TensorIndex.Slice(step: step)], record.File);
        return Math.Max(whole, corner) / record.Statistics.Std;

        double Distance(Tensor part, string file)
        {
            using var scope = NewDisposeScope();
            var theirs = NpyFile.Read(Path.Combine(reference.Folder, file));
            if (!theirs.shape.SequenceEqual(part.shape))
                return double.PositiveInfinity;
            var distance = (part - theirs).abs().max().Number();
            return double.IsFinite(distance) ? distance : double.PositiveInfinity;
        }
    }
}
