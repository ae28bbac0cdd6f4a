using System;
using System.Collections.Generic;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler;

/// <summary>What the language's operations are in a graph: all that they mean, and no attribute left to be looked up.</summary>
internal static class Operations
{
    /// <summary>The operation of a layer.</summary>
    /// <param name="primitive">The operation as the spec has it.</param>
    /// <param name="path">The layer's state-dict path.</param>
    /// <param name="inputs">What feeds it.</param>
    /// <param name="weights">The network's weights.</param>
    /// <param name="network">The network.</param>
    public static Operation Of(Primitive primitive, string path, IReadOnlyList<Node> inputs, WeightPool weights, NetworkDefinition network)
    {
        var attributes = primitive.Attributes;
        var channels = inputs[0].Shape.Channels;
        switch (primitive.Op.Kind)
        {
            case OpKind.Conv or OpKind.DepthwiseConv:
                return ConvolutionOf(primitive, path, channels, weights, network);
            case OpKind.BatchNorm:
                return BatchNorm.Create(weights, path, channels, attributes["epsilon"].Number, attributes["momentum"].Number,
                    primitive.IsFrozen);
            case OpKind.Relu:
                return new Activation(ActivationKind.Relu);
            case OpKind.Relu6:
                return new Activation(ActivationKind.Relu6);
            case OpKind.Sigmoid:
                return new Activation(ActivationKind.Sigmoid);
            case OpKind.HardSigmoid:
                return new Activation(ActivationKind.HardSigmoid);
            case OpKind.HardSwish:
                return new Activation(ActivationKind.HardSwish);
            case OpKind.MaxPool:
                return new MaxPool(WindowOf(primitive));
            case OpKind.AvgPool:
                return new AveragePool(WindowOf(primitive), attributes["count_padding"].Bool);
            case OpKind.GlobalAvgPool:
                return new GlobalAveragePool();
            case OpKind.Resize:
                return ResizeOf(attributes);
            case OpKind.PixelShuffle:
                return new PixelShuffle((int)attributes["factor"].Int);
            case OpKind.Add:
                return new Add();
            case OpKind.Multiply:
                return new Multiply();
            case OpKind.Max:
                return new Maximum();
            case OpKind.Mean:
                return new Mean();
            case OpKind.Concat:
                return new Concatenate();
            case OpKind.Dropout:
                return new Dropout(attributes["probability"].Number);
            case OpKind.Crf:
                return MeanFieldCrf.Create(
                    weights, path, channels, (int)attributes["iterations"].Int, (Number("gaussian_sigma"), Number("gaussian_weight")),
                    (Number("bilateral_sigma_xy"), Number("bilateral_sigma_rgb"), Number("bilateral_weight")), network.Mean,
                        network.Deviation);
            default:
                throw new InvalidOperationException($"{primitive.Op.Name} is no operation of a graph");
        }

        double Number(string name) => attributes[name].Number;
    }

    private static Convolution ConvolutionOf(
        Primitive primitive, string path, Channels channels, WeightPool weights, NetworkDefinition network)
    {
        var attributes = primitive.Attributes;
        return Convolution.Create(
            weights, path, ChannelsOf(primitive.Output.ChannelsValue, network), channels, WindowOf(primitive),
            primitive.Op.Kind == OpKind.Conv ? ChannelsOf(attributes["groups"], network) : null,
            attributes["bias"].Bool, attributes.TryGetValue("init_std", out var std) ? std.Number : null);
    }

    private static Operation ResizeOf(IReadOnlyDictionary<string, Value> attributes)
    {
        var aligns = attributes["align_corners"].Bool;
        return attributes.TryGetValue("factor", out var factor)
            ? new ResizeBy(factor.Number, aligns, (ResizeGrid)Enum.Parse(typeof(ResizeGrid), attributes["grid"].Word, ignoreCase: true))
            : new ResizeTo(aligns);
    }

    /// <summary>Where the taps of a convolution or a pooling are, and how it pads.</summary>
    public static Window WindowOf(Primitive primitive)
    {
        var (kernel, stride) = (primitive.Pair("kernel"), primitive.Pair("stride"));
        var rate = primitive.Attributes.ContainsKey("rate") ? primitive.Pair("rate") : (1, 1);
        var isSame = ShapeInference.PadsAtRunTime(primitive);
        var padding = isSame ? (Vertical: 0, Horizontal: 0) : ShapeInference.Padding(primitive);
        return new Window(
            new WindowAxis(kernel.Vertical, stride.Vertical, rate.Item1, padding.Vertical, padding.Vertical, isSame),
            new WindowAxis(kernel.Horizontal, stride.Horizontal, rate.Item2, padding.Horizontal, padding.Horizontal, isSame),
            primitive.Attributes.TryGetValue("ceil", out var ceil) && ceil.Bool);
    }

    private static Channels ChannelsOf(Value value, NetworkDefinition network) =>
        new((int)(value.Int - value.PerClass * network.Classes), (int)value.PerClass);
}
