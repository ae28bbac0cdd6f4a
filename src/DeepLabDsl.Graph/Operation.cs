using System.Collections.Generic;

namespace DeepLabDsl.Graph;

/// <summary>What a factor f makes of the n pixels of a side.</summary>
public enum ResizeGrid
{
    /// <summary>floor(n f) pixels, spread evenly over the side.</summary>
    Size,

    /// <summary>floor(n f) pixels, exactly 1/f apart: PyTorch's <c>scale_factor</c>.</summary>
    Factor,

    /// <summary>floor((n - 1) f) + 1 pixels, the outer ones on the corners: Caffe's Interp and TensorFlow's DeepLab.</summary>
    Corners,
}

/// <summary>What a node does with the maps that it is given, <c>[N, C, H, W]</c> each; nothing of it is left to be looked up.</summary>
public abstract record Operation
{
    private static readonly IReadOnlyList<Weight> None = [];

    private protected Operation()
    {
    }

    /// <summary>The weights that it runs on, in the order of a state dict.</summary>
    public virtual IReadOnlyList<Weight> Weights => None;
}

/// <summary>The network's input.</summary>
public sealed record Input : Operation;

/// <summary>A convolution: with a bias or without, dense, in groups or of each channel by itself, atrous where a rate is above 1.</summary>
/// <param name="Kernel"><c>[out, in / groups, kernel height, kernel width]</c>.</param>
/// <param name="Bias"><c>[out]</c>; null: none.</param>
/// <param name="Window">Where its taps are and how it pads, with zeros.</param>
/// <param name="Groups">Groups of channels that see only each other.</param>
/// <param name="IsDepthwise">Whether each channel of the input is a group.</param>
public sealed record Convolution(Weight Kernel, Weight? Bias, Window Window, Channels Groups, bool IsDepthwise) : Operation
{
    /// <summary>A convolution with weights of its own, or with those of the same key.</summary>
    /// <param name="weights">The network's weights.</param>
    /// <param name="path">The layer's state-dict path.</param>
    /// <param name="channels">Channels of the result.</param>
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="window">Where its taps are.</param>
    /// <param name="groups">Groups of channels; null: each channel of the input is one.</param>
    /// <param name="hasBias">Whether it has a bias.</param>
    /// <param name="initStd">Standard deviation that its kernel is drawn with; null: He et al.'s.</param>
    public static Convolution Create(
        WeightPool weights, string path, Channels channels, Channels inputChannels, Window window, Channels? groups, bool hasBias,
        double? initStd) => Create(
        weights, path, channels, inputChannels, window, groups ?? inputChannels, groups is null, hasBias,
        initStd is { } std ? new Initializer(InitializerKind.Normal, [std]) : Initializer.HeFanOut);

    /// <summary>The same of values that a stored graph has.</summary>
    internal static Convolution Create(
        WeightPool weights, string path, Channels channels, Channels inputChannels, Window window, Channels groups, bool isDepthwise,
        bool hasBias, Initializer initializer)
    {
        var perGroup = isDepthwise ? 1 : PerGroup(inputChannels, groups);
        return new Convolution(
            weights.Get(path + ".weight", Weight.Dimensions(channels, perGroup, window), WeightRole.Kernel, initializer),
            hasBias ? weights.Get(path + ".bias", Weight.Dimensions(channels), WeightRole.Bias, Initializer.Zeros) : null,
            window, groups, isDepthwise);
    }

    /// <summary>Groups that grow with the classes divide channels that do as they do.</summary>
    private static Channels PerGroup(Channels channels, Channels groups) =>
        groups.IsConstant
            ? channels / groups.Constant
            : groups.PerClass != 0 ? channels.PerClass / groups.PerClass : channels.Constant / groups.Constant;

    /// <inheritdoc/>
    public override IReadOnlyList<Weight> Weights => Bias is null ? [Kernel] : [Kernel, Bias];
}

