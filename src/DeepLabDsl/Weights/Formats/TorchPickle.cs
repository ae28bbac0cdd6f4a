using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl;

/// <summary>
/// The names that PyTorch's checkpoints may speak of, and what each stands for: tensors, their parts, ordered dictionaries.
/// A handful of harmless things that training scripts leave in checkpoints are kept as names alone. Every other name is
/// refused.
/// </summary>
internal static class TorchPickle
{
    private const int MaximumRank = 64;

    /// <summary>Elements of an expanded tensor, which has more than its storage: a small file must not fill the memory.</summary>
    private const long MaximumRepeated = 1 << 24;

    private static readonly PickleGlobal OrderedDict = new("collections", "OrderedDict");
    private static readonly PickleGlobal BytesStorage = new("torch.storage", "UntypedStorage");

    private static readonly HashSet<PickleGlobal> Parts =
    [
        OrderedDict, BytesStorage, new("torch", "Size"), new("torch", "Tensor"), new("torch.nn.parameter", "Parameter"),
        new("torch._utils", "_rebuild_tensor"), new("torch._utils", "_rebuild_tensor_v2"), new("torch._utils", "_rebuild_tensor_v3"),
        new("torch._utils", "_rebuild_parameter"), new("torch._utils", "_rebuild_parameter_with_state"),
        new("torch._tensor", "_rebuild_from_type_v2"),
        new("builtins", "set"), new("__builtin__", "set"), new("builtins", "frozenset"), new("__builtin__", "frozenset"),
    ];

    /// <summary>What scripts leave in checkpoints beside tensors: best scores as NumPy scalars, argument lists, devices.</summary>
    private static readonly HashSet<PickleGlobal> Inert =
    [
        new("torch", "device"), new("_codecs", "encode"), new("argparse", "Namespace"), new("collections", "Counter"),
        new("numpy", "dtype"), new("numpy", "ndarray"),
        new("numpy.core.multiarray", "scalar"), new("numpy.core.multiarray", "_reconstruct"),
        new("numpy._core.multiarray", "scalar"), new("numpy._core.multiarray", "_reconstruct"),
    ];

    /// <summary>A name, if it is one of those that weights need.</summary>
    /// <exception cref="PickleException">It is another.</exception>
    public static PickleGlobal Global(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        return Parts.Contains(global) || Inert.Contains(global) || IsStorage(global) || IsType(global) ? global : throw Refuse(global.ToString());
    }

    /// <summary>The refusal of a name.</summary>
    public static PickleException Refuse(string name) => new(
        $"it asks for '{name}', which is no tensor and no container; nothing of it was run. "
        + "Where the file is a whole model or a training state that you trust, save its tensors alone in Python: torch.save(model.state_dict(), path)");

    /// <summary>What a name makes of its arguments.</summary>
    /// <exception cref="PickleException">The arguments are not as PyTorch writes them.</exception>
    public static object? Call(object? callable, object? arguments)
    {
        if (callable is PickleOpaque opaque)
            return opaque;
        if (callable is not PickleGlobal global || arguments is not object?[] a)
            throw new PickleException("it calls what is no name");
        if (Inert.Contains(global))
            return new PickleOpaque(global.ToString());
        switch (global.Name)
        {
            case "OrderedDict":
                return MakeDictionary(a);
            case "set" or "frozenset":
                return a.FirstOrDefault() as List<object?> ?? [];
            case "Size":
                return a is [object?[] extents] ? extents : throw Damaged(global);
            case "_rebuild_tensor" when a is [PickleStorage storage, var offset, var size, var strides, ..]:
                return MakeTensor(global, storage, storage.Type, offset, size, strides);
            case "_rebuild_tensor_v2" when a is [PickleStorage storage, var offset, var size, var strides, _, _, ..]:
                return MakeTensor(global, storage, storage.Type, offset, size, strides);
            case "_rebuild_tensor_v3" when a is [PickleStorage storage, var offset, var size, var strides, _, _, PickleGlobal type, ..]:
                return MakeTensor(global, storage, ElementType.All.FirstOrDefault(t => t.Name == type.Name), offset, size, strides);
            case "_rebuild_parameter" or "_rebuild_parameter_with_state" when a is [PickleTensor tensor, ..]:
                return tensor;
            case "_rebuild_from_type_v2" when a is [PickleGlobal rebuild, PickleGlobal { Name: "Tensor" or "Parameter" }, object?[] parts, ..] && rebuild != global:
                return Call(rebuild, parts);
            default:
                throw Damaged(global);
        }
    }

