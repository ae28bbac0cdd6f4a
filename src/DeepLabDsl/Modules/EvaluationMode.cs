using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using static TorchSharp.torch;

namespace DeepLabDsl.Modules;

/// <summary>
/// Keeps a module in eval mode while it lasts. Then each module in it has the mode again that it had: a training may have some in
/// eval mode, such as frozen batch norms.
/// </summary>
/// <remarks>
/// Several threads may hold one module: the first changes its mode, and the last gives it back. Who changes the mode by hand
/// meanwhile, on whatever thread, is not kept from it.
/// </remarks>
internal sealed class EvaluationMode : IDisposable
{
    private static readonly ConditionalWeakTable<nn.Module, Modes> Held = [];

    private readonly Modes _modes;
    private bool _isOver;

    /// <summary>Puts a module in eval mode.</summary>
    /// <param name="module">The module.</param>
    public EvaluationMode(nn.Module module)
    {
        _modes = Held.GetValue(module, m => new Modes(m));
        _modes.Enter();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOver)
            return;
        _isOver = true;
        _modes.Leave();
    }

    /// <summary>How often a module is held, and what it was in before.</summary>
    private sealed class Modes(nn.Module module)
    {
        private readonly Lock _gate = new();
        private IReadOnlyList<(nn.Module Module, bool IsTraining)> _before = [];
        private int _holders;

        public void Enter()
        {
            lock (_gate)
            {
                if (_holders++ > 0)
                    return;
                // Those above first, as a module takes all below it along.
                _before = [.. module.modules().Prepend(module).Select(m => (m, m.training))];
                module.eval();
            }
        }

        public void Leave()
        {
            lock (_gate)
            {
                if (--_holders > 0)
                    return;
                foreach (var (part, isTraining) in _before)
                {
                    if (part.training != isTraining)
                        part.train(isTraining);
                }
                _before = [];
            }
        }
    }
}
