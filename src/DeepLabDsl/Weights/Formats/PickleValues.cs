using System.Collections.Generic;

namespace DeepLabDsl.Weights.Formats;

/// <summary>A name of Python that a pickle speaks of. It is a name and nothing else: there is nothing to call behind it.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A dictionary, in the order of its keys.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Entries { get; } = [];
}

/// <summary>A thing that no weights are made of (a NumPy scalar, an argument list, a scheduler): its name is all that is kept.</summary>
/// <param name="Name">The name by which it asks to be made.</param>
/// <param name="IsTensor">Whether it is a tensor, of a kind that is not read.</param>
internal sealed record PickleOpaque(string Name, bool IsTensor = false);

/// <summary>A run of elements that tensors look into.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">Its element type; null for bytes of any type.</param>
/// <param name="Count">How many elements (of bytes: how many bytes) it has.</param>
/// <param name="Start">The first element of it that counts, in old files whose storages look into others.</param>
internal sealed record PickleStorage(string Key, ElementType? Type, long Count, long Start);

/// <summary>A tensor: a look into a storage.</summary>
internal sealed record PickleTensor(
    PickleStorage Storage, ElementType Type, long Offset, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides);
