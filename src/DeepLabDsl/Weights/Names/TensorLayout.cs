using System.Collections.Generic;
using System.Linq;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Names;

/// <summary>
/// How a publisher lays out a tensor otherwise than we do: reversed along an axis (blue before red), with its axes in
/// another order, flattened from an axis on. From ours to theirs in this order; backwards the other way round.
/// </summary>
/// <param name="Reverse">The axis along which theirs is ours back to front; null: none.</param>
/// <param name="Permute">For each of their axes the axis of ours; null: the same.</param>
/// <param name="Flatten">The axis from which on theirs is one axis; null: not flattened.</param>
internal sealed record TensorLayout(int? Reverse = null, IReadOnlyList<int>? Permute = null, int? Flatten = null)
{
    /// <summary>The same as ours.</summary>
    public static TensorLayout Same { get; } = new();

    /// <summary>Whether a tensor of so many dimensions can be laid out so.</summary>
    public bool Fits(int rank) =>
        (Reverse is null || Reverse < rank) && (Permute is null || Permute.Count == rank) && (Flatten is null || Flatten < rank);

    /// <summary>Their shape of a tensor of ours.</summary>
    public IReadOnlyList<long> ShapeOfTheirs(IReadOnlyList<long> ours)
    {
        var shape = Permute is null ? ours : [.. Permute.Select(axis => ours[axis])];
        return Flatten is not { } first
            ? shape
            : [.. shape.Take(first), shape.Skip(first).Aggregate(1L, (product, extent) => product * extent)];
    }

    /// <summary>Their tensor as ours.</summary>
    /// <param name="theirs">The tensor, of their shape.</param>
    /// <param name="ours">The shape of ours.</param>
    public Tensor ToOurs(Tensor theirs, IReadOnlyList<long> ours)
    {
        var tensor = theirs.reshape([.. Permute is null ? ours : Permute.Select(axis => ours[axis])]);
        if (Permute is not null)
            tensor = tensor.permute([.. Enumerable.Range(0, Permute.Count).Select(axis => (long)Permute.ToList().IndexOf(axis))]);
        return (Reverse is { } reversed ? tensor.flip(reversed) : tensor).contiguous();
    }

    /// <summary>Our tensor as theirs.</summary>
    public Tensor ToTheirs(Tensor ours)
    {
        var tensor = Reverse is { } reversed ? ours.flip(reversed) : ours;
        if (Permute is not null)
            tensor = tensor.permute([.. Permute.Select(axis => (long)axis)]);
        return tensor.contiguous().reshape([.. ShapeOfTheirs(ours.shape)]);
    }
}
