using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>
/// The weights that a training updates: the network's own, or 32-bit ones of which the network has 16-bit copies; and their
/// running mean, where there is one.
/// </summary>
internal sealed class LearntWeights : IDisposable
{
    private const string AveragePrefix = "average/";

    private readonly SegmentationNetwork _network;
    private readonly TrainingRecipe _recipe;
    private readonly Device _device;
    private readonly Dictionary<string, (Parameter Half, Parameter Full)> _masters = [];
    private readonly List<StateEntry> _state;
    private readonly SegmentationNetwork? _evaluated;

    /// <summary>Prepares a network: to 16 bits where the recipe says so.</summary>
    /// <param name="network">The network, on <paramref name="device"/>.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="device">Where it runs.</param>
    public LearntWeights(SegmentationNetwork network, TrainingRecipe recipe, Device device)
    {
        _network = network;
        _recipe = recipe;
        _device = device;
        if (IsHalf)
        {
            var full = ModuleState.Of(network).Where(e => e.Tensor is Parameter).ToDictionary(e => e.Name, e => e.Tensor);
            foreach (var (name, module) in network.named_modules().Where(m => m.module is Conv2d))
            {
                if (device.type == DeviceType.CPU && IsDepthwise((Conv2d)module))
                {
                    ComputeInFull((Conv2d)module);
                    continue;
                }
                foreach (var (own, parameter) in module.named_parameters(recurse: false))
                    _masters[$"{name}.{own}"] = (parameter, new Parameter(full[$"{name}.{own}"].detach().clone().DetachFromDisposeScope()));
                module.to(ScalarType.BFloat16);
            }
            foreach (var (name, parameter) in ModuleState.Of(network).Where(e => _masters.ContainsKey(e.Name)))
                _masters[name] = ((Parameter)parameter, _masters[name].Full);
        }
        _state = [.. ModuleState.Of(network)
            .Select(e => _masters.TryGetValue(e.Name, out var master) ? e with { Tensor = master.Full } : e)];
        if (!IsHalf && recipe.Ema == 0)
            return;
        _evaluated = (SegmentationNetwork)network.Descriptor.Create(network.Classes).to(device);
        Copy(_state, ModuleState.Of(_evaluated));
    }

    /// <summary>Whether the network computes in 16 bits.</summary>
    public bool IsHalf => _recipe.Precision == TrainingPrecision.BFloat16;

    /// <summary>Every weight and statistic in 32 bits, by its key: what a checkpoint keeps.</summary>
    public IReadOnlyList<StateEntry> State => _recipe.Ema > 0
        ? [.. _state, .. ModuleState.Of(_evaluated!).Select(e => new StateEntry(AveragePrefix + e.Name, e.Tensor))]
        : _state;

    /// <summary>What the optimizer updates for a key.</summary>
    public Parameter Find(string name) => _masters.TryGetValue(name, out var master)
        ? master.Full
        : (Parameter)_state.First(e => e.Name == name).Tensor;

    /// <summary>Brings gradients of 16-bit copies to the 32-bit weights.</summary>
    public void GatherGradients()
    {
        foreach (var (half, full) in _masters.Values)
        {
            using var gradient = half.grad;
            if (gradient is not null)
                full.grad = gradient.to(ScalarType.Float32);
        }
    }

    /// <summary>Forgets all gradients: none is left, rather than zeros, so that a resumed run starts a step as any other.</summary>
    public void ForgetGradients()
    {
        foreach (var parameter in _network.parameters().Concat(_masters.Values.Select(m => m.Full)))
        {
            using var gradient = parameter.grad;
            if (gradient is not null)
                parameter.grad = null;
        }
    }

    /// <summary>After a step: the network gets its 16-bit copies, the mean moves on.</summary>
    /// <param name="iteration">Steps done.</param>
    public void Publish(int iteration)
    {
        using var unrecorded = no_grad();
        using var scope = NewDisposeScope();
        PublishHalves();
        if (_recipe.Ema == 0)
            return;
        // Early on the mean would be that of nothing: it is of as many steps as there were.
        var decay = Math.Min(_recipe.Ema, (1.0 + iteration) / (10.0 + iteration));
        foreach (var (mean, now) in ModuleState.Of(_evaluated!).Zip(_state))
        {
            // Statistics too: those of the weights now are not those of their mean.
            if (mean.Tensor.is_floating_point())
                MoveTowards(mean.Tensor, now.Tensor, 1 - decay);
            else
                mean.Tensor.copy_(now.Tensor);
        }
    }

    /// <summary>The network to evaluate and save: that of the mean, or of the weights in 32 bits.</summary>
    public SegmentationNetwork Evaluated()
    {
        if (_evaluated is null)
            return _network;
        if (_recipe.Ema == 0)
            Copy(_state, ModuleState.Of(_evaluated));
        return _evaluated;
    }

    /// <summary>The first weight that is no number any more; null where all are.</summary>
    public string? FindNonFinite()
    {
        using var scope = NewDisposeScope();
        return _state.Where(e => e.Tensor.is_floating_point() && e.Tensor.isfinite().all().to(ScalarType.Float32).Number() == 0)
            .Select(e => e.Name).FirstOrDefault();
    }

    /// <summary>Takes up saved weights.</summary>
    /// <param name="read">A new tensor of a key.</param>
    public void Load(Func<string, Tensor> read)
    {
        using var unrecorded = no_grad();
        foreach (var (name, target) in State)
        {
            using var saved = read(name);
            target.copy_(saved);
        }
        PublishHalves();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _evaluated?.Dispose();
        foreach (var (_, full) in _masters.Values)
            full.Dispose();
    }

    private static bool IsDepthwise(Conv2d convolution) => convolution.groups > 1 && convolution.groups == convolution.in_channels;

    // The CPU's library has no fast 16-bit kernels for the gradients of depthwise convolutions with strides or atrous rates: they
    // took more time than all else. There is little to compute in them, so 32 bits cost nothing but the conversion.
    private static void ComputeInFull(Conv2d convolution)
    {
        convolution.register_forward_pre_hook((_, input) => input.to(ScalarType.Float32));
        convolution.register_forward_hook((_, _, output) => output.to(ScalarType.BFloat16));
    }

    private static void MoveTowards(Tensor mean, Tensor value, double share)
    {
        mean.ScaleInPlace(1 - share);
        mean.AddInPlace(value, share);
    }

    /// <summary>Brings the 32-bit weights to their 16-bit copies.</summary>
    public void PublishHalves()
    {
        using var unrecorded = no_grad();
        foreach (var (half, full) in _masters.Values)
            half.copy_(full);
    }

    private static void Copy(IReadOnlyList<StateEntry> from, IReadOnlyList<StateEntry> to)
    {
        using var unrecorded = no_grad();
        foreach (var (source, target) in from.Zip(to))
            target.Tensor.copy_(source.Tensor);
    }
}