/// <summary>Batch normalisation: <c>scale * (x - mean) / sqrt(variance + epsilon) + shift</c>, channel by channel.</summary>
/// <param name="Scale"><c>[C]</c>.</param>
/// <param name="Shift"><c>[C]</c>.</param>
/// <param name="Mean">The running mean, <c>[C]</c>; in training the batch's own is used, unless it is frozen.</param>
/// <param name="Variance">The running variance, <c>[C]</c>.</param>
/// <param name="BatchCount">How many batches it has seen.</param>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="Momentum">Share of a new batch in the running statistics.</param>
/// <param name="IsFrozen">Whether it uses the running statistics in training too and nothing of it is learned.</param>
public sealed record BatchNorm(
    Weight Scale, Weight Shift, Weight Mean, Weight Variance, Weight BatchCount, double Epsilon, double Momentum, bool IsFrozen) : Operation
{
    /// <summary>A batch norm with weights of its own, or with those of the same key.</summary>
    /// <param name="weights">The network's weights.</param>
    /// <param name="path">The layer's state-dict path.</param>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">Share of a new batch in the running statistics.</param>
    /// <param name="isFrozen">Whether it uses the running statistics in training too.</param>
    public static BatchNorm Create(WeightPool weights, string path, Channels channels, double epsilon, double momentum, bool isFrozen)
    {
        var shape = Weight.Dimensions(channels);
        return new BatchNorm(
            weights.Get(path + ".weight", shape, WeightRole.Scale, Initializer.Ones, !isFrozen),
            weights.Get(path + ".bias", shape, WeightRole.Shift, Initializer.Zeros, !isFrozen),
            weights.Get(path + ".running_mean", shape, WeightRole.Mean, Initializer.Zeros, isTrainable: false),
            weights.Get(path + ".running_var", shape, WeightRole.Variance, Initializer.Ones, isTrainable: false),
            weights.Get(path + ".num_batches_tracked", Weight.Single, WeightRole.BatchCount, Initializer.Zeros, isTrainable: false),
            epsilon, momentum, isFrozen);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Weight> Weights => [Scale, Shift, Mean, Variance, BatchCount];
}

/// <summary>Functions of each value by itself.</summary>
public enum ActivationKind
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, 0), 6).</summary>
    Relu6,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,

    /// <summary>min(max(x + 3, 0), 6) / 6.</summary>
    HardSigmoid,

    /// <summary>x * hard_sigmoid(x).</summary>
    HardSwish,
}

/// <summary>A function of each value by itself.</summary>
/// <param name="Kind">Which.</param>
public sealed record Activation(ActivationKind Kind) : Operation;

/// <summary>The largest value of each window; padding is minus infinity.</summary>
/// <param name="Window">Where its taps are and how it pads.</param>
public sealed record MaxPool(Window Window) : Operation;

/// <summary>The mean of each window.</summary>
/// <param name="Window">Where its taps are and how it pads, with zeros.</param>
/// <param name="CountsPadding">Whether padded zeros count in the mean; what lies beyond the padding never does.</param>
public sealed record AveragePool(Window Window, bool CountsPadding) : Operation;

/// <summary>The mean of the whole map: <c>[N, C, 1, 1]</c>.</summary>
public sealed record GlobalAveragePool : Operation;

/// <summary>Bilinear resize by a factor.</summary>
/// <param name="Factor">The factor of height and width.</param>
/// <param name="AlignCorners">Whether corner pixels keep their place; else pixels are half-pixel centred.</param>
/// <param name="Grid">How many pixels the factor makes of a side and how far apart they are.</param>
public sealed record ResizeBy(double Factor, bool AlignCorners, ResizeGrid Grid) : Operation;

/// <summary>Bilinear resize of the first map to the height and width of the second.</summary>
/// <param name="AlignCorners">Whether corner pixels keep their place; else pixels are half-pixel centred.</param>
public sealed record ResizeTo(bool AlignCorners) : Operation;

