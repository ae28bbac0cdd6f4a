using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Intrinsics.X86;
using System.Threading;
using DeepLabDsl.Graph;
using DeepLabDsl.Modules;
using DeepLabDsl.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Networks;

/// <summary>
/// A network for inference alone, made from its graph by <see cref="SegmentationNetwork.ForInference"/>: batch norms are folded into
/// convolutions, kernels are brought into the processor's layout once, sums and activations are computed inside the convolutions, maps have
/// their channels last and are freed or overwritten once nobody reads them. It gives the scores of the module in eval mode, but for
/// rounding, and keeps a copy of its weights: later changes of the module do not reach it. Any number of threads may run it at once.
/// </summary>
public sealed class InferenceNetwork : IDisposable
{
    /// <summary>The output that networks are evaluated by.</summary>
    private const string LogitsName = "logits";

    // Values of a kernel that are folded at a time: 2 MB in 64 bits.
    private const long FoldedValues = 1 << 18;

    private readonly NetworkGraph _graph;
    private readonly IReadOnlyList<GraphOutput> _outputs;
    private readonly IReadOnlyList<InferenceStep> _steps;
    private readonly GraphExecutor _operations;
    private readonly Dictionary<string, Tensor> _state = [];
    private readonly Dictionary<Weight, Tensor> _kernels = [];
    private readonly Dictionary<Weight, Tensor> _biases = [];
    private readonly ConcurrentDictionary<(long, long), bool> _sizes = [];
    private readonly bool _isFused;
    private readonly ScalarType _type;
    private int _isDisposed;

