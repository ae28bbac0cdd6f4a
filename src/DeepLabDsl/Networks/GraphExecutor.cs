using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Graph;
using DeepLabDsl.Modules;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepLabDsl.Networks;

/// <summary>
/// Runs a network's graph node by node, without its generated class: by what the graph says alone, so that whatever else reads
/// graphs (passes, exports) can be held against it. It gives what the class gives; the class is faster.
/// </summary>
public sealed class GraphExecutor
{
    private readonly NetworkGraph _graph;
    private readonly IReadOnlyDictionary<string, Tensor> _state;
    private readonly IReadOnlyList<IReadOnlyList<Node>> _lastReads;

    /// <summary>Makes ready to run a graph.</summary>
    /// <param name="graph">The graph, as the compiler made it or as passes left it.</param>
    /// <param name="state">
    /// The tensors of its weights by their keys; they stay the caller's, and must live as long as this runs. Folded weights are computed
    /// from them at each run.
    /// </param>
    public GraphExecutor(NetworkGraph graph, IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(graph);
        (_graph, _state) = (graph, state);
        _lastReads = GraphPasses.LastReads(graph);
    }

    /// <summary>Makes ready to run the graph of a network on the network's own weights.</summary>
    /// <param name="network">The network.</param>
    public GraphExecutor(SegmentationNetwork network)
        : this(
            (network ?? throw new ArgumentNullException(nameof(network))).Graph,
            ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor))
    {
    }

    /// <summary>Runs the graph.</summary>
    /// <param name="input"><c>[N, C, H, W]</c>, as the network takes it.</param>
    /// <param name="training">
    /// Whether batch norms that are not frozen go by the batch's own statistics, and dropout draws. Running statistics are left as
    /// they are.
    /// </param>
    /// <param name="observe">Told of each node's result; the tensor is freed once its last reader has run.</param>
    /// <returns>The outputs by name, in the order of the spec.</returns>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Run(Tensor input, bool training = false, Action<Node, Tensor>? observe = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var values = new Tensor?[_graph.Nodes.Count];
        foreach (var node in _graph.Nodes)
        {
            var value = node.Operation is Input
                ? input.alias()
                : Apply(node.Operation, [.. node.Inputs.Select(i => values[i.Index]!)], training);
            values[node.Index] = value;
            observe?.Invoke(node, value);
            foreach (var read in _lastReads[node.Index])
            {
                values[read.Index]!.Dispose();
                values[read.Index] = null;
            }
        }
        return [.. _graph.Outputs.Select(o => KeyValuePair.Create(o.Name, values[o.Node.Index]!.alias().MoveToOuterDisposeScope()))];
    }

    /// <summary>What an operation makes of maps.</summary>
    internal Tensor Apply(Operation operation, Tensor[] inputs, bool training)
    {
        // What is made on the way is freed at once, however many nodes there are.
        using var scope = NewDisposeScope();
        return Compute(operation, inputs, training).MoveToOuterDisposeScope();
    }

    private Tensor Compute(Operation operation, Tensor[] inputs, bool training)
    {
        var x = inputs[0];
        switch (operation)
        {
            case Convolution c:
                return Convolve(x, c);
            case BatchNorm b:
                var isBatch = training && !b.IsFrozen;
                return functional.batch_norm(
                    x, isBatch ? null : Value(b.Mean), isBatch ? null : Value(b.Variance), Value(b.Scale), Value(b.Shift), isBatch,
                    b.Momentum, b.Epsilon);
            case Activation a:
                return Activate(x, a.Kind);
            case MaxPool p:
                return functional.max_pool2d(
                    Pad(x, p.Window, double.NegativeInfinity), Kernel(p.Window), Stride(p.Window), dilation: Rate(p.Window));
            case AveragePool p:
                return Average(x, p);
            case GlobalAveragePool:
                return x.mean([2, 3], keepdim: true);
            case ResizeBy { Grid: Graph.ResizeGrid.Factor } r:
                return functional.interpolate(
                    x, scale_factor: [r.Factor, r.Factor], mode: InterpolationMode.Bilinear, align_corners: r.AlignCorners);
            case ResizeBy r:
                return Resize(
                    x, Side.Of(x.shape[2]).Scaled(r.Factor, r.Grid).At(0, 0), Side.Of(x.shape[3]).Scaled(r.Factor, r.Grid).At(0, 0),
                    r.AlignCorners);
            case ResizeTo r:
                return Resize(x, inputs[1].shape[2], inputs[1].shape[3], r.AlignCorners);
            case PixelShuffle s:
                return functional.pixel_shuffle(x, s.Factor);
            case Add:
                return inputs.Skip(1).Aggregate(x.alias(), (a, b) => a.add(b, TensorArithmetic.One));
            case Multiply:
                return x.mul(inputs[1]);
            case Maximum:
                return inputs.Skip(1).Aggregate(x.alias(), maximum);
            case Mean:
                return inputs.Skip(1).Aggregate(x.alias(), (a, b) => a.add(b, TensorArithmetic.One)).Scale(1.0 / inputs.Length);
            case Concatenate:
                return cat(inputs, 1);
            case Dropout d:
                return functional.dropout(x, d.Probability, training);
            case MeanFieldCrf crf:
                return Refine(x, inputs[1], crf);
            default:
                throw new NotSupportedException($"{operation.GetType().Name} can't be run.");
        }
    }

    private Tensor Convolve(Tensor x, Convolution c)
    {
        var (vertical, horizontal) = (c.Window.Vertical.Border(x.shape[2]), c.Window.Horizontal.Border(x.shape[3]));
        var isEven = vertical.Before == vertical.After && horizontal.Before == horizontal.After;
        var kernel = Value(c.Kernel);
        return functional.conv2d(
            isEven ? x : Pad(x, c.Window, 0), kernel, c.Bias is null ? null : Value(c.Bias), strides: Stride(c.Window),
            padding: isEven ? [vertical.Before, horizontal.Before] : [0, 0], dilation: Rate(c.Window),
            groups: x.shape[1] / kernel.shape[1]);
    }

    private static Tensor Activate(Tensor x, ActivationKind kind) => kind switch
    {
        ActivationKind.Relu => x.relu(),
        ActivationKind.Relu6 => x.relu6(),
        ActivationKind.Sigmoid => x.sigmoid(),
        ActivationKind.HardSigmoid => functional.hardsigmoid(x),
        _ => functional.hardswish(x),
    };

    private static Tensor Average(Tensor x, AveragePool pool)
    {
        var sum = functional.avg_pool2d(Pad(x, pool.Window, 0), Kernel(pool.Window), Stride(pool.Window));
        // What lies beyond the padding, where the last window of 'ceil' ends, never counts; padding does where it is asked to.
        var (vertical, horizontal) = (Border(
            pool.Window.Vertical, x.shape[2], pool.Window.IsCeil), Border(pool.Window.Horizontal, x.shape[3], pool.Window.IsCeil));
        var isPlain = vertical is (0, 0) && horizontal is (0, 0) || (pool.CountsPadding && !pool.Window.IsCeil);
        if (isPlain)
            return sum;
        var inside = ones(1, 1, x.shape[2], x.shape[3], dtype: x.dtype, device: x.device);
        if (pool.CountsPadding)
        {
            var (top, left) = (pool.Window.Vertical.Border(x.shape[2]), pool.Window.Horizontal.Border(x.shape[3]));
            inside = functional.pad(inside, [left.Before, left.After, top.Before, top.After], PaddingModes.Constant, 1);
            inside = functional.pad(
                inside, [0, horizontal.After - left.After, 0, vertical.After - top.After], PaddingModes.Constant, 0);
        }
        else
        {
            inside = functional.pad(
                inside, [horizontal.Before, horizontal.After, vertical.Before, vertical.After], PaddingModes.Constant, 0);
        }
        return sum.div(functional.avg_pool2d(inside, Kernel(pool.Window), Stride(pool.Window)));
    }

    private static Tensor Resize(Tensor x, long height, long width, bool alignCorners) =>
        functional.interpolate(x, [height, width], mode: InterpolationMode.Bilinear, align_corners: alignCorners);

    /// <summary>The map with the border that the operation's windows see; those of <c>ceil</c> may reach beyond it.</summary>
    internal static Tensor Pad(Tensor x, Window window, double value)
    {
        var (vertical, horizontal) = (Border(
            window.Vertical, x.shape[2], window.IsCeil), Border(window.Horizontal, x.shape[3], window.IsCeil));
        return vertical is (0, 0) && horizontal is (0, 0)
            ? x
            : functional.pad(x, [horizontal.Before, horizontal.After, vertical.Before, vertical.After], PaddingModes.Constant, value);
    }

    private static (long Before, long After) Border(WindowAxis axis, long size, bool isCeil)
    {
        var (before, after) = axis.Border(size);
        if (!isCeil || axis.IsSame)
            return (before, after);
        // As far as the last window reaches.
        var reach = (axis.Count(size, ceil: true) - 1) * axis.Stride + axis.Reach + 1;
        return (before, Math.Max(after, reach - size - before));
    }

    private Tensor Refine(Tensor scores, Tensor image, MeanFieldCrf crf)
    {
        var options = CrfOptions.GaussianAndBilateral(
            crf.GaussianSigma, crf.GaussianWeight, crf.BilateralSigmaXY, crf.BilateralSigmaRgb, crf.BilateralWeight, crf.Iterations);
        using var layer = new CrfLayer((int)scores.shape[1], options, crf.ColorMean, crf.ColorStd);
        layer.to(scores.device);
        using (no_grad())
        {
            layer.KernelWeights.copy_(Value(crf.TermWeights));
            layer.Compatibility.copy_(Value(crf.Compatibility));
        }
        return layer.call(scores, image);
    }

    private Tensor Value(Weight weight)
    {
        switch (weight.Derivation)
        {
            case null:
                return _state.TryGetValue(weight.Key, out var stored)
                    ? stored
                    : throw new KeyNotFoundException($"There is no weight '{weight.Key}'.");
            case FoldedKernel folded:
                return Value(folded.Kernel).mul(Factor(folded.Norm).view(-1, 1, 1, 1));
            case FoldedBias folded:
                var offset = folded.Bias is null ? Value(folded.Norm.Mean).neg() : Value(folded.Bias).sub(Value(folded.Norm.Mean));
                return offset.mul(Factor(folded.Norm)).add(Value(folded.Norm.Shift), TensorArithmetic.One);
            default:
                throw new NotSupportedException($"{weight.Derivation.GetType().Name} can't be computed.");
        }
    }

    private Tensor Factor(BatchNorm norm)
    {
        using var epsilon = norm.Epsilon.ToScalar();
        return Value(norm.Scale).div(Value(norm.Variance).add(epsilon).sqrt());
    }

    private static long[] Kernel(Window window) => [window.Vertical.Kernel, window.Horizontal.Kernel];

    private static long[] Stride(Window window) => [window.Vertical.Stride, window.Horizontal.Stride];

    private static long[] Rate(Window window) => [window.Vertical.Rate, window.Horizontal.Rate];
}
