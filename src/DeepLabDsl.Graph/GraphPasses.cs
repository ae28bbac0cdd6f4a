using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Graph;

/// <summary>Changes of a graph that leave what it computes, outside of a training, as it was: plain functions, graph to graph.</summary>
public static class GraphPasses
{
    /// <summary>
    /// Batch norms go into the convolutions that they follow, as they compute outside of a training. Runs at several scales share
    /// their weights, and go on sharing them: a convolution is folded where every norm that follows it, in all runs, is the same
    /// one and nothing else reads it.
    /// </summary>
    /// <param name="graph">A network.</param>
    public static NetworkGraph FoldBatchNorms(NetworkGraph graph)
    {
        var readers = Readers(graph);
        var partner = new Dictionary<Weight, BatchNorm?>();
        foreach (var node in graph.Nodes)
        {
            if (node.Operation is not Convolution convolution)
                continue;
            var norm = readers[node].Count == 1 && readers[node][0] is { Operation: BatchNorm follows } ? follows : null;
            // A kernel that is run twice must be followed by one norm each time.
            partner[convolution.Kernel] = !partner.TryGetValue(convolution.Kernel, out var known) || known?.Scale == norm?.Scale
                ? norm
                : null;
        }
        var folded = new Dictionary<Weight, (Weight Kernel, Weight Bias)>();
        foreach (var node in graph.Nodes)
        {
            if (node.Operation is Convolution { Kernel: var kernel, Bias: var bias } && partner[kernel] is { } norm
                && !folded.ContainsKey(kernel))
                folded.Add(kernel, Fold(kernel, bias, norm));
        }
        return Rewrite(graph, (node, inputs, make) => node.Operation switch
        {
            Convolution c
                when folded.TryGetValue(c.Kernel, out var weights) => make(c with { Kernel = weights.Kernel, Bias = weights.Bias }, inputs),
            BatchNorm when node.Inputs[0].Operation is Convolution c && folded.ContainsKey(c.Kernel) => inputs[0],
            var operation => make(operation, inputs),
        });
    }

    /// <summary>
    /// What gives back its one input is left out: joins of one map, resizes by 1, and dropout, which does nothing outside of a
    /// training.
    /// </summary>
    /// <param name="graph">A network.</param>
    public static NetworkGraph DropIdentities(NetworkGraph graph) =>
        Rewrite(graph, (node, inputs, make) => IsIdentity(node) ? inputs[0] : make(node.Operation, inputs));

    /// <summary>
    /// Dense CRFs are left out: the scores that go into one stand for what comes out. The only pass that changes what is computed; for what
    /// can't run one, or runs it elsewhere.
    /// </summary>
    /// <param name="graph">A network.</param>
    public static NetworkGraph DropCrf(NetworkGraph graph) =>
        Rewrite(graph, (node, inputs, make) => node.Operation is MeanFieldCrf ? inputs[0] : make(node.Operation, inputs));

    /// <summary>What no output needs is left out.</summary>
    /// <param name="graph">A network.</param>
    public static NetworkGraph DropUnused(NetworkGraph graph)
    {
        var live = graph.Live();
        return Rewrite(graph, (node, inputs, make) => live.Contains(node) ? make(node.Operation, inputs) : null);
    }

    /// <summary>
    /// The maps that nobody reads any more once a node has run, by the node's place: whoever runs the graph can free them.
    /// </summary>
    /// <param name="graph">A network.</param>
    public static IReadOnlyList<IReadOnlyList<Node>> LastReads(NetworkGraph graph)
    {
        var last = graph.Nodes.Select(n => n.Index).ToArray();
        foreach (var node in graph.Nodes)
        {
            foreach (var input in node.Inputs)
                last[input.Index] = node.Index;
        }
        var kept = new HashSet<Node>(graph.Outputs.Select(o => o.Node));
        var freed = graph.Nodes.Select(_ => new List<Node>()).ToList();
        foreach (var node in graph.Nodes.Where(n => !kept.Contains(n)))
            freed[last[node.Index]].Add(node);
        return freed;
    }

    private static (Weight Kernel, Weight Bias) Fold(Weight kernel, Weight? bias, BatchNorm norm)
    {
        var prefix = kernel.Key.Substring(0, kernel.Key.LastIndexOf('.') + 1);
        return (
            new Weight(prefix + "folded_weight", kernel.Shape, WeightRole.Kernel, kernel.Initializer, IsTrainable: false)
            {
                Derivation = new FoldedKernel(kernel, norm),
            },
            new Weight(prefix + "folded_bias", [kernel.Shape[0]], WeightRole.Bias, Initializer.Zeros, IsTrainable: false)
            {
                Derivation = new FoldedBias(bias, norm),
            });
    }

    private static bool IsIdentity(Node node) => node.Operation switch
    {
        Dropout or ResizeBy { Factor: 1 } => true,
        Concatenate or Add or Maximum or Mean => node.Inputs.Count == 1,
        _ => false,
    };

    private static Dictionary<Node, List<Node>> Readers(NetworkGraph graph)
    {
        var readers = graph.Nodes.ToDictionary(n => n, _ => new List<Node>());
        foreach (var node in graph.Nodes)
        {
            foreach (var input in node.Inputs)
                readers[input].Add(node);
        }
        // Who takes an output reads it as well; no node is equal to it.
        foreach (var output in graph.Outputs)
            readers[output.Node].Add(output.Node);
        return readers;
    }

    /// <summary>Makes the graph anew, node by node.</summary>
    /// <param name="graph">A network.</param>
    /// <param name="replace">
    /// Gives what stands for a node, from the node, its new inputs and a way to make a new one; null for one that is left out.
    /// </param>
    private static NetworkGraph Rewrite(
        NetworkGraph graph, Func<Node, IReadOnlyList<Node>, Func<Operation, IReadOnlyList<Node>, Node>, Node?> replace)
    {
        var nodes = new List<Node> { graph.Input };
        var made = new Dictionary<Node, Node> { [graph.Input] = graph.Input };
        foreach (var node in graph.Nodes.Skip(1))
        {
            var replaced = replace(node, node.Inputs.All(made.ContainsKey)
                ? [.. node.Inputs.Select(i => made[i])]
                : [], (operation, inputs) =>
            {
                var fresh = new Node(nodes.Count, operation, inputs, node.Layer);
                nodes.Add(fresh);
                return fresh;
            });
            if (replaced is not null)
                made.Add(node, replaced);
        }
        return graph.With(nodes, [.. graph.Outputs.Select(o => made[o.Node])]);
    }
}