/// <summary>Channels to pixels: <c>[N, C f^2, H, W]</c> to <c>[N, C, H f, W f]</c>.</summary>
/// <param name="Factor">The factor f of height and width.</param>
public sealed record PixelShuffle(int Factor) : Operation;

/// <summary>The sum of maps of one shape.</summary>
public sealed record Add : Operation;

/// <summary>The product of two maps; one of <c>[N, C, 1, 1]</c> scales the channels of the other.</summary>
public sealed record Multiply : Operation;

/// <summary>The largest of maps of one shape, element by element.</summary>
public sealed record Maximum : Operation;

/// <summary>The mean of maps of one shape, element by element.</summary>
public sealed record Mean : Operation;

/// <summary>The channels of all inputs one after the other.</summary>
public sealed record Concatenate : Operation;

/// <summary>Values zeroed at random in training, the others scaled up; nothing otherwise.</summary>
/// <param name="Probability">Chance of each value to be zeroed.</param>
public sealed record Dropout(double Probability) : Operation;

/// <summary>
/// Mean-field steps of a dense CRF on class scores, the first map, by the colours of the second, the network's normalised input
/// (CRF-RNN): a position kernel and a colour kernel.
/// </summary>
/// <param name="TermWeights">The factor of each term's message for each class, <c>[2, classes]</c>.</param>
/// <param name="Compatibility">What it costs similar pixels to have two labels, <c>[classes, classes]</c>.</param>
/// <param name="Iterations">Steps.</param>
/// <param name="GaussianSigma">Standard deviation of the position kernel in pixels.</param>
/// <param name="GaussianWeight">Weight of the position kernel at the start.</param>
/// <param name="BilateralSigmaXY">Standard deviation of the colour kernel in pixels.</param>
/// <param name="BilateralSigmaRgb">Standard deviation of the colour kernel in colour, on the scale 0 to 255.</param>
/// <param name="BilateralWeight">Weight of the colour kernel at the start.</param>
/// <param name="ColorMean">What was subtracted from each channel of the input, on the scale 0 to 1.</param>
/// <param name="ColorStd">What each channel was divided by after that.</param>
public sealed record MeanFieldCrf(
    Weight TermWeights, Weight Compatibility, int Iterations, double GaussianSigma, double GaussianWeight,
    double BilateralSigmaXY, double BilateralSigmaRgb, double BilateralWeight,
    IReadOnlyList<double> ColorMean, IReadOnlyList<double> ColorStd) : Operation
{
    /// <summary>A CRF with weights of its own, or with those of the same key.</summary>
    /// <param name="weights">The network's weights.</param>
    /// <param name="path">The layer's state-dict path.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="iterations">Steps.</param>
    /// <param name="gaussian">Standard deviation of the position kernel, and its weight at the start.</param>
    /// <param name="bilateral">Standard deviations of the colour kernel in pixels and in colour, and its weight at the start.</param>
    /// <param name="mean">What was subtracted from each channel of the input.</param>
    /// <param name="std">What each channel was divided by after that.</param>
    public static MeanFieldCrf Create(
        WeightPool weights, string path, Channels classes, int iterations, (double Sigma, double Weight) gaussian,
        (double SigmaXY, double SigmaRgb, double Weight) bilateral, IReadOnlyList<double> mean, IReadOnlyList<double> std) => new(
        weights.Get(
            path + ".kernel_weights", [2, classes], WeightRole.TermWeights,
            new Initializer(InitializerKind.Rows, [gaussian.Weight, bilateral.Weight])),
        weights.Get(path + ".compatibility", [classes, classes], WeightRole.Compatibility, new Initializer(InitializerKind.Potts, [])),
        iterations, gaussian.Sigma, gaussian.Weight, bilateral.SigmaXY, bilateral.SigmaRgb, bilateral.Weight, mean, std);

    /// <inheritdoc/>
    public override IReadOnlyList<Weight> Weights => [TermWeights, Compatibility];
}
