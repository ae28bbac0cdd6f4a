using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Graph;

/// <summary>What a weight is for.</summary>
public enum WeightRole
{
    /// <summary>A convolution's taps, <c>[out, in / groups, kernel height, kernel width]</c>.</summary>
    Kernel,

    /// <summary>A number added to each channel, <c>[out]</c>.</summary>
    Bias,

    /// <summary>A batch norm's learned factor of each channel, <c>[C]</c>.</summary>
    Scale,

    /// <summary>A batch norm's learned offset of each channel, <c>[C]</c>.</summary>
    Shift,

    /// <summary>A batch norm's running mean, <c>[C]</c>; not learned.</summary>
    Mean,

    /// <summary>A batch norm's running variance, <c>[C]</c>; not learned.</summary>
    Variance,

    /// <summary>How many batches a batch norm has seen, a whole number; not learned.</summary>
    BatchCount,

    /// <summary>The factor of each term's message for each class, <c>[terms, classes]</c>.</summary>
    TermWeights,

    /// <summary>What it costs similar pixels to have two labels, <c>[classes, classes]</c>.</summary>
    Compatibility,
}

/// <summary>How a weight is drawn before a training.</summary>
public enum InitializerKind
{
    /// <summary>All of one number.</summary>
    Constant,

    /// <summary>Normal with mean 0 and a stated standard deviation.</summary>
    Normal,

    /// <summary>Normal with mean 0 and the standard deviation that He et al. state for ReLU, by fan-out (arXiv 1502.01852).</summary>
    HeFanOut,

    /// <summary>Each row a number of its own.</summary>
    Rows,

    /// <summary>0 on the diagonal and 1 beside it: Potts' model.</summary>
    Potts,
}

/// <summary>How a weight is drawn before a training.</summary>
/// <param name="Kind">The rule.</param>
/// <param name="Values">Its numbers: the constant, the standard deviation, the number of each row; else none.</param>
public sealed record Initializer(InitializerKind Kind, IReadOnlyList<double> Values)
{
    /// <summary>All zeros.</summary>
    public static readonly Initializer Zeros = new(InitializerKind.Constant, new double[1]);

    /// <summary>All ones.</summary>
    public static readonly Initializer Ones = new(InitializerKind.Constant, new double[] { 1 });

    /// <summary>He et al.'s rule.</summary>
    public static readonly Initializer HeFanOut = new(InitializerKind.HeFanOut, new double[0]);
}

/// <summary>
/// A tensor that a network learns or keeps. Operations that share one, as those of runs at several scales do, hold the same
/// object.
/// </summary>
/// <param name="Key">The state-dict key.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Initializer">How it is drawn before a training.</param>
/// <param name="IsTrainable">Whether a training changes it by its gradient.</param>
public sealed record Weight(string Key, IReadOnlyList<Channels> Shape, WeightRole Role, Initializer Initializer, bool IsTrainable)
{
    /// <summary>The dimensions of a single number.</summary>
    internal static readonly IReadOnlyList<Channels> Single = new Channels[0];

    /// <summary>What it is computed from, where a pass has made it of others; null: it stands in the state dict.</summary>
    public Derivation? Derivation { get; init; }

    /// <summary>The weights of the state dict that it is computed from; itself where it is one.</summary>
    public IEnumerable<Weight> Sources => Derivation switch
    {
        FoldedKernel folded => folded.Kernel.Sources.Concat([folded.Norm.Scale, folded.Norm.Variance]),
        FoldedBias folded => (folded.Bias?.Sources ?? []).Concat(
            [folded.Norm.Scale, folded.Norm.Shift, folded.Norm.Mean, folded.Norm.Variance]),
        _ => [this],
    };

    /// <summary>Whether it is a parameter, learned or frozen, and no running statistic.</summary>
    public bool IsParameter => Role is not (WeightRole.Mean or WeightRole.Variance or WeightRole.BatchCount);

    /// <summary>How many values it has for a number of classes.</summary>
    public long Count(int classes)
    {
        var count = 1L;
        foreach (var side in Shape)
            count *= side.At(classes);
        return count;
    }

    /// <summary>
    /// One dimension. An array: the list that <c>[channels]</c> would be is one more type to load before a graph is there.
    /// </summary>
    internal static IReadOnlyList<Channels> Dimensions(Channels channels) => new Channels[] { channels };

    /// <summary>The dimensions of a kernel.</summary>
    internal static IReadOnlyList<Channels> Dimensions(Channels channels, Channels perGroup, Window window) =>
        new Channels[] { channels, perGroup, window.Vertical.Kernel, window.Horizontal.Kernel };

    /// <summary>Equal is what is the same weight: two of one key would be one tensor.</summary>
    public bool Equals(Weight? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>The weights of a network that is being made, each once by its key.</summary>
public sealed class WeightPool
{
    private readonly Dictionary<string, Weight> _weights = [];

    /// <summary>The weight of a key: a new one, or that which has the key.</summary>
    /// <param name="key">The state-dict key.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <param name="role">What it is for.</param>
    /// <param name="initializer">How it is drawn.</param>
    /// <param name="isTrainable">Whether a training changes it by its gradient.</param>
    public Weight Get(string key, IReadOnlyList<Channels> shape, WeightRole role, Initializer initializer, bool isTrainable = true)
    {
        if (!_weights.TryGetValue(key, out var weight))
            _weights.Add(key, weight = new Weight(key, shape, role, initializer, isTrainable));
        return weight;
    }
}

/// <summary>How a weight that a pass has made is computed from others.</summary>
public abstract record Derivation
{
    private protected Derivation()
    {
    }
}

/// <summary>
/// A kernel with the batch norm behind it folded in: <c>kernel * scale / sqrt(variance + epsilon)</c>, channel by channel.
/// </summary>
/// <param name="Kernel">The convolution's own.</param>
/// <param name="Norm">The norm.</param>
public sealed record FoldedKernel(Weight Kernel, BatchNorm Norm) : Derivation;

/// <summary>A bias with the batch norm behind it folded in: <c>shift + (bias - mean) * scale / sqrt(variance + epsilon)</c>.</summary>
/// <param name="Bias">The convolution's own; null: it has none.</param>
/// <param name="Norm">The norm.</param>
public sealed record FoldedBias(Weight? Bias, BatchNorm Norm) : Derivation;
