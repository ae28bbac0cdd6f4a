using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;
using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>Gives the values of a weight, in the order of its shape, by its state-dict key.</summary>
/// <param name="key">The key.</param>
/// <returns>As many values as the graph says.</returns>
public delegate ReadOnlyMemory<float> WeightReader(string key);

/// <summary>Writes weights, each once however many operations run on it, and computes those that passes have made of others.</summary>
internal sealed class WeightWriter
{
    private readonly OnnxGraphBuilder _builder;
    private readonly WeightReader _read;
    private readonly int _classes;
    private readonly bool _isHalf;
    private readonly Dictionary<Weight, string> _written = [];

    /// <param name="builder">The graph.</param>
    /// <param name="read">Gives the values.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="isHalf">Whether they are stored in 16 bits.</param>
    public WeightWriter(OnnxGraphBuilder builder, WeightReader read, int classes, bool isHalf) =>
        (_builder, _read, _classes, _isHalf) = (builder, read, classes, isHalf);

    /// <summary>Writes a weight.</summary>
    /// <returns>The name of its value, of 32 bits.</returns>
    public string Write(Weight weight)
    {
        if (!_written.TryGetValue(weight, out var name))
            _written.Add(weight, name = Add(weight));
        return name;
    }

    private string Add(Weight weight)
    {
        var values = Values(weight).Span;
        var shape = weight.Shape.Select(s => (long)s.At(_classes)).ToList();
        var name = _builder.Unique(weight.Key);
        if (!_isHalf)
        {
            _builder.AddInitializer(Tensors.Of(name, ElementType.Float, shape, values));
            return name;
        }
        var halves = new Half[values.Length];
        for (var i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)values[i];
            if (Half.IsInfinity(halves[i]) && float.IsFinite(values[i]))
                throw new OnnxExportException(
                    $"'{weight.Key}' has the value {values[i]}, and float16 goes up to {Half.MaxValue}; export with float32 weights");
        }
        var stored = _builder.Unique(name + "/float16");
        _builder.AddInitializer(Tensors.Of<Half>(stored, ElementType.Float16, shape, halves));
        return _builder.Add("Cast", name, [stored], Attributes.Of("to", (long)ElementType.Float));
    }

    private ReadOnlyMemory<float> Values(Weight weight)
    {
        switch (weight.Derivation)
        {
            case null:
                var values = _read(weight.Key);
                return values.Length == weight.Count(_classes)
                    ? values
                    : throw new OnnxExportException(
                        $"'{weight.Key}' has {values.Length} values; {_classes} classes need {weight.Count(_classes)}");
            case FoldedKernel folded:
                return Fold(folded);
            case FoldedBias folded:
                return Fold(folded);
            default:
                throw new NotSupportedException($"{weight.Derivation.GetType().Name} can't be computed.");
        }
    }

    // In 64 bits, rounded once.
    private ReadOnlyMemory<float> Fold(FoldedKernel folded)
    {
        var kernel = Values(folded.Kernel).Span;
        var factors = Factors(folded.Norm);
        var each = kernel.Length / factors.Length;
        var values = new float[kernel.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(kernel[i] * factors[i / each]);
        return values;
    }

    private ReadOnlyMemory<float> Fold(FoldedBias folded)
    {
        var factors = Factors(folded.Norm);
        var (mean, shift) = (Values(folded.Norm.Mean), Values(folded.Norm.Shift));
        var bias = folded.Bias is null ? default : Values(folded.Bias);
        var values = new float[factors.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(shift.Span[i] + ((bias.IsEmpty ? 0 : bias.Span[i]) - (double)mean.Span[i]) * factors[i]);
        return values;
    }

    private double[] Factors(BatchNorm norm)
    {
        var (scale, variance) = (Values(norm.Scale).ToArray(), Values(norm.Variance).ToArray());
        return [.. scale.Zip(variance, (s, v) => s / Math.Sqrt(v + norm.Epsilon))];
    }
}
