using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Modules;
using DeepLabDsl.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>
/// Updates groups of named parameters, with a state that is saved by their names. Sgd is PyTorch's:
/// <c>v = momentum * v + (gradient + decay * w)</c>, <c>w -= rate * v</c>; so is AdamW (arXiv 1711.05101, algorithm 2). TorchSharp's
/// own step by arithmetic that the garbage collector can spoil (<see cref="TensorArithmetic"/>), and can't say what is whose state.
/// </summary>
internal sealed class NetworkOptimizer : IDisposable
{
    private const double Epsilon = 1e-8;

    private readonly TrainingRecipe _recipe;
    private readonly IReadOnlyList<Slot> _slots;
    private long _steps;

    /// <summary>Makes the recipe's optimizer.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="groups">The groups.</param>
    /// <param name="find">The parameter of a key, in 32 bits.</param>
    public NetworkOptimizer(TrainingRecipe recipe, IReadOnlyList<ParameterGroup> groups, Func<string, Parameter> find)
    {
        _recipe = recipe;
        _slots = [.. groups.SelectMany(g => g.Names.Select(n => Allocate(n, find(n), g)))];
    }

    /// <summary>Steps done.</summary>
    public long Steps
    {
        get => _steps;
        set => _steps = value;
    }

    private bool IsAdam => _recipe.Optimizer == OptimizerKind.AdamW;

    /// <summary>Cuts all gradients together to a norm.</summary>
    /// <param name="limit">The greatest norm.</param>
    /// <returns>The norm before.</returns>
    public double ClipGradients(double limit)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        var gradients = _slots.Select(s => s.Weight.grad).OfType<Tensor>().ToList();
        if (gradients.Count == 0)
            return 0;
        var norm = Math.Sqrt(stack(gradients.Select(g => g.mul(g).sum())).sum().Number());
        if (norm > limit)
        {
            foreach (var gradient in gradients)
                gradient.ScaleInPlace(limit / norm);
        }
        return norm;
    }

    /// <summary>Updates the parameters by their gradients.</summary>
    /// <param name="rate">The learning rate, of which each group has its factor.</param>
    public void Step(double rate)
    {
        using var constant = no_grad();
        _steps++;
        foreach (var slot in _slots)
        {
            using var scope = NewDisposeScope();
            if (slot.Weight.grad is not { } gradient)
                continue;
            if (IsAdam)
                StepAdam(slot, gradient, rate * slot.Group.RateFactor, _recipe.WeightDecay * slot.Group.DecayFactor);
            else
                StepSgd(slot, gradient, rate * slot.Group.RateFactor, _recipe.WeightDecay * slot.Group.DecayFactor);
        }
    }

    /// <summary>Its running means by name, and the number of steps. The means are its own tensors.</summary>
    public IReadOnlyList<StateEntry> State() =>
    [
        .. _slots.SelectMany(s => s.Second is null
            ? new[] { new StateEntry(NameOf("momentum", s), s.First) }
            : [new StateEntry(NameOf("first", s), s.First), new StateEntry(NameOf("second", s), s.Second)]),
        new StateEntry(StepsName, tensor(_steps)),
    ];

    /// <summary>Takes up a saved state.</summary>
    /// <param name="read">A new tensor of a name.</param>
    public void Load(Func<string, Tensor> read)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        foreach (var (name, target) in State())
        {
            if (name == StepsName)
                _steps = (long)read(name).Number();
            else
                target.copy_(read(name));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            slot.First.Dispose();
            slot.Second?.Dispose();
        }
    }

    /// <summary>The name of the number of steps.</summary>
    public const string StepsName = "optimizer/steps";

    private static string NameOf(string kind, Slot slot) => $"optimizer/{kind}/{slot.Name}";

    private Slot Allocate(string name, Parameter weight, ParameterGroup group) => new(
        name, weight, group, zeros_like(weight, requires_grad: false).DetachFromDisposeScope(),
        IsAdam ? zeros_like(weight, requires_grad: false).DetachFromDisposeScope() : null);

    private void StepSgd(Slot slot, Tensor gradient, double rate, double decay)
    {
        slot.First.ScaleInPlace(_recipe.Momentum);
        slot.First.AddInPlace(gradient, 1);
        if (decay != 0)
            slot.First.AddInPlace(slot.Weight, decay);
        slot.Weight.AddInPlace(slot.First, -rate);
    }

    private void StepAdam(Slot slot, Tensor gradient, double rate, double decay)
    {
        var (first, second) = _recipe.Betas;
        if (decay != 0)
            slot.Weight.ScaleInPlace(1 - rate * decay);
        slot.First.ScaleInPlace(first);
        slot.First.AddInPlace(gradient, 1 - first);
        slot.Second!.ScaleInPlace(second);
        slot.Second!.AddInPlace(gradient.mul(gradient), 1 - second);
        var root = slot.Second!.sqrt().Scale(1 / Math.Sqrt(1 - Math.Pow(second, _steps)));
        using var epsilon = Epsilon.ToScalar();
        slot.Weight.AddInPlace(slot.First.div(root.add_(epsilon, TensorArithmetic.One)), -rate / (1 - Math.Pow(first, _steps)));
    }

    /// <summary>A parameter with its running means: the momentum, or Adam's two.</summary>
    private sealed record Slot(string Name, Parameter Weight, ParameterGroup Group, Tensor First, Tensor? Second);
}
