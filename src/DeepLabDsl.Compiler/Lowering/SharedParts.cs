using System;
using System.Collections.Generic;

namespace DeepLabDsl.Compiler;

/// <summary>A part of a network that came out the same for whatever number of classes.</summary>
/// <param name="Module">What was made.</param>
/// <param name="OutputStride">Of a backbone, the output stride that it came to.</param>
/// <param name="Layers">How many layers it counts.</param>
internal sealed record SharedPart(Module Module, int OutputStride, int Layers);

/// <summary>
/// What a network's lowering made without asking for the number of classes: the backbone, most blocks. A lowering of the same
/// network for another number takes it over, and only what hangs on the number is made again.
/// </summary>
internal sealed class SharedParts
{
    private readonly Dictionary<string, SharedPart> _parts = [];
    private readonly Dictionary<(Module From, string Run), Module> _copies = [];

    /// <summary>Keeps a part for later lowerings.</summary>
    public void Add(SharedPart part) => _parts[part.Module.Path] = part;

    /// <summary>Keeps a copy of a part at another scale.</summary>
    public void AddCopy(Module from, string run, Module copy) => _copies[(from, run)] = copy;

    /// <summary>The part at a path, where it is an instance of the definition with these arguments and inputs.</summary>
    public SharedPart? Find(
        string path, Definition definition, IReadOnlyList<(ParameterDefinition Parameter, Value Value)> arguments, IReadOnlyList<Port> inputs)
    {
        if (!_parts.TryGetValue(path, out var part) || part.Module.Definition != definition || !HasInputs(part.Module, inputs)
            || part.Module.Arguments.Count != arguments.Count)
        {
            return null;
        }
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!part.Module.Arguments[i].Value.Equals(arguments[i].Value))
                return null;
        }
        return part;
    }

    /// <summary>The copy of a part at another scale, where it is fed with maps of these shapes.</summary>
    public Module? FindCopy(Module from, string run, IReadOnlyList<Port> inputs) =>
        _copies.TryGetValue((from, run), out var copy) && HasInputs(copy, inputs) ? copy : null;

    private static bool HasInputs(Module module, IReadOnlyList<Port> inputs)
    {
        if (module.Inputs.Count != inputs.Count)
            return false;
        for (var i = 0; i < inputs.Count; i++)
        {
            if (module.Inputs[i].Shape != inputs[i].Shape)
                return false;
        }
        return true;
    }
}

/// <summary>A later lowering names a layer of a shared part that the first did not: nothing can be shared.</summary>
internal sealed class NotSharedException : Exception;

/// <summary>Counts what is asked of the names of a network, of which the number of classes is one.</summary>
internal sealed class ScopeWatch
{
    public int Asked { get; set; }
}
