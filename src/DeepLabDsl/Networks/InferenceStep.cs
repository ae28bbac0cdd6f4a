using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;
using DeepLabDsl.Native;

namespace DeepLabDsl.Networks;

/// <summary>One step of a network that is applied: a node of the graph, with those behind it that it takes along.</summary>
/// <param name="Node">What it computes: the last node that it takes along.</param>
/// <param name="Operation">What it does first.</param>
/// <param name="Inputs">What feeds it; the map that is added to a convolution comes last.</param>
internal sealed record InferenceStep(Node Node, Operation Operation, IReadOnlyList<Node> Inputs)
{
    /// <summary>What is done to each value at the end.</summary>
    public FusedActivation Activation { get; init; }

    /// <summary>Whether a convolution's result is added to the last input.</summary>
    public bool AddsMap { get; init; }

    /// <summary>Maps that nobody reads behind it.</summary>
    public IReadOnlyList<Node> Freed { get; set; } = [];

    /// <summary>Whether nobody else reads an input, so that it may be overwritten.</summary>
    public bool Frees(Node input) => Freed.Contains(input);
}

/// <summary>Makes steps of a graph: convolutions take sums and activations behind them along.</summary>
internal static class InferencePlan
{
    /// <summary>The steps that some outputs need, in order.</summary>
    /// <param name="graph">A network with its batch norms folded.</param>
    /// <param name="outputs">The outputs.</param>
    public static IReadOnlyList<InferenceStep> Of(NetworkGraph graph, IReadOnlySet<Node> outputs)
    {
        var live = NetworkGraph.Live(outputs);
        var readers = Readers(graph, live);
        var steps = new List<InferenceStep>();
        // What another step computes on the way.
        var taken = new HashSet<Node>();
        var delayed = new Dictionary<Node, Node>();
        foreach (var node in graph.Nodes)
        {
            if (!live.Contains(node) || node.Operation is Input || taken.Contains(node))
                continue;
            if (node.Operation is Convolution)
            {
                var last = node;
                if (Only(last) is { Operation: Add, Inputs.Count: 2 } sum && sum.Inputs[0] != sum.Inputs[1] && !delayed.ContainsKey(sum))
                {
                    // Of two convolutions that are added up the later one adds, to the map of the earlier.
                    var other = sum.Inputs[0] == node ? sum.Inputs[1] : sum.Inputs[0];
                    if (other.Index < node.Index || other.Operation is not Convolution || Only(other) != sum)
                    {
                        delayed.Add(sum, node);
                        continue;
                    }
                }
                var activation = FusedActivation.None;
                if (Only(last) is { Operation: Activation a } follows)
                {
                    (activation, last) = (Of(a.Kind), follows);
                    taken.Add(follows);
                }
                steps.Add(new InferenceStep(last, node.Operation, node.Inputs) { Activation = activation });
            }
            else if (delayed.TryGetValue(node, out var convolution))
            {
                var (last, activation) = (node, FusedActivation.None);
                if (Only(node) is { Operation: Activation { Kind: ActivationKind.Relu } } follows)
                {
                    (activation, last) = (FusedActivation.Relu, follows);
                    taken.Add(follows);
                }
                var other = node.Inputs[0] == convolution ? node.Inputs[1] : node.Inputs[0];
                steps.Add(new InferenceStep(last, convolution.Operation, [.. convolution.Inputs, other])
                {
                    Activation = activation,
                    AddsMap = true,
                });
            }
            else
            {
                steps.Add(new InferenceStep(node, node.Operation, node.Inputs));
            }
        }
        Free(graph, steps, outputs);
        return steps;

        // The one node that reads a map which is no output.
        Node? Only(Node node) => readers[node].Count == 1 && !outputs.Contains(node) ? readers[node][0] : null;
    }

    /// <summary>Which nodes that outputs need read each node.</summary>
    private static Dictionary<Node, List<Node>> Readers(NetworkGraph graph, ISet<Node> live)
    {
        var readers = graph.Nodes.ToDictionary(n => n, _ => new List<Node>());
        foreach (var node in graph.Nodes.Where(live.Contains))
        {
            foreach (var input in node.Inputs)
                readers[input].Add(node);
        }
        return readers;
    }

    private static void Free(NetworkGraph graph, List<InferenceStep> steps, IReadOnlySet<Node> outputs)
    {
        var last = new Dictionary<Node, InferenceStep>();
        foreach (var step in steps)
        {
            last[step.Node] = step;
            foreach (var input in step.Inputs)
                last[input] = step;
        }
        var freed = new Dictionary<InferenceStep, List<Node>>(ReferenceEqualityComparer.Instance);
        foreach (var (node, step) in last)
        {
            // The input is the caller's.
            if (node == graph.Input || outputs.Contains(node))
                continue;
            if (!freed.TryGetValue(step, out var nodes))
                freed.Add(step, nodes = []);
            nodes.Add(node);
        }
        foreach (var (step, nodes) in freed)
            step.Freed = nodes;
    }

    private static FusedActivation Of(ActivationKind kind) => kind switch
    {
        ActivationKind.Relu => FusedActivation.Relu,
        ActivationKind.Relu6 => FusedActivation.Relu6,
        ActivationKind.Sigmoid => FusedActivation.Sigmoid,
        ActivationKind.HardSigmoid => FusedActivation.HardSigmoid,
        ActivationKind.HardSwish => FusedActivation.HardSwish,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
