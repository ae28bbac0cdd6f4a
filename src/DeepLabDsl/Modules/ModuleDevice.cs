using System;
using System.Linq;
using static TorchSharp.torch;

namespace DeepLabDsl.Modules;

/// <summary>Where a module is.</summary>
internal static class ModuleDevice
{
    /// <summary>The device of a module's parameters and buffers; the CPU for one that has none.</summary>
    /// <param name="module">The module.</param>
    /// <exception cref="ArgumentException">They are on several devices.</exception>
    public static Device Of(nn.Module module)
    {
        var state = ModuleState.Of(module);
        if (state.Count == 0)
            return CPU;
        var device = state[0].Tensor.device;
        var others = state.Where(e => e.Tensor.device.ToString() != device.ToString()).Take(1).ToList();
        return others is [var other]
            ? throw new ArgumentException(
                $"'{state[0].Name}' of {module.GetName()} is on {device} and '{other.Name}' on {other.Tensor.device}: "
                + "move the whole network to one device with 'to(device)'.")
            : device;
    }
}
