using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// The names that tensors in PyTorch's checkpoints are made by, and what each stands for: tensors, their parts, dictionaries. What
/// goes by any other name is kept as that name alone; it matters only where the weights are made of it.
/// </summary>
internal static class TorchPickle
{
    /// <summary>Bytes of an expanded tensor, which has more than its storage: a small file must not fill the memory.</summary>
    public const long MaximumRepeated = 64 << 20;

    private static readonly PickleGlobal OrderedDict = new("collections", "OrderedDict");
    private static readonly PickleGlobal BytesStorage = new("torch.storage", "UntypedStorage");

    private static readonly HashSet<PickleGlobal> Parts =
    [
        OrderedDict, BytesStorage, new("torch", "Size"), new("torch", "Tensor"), new("torch.nn.parameter", "Parameter"),
        new("torch._utils", "_rebuild_tensor"), new("torch._utils", "_rebuild_tensor_v2"), new("torch._utils", "_rebuild_tensor_v3"),
        new("torch._utils", "_rebuild_parameter"), new("torch._utils", "_rebuild_parameter_with_state"),
        new("torch._tensor", "_rebuild_from_type_v2"),
        new("builtins", "set"), new("__builtin__", "set"), new("builtins", "frozenset"), new("__builtin__", "frozenset"),
        new("collections", "defaultdict"),
    ];

    /// <summary>What a name makes of its arguments.</summary>
    /// <param name="callable">The name.</param>
    /// <param name="arguments">The arguments, a tuple.</param>
    /// <param name="spend">Is told how many values are copied.</param>
    /// <exception cref="PickleException">The arguments are not as PyTorch writes them.</exception>
    public static object? Call(object? callable, object? arguments, Action<int> spend)
    {
        if (callable is PickleOpaque opaque)
            return opaque;
        if (callable is not PickleGlobal global)
            throw new PickleException("it calls what is no name");
        if (!Parts.Contains(global))
        {
            var isTensor = global.Module.StartsWith("torch", StringComparison.Ordinal)
                && global.Name.StartsWith("_rebuild_", StringComparison.Ordinal);
            return new PickleOpaque(global.ToString(), isTensor);
        }
        if (arguments is not object?[] a)
            throw Damaged(global);
        // Of what is not read nothing is made that could be read.
        if (a is [PickleOpaque part, ..] && global.Name.StartsWith("_rebuild_", StringComparison.Ordinal))
            return part with { IsTensor = true };
        switch (global.Name)
        {
            case "OrderedDict":
                return MakeDictionary(a, spend);
            case "defaultdict":
                return new PickleDictionary();
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
            case "_rebuild_from_type_v2" when a is [PickleGlobal rebuild, _, object?[] parts, ..] && rebuild != global:
                // A class of tensors of its own adds methods, not numbers.
                return Call(rebuild, parts, spend);
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
    /// <returns>A <see cref="PickleStorage"/>, or a <see cref="PickleOpaque"/> for elements that are not read.</returns>
    public static object Storage(object? reference)
    {
        if (reference is not object?[] parts || parts is not ["storage", PickleGlobal type, string key, string, long count, ..]
            || count < 0)
            throw new PickleException("it refers to something outside of itself that is no storage of a tensor");
        if (!IsStorage(type) && type != BytesStorage)
            return new PickleOpaque(type.ToString(), IsTensor: true);
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

    private static PickleDictionary MakeDictionary(object?[] arguments, Action<int> spend)
    {
        var dictionary = new PickleDictionary();
        var pairs = arguments.FirstOrDefault() as List<object?> ?? [];
        spend(pairs.Count);
        foreach (var pair in pairs)
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

    private static object MakeTensor(
        PickleGlobal global, PickleStorage storage, ElementType? type, object? offset, object? size, object? strides)
    {
        if (type is null)
            return new PickleOpaque($"{global} of an unknown element type", IsTensor: true);
        if (offset is not long start || Longs(size) is not { } shape || Longs(strides) is not { } steps)
            throw Damaged(global);
        // A storage of bytes counts bytes.
        var count = storage.Type is null ? storage.Count / type.Size : storage.Count - storage.Start;
        if (shape.Length != steps.Length || start < 0 || steps.Any(s => s < 0) || ElementType.Count(shape) is not { } elements)
            throw Damaged(global);
        var last = shape.Zip(steps).Aggregate((Int128)start, (sum, axis) => sum + (Int128)Math.Max(0, axis.First - 1) * axis.Second);
        if (elements > 0 && last >= count)
            throw new PickleException(
                $"it holds a tensor [{string.Join(", ", shape)}] that looks beyond the {count} elements of its storage");
        if (elements > Math.Max(count, MaximumRepeated / type.Size))
            throw new PickleException($"it holds a tensor [{string.Join(", ", shape)}] that repeats the {count} elements of its storage "
                + "more often than weights do");
        return new PickleTensor(storage, type, start, shape, steps);
    }

    private static long[]? Longs(object? value) =>
        value is object?[] { Length: <= ElementType.MaximumRank } items && items.All(i => i is long) ? [.. items.Cast<long>()] : null;

    private static PickleException Damaged(PickleGlobal global) => new($"the arguments of '{global}' are not as PyTorch writes them");
}
