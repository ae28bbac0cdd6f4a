using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl;

/// <summary>TorchSharp's optimizer over groups of named parameters, with a state that can be saved by their names.</summary>
internal sealed class NetworkOptimizer : IDisposable
{
    private const string Prefix = "optimizer/";

    private readonly OptimizerHelper _optimizer;
    private readonly IReadOnlyList<ParameterGroup> _groups;
    private readonly IReadOnlyList<(string Name, Parameter Parameter)> _parameters;

    /// <summary>Makes the recipe's optimizer.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="groups">The groups.</param>
    /// <param name="find">The parameter of a key, in 32 bits.</param>
    public NetworkOptimizer(TrainingRecipe recipe, IReadOnlyList<ParameterGroup> groups, Func<string, Parameter> find)
    {
        _groups = groups;
        _parameters = [.. groups.SelectMany(g => g.Names).Select(n => (n, find(n)))];
        var byName = _parameters.ToDictionary(p => p.Name, p => p.Parameter);
        var (first, second) = recipe.Betas;
        _optimizer = recipe.Optimizer == OptimizerKind.Sgd
            ? new SGD(
                groups.Select(g => new SGD.ParamGroup(
                    g.Names.Select(n => byName[n]).ToList(), recipe.LearningRate * g.RateFactor, recipe.Momentum, 0, recipe.WeightDecay * g.DecayFactor)).ToList(),
                recipe.LearningRate, recipe.Momentum)
            : new AdamW(
                groups.Select(g => new AdamW.ParamGroup(
                    g.Names.Select(n => byName[n]).ToList(), recipe.LearningRate * g.RateFactor, first, second, 1e-8, recipe.WeightDecay * g.DecayFactor)).ToList(),
                recipe.LearningRate, first, second);
    }

    /// <summary>What it updates.</summary>
    public IEnumerable<Parameter> Parameters => _parameters.Select(p => p.Parameter);

    /// <summary>Updates the parameters by their gradients.</summary>
    /// <param name="rate">The learning rate, of which each group has its factor.</param>
    public void Step(double rate)
    {
        foreach (var (group, controller) in _groups.Zip(_optimizer.ParamGroups))
            controller.LearningRate = rate * group.RateFactor;
        _optimizer.step();
    }

    /// <summary>Its running means, by name. The tensors are its own.</summary>
    public IReadOnlyList<StateEntry> State()
    {
        var entries = new List<StateEntry>();
        foreach (var ((name, _), state) in _parameters.Zip(_optimizer.state_dict().State))
        {
            switch (state)
            {
                case SGD.State { momentum_buffer: { } momentum }:
                    entries.Add(new StateEntry($"{Prefix}momentum/{name}", momentum));
                    break;
                case AdamW.State adam:
                    entries.Add(new StateEntry($"{Prefix}first/{name}", adam.exp_avg));
                    entries.Add(new StateEntry($"{Prefix}second/{name}", adam.exp_avg_sq));
                    entries.Add(new StateEntry($"{Prefix}step/{name}", tensor(adam.step)));
                    break;
            }
        }
        return entries;
    }

    /// <summary>Takes up a saved state.</summary>
    /// <param name="read">A new tensor of a name; null where there is none.</param>
    public void Load(Func<string, Tensor?> read)
    {
        foreach (var ((name, parameter), state) in _parameters.Zip(_optimizer.state_dict().State))
        {
            switch (state)
            {
                case SGD.State momentum:
                    momentum.momentum_buffer?.Dispose();
                    using (var saved = read($"{Prefix}momentum/{name}"))
                        momentum.momentum_buffer = saved?.to(parameter.device, copy: true).DetachFromDisposeScope();
                    break;
                case AdamW.State adam:
                    Copy(adam.exp_avg, read($"{Prefix}first/{name}"));
                    Copy(adam.exp_avg_sq, read($"{Prefix}second/{name}"));
                    using (var step = read($"{Prefix}step/{name}"))
                        adam.step = step?.ToInt64() ?? 0;
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private static void Copy(Tensor target, Tensor? saved)
    {
        using (saved)
        {
            if (saved is not null)
                target.copy_(saved);
        }
    }
}
