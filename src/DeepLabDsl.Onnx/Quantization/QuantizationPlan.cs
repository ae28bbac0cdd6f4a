using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Onnx.Proto;

namespace DeepLabDsl.Onnx;

/// <summary>
/// Which convolutions of a model compute in 8 bits, and which values are rounded to bytes for that: what goes into them and what
/// comes out, and what is added or joined between them. Left in 32 bits are the last convolutions, whose scores are compared, those
/// on maps of one pixel, which cost nothing, and resizes: of bytes they cut fractions off (ONNX Runtime 1.31).
/// </summary>
internal sealed class QuantizationPlan
{
    private readonly Dictionary<string, NodeProto> _producers = [];
    private readonly Dictionary<string, List<NodeProto>> _readers = [];
    private readonly HashSet<string> _points = [];
    private readonly HashSet<string> _outputs;

    /// <param name="graph">A model's graph.</param>
    public QuantizationPlan(GraphProto graph)
    {
        _outputs = [.. graph.Output.Select(o => o.Name)];
        var weights = graph.Initializer.Select(i => i.Name).ToHashSet();
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
                _producers[output] = node;
            foreach (var input in node.Input.Distinct())
            {
                if (!_readers.TryGetValue(input, out var readers))
                    _readers.Add(input, readers = []);
                readers.Add(node);
            }
            if (node.OpType == "GlobalAveragePool"
                || (node.OpType is "Conv" or "Relu" or "Clip" or "HardSigmoid" or "HardSwish" or "Sigmoid"
                && _points.Contains(node.Input[0])))
                _points.Add(node.Output[0]);
        }
        Convolutions = [.. graph.Node.Where(n => n.OpType == "Conv" && weights.Contains(n.Input[1]) && !_points.Contains(n.Input[0])
            && LeadsToConvolution(n))];
        var quantized = Convolutions.Select(c => c.Name).ToHashSet();
        foreach (var convolution in Convolutions)
        {
            Values.Add(convolution.Input[0]);
            Values.Add(Activated(convolution));
        }
        // Sums and joins of bytes stay bytes.
        foreach (var node in graph.Node.Where(n => n.OpType is "Add" or "Concat"))
        {
            if (!node.Input.All(i => _producers.TryGetValue(i, out var p) && (Values.Contains(i) || p.OpType is "MaxPool")))
                continue;
            foreach (var input in node.Input)
                Values.Add(input);
            Values.Add(Activated(node));
        }
        Values.RemoveWhere(v => _outputs.Contains(v));
    }

    /// <summary>The convolutions, in the order of the data.</summary>
    public IReadOnlyList<NodeProto> Convolutions { get; }

    /// <summary>The names of the values.</summary>
    public HashSet<string> Values { get; } = [];

    /// <summary>Whether another convolution reads, in the end, what this one gives.</summary>
    private bool LeadsToConvolution(NodeProto node)
    {
        var open = new Stack<string>(node.Output);
        var seen = new HashSet<string>();
        while (open.TryPop(out var value))
        {
            foreach (var reader in _readers.GetValueOrDefault(value) ?? [])
            {
                if (reader.OpType == "Conv")
                    return true;
                foreach (var output in reader.Output.Where(seen.Add))
                    open.Push(output);
            }
        }
        return false;
    }

    /// <summary>What a node gives, behind the limit that follows it: rounding to bytes from 0 on stands for that.</summary>
    private string Activated(NodeProto node) =>
        !_outputs.Contains(node.Output[0]) && _readers.GetValueOrDefault(node.Output[0]) is [{ OpType: "Relu" or "Clip" } limit]
            ? limit.Output[0] : node.Output[0];
}
