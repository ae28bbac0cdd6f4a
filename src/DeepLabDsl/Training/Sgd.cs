using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl;

/// <summary>
/// Stochastic gradient descent with momentum and weight decay, as PyTorch's: <c>v = momentum * v + (gradient + decay * w)</c>,
/// <c>w -= rate * v</c>. TorchSharp's own steps by arithmetic that the garbage collector can spoil (<see cref="TensorArithmetic"/>).
/// </summary>
internal sealed class Sgd : IDisposable
{
    private readonly double _momentum;
    private readonly double _weightDecay;
    private readonly IReadOnlyList<(Parameter Weight, Tensor Velocity)> _parameters;

    public Sgd(IEnumerable<Parameter> parameters, double momentum, double weightDecay)
    {
        (_momentum, _weightDecay) = (momentum, weightDecay);
        _parameters = [.. parameters.Select(p => (p, zeros_like(p, requires_grad: false).DetachFromDisposeScope()))];
    }

    public void ZeroGradients()
    {
        foreach (var (weight, _) in _parameters)
            weight.grad?.zero_();
    }

    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        foreach (var (weight, velocity) in _parameters)
        {
            if (weight.grad is not { } gradient)
                continue;
            velocity.ScaleInPlace(_momentum);
            velocity.AddInPlace(gradient, 1);
            velocity.AddInPlace(weight, _weightDecay);
            weight.AddInPlace(velocity, -learningRate);
        }
    }

    public void Dispose()
    {
        foreach (var (_, velocity) in _parameters)
            velocity.Dispose();
    }
}
