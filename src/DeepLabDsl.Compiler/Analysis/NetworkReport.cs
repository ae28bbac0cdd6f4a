using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler;

/// <summary>One part of a network: the stem, a stage, a head.</summary>
/// <param name="Name">Its state-dict prefix.</param>
/// <param name="Channels">Channels of its result.</param>
/// <param name="Height">Rows of its result at the report's input size.</param>
/// <param name="Width">Columns of its result.</param>
/// <param name="Stride">Distance in input pixels between neighbours of its result.</param>
/// <param name="Rates">The atrous rates in it above 1 and those beside them, in order; empty where all are 1.</param>
/// <param name="ReceptiveField">Side in input pixels of what a value of its result has seen; null: the whole image.</param>
/// <param name="Parameters">Trainable values.</param>
/// <param name="MultiplyAdds">Multiply-accumulates of its convolutions for one image.</param>
public sealed record StageReport(
    string Name, int Channels, int Height, int Width, double Stride, IReadOnlyList<int> Rates, int? ReceptiveField,
    long Parameters, long MultiplyAdds);

/// <summary>What the compiler knows of a network without building it.</summary>
public sealed class NetworkReport
{
    private readonly Lazy<long> _trainingBytes;

    internal NetworkReport(FlatGraph flat, AnalysisReport analysis)
    {
        var graph = flat.Graph;
        Analysis = analysis;
        Graph = flat;
        _trainingBytes = new(() => TrainingMemory.BytesPerImage(flat));
        Name = graph.Name;
        ClassName = graph.ClassName;
        Summary = graph.Summary;
        Classes = flat.Maps.Classes;
        InputChannels = graph.InputChannels;
        ReferenceHeight = flat.Maps.Height;
        ReferenceWidth = flat.Maps.Width;
        OutputStride = graph.OutputStride;
        Stages = Parts(flat).ToList();
        Parameters = flat.Nodes.Sum(n => n.Parameters);
        MultiplyAdds = flat.Nodes.Sum(n => n.MultiplyAdds);
        SpaceToBatchMultiplyAdds = flat.Nodes.Sum(n => n.SpaceToBatchMultiplyAdds);
        NormalizesPooledFeatures = flat.Nodes.Any(n => n.NormalizesOneValue);
        var backbone = graph.Root.Layers.FirstOrDefault(l => l.Id == "backbone");
        ReceptiveField = ToInt((backbone is null ? flat.Outputs[0] : flat.ResultOf(backbone)).Shape.Field);
    }

    /// <summary>What is known of a network at an input size and number of classes, without its spec.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="size">Height and width of the input; null: those for which the spec states its counts.</param>
    /// <param name="classes">The number of classes; null: the spec's.</param>
    /// <exception cref="InputSizeException">The network can't take an input of that size.</exception>
    public static NetworkReport Of(NetworkGraph graph, (int Height, int Width)? size = null, int? classes = null)
    {
        var (height, width) = size ?? (graph.ReferenceHeight, graph.ReferenceWidth);
        var flat = new FlatGraph(graph, new GraphMaps(graph, classes ?? graph.Classes, height, width));
        return new NetworkReport(flat, NetworkAnalysis.Run(flat, new DiagnosticBag(), default));
    }

    /// <summary>The tensors of its state, by whose keys weights are found in a file, in the order of the graph.</summary>
    public IReadOnlyList<StateKey> GetStateKeys() =>
        [.. Graph.Graph.Weights.Select(w => new StateKey(w.Key, [.. w.Shape.Select(c => c.At(Classes))]))];

    /// <summary>The name in the spec.</summary>
    public string Name { get; }

    /// <summary>The generated class.</summary>
    public string ClassName { get; }

    /// <summary>What the spec says of it.</summary>
    public string Summary { get; }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Channels of the input.</summary>
    public int InputChannels { get; }

    /// <summary>Rows of the input that sizes and counts are for.</summary>
    public int ReferenceHeight { get; }

    /// <summary>Columns of the input that sizes and counts are for.</summary>
    public int ReferenceWidth { get; }

    /// <summary>Ratio of the input's side to that of the backbone's last map.</summary>
    public int OutputStride { get; }

    /// <summary>Receptive field of the backbone's last map in input pixels; null: the whole image.</summary>
    public int? ReceptiveField { get; }

    /// <summary>Trainable values, batch norm's scale and shift included.</summary>
    public long Parameters { get; }

