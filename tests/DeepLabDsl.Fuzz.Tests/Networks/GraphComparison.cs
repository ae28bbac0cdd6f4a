using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Graph;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Fuzz;

/// <summary>A network's graph against its generated module: one network, read in two ways.</summary>
internal static class GraphComparison
{
    /// <summary>What differs.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="network">The module; it is in evaluation.</param>
    /// <param name="image">An input.</param>
    public static IEnumerable<string> Compare(NetworkGraph graph, SegmentationNetwork network, Tensor image)
    {
        var (height, width) = (image.shape[2], image.shape[3]);
        var maps = new GraphMaps(graph, network.Classes, (int)height, (int)width);
        var faults = new List<string>();
        using var output = network.call(image);
        var state = ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor);
        faults.AddRange(Weights(graph, state, network.Classes));
        // Each node is of the shape that is stated, at this size and by its formula.
        Run("graph", graph, (node, value) =>
        {
            var map = maps[node];
            var (stated, seen) = ($"{map.Channels}x{map.Height}x{map.Width}", string.Join("x", value.shape.Skip(1)));
            var formula = string.Create(CultureInfo.InvariantCulture,
                $"{node.Shape.Channels.At(network.Classes)}x{node.Shape.Height.At(height, width)}x{node.Shape.Width.At(height, width)}");
            if (stated != seen || formula != seen)
                faults.Add($"{node}: {stated} is stated, {formula} by the formula, {seen} seen");
        });
        Run("unused dropped", GraphPasses.DropUnused(graph));
        Run("identities dropped", GraphPasses.DropIdentities(graph));
        Run("norms folded", GraphPasses.FoldBatchNorms(graph));
        Run("all passes", GraphPasses.DropUnused(GraphPasses.FoldBatchNorms(GraphPasses.DropIdentities(graph))));
        return faults;

        void Run(string name, NetworkGraph passed, Action<Node, Tensor>? observe = null) =>
            faults.AddRange(Outputs(new GraphExecutor(passed, state).Run(image, observe: observe), output).Select(f => $"{name}: {f}"));
    }

    /// <summary>The same in training, where norms go by the batch.</summary>
    public static IEnumerable<string> CompareInTraining(NetworkGraph graph, SegmentationNetwork network, Tensor image)
    {
        // Dropout draws anew.
        if (graph.Nodes.Any(n => n.Operation is Dropout))
            return [];
        var seen = new GraphExecutor(network).Run(image, training: true);
        using var output = network.call(image);
        return [.. Outputs(seen, output).Select(f => $"in training: {f}")];
    }

    private static IEnumerable<string> Outputs(IReadOnlyList<KeyValuePair<string, Tensor>> seen, SegmentationOutput output)
    {
        foreach (var ((name, value), (_, expected)) in seen.Zip(output.Named))
        {
            using (value)
            {
                if (!expected.shape.SequenceEqual(value.shape))
                    yield return $"{name}: {string.Join("x", value.shape)} in the graph, {string.Join("x", expected.shape)} of the module";
                else if ((expected - value).abs().max().ToDouble() is var apart
                    && !(apart <= 1e-4 * Math.Max(1, expected.abs().max().ToDouble())))
                    yield return $"{name}: values are {apart:0.0e0} apart";
            }
        }
    }

    /// <summary>The graph's weights are the module's, each of its shape.</summary>
    private static IEnumerable<string> Weights(NetworkGraph graph, Dictionary<string, Tensor> state, int classes)
    {
        var stated = graph.Weights.Select(w => $"{w.Key} {string.Join("x", w.Shape.Select(s => s.At(classes)))}")
            .Order(StringComparer.Ordinal);
        var seen = state.Select(s => $"{s.Key} {string.Join("x", s.Value.shape)}").Order(StringComparer.Ordinal);
        return stated.SequenceEqual(seen)
            ? []
            : [$"weights: {string.Join(", ", stated.Except(seen).Take(3))} stated, {string.Join(", ", seen.Except(stated).Take(3))} seen"];
    }
}
