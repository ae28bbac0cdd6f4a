using System;
using System.Collections.Generic;
using static TorchSharp.torch;

namespace DeepLabDsl.Networks;

/// <summary>One output that training compares with the labels.</summary>
/// <param name="Name">The output's name in the spec.</param>
/// <param name="Logits">Unnormalised scores <c>[N, classes, h, w]</c>.</param>
/// <param name="LossWeight">The factor of its loss in the sum (the spec's <c>loss_weight</c>).</param>
/// <param name="AtOutput">
/// Whether the loss is taken at the logits' size, to which labels are brought by nearest neighbour, as DeepLab v1 and v2 train;
/// else logits are brought to the labels' size bilinearly (v3, section 4.1).
/// </param>
/// <param name="AlignCorners">Whether corner pixels keep their place in that resize; else pixels are half-pixel centred.</param>
public readonly record struct SupervisedOutput(
    string Name, Tensor Logits, double LossWeight, bool AtOutput = false, bool AlignCorners = false);

/// <summary>
/// What a <see cref="SegmentationNetwork"/> returns. Each network derives a type of its own with one typed member an
/// output; this base gives what every network has. Disposing it frees all its tensors.
/// </summary>
public abstract class SegmentationOutput : IDisposable
{
    /// <summary>Unnormalised scores at the input's size, <c>[N, classes, H, W]</c>: what is evaluated and predicted from.</summary>
    public abstract Tensor Logits { get; }

    /// <summary>All outputs that carry a loss while training, the logits first.</summary>
    public abstract IReadOnlyList<SupervisedOutput> Supervised { get; }

    /// <summary>Every output by its name in the spec, in the spec's order.</summary>
    public abstract IReadOnlyList<KeyValuePair<string, Tensor>> Named { get; }

    /// <summary>Frees every tensor of the output.</summary>
    public void Dispose()
    {
        foreach (var (_, tensor) in Named)
            tensor.Dispose();
        GC.SuppressFinalize(this);
    }
}
