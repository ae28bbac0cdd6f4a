namespace DeepLabDsl;

/// <summary>Where and from what a <see cref="SegmentationTrainer"/> trains.</summary>
public sealed record SegmentationTrainerOptions
{
    /// <summary>What computes.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>
    /// Threads of one operation on the CPU. Null: <c>OMP_NUM_THREADS</c>, else one a core. With 1 a run is the same bit for bit whenever
    /// it is repeated or resumed. libtorch has one number for the whole process.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Weights to start from: a file of any format, also a publisher's, or the folder of a run (its best). Null: random ones.
    /// </summary>
    public string? StartFrom { get; init; }

    /// <summary>
    /// Start from those tensors of <see cref="StartFrom"/> that fit, and leave the others random: weights of other classes, a backbone
    /// alone.
    /// </summary>
    public bool Partial { get; init; }

    /// <summary>Whether a run that is in the folder already may be replaced.</summary>
    public bool Overwrite { get; init; }
}
