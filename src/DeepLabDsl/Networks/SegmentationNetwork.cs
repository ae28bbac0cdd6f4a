using System;
using System.Collections.Generic;
using DeepLabDsl.Graph;
using DeepLabDsl.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.Networks;

/// <summary>
/// The base of every network that the compiler generates from a <c>network:</c> spec: an image batch
/// <c>[N, C, H, W]</c> (float32, normalised with the descriptor's mean and std) in,
/// a <see cref="SegmentationOutput"/> with logits <c>[N, classes, H, W]</c> out.
/// </summary>
public abstract class SegmentationNetwork : GeneratedModule<Tensor, SegmentationOutput>
{
    /// <summary>Starts a network.</summary>
    /// <param name="descriptor">What the compiler knows of it.</param>
    /// <param name="classes">The number of classes that it tells apart; void is not one of them.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is not positive.</exception>
    protected SegmentationNetwork(NetworkDescriptor descriptor, int classes)
        : base(descriptor.ClassName)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        Descriptor = descriptor;
        Classes = classes;
    }

    /// <summary>What the compiler knows of the network without running it.</summary>
    public NetworkDescriptor Descriptor { get; }

    /// <summary>The network as a graph, for any number of classes.</summary>
    public NetworkGraph Graph => Descriptor.Graph;

    /// <summary>The number of classes: the channels of the logits.</summary>
    public int Classes { get; }

    /// <summary>
    /// The network as it is now, in a form for inference alone: faster and smaller than the module, with the same scores but for rounding.
    /// It keeps a copy of the weights; what is learned later does not reach it. Batch norms go by their running statistics, whatever mode
    /// the module is in.
    /// </summary>
    /// <param name="precision">What maps and kernels are held in.</param>
    /// <param name="outputs">The names of the outputs that it computes; null: the logits alone.</param>
    /// <returns>A new form, which the caller disposes; it runs where the module is.</returns>
    /// <exception cref="ArgumentException">There is no output of a name, or the network is on several devices.</exception>
    public InferenceNetwork ForInference(
        InferencePrecision precision = InferencePrecision.Float32, IReadOnlyList<string>? outputs = null) => new(this, precision, outputs);

    /// <summary>
    /// The same form, and the end of this module: each of its weights is freed once the form has its own, so that they are in memory once
    /// and not twice.
    /// </summary>
    /// <inheritdoc cref="ForInference"/>
    public InferenceNetwork IntoInference(
        InferencePrecision precision = InferencePrecision.Float32, IReadOnlyList<string>? outputs = null)
    {
        var form = new InferenceNetwork(this, precision, outputs, takesWeights: true);
        Dispose();
        return form;
    }
}