    /// <param name="network">The module.</param>
    /// <param name="precision">What maps and kernels are held in.</param>
    /// <param name="outputs">The outputs that it computes; null: the logits.</param>
    /// <param name="mayFuse">Whether libtorch's fused convolutions are used where there are some.</param>
    /// <param name="takesWeights">Whether each weight of the module is freed once it is not needed any more.</param>
    internal InferenceNetwork(
        SegmentationNetwork network, InferencePrecision precision, IReadOnlyList<string>? outputs, bool mayFuse = true,
        bool takesWeights = false)
    {
        (Descriptor, Classes, Precision) = (network.Descriptor, network.Classes, precision);
        Device = ModuleDevice.Of(network);
        _type = precision == InferencePrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        _graph = GraphPasses.FoldBatchNorms(GraphPasses.DropIdentities(GraphPasses.DropUnused(network.Graph)));
        _outputs = Chosen(_graph, outputs ?? [LogitsName]);
        _steps = InferencePlan.Of(_graph, _outputs.Select(o => o.Node).ToHashSet());
        _isFused = mayFuse && Device.type == DeviceType.CPU && FusedConvolution.IsAvailable;
        _operations = new GraphExecutor(_graph, _state);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        try
        {
            Prepare(ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor), takesWeights);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the compiler knows of the network.</summary>
    public NetworkDescriptor Descriptor { get; }

    /// <summary>The number of classes: the channels of the logits.</summary>
    public int Classes { get; }

    /// <summary>What maps and kernels are held in; inputs and outputs are float32 whatever it is.</summary>
    public InferencePrecision Precision { get; }

    /// <summary>Where it runs: on the device that the module was on.</summary>
    public Device Device { get; }

    /// <summary>The names of the outputs that it computes.</summary>
    public IReadOnlyList<string> Outputs => [.. _outputs.Select(o => o.Name)];

    /// <summary>
    /// Whether this processor multiplies numbers of <see cref="InferencePrecision.BFloat16"/> itself (AVX512-BF16, AMX). Elsewhere they are
    /// widened to 32 bits first, which makes the network slower.
    /// </summary>
    public static bool ComputesBFloat16 => X86Base.IsSupported && Avx512F.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
        && ((X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0 || (X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0));

    /// <summary>
    /// Whether the network's sums and activations are computed inside libtorch's convolutions. Where they can't be, on a GPU or in another
    /// build of libtorch, the form still computes the same, more slowly.
    /// </summary>
    public bool IsFused => _isFused;

    /// <summary>Whether it can take images of a size.</summary>
    internal bool Takes(int height, int width)
    {
        try
        {
            Require(height, width);
            return true;
        }
        catch (InputSizeException)
        {
            return false;
        }
    }

    /// <summary>Computes the scores of images.</summary>
    /// <param name="input"><c>[N, C, H, W]</c>, float32, normalised as the network takes it; it stays the caller's.</param>
    /// <returns>A new tensor <c>[N, classes, H, W]</c> of float32: unnormalised scores.</returns>
    /// <exception cref="InputSizeException">The images are too small for the network; the message names the layer.</exception>
    /// <exception cref="InvalidOperationException">It was made for other outputs than the logits.</exception>
    public Tensor Logits(Tensor input)
    {
        var results = Run(input);
        Tensor? logits = null;
        foreach (var (name, tensor) in results)
        {
            if (name == LogitsName)
                logits = tensor;
            else
                tensor.Dispose();
        }
        return logits ?? throw new InvalidOperationException(
            $"This form of {Descriptor.Name} gives {string.Join(", ", Outputs)}: make it with the output '{LogitsName}'.");
    }

    /// <summary>Computes the outputs that it was made for.</summary>
    /// <param name="input"><c>[N, C, H, W]</c>, float32, normalised as the network takes it; it stays the caller's.</param>
    /// <returns>New tensors by name, in the order of the spec.</returns>
    /// <exception cref="InputSizeException">The images are too small for the network; the message names the layer.</exception>
    /// <exception cref="ArgumentException">The input is no batch of images of the network's channels.</exception>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Run(Tensor input) => Run(input, null);

    /// <summary>The same, and tells how each step went.</summary>
    internal IReadOnlyList<KeyValuePair<string, Tensor>> Run(Tensor input, Action<InferenceStep, Tensor>? observe)
    {
        ArgumentNullException.ThrowIfNull(input);
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        if (input.Dimensions != 4 || input.shape[0] < 1 || input.shape[1] != _graph.InputChannels)
        {
            throw new ArgumentException(
                $"{Descriptor.Name} takes [N, {_graph.InputChannels}, H, W], not [{string.Join(", ", input.shape)}].", nameof(input));
        }
        Require(input.shape[2], input.shape[3]);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var values = new Tensor?[_graph.Nodes.Count];
        values[0] = Layers.ChannelsLast(input.dtype == _type ? input : input.to(_type));
        foreach (var step in _steps)
        {
            var value = Apply(step, values);
            observe?.Invoke(step, value);
            foreach (var freed in step.Freed)
            {
                // What was overwritten is the result itself.
                if (!ReferenceEquals(values[freed.Index], value))
                    values[freed.Index]!.Dispose();
                values[freed.Index] = null;
            }
            values[step.Node.Index] = value;
        }
        return
        [
            .. _outputs.Select(o => KeyValuePair.Create(o.Name,
                (values[o.Node.Index]! is var value && value.dtype == ScalarType.Float32
                    ? value.alias()
                    : value.to(ScalarType.Float32)).MoveToOuterDisposeScope())),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        foreach (var tensor in _state.Values.Concat(_kernels.Values).Concat(_biases.Values))
            tensor.Dispose();
    }

    private static IReadOnlyList<GraphOutput> Chosen(NetworkGraph graph, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (graph.Outputs.All(o => o.Name != name))
            {
                throw new ArgumentException(
                    $"{graph.Name} has no output '{name}'; its outputs are {string.Join(", ", graph.Outputs.Select(o => o.Name))}.",
                    nameof(names));
            }
        }
        return [.. graph.Outputs.Where(o => names.Contains(o.Name))];
    }

    /// <summary>Refuses a size before anything is computed, so that native code never sees it.</summary>
    private void Require(long height, long width)
    {
        if (_sizes.ContainsKey((height, width)))
            return;
        _ = new GraphMaps(_graph, Classes, checked((int)height), checked((int)width));
        _sizes.TryAdd((height, width), true);
    }

    private void Prepare(IReadOnlyDictionary<string, Tensor> state, bool takesWeights)
    {
        var maps = new GraphMaps(_graph, Classes, Descriptor.ReferenceHeight, Descriptor.ReferenceWidth);
        var reads = _steps.Select(s => s.Operation.Weights.SelectMany(w => w.Sources).Select(w => w.Key).ToHashSet()).ToList();
        var waiting = reads.SelectMany(r => r).GroupBy(k => k).ToDictionary(k => k.Key, k => k.Count());
        if (takesWeights)
            Empty(state.Where(e => !waiting.ContainsKey(e.Key)).Select(e => e.Value));
        foreach (var (step, keys) in _steps.Zip(reads))
        {
            Prepare(step, state, maps);
            if (takesWeights)
                Empty(keys.Where(k => --waiting[k] == 0).Select(k => state[k]));
        }
    }

    private void Prepare(InferenceStep step, IReadOnlyDictionary<string, Tensor> state, GraphMaps maps)
    {
        if (step.Operation is not Convolution c)
        {
            foreach (var weight in step.Operation.Weights.Where(w => !_state.ContainsKey(w.Key)))
                _state.Add(weight.Key, state[weight.Key].detach().clone().DetachFromDisposeScope());
            return;
        }
        if (_kernels.ContainsKey(c.Kernel))
            return;
        using var scope = NewDisposeScope();
        if (c.Bias is { } bias && !_biases.ContainsKey(bias))
            _biases.Add(bias, Value(bias, state).to(_type).DetachFromDisposeScope());
        var kernel = Kernel(c.Kernel, state);
        if (_isFused)
        {
            var map = maps[step.Inputs[0]];
            var (vertical, horizontal) = (c.Window.Vertical.Border(map.Height), c.Window.Horizontal.Border(map.Width));
            var isEven = vertical.Before == vertical.After && horizontal.Before == horizontal.After;
            kernel = FusedConvolution.Pack(
                kernel.contiguous(), Geometry(c, isEven ? (vertical.Before, horizontal.Before) : (0, 0)),
                [
                    1, map.Channels, map.Height + (isEven ? 0 : vertical.Before + vertical.After),
                    map.Width + (isEven ? 0 : horizontal.Before + horizontal.After),
                ]);
        }
        else
        {
            kernel = Layers.ChannelsLast(kernel);
        }
        _kernels.Add(c.Kernel, kernel.DetachFromDisposeScope());
    }

    /// <summary>Frees what tensors hold, whoever else names them: a module and TorchSharp's objects share them.</summary>
    private static void Empty(IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            using var none = empty(0, dtype: tensor.dtype, device: tensor.device);
            tensor.set_(none).Dispose();
        }
    }

    /// <summary>
    /// A kernel in the type that it is computed in. It is folded in 64 bits, so that what is rounded is rounded once; some channels at a
    /// time, so that a large kernel's 64 bits are never in memory at once.
    /// </summary>
    private Tensor Kernel(Weight weight, IReadOnlyDictionary<string, Tensor> state)
    {
        using var scope = NewDisposeScope();
        if (weight.Derivation is not FoldedKernel folded || folded.Kernel.Derivation is not null)
            return Value(weight, state).to(_type).MoveToOuterDisposeScope();
        var source = state[folded.Kernel.Key].detach();
        var factor = Factor(folded.Norm, state).view(-1, 1, 1, 1);
        var kernel = empty(source.shape, _type, Device);
        var (channels, each) = (source.shape[0], source.NumberOfElements / source.shape[0]);
        var count = Math.Max(1, FoldedValues / each);
        for (long first = 0; first < channels; first += count)
        {
            using var part = NewDisposeScope();
            var rows = Math.Min(count, channels - first);
            kernel.narrow(0, first, rows).copy_(
                source.narrow(0, first, rows).to(ScalarType.Float64).mul_(factor.narrow(0, first, rows)));
        }
        return kernel.MoveToOuterDisposeScope();
    }

    private FusedWindow Geometry(Convolution c, (long, long) padding) => new(
        padding, (c.Window.Vertical.Stride, c.Window.Horizontal.Stride), (c.Window.Vertical.Rate, c.Window.Horizontal.Rate),
        c.Groups.At(Classes));

    private static Tensor Value(Weight weight, IReadOnlyDictionary<string, Tensor> state)
    {
        switch (weight.Derivation)
        {
            case FoldedKernel folded:
                return Value(folded.Kernel, state).mul(Factor(folded.Norm, state).view(-1, 1, 1, 1));
            case FoldedBias folded:
                var mean = Value(folded.Norm.Mean, state);
                var offset = folded.Bias is null ? mean.neg() : Value(folded.Bias, state).sub(mean);
                return offset.mul(Factor(folded.Norm, state)).add(Value(folded.Norm.Shift, state), TensorArithmetic.One);
            default:
                return state[weight.Key].detach().to(ScalarType.Float64);
        }
    }

    private static Tensor Factor(BatchNorm norm, IReadOnlyDictionary<string, Tensor> state)
    {
        using var epsilon = norm.Epsilon.ToScalar();
        return Value(norm.Scale, state).div(Value(norm.Variance, state).add(epsilon).sqrt());
    }

    private Tensor Apply(InferenceStep step, Tensor?[] values)
    {
        // What is made on the way is freed at once.
        using var scope = NewDisposeScope();
        var x = values[step.Inputs[0].Index]!;
        var mayOverwrite = step.Frees(step.Inputs[0]) && IsPacked(x);
        return step.Operation switch
        {
            Convolution c => Convolve(step, c, x, step.AddsMap ? values[step.Inputs[1].Index]! : null).MoveToOuterDisposeScope(),
            Activation a when mayOverwrite => Overwrite(x, a.Kind),
            Add when mayOverwrite && !step.Inputs.Skip(1).Contains(step.Inputs[0]) => AddTo(x, step, values),
            Multiply when mayOverwrite && IsLarger(x, values[step.Inputs[1].Index]!) => Same(x, x.mul_(values[step.Inputs[1].Index]!)),
            ResizeTo r => Resize(step, Wide(step, x), values[step.Inputs[1].Index]!, r).MoveToOuterDisposeScope(),
            Concatenate => Join([.. step.Inputs.Select(i => values[i.Index]!)]).MoveToOuterDisposeScope(),
            _ => _operations.Apply(
                step.Operation, [Wide(step, x), .. step.Inputs.Skip(1).Select(i => values[i.Index]!)], training: false)
                .MoveToOuterDisposeScope(),
        };
    }

    /// <summary>What scores are enlarged from is made float32 before: the enlarged ones would be rounded again.</summary>
    private Tensor Wide(InferenceStep step, Tensor x) =>
        _type != ScalarType.Float32 && step.Operation is ResizeTo or ResizeBy && _outputs.Any(o => o.Node == step.Node)
            ? x.to(ScalarType.Float32)
            : x;

    /// <summary>A map that has the size already must not share the memory of one that is read later: it may be overwritten.</summary>
    private static Tensor Resize(InferenceStep step, Tensor x, Tensor to, ResizeTo resize)
    {
        var resized = Layers.Resize(x, to, resize.AlignCorners);
        return x.shape[2] == to.shape[2] && x.shape[3] == to.shape[3] && !step.Frees(step.Inputs[0]) ? resized.clone() : resized;
    }

    private Tensor Convolve(InferenceStep step, Convolution c, Tensor x, Tensor? other)
    {
        var (vertical, horizontal) = (c.Window.Vertical.Border(x.shape[2]), c.Window.Horizontal.Border(x.shape[3]));
        var isEven = vertical.Before == vertical.After && horizontal.Before == horizontal.After;
        var window = Geometry(c, isEven ? (vertical.Before, horizontal.Before) : (0, 0));
        var (kernel, bias) = (_kernels[c.Kernel], c.Bias is null ? null : _biases[c.Bias]);
        if (!isEven)
            x = GraphExecutor.Pad(x, c.Window, 0);
        if (!_isFused)
            return Convolve(step, x, other, kernel, bias, window);
        if (other is null)
            return FusedConvolution.Run(x, kernel, bias, window, step.Activation);
        if (IsPacked(other))
        {
            return FusedConvolution.RunSum(
                x, other, kernel, bias, window, step.Activation == FusedActivation.Relu, isInPlace: step.Frees(step.Inputs[1]));
        }
        // oneDNN takes no map whose values share memory, as those of an enlarged pixel do.
        var sum = FusedConvolution.Run(x, kernel, bias, window, FusedActivation.None);
        sum.add_(other, TensorArithmetic.One);
        return step.Activation == FusedActivation.Relu ? sum.relu_() : sum;
    }

    /// <summary>The same where libtorch has no fused convolutions: on a GPU, or in another build.</summary>
    private static Tensor Convolve(InferenceStep step, Tensor x, Tensor? other, Tensor kernel, Tensor? bias, FusedWindow window)
    {
        var y = nn.functional.conv2d(
            x, kernel, bias, strides: [window.Stride.Vertical, window.Stride.Horizontal],
            padding: [window.Padding.Vertical, window.Padding.Horizontal], dilation: [window.Rate.Vertical, window.Rate.Horizontal],
            groups: window.Groups);
        if (other is not null)
            y.add_(other, TensorArithmetic.One);
        return step.Activation switch
        {
            FusedActivation.None => y,
            FusedActivation.Relu => y.relu_(),
            FusedActivation.Relu6 => y.relu6_(),
            FusedActivation.Sigmoid => y.sigmoid_(),
            FusedActivation.HardSigmoid => nn.functional.hardsigmoid(y, inplace: true),
            _ => nn.functional.hardswish(y, inplace: true),
        };
    }

    private static Tensor Overwrite(Tensor x, ActivationKind kind) => Same(x, kind switch
    {
        ActivationKind.Relu => x.relu_(),
        ActivationKind.Relu6 => x.relu6_(),
        ActivationKind.Sigmoid => x.sigmoid_(),
        ActivationKind.HardSigmoid => nn.functional.hardsigmoid(x, inplace: true),
        _ => nn.functional.hardswish(x, inplace: true),
    });

    private static Tensor AddTo(Tensor x, InferenceStep step, Tensor?[] values)
    {
        foreach (var other in step.Inputs.Skip(1))
            Same(x, x.add_(values[other.Index]!, TensorArithmetic.One));
        return x;
    }

    /// <summary>
    /// Maps one after the other, with their channels last whatever they were: <c>cat</c> itself takes the first's layout.
    /// </summary>
    private static Tensor Join(Tensor[] maps) => cat([.. maps.Select(m => m.permute(0, 2, 3, 1))], 3).permute(0, 3, 1, 2);

    private static bool IsLarger(Tensor x, Tensor y) => x.NumberOfElements >= y.NumberOfElements && x.shape[2] >= y.shape[2]
        && x.shape[3] >= y.shape[3];

    /// <summary>Whether each value has a place of its own, channels last.</summary>
    private static bool IsPacked(Tensor x)
    {
        var (shape, stride) = (x.shape, x.stride());
        return stride[1] == 1 && stride[3] == shape[1] && stride[2] == shape[1] * shape[3] && stride[0] == shape[1] * shape[2] * shape[3];
    }

    /// <summary>What was overwritten; the second object that names it is let go.</summary>
    private static Tensor Same(Tensor x, Tensor overwritten)
    {
        if (!ReferenceEquals(x, overwritten))
            overwritten.Dispose();
        return x;
    }
}
