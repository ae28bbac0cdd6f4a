using System;
using System.Collections.Generic;
using System.Linq;
using static TorchSharp.torch;

namespace DeepLabDsl;

/// <summary>Loads weights into a module and saves them. Nothing is loaded unless everything fits.</summary>
public static class WeightsFile
{
    private const int ShownDifferences = 12;

    /// <summary>Saves a module's parameters and buffers as a safetensors file, whole or not at all.</summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file.</param>
    /// <param name="metadata">Text to keep with the weights.</param>
    /// <exception cref="DataException">The file can't be written.</exception>
    public static void Save(nn.Module module, string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafeTensors.Write(path, ModuleState.Of(module), metadata);

    /// <summary>Loads weights.</summary>
    /// <param name="module">The module; left as it is unless keys, shapes and kinds of all tensors agree.</param>
    /// <param name="path">A safetensors file.</param>
    /// <exception cref="WeightsException">The file can't be read, or is of another network: the message lists what differs.</exception>
    public static void Load(nn.Module module, string path) => Load(module, SafeTensors.Open(path));

    /// <summary>Loads weights from a file that is open already.</summary>
    /// <param name="module">The module; left as it is unless keys, shapes and kinds of all tensors agree.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="WeightsException">The file is of another network: the message lists what differs.</exception>
    public static void Load(nn.Module module, SafeTensors file)
    {
        var state = ModuleState.Of(module);
        var saved = file.Tensors.ToDictionary(t => t.Name);
        var differences = state.Where(e => !saved.ContainsKey(e.Name)).Select(e => $"missing: {e.Name} {Describe(e.Tensor.shape)}")
            .Concat(file.Tensors.Where(t => state.All(e => e.Name != t.Name)).Select(t => $"not in the network: {t.Name} {Describe(t.Shape)}"))
            .Concat(state.Where(e => saved.ContainsKey(e.Name)).Select(e => Compare(e, saved[e.Name])).OfType<string>())
            .ToList();
        if (differences.Count > 0)
        {
            var rest = differences.Count - ShownDifferences;
            throw new WeightsException(
                $"{file.Path}: the weights are of another network; {differences.Count} of {Math.Max(state.Count, saved.Count)} tensors differ:"
                + string.Concat(differences.Take(ShownDifferences).Select(d => "\n  " + d))
                + (rest > 0 ? $"\n  and {rest} more" : "")
                + "\nName the network that they were trained as (and its number of classes).");
        }
        using var unrecorded = no_grad();
        foreach (var (name, tensor) in state)
        {
            using var loaded = file.Load(saved[name]);
            tensor.copy_(loaded);
        }
    }

    private static string? Compare(StateEntry entry, SafeTensorInfo saved)
    {
        if (!entry.Tensor.shape.SequenceEqual(saved.Shape))
            return $"{entry.Name}: {Describe(entry.Tensor.shape)} in the network, {Describe(saved.Shape)} in the file";
        // 16-bit floats become 32-bit ones; a whole number where a float belongs is a mistake.
        return IsFloat(entry.Tensor.dtype) == IsFloat(saved.Type) ? null : $"{entry.Name}: {entry.Tensor.dtype} in the network, {saved.Type} in the file";
    }

    private static bool IsFloat(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    private static string Describe(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
