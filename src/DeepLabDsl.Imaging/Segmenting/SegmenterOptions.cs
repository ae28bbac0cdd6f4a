using System;
using System.Collections.Generic;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Recipes;

namespace DeepLabDsl;

/// <summary>How a <see cref="Segmenter"/> works. What is not set is as the network's spec says.</summary>
/// <example>
/// <code>
/// var options = new SegmenterOptions { Scales = [0.75, 1, 1.25], Flip = true };
/// using var segmenter = Segmenter.Load("runs/fields", options);
/// </code>
/// </example>
public sealed record SegmenterOptions
{
    private const long DefaultStreamBytes = 64L << 20;
    private const long DefaultStreamPixels = 50_000_000;

    /// <summary>What computes; an ONNX model runs on the CPU.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>The numbers that are computed with. An ONNX model has its own.</summary>
    public InferencePrecision Precision { get; init; } = InferencePrecision.Float32;

    /// <summary>Factors by which each image is scaled, above 0 and at most 8; probabilities are averaged. Null: the spec's.</summary>
    public IReadOnlyList<double>? Scales { get; init; }

    /// <summary>Whether the mirrored image is segmented too and averaged in. Null: as the spec says.</summary>
    public bool? Flip { get; init; }

    /// <summary>
    /// Height and width of the windows that a larger image is cut into: for images that do not fit in memory, and for networks that were
    /// trained on crops of that size. Null: the spec's.
    /// </summary>
    public Extent? Window { get; init; }

    /// <summary>Segment images whole, though the spec has windows.</summary>
    public bool WholeImages { get; init; }

    /// <summary>The part of a window that its neighbour covers too, from 0 to below 1. Null: the spec's, else one half.</summary>
    public double? Overlap { get; init; }

    /// <summary>How overlapping windows are put together. Null: the spec's, else by a Hann window.</summary>
    public WindowBlend? Blend { get; init; }

    /// <summary>Refine by the dense CRF of the spec, or by that of the papers where it has none.</summary>
    public bool RefineWithCrf { get; init; }

    /// <summary>Refine by this dense CRF. Null: see <see cref="RefineWithCrf"/>.</summary>
    public CrfRecipe? Crf { get; init; }

    /// <summary>
    /// Whether results keep the probability of each class at every pixel: 4 bytes a class and pixel. They are the network's, before a
    /// CRF.
    /// </summary>
    public bool KeepProbabilities { get; init; }

    /// <summary>
    /// Threads of one operation. Null: for libtorch <c>OMP_NUM_THREADS</c>, else one a core that the process may use; ONNX Runtime takes
    /// one a core of the machine. libtorch has one number for the whole process.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Images that are decoded and segmented at a time; the others wait. Memory grows with it, and an image takes all cores as it is.
    /// </summary>
    public int MaxConcurrency { get; init; } = 1;

    /// <summary>Bytes that are read of a stream, which comes from anyone; more are an error. Default 64 MiB.</summary>
    public long MaxStreamBytes { get; init; } = DefaultStreamBytes;

    /// <summary>Pixels that an image from a stream may have; more are an error before it is decoded. Default 50 million.</summary>
    public long MaxStreamPixels { get; init; } = DefaultStreamPixels;

    /// <summary>The classes with their colours where the weights do not say. Null: what the weights say.</summary>
    public ClassSet? Classes { get; init; }

    /// <summary>Whether images go through a CRF.</summary>
    internal bool HasCrf => RefineWithCrf || Crf is not null;

    /// <summary>How images are predicted: what is set here over what the network's spec says.</summary>
    internal PredictionOptions Over(PredictionOptions spec) => spec with
    {
        Scales = Scales ?? spec.Scales,
        Flip = Flip ?? spec.Flip,
        Window = WholeImages ? null : Window ?? spec.Window,
        Overlap = Overlap ?? spec.Overlap,
        Blend = Blend ?? spec.Blend,
    };

    /// <summary>Refuses what can't be.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    internal void Validate()
    {
        Over(new PredictionOptions()).Validate();
        if (WholeImages && Window is not null)
            throw new ArgumentException($"{nameof(WholeImages)} and {nameof(Window)} exclude each other: set one of them.");
        if (Threads is < 1)
            throw new ArgumentException($"{nameof(Threads)} must be 1 or more, not {Threads}.");
        if (MaxConcurrency < 1)
            throw new ArgumentException($"{nameof(MaxConcurrency)} must be 1 or more, not {MaxConcurrency}.");
        if (MaxStreamBytes is < 1 || MaxStreamBytes > Array.MaxLength)
            throw new ArgumentException($"{nameof(MaxStreamBytes)} must be from 1 to {Array.MaxLength}, not {MaxStreamBytes}.");
        if (MaxStreamPixels < 1)
            throw new ArgumentException($"{nameof(MaxStreamPixels)} must be 1 or more, not {MaxStreamPixels}.");
    }
}