    /// <summary>Attributes that are set on a thing: kept nowhere, since weights need none.</summary>
    public static void SetState(object? target, object? state)
    {
        // The version marks of an ordered dictionary, the arguments of a namespace.
        if (target is not (PickleDictionary or PickleOpaque or PickleTensor))
            throw new PickleException($"it sets attributes ({state?.GetType().Name ?? "none"}) of what has none");
    }

    /// <summary>A reference to a storage, which lies outside of the pickle.</summary>
    public static PickleStorage Storage(object? reference)
    {
        if (reference is not object?[] parts || parts is not ["storage", PickleGlobal type, string key, string, long count, ..] || count < 0)
            throw new PickleException("it refers to something outside of itself that is no storage of a tensor");
        if (!IsStorage(type) && type != BytesStorage)
            throw new PickleException($"it refers to a storage of '{type}', an element type that is not read");
        var view = parts.Length > 5 ? parts[5] : null;
        var start = view switch
        {
            null => 0,
            object?[] and [string, long offset, long] when offset >= 0 && offset <= count => offset,
            _ => throw new PickleException($"its storage '{key}' looks into another in a way that is not understood"),
        };
        return new PickleStorage(key, ElementType.All.FirstOrDefault(t => t.Storage == type.Name), count, start);
    }

    private static bool IsStorage(PickleGlobal global) => global.Module == "torch" && ElementType.All.Any(t => t.Storage == global.Name);

    private static bool IsType(PickleGlobal global) => global.Module == "torch" && ElementType.All.Any(t => t.Name == global.Name);

    private static PickleDictionary MakeDictionary(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        foreach (var pair in arguments.FirstOrDefault() as List<object?> ?? [])
        {
            // Version 2 of Python writes the entries as lists of two.
            dictionary.Entries.Add(pair switch
            {
                object?[] and [var key, var value] => (key, value),
                List<object?> and [var key, var value] => (key, value),
                _ => throw Damaged(OrderedDict),
            });
        }
        return dictionary;
    }

    private static PickleTensor MakeTensor(PickleGlobal global, PickleStorage storage, ElementType? type, object? offset, object? size, object? strides)
    {
        if (type is null)
            throw new PickleException("it holds a tensor of an element type that is not read; convert it to float32 in Python");
        if (offset is not long start || Longs(size) is not { } shape || Longs(strides) is not { } steps)
            throw Damaged(global);
        // A storage of bytes counts bytes.
        var count = storage.Type is null ? storage.Count / type.Size : storage.Count - storage.Start;
        if (shape.Length != steps.Length || shape.Length > MaximumRank || start < 0 || steps.Any(s => s < 0) || ElementType.Count(shape) is not { } elements)
            throw Damaged(global);
        var last = shape.Zip(steps).Aggregate((Int128)start, (sum, axis) => sum + (Int128)Math.Max(0, axis.First - 1) * axis.Second);
        if (elements > 0 && last >= count)
            throw new PickleException($"it holds a tensor [{string.Join(", ", shape)}] that looks beyond the {count} elements of its storage");
        if (elements > Math.Max(count, MaximumRepeated))
            throw new PickleException($"it holds a tensor [{string.Join(", ", shape)}] that repeats the {count} elements of its storage more often than weights do");
        return new PickleTensor(storage, type, start, shape, steps);
    }

    private static long[]? Longs(object? value) =>
        value is object?[] items && items.All(i => i is long) ? [.. items.Cast<long>()] : null;

    private static PickleException Damaged(PickleGlobal global) => new($"the arguments of '{global}' are not as PyTorch writes them");
}
