using System;
using System.Collections.Generic;
using System.Linq;

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

    internal NetworkReport(LoweredNetwork network, AnalysisReport analysis)
    {
        Analysis = analysis;
        _trainingBytes = new(() => TrainingMemory.BytesPerImage(new FlatGraph(network)));
        var definition = network.Definition;
        Name = definition.Name;
        ClassName = definition.ClassName;
        Summary = definition.Summary;
        Classes = network.Classes;
        InputChannels = definition.InputChannels;
        InputHeight = definition.InputHeight;
        InputWidth = definition.InputWidth;
        OutputStride = network.OutputStride;
        Stages = Parts(network.Root).ToList();
        var primitives = network.Root.Primitives().Select(p => p.Primitive).ToList();
        Parameters = primitives.Sum(p => p.Parameters);
        MultiplyAdds = primitives.Sum(p => p.MultiplyAdds);
        SpaceToBatchMultiplyAdds = primitives.Sum(p => p.SpaceToBatchMultiplyAdds);
        NormalizesPooledFeatures = primitives.Any(p => p.Op.Name == "batch_norm" && !p.IsFrozen && p.Input is { Height: 1, Width: 1 });
        ReceptiveField = network.Root.Find("backbone")?.Output is { Shape.IsKnown: true } backbone
            ? ToInt(backbone.Shape.Field)
            : network.Root.Outputs.Where(o => o.Shape.IsKnown).Select(o => ToInt(o.Shape.Field)).FirstOrDefault();
    }

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
    public int InputHeight { get; }

    /// <summary>Columns of the input that sizes and counts are for.</summary>
    public int InputWidth { get; }

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

    /// <summary>Whether a batch norm sees maps of one value a channel.</summary>
    public bool NormalizesPooledFeatures { get; }

    /// <summary>Gridding, taps on padding, strides: what the analyses found.</summary>
    public AnalysisReport Analysis { get; }

    /// <summary>The parts in the order of the data.</summary>
    public IReadOnlyList<StageReport> Stages { get; }

    private static IEnumerable<StageReport> Parts(Module root)
    {
        foreach (var item in root.Items.Where(i => i.IsPresent && !i.IsOutput))
        {
            if (item.Scale is not null)
            {
                // A run at another scale is one part, up to the resize of its result: its layers are those of the parts above.
                var run = root.Items.Where(i => i.Scale == item.Scale && i.IsPresent).ToList();
                if (run[0] == item)
                    yield return Part(item.Scale, run.Take(run.Count - 1).ToList()) with { Rates = [] };
                continue;
            }
            if (item.Id != "backbone" || item.Calls.Count == 0)
            {
                yield return Part(item.Key, [item]);
                continue;
            }
            var backbone = item.Calls[0].Callee;
            var stem = backbone.Items.TakeWhile(i => i.Calls.Count == 0).Where(i => i.IsPresent).ToList();
            if (stem.Count > 0)
                yield return Part("backbone (stem)", stem);
            foreach (var stage in backbone.Items.Skip(backbone.Items.TakeWhile(i => i.Calls.Count == 0).Count()).Where(i => i.IsPresent))
                yield return Part("backbone." + stage.Key, [stage]);
        }
    }

    private static StageReport Part(string name, IReadOnlyList<Item> items)
    {
        var inside = items.SelectMany(i => i.Primitive is { } own ? [own] : i.Calls.SelectMany(c => c.Callee.Primitives()).Select(p => p.Primitive)).ToList();
        var shape = items[items.Count - 1].Output!.Shape;
        var rates = inside.Where(p => p.Op.Name is "conv" or "depthwise_conv" && p.Pair("kernel") != (1, 1)).Select(p => p.Pair("rate").Vertical).ToList();
        return new StageReport(name, shape.Channels, shape.Height, shape.Width, shape.Jump,
            rates.Any(r => r > 1) ? rates : [], shape.IsKnown ? ToInt(shape.Field) : null,
            inside.Sum(p => p.Parameters), inside.Sum(p => p.MultiplyAdds));
    }

    private static int? ToInt(double field) => double.IsInfinity(field) || field > int.MaxValue ? null : (int)Math.Round(field);
}
