using System;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Modules;

/// <summary>
/// Has libtorch draw by a seed of ours while it lasts, and then gives its generator back as it was: dropout and the initialisers of
/// TorchSharp draw from the one generator of the process, which belongs to the program.
/// </summary>
/// <remarks>
/// TorchSharp gives no way to read the state of a CUDA device's generator. On such a device the seed is set, and stays: what the
/// program draws there itself goes on from it.
/// </remarks>
internal sealed class SeededDraws : IDisposable
{
    private readonly Tensor _state = get_rng_state();

    /// <summary>Begins to draw by a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="device">Where is drawn.</param>
    public SeededDraws(long seed, Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            manual_seed(seed).Dispose();
            return;
        }
        // manual_seed would seed the generators of all devices.
        using var generator = new Generator((ulong)seed, CPU);
        using var state = generator.get_state();
        set_rng_state(state);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        set_rng_state(_state);
        _state.Dispose();
    }
}