    /// <summary>Multiply-accumulates of all convolutions for one image.</summary>
    public long MultiplyAdds { get; }

    /// <summary>
    /// <see cref="MultiplyAdds"/> with the padding of TensorFlow's space-to-batch in dense atrous convolutions, which the
    /// counts that the DeepLab v3, v3+ and MobileNet papers print include.
    /// </summary>
    public long SpaceToBatchMultiplyAdds { get; }

    /// <summary>
    /// Bytes of maps that a training step in 32 bits holds for each image of the report's input size; an estimate, weights and what the
    /// optimizer keeps of them left out. Counted when it is first asked for.
    /// </summary>
    public long TrainingBytes => _trainingBytes.Value;

    /// <summary>Bytes of gradients that ranks which train together add up each step: 32 bits a trainable value, in any precision.</summary>
    public long GradientBytes => sizeof(float) * Parameters;

    /// <summary>Sums over all ranks that synchronised batch norms take each step, forward and backward.</summary>
    public int NormSums => 2 * NormChannels.Count();

    /// <summary>Bytes of those sums: forward, sum and sum of squares a channel and a count; backward, two sums a channel.</summary>
    public long NormBytes => NormChannels.Sum(c => sizeof(double) * ((4L * c) + 1));

    private IEnumerable<int> NormChannels => GetStateKeys()
        .Where(k => k.Name.EndsWith("running_mean", StringComparison.Ordinal)).Select(k => k.Shape[0]);

    /// <summary>
    /// Bytes that each rank sends, and takes, for the gradients of a step where they go around a ring: 2 (N - 1) / N of them.
    /// </summary>
    /// <param name="ranks">N.</param>
    public long RingBytes(int ranks) => 2 * GradientBytes * (ranks - 1) / ranks;

    /// <summary>Whether a batch norm sees maps of one value a channel.</summary>
    public bool NormalizesPooledFeatures { get; }

    /// <summary>Gridding, taps on padding, strides: what the analyses found.</summary>
    public AnalysisReport Analysis { get; }

    /// <summary>The parts in the order of the data.</summary>
    public IReadOnlyList<StageReport> Stages { get; }

    /// <summary>The network that it is of.</summary>
    internal FlatGraph Graph { get; }

    private static IEnumerable<StageReport> Parts(FlatGraph flat)
    {
        var layers = flat.Graph.Root.Layers.Where(l => !l.IsOutput).ToList();
        // Layers of the network and of its backbone: parts stand no deeper.
        var inside = flat.Nodes.SelectMany(n => n.Steps.Take(2), (n, s) => (s.Layer, Node: n)).ToLookup(p => p.Layer, p => p.Node);
        foreach (var layer in layers)
        {
            if (layer.Scale is not null)
            {
                // A run at another scale is one part, up to the resize of its result: its layers are those of the parts above.
                var run = layers.Where(l => l.Scale == layer.Scale).ToList();
                if (run[0] == layer)
                    yield return Part(flat, inside, layer.Scale, run.Take(run.Count - 1).ToList()) with { Rates = [] };
                continue;
            }
            if (layer.Kind != LayerKind.Backbone)
            {
                yield return Part(flat, inside, layer.Key, [layer]);
                continue;
            }
            var inner = layer.Scopes[0].Layers;
            var stem = inner.TakeWhile(l => l.Scopes.Count == 0).ToList();
            if (stem.Count > 0)
                yield return Part(flat, inside, "backbone (stem)", stem);
            foreach (var stage in inner.Skip(stem.Count))
                yield return Part(flat, inside, "backbone." + stage.Key, [stage]);
        }
    }

    private static StageReport Part(FlatGraph flat, ILookup<Layer, FlatNode> nodes, string name, IReadOnlyList<Layer> layers)
    {
        var inside = layers.SelectMany(l => nodes[l]).ToList();
        var shape = flat.ResultOf(layers[layers.Count - 1]).Shape;
        var rates = inside.Where(n => n.Operation is Convolution { Window.IsPoint: false }).Select(n => n.Taps!.Vertical.Rate).ToList();
        return new StageReport(name, shape.Channels, shape.Height, shape.Width, shape.Jump,
            rates.Any(r => r > 1) ? rates : [], ToInt(shape.Field), inside.Sum(n => n.Parameters), inside.Sum(n => n.MultiplyAdds));
    }

    private static int? ToInt(double field) => double.IsInfinity(field) || field > int.MaxValue ? null : (int)Math.Round(field);
}
