using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Graph;
using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>Writes the operations of a network, node by node.</summary>
internal sealed class OperationWriter
{
    private readonly OnnxGraphBuilder _builder;
    private readonly SideWriter _sides;
    private readonly WindowWriter _windows;
    private readonly ResizeWriter _resizes;
    private readonly WeightWriter _weights;
    private readonly int _classes;

    public OperationWriter(
        OnnxGraphBuilder builder, SideWriter sides, ResizeWriter resizes, WeightWriter weights, int classes)
    {
        (_builder, _sides, _resizes, _weights, _classes) = (builder, sides, resizes, weights, classes);
        _windows = new WindowWriter(builder, sides);
    }

    /// <summary>Writes a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="name">Gives the result its name; asked where there is a result of its own.</param>
    /// <param name="inputs">The names of what feeds it.</param>
    /// <returns>The name of its result, which is an input's where nothing is to be done.</returns>
    public string Write(Node node, Func<string> name, IReadOnlyList<string> inputs)
    {
        var x = inputs[0];
        var source = node.Inputs[0];
        switch (node.Operation)
        {
            case Convolution c:
                List<string> weights = [_weights.Write(c.Kernel)];
                if (c.Bias is not null)
                    weights.Add(_weights.Write(c.Bias));
                return _windows.Convolution(name(), x, source, c.Window, weights, c.Groups.At(_classes));
            case BatchNorm b:
                return _builder.Add(
                    "BatchNormalization", name(), [x, _weights.Write(b.Scale), _weights.Write(b.Shift), _weights.Write(b.Mean),
                        _weights.Write(b.Variance)],
                    Attributes.Of("epsilon", (float)b.Epsilon));
            case Activation a:
                return Activate(name(), x, a.Kind);
            case MaxPool p:
                return _windows.MaxPool(name(), x, source, p.Window);
            case AveragePool p:
                return _windows.AveragePool(name(), x, source, p.Window, p.CountsPadding);
            case GlobalAveragePool:
                return _builder.Add("GlobalAveragePool", name(), [x]);
            case ResizeBy { Grid: ResizeGrid.Factor, AlignCorners: false } r:
                return _resizes.ByFactor(name(), x, source, node, r.Factor);
            case ResizeBy r:
                return Resize(node, name, x, source, r.AlignCorners);
            case ResizeTo r:
                return Resize(node, name, x, source, r.AlignCorners);
            case PixelShuffle s:
                return _builder.Add("DepthToSpace", name(), [x], Attributes.Of("blocksize", s.Factor), Attributes.Of("mode", "CRD"));
            case Add:
                return Sum(name, inputs);
            case Multiply:
                return _builder.Add("Mul", name(), [x, inputs[1]]);
            case Maximum:
                return inputs.Count == 1 ? x : _builder.Add("Max", name(), inputs);
            case Mean:
                return inputs.Count == 1 ? x : MeanOf(name(), inputs);
            case Concatenate:
                return inputs.Count == 1 ? x : _builder.Add("Concat", name(), inputs, Attributes.Of("axis", 1));
            case Dropout:
                return x;
            case MeanFieldCrf:
                throw new OnnxExportException(
                    $"{node.Layer?.Span}: '{node.Path}' is a dense CRF, for which ONNX has no operation. Export the network without it: "
                    + "what goes into it stands for what comes out, and can be refined where the file is run")
                {
                    Remedy = ErrorRemedy.LeaveOutCrf,
                };
            default:
                throw new NotSupportedException($"{node.Operation.GetType().Name} can't be exported.");
        }
    }

    // Runtimes know HardSwish by its own operator alone: spelled out it costs four passes over the map, and the layout of its neighbours.
    private string Activate(string name, string x, ActivationKind kind) => kind switch
    {
        ActivationKind.Relu => _builder.Add("Relu", name, [x]),
        ActivationKind.Relu6 => _builder.Add("Clip", name, [x, _builder.Scalar(0), _builder.Scalar(6)]),
        ActivationKind.Sigmoid => _builder.Add("Sigmoid", name, [x]),
        ActivationKind.HardSigmoid => _builder.Add("HardSigmoid", name, [x], Attributes.Of("alpha", 1 / 6f), Attributes.Of("beta", 0.5f)),
        ActivationKind.HardSwish => _builder.Add("HardSwish", name, [x]),
        _ => throw new NotSupportedException($"{kind} can't be exported."),
    };

    private string Resize(Node node, Func<string> name, string x, Node source, bool alignCorners)
    {
        var (height, width) = (_sides.Write(node.Shape.Height), _sides.Write(node.Shape.Width));
        return (height, width) == (_sides.Write(source.Shape.Height), _sides.Write(source.Shape.Width))
            ? x
            : _resizes.ToSize(name(), x, node.Shape.Channels.At(_classes), height, width, alignCorners);
    }

    private string Sum(Func<string> name, IReadOnlyList<string> inputs)
    {
        var sum = inputs[0];
        for (var i = 1; i < inputs.Count; i++)
            sum = i == inputs.Count - 1 ? _builder.Add("Add", name(), [sum, inputs[i]]) : _builder.AddNew("Add", "sum", [sum, inputs[i]]);
        return sum;
    }

    private string MeanOf(string name, IReadOnlyList<string> inputs)
    {
        var sum = inputs.Skip(1).Aggregate(inputs[0], (a, b) => _builder.AddNew("Add", name + "/sum", [a, b]));
        return _builder.Add("Mul", name, [sum, _builder.Constant(ElementType.Float, [1f / inputs.Count], [])]);
    }
}
