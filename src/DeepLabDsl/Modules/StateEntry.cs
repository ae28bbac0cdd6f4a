using System.Collections.Generic;
using static TorchSharp.torch;

namespace DeepLabDsl.Modules;

/// <summary>One tensor of a module's state: a parameter or a buffer.</summary>
/// <param name="Name">The state-dict key.</param>
/// <param name="Tensor">The tensor itself, not a copy.</param>
public readonly record struct StateEntry(string Name, Tensor Tensor);

/// <summary>A module's state in PyTorch's order.</summary>
public static class ModuleState
{
    /// <summary>
    /// Every parameter and buffer, each module's own before its children's, parameters before buffers: the order of
    /// PyTorch's <c>state_dict()</c>. The tensors are the module's own: TorchSharp's <c>state_dict()</c> gives copies, in
    /// which nothing can be loaded.
    /// </summary>
    /// <param name="module">The module.</param>
    public static IReadOnlyList<StateEntry> Of(nn.Module module)
    {
        var entries = new List<StateEntry>();
        Collect(module, "", entries);
        return entries;
    }

    private static void Collect(nn.Module module, string prefix, List<StateEntry> entries)
    {
        foreach (var (name, parameter) in module.named_parameters(recurse: false))
            entries.Add(new StateEntry(prefix + name, parameter));
        foreach (var (name, buffer) in module.named_buffers(recurse: false))
            entries.Add(new StateEntry(prefix + name, buffer));
        foreach (var (name, child) in module.named_children())
            Collect(child, prefix + name + ".", entries);
    }
}
