using System;
using System.Collections.Generic;
using DeepLabDsl.Crf;
using DeepLabDsl.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;
using BatchNorm2d = DeepLabDsl.Modules.BatchNorm2d;

namespace DeepLabDsl.Networks;

/// <summary>
/// What the layers of a block leave open, as the spec's <c>defaults:</c> of the network, of its backbone, and of what stands around the
/// block say it. What nobody says is what the language says. A property is null where nothing is said of it.
/// </summary>
public sealed record LayerDefaults
{
    /// <summary>Nothing said: batch norms and ReLU, convolutions without bias.</summary>
    public static LayerDefaults Standard { get; } = new();

    /// <summary>What a use of a block has said, which counts more than what the block says itself; null: nothing.</summary>
    public LayerDefaults? Overrides { get; init; }

    /// <summary>What <c>activation</c> stands for.</summary>
    public LayerActivation? Activation { get; init; }

    /// <summary>Whether <c>norm</c> stands for a batch norm; else there is none.</summary>
    public bool? Normalizes { get; init; }

    /// <summary>The padding of all convolutions and poolings.</summary>
    public WindowPadding? Padding
    {
        init => ConvPadding = DepthwiseConvPadding = MaxPoolPadding = AvgPoolPadding = value;
    }

    /// <summary><c>conv: channels</c>.</summary>
    public int? ConvChannels { get; init; }

    /// <summary><c>conv: kernel</c>.</summary>
    public Extent? ConvKernel { get; init; }

    /// <summary><c>conv: stride</c>.</summary>
    public Extent? ConvStride { get; init; }

    /// <summary><c>conv: rate</c>.</summary>
    public Extent? ConvRate { get; init; }

    /// <summary><c>conv: padding</c>.</summary>
    public WindowPadding? ConvPadding { get; init; }

    /// <summary><c>conv: groups</c>.</summary>
    public int? ConvGroups { get; init; }

    /// <summary><c>conv: bias</c>.</summary>
    public bool? ConvBias { get; init; }

    /// <summary><c>conv: init_std</c>.</summary>
    public double? ConvInitStd { get; init; }

    /// <summary><c>depthwise_conv: kernel</c>.</summary>
    public Extent? DepthwiseConvKernel { get; init; }

    /// <summary><c>depthwise_conv: stride</c>.</summary>
    public Extent? DepthwiseConvStride { get; init; }

    /// <summary><c>depthwise_conv: rate</c>.</summary>
    public Extent? DepthwiseConvRate { get; init; }

    /// <summary><c>depthwise_conv: padding</c>.</summary>
    public WindowPadding? DepthwiseConvPadding { get; init; }

    /// <summary><c>depthwise_conv: bias</c>.</summary>
    public bool? DepthwiseConvBias { get; init; }

    /// <summary><c>depthwise_conv: init_std</c>.</summary>
    public double? DepthwiseConvInitStd { get; init; }

    /// <summary><c>depthwise_conv: multiplier</c>.</summary>
    public int? DepthwiseConvMultiplier { get; init; }

    /// <summary><c>batch_norm: epsilon</c>.</summary>
    public double? BatchNormEpsilon { get; init; }

    /// <summary><c>batch_norm: momentum</c>.</summary>
    public double? BatchNormMomentum { get; init; }

    /// <summary><c>batch_norm: frozen</c>.</summary>
    public bool? BatchNormFrozen { get; init; }

    /// <summary><c>max_pool: kernel</c>.</summary>
    public Extent? MaxPoolKernel { get; init; }

    /// <summary><c>max_pool: stride</c>.</summary>
    public Extent? MaxPoolStride { get; init; }

    /// <summary><c>max_pool: rate</c>.</summary>
    public Extent? MaxPoolRate { get; init; }

    /// <summary><c>max_pool: padding</c>.</summary>
    public WindowPadding? MaxPoolPadding { get; init; }

    /// <summary><c>max_pool: ceil</c>.</summary>
    public bool? MaxPoolCeil { get; init; }

    /// <summary><c>avg_pool: kernel</c>.</summary>
    public Extent? AvgPoolKernel { get; init; }

    /// <summary><c>avg_pool: stride</c>.</summary>
    public Extent? AvgPoolStride { get; init; }

    /// <summary><c>avg_pool: padding</c>.</summary>
    public WindowPadding? AvgPoolPadding { get; init; }

    /// <summary><c>avg_pool: ceil</c>.</summary>
    public bool? AvgPoolCeil { get; init; }

    /// <summary><c>avg_pool: count_padding</c>.</summary>
    public bool? AvgPoolCountPadding { get; init; }

    /// <summary><c>resize: factor</c>.</summary>
    public double? ResizeFactor { get; init; }

    /// <summary><c>resize: align_corners</c>.</summary>
    public bool? ResizeAlignCorners { get; init; }

    /// <summary><c>resize: grid</c>.</summary>
    public ResizeGrid? ResizeGrid { get; init; }

    /// <summary><c>pixel_shuffle: factor</c>.</summary>
    public int? PixelShuffleFactor { get; init; }

    /// <summary><c>dropout: probability</c>.</summary>
    public double? DropoutProbability { get; init; }

    /// <summary><c>crf: iterations</c>.</summary>
    public int? CrfIterations { get; init; }

    /// <summary><c>crf: gaussian_sigma</c>.</summary>
    public double? CrfGaussianSigma { get; init; }

    /// <summary><c>crf: gaussian_weight</c>.</summary>
    public double? CrfGaussianWeight { get; init; }

    /// <summary><c>crf: bilateral_sigma_xy</c>.</summary>
    public double? CrfBilateralSigmaXy { get; init; }

    /// <summary><c>crf: bilateral_sigma_rgb</c>.</summary>
    public double? CrfBilateralSigmaRgb { get; init; }

    /// <summary><c>crf: bilateral_weight</c>.</summary>
    public double? CrfBilateralWeight { get; init; }

    /// <summary>Mean of each channel of the network's input on the scale 0 to 1, where a layer turns its normalisation back.</summary>
    public IReadOnlyList<double>? InputMean { get; init; }

    /// <summary>Standard deviation of each channel of the network's input on the scale 0 to 1.</summary>
    public IReadOnlyList<double>? InputStd { get; init; }

    /// <summary>The channels of a convolution that says none.</summary>
    /// <exception cref="InvalidOperationException">Nothing says any.</exception>
    public int ConvChannelsInForce => ConvChannels ?? throw Missing("conv: channels");

    /// <summary>The multiplier of a depthwise convolution that says none.</summary>
    public int DepthwiseConvMultiplierInForce => DepthwiseConvMultiplier ?? 1;

    /// <summary>The factor of a pixel shuffle that says none.</summary>
    /// <exception cref="InvalidOperationException">Nothing says any.</exception>
    public int PixelShuffleFactorInForce => PixelShuffleFactor ?? throw Missing("pixel_shuffle: factor");

    /// <summary>What <c>activation</c> stands for.</summary>
    public LayerActivation ActivationInForce => Activation ?? LayerActivation.Relu;

    /// <summary>These defaults around a block that says some itself: its own count more, and what its use has said most.</summary>
    public LayerDefaults Under(LayerDefaults own)
    {
        var inner = Overlaid(own);
        return (Overrides is null ? inner : inner.Overlaid(Overrides)) with { Overrides = null };
    }

    /// <summary>A convolution <c>[N, in, H, W]</c> to <c>[N, out, H', W']</c>; what is null is left to the defaults.</summary>
    /// <inheritdoc cref="Layers.Conv2d"/>
    public Conv2d Conv2d(
        int inChannels, int? outChannels = null, Extent? kernel = null, Extent? stride = null, Extent? rate = null,
        WindowPadding? padding = null, int? groups = null, bool? bias = null, double? initStd = null) => Layers.Conv2d(
            inChannels, outChannels ?? ConvChannelsInForce, kernel ?? ConvKernel ?? throw Missing("conv: kernel"), stride ?? ConvStride,
            rate ?? ConvRate, padding ?? ConvPadding, groups ?? ConvGroups ?? 1, bias ?? ConvBias ?? false, initStd ?? ConvInitStd);

    /// <summary>A convolution of each channel by itself; what is null is left to the defaults.</summary>
    /// <inheritdoc cref="Layers.DepthwiseConv2d"/>
    public Conv2d DepthwiseConv2d(
        int inChannels, Extent? kernel = null, Extent? stride = null, Extent? rate = null, WindowPadding? padding = null, bool? bias = null,
        double? initStd = null, int? multiplier = null) => Layers.DepthwiseConv2d(
            inChannels, kernel ?? DepthwiseConvKernel ?? throw Missing("depthwise_conv: kernel"), stride ?? DepthwiseConvStride,
            rate ?? DepthwiseConvRate, padding ?? DepthwiseConvPadding, bias ?? DepthwiseConvBias ?? false, initStd ?? DepthwiseConvInitStd,
            multiplier ?? DepthwiseConvMultiplierInForce);

    /// <summary>A batch norm; what is null is left to the defaults.</summary>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">Share of the new batch in the running statistics.</param>
    /// <param name="frozen">Whether it always uses the running statistics and nothing in it is trained.</param>
    public BatchNorm BatchNorm2d(int channels, double? epsilon = null, double? momentum = null, bool? frozen = null)
    {
        var added = epsilon ?? BatchNormEpsilon ?? 1e-5;
        return frozen ?? BatchNormFrozen ?? false ? new FrozenBatchNorm2d(channels, added)
            : new BatchNorm2d(channels, added, momentum ?? BatchNormMomentum ?? 0.1);
    }

    /// <summary>The normalisation that <c>norm</c> stands for; null: none.</summary>
    /// <inheritdoc cref="BatchNorm2d"/>
    public BatchNorm? Norm(int channels, double? epsilon = null, double? momentum = null, bool? frozen = null) =>
        Normalizes ?? true ? BatchNorm2d(channels, epsilon, momentum, frozen) : null;

    /// <summary>The activation in force.</summary>
    /// <inheritdoc cref="Layers.Activate"/>
    public Tensor Activate(Tensor x, bool inPlace = false) => Layers.Activate(x, ActivationInForce, inPlace);

    /// <summary>The largest value of each window; what is null is left to the defaults.</summary>
    /// <inheritdoc cref="Layers.MaxPool"/>
    public Tensor MaxPool(
        Tensor x, Extent? kernel = null, Extent? stride = null, Extent? rate = null, WindowPadding? padding = null, bool? ceil = null) =>
            Layers.MaxPool(
            x, kernel ?? MaxPoolKernel ?? throw Missing("max_pool: kernel"), stride ?? MaxPoolStride, rate ?? MaxPoolRate,
            padding ?? MaxPoolPadding, ceil ?? MaxPoolCeil ?? false);

    /// <summary>The mean of each window; what is null is left to the defaults.</summary>
    /// <inheritdoc cref="Layers.AvgPool"/>
    public Tensor AvgPool(
        Tensor x, Extent? kernel = null, Extent? stride = null, WindowPadding? padding = null, bool? ceil = null,
        bool? countPadding = null) => Layers.AvgPool(
            x, kernel ?? AvgPoolKernel ?? throw Missing("avg_pool: kernel"), stride ?? AvgPoolStride, padding ?? AvgPoolPadding,
            ceil ?? AvgPoolCeil ?? false, countPadding ?? AvgPoolCountPadding ?? true);

    /// <summary>Bilinear resize to the size of another map; what is null is left to the defaults.</summary>
    /// <inheritdoc cref="Layers.Resize(Tensor, Tensor, bool)"/>
    public Tensor Resize(Tensor x, Tensor to, bool? alignCorners = null) =>
        Layers.Resize(x, to, alignCorners ?? ResizeAlignCorners ?? false);

    /// <summary>Bilinear resize by a factor; what is null is left to the defaults.</summary>
    /// <inheritdoc cref="Layers.Resize(Tensor, double, bool, ResizeGrid)"/>
    public Tensor Resize(Tensor x, double? factor = null, bool? alignCorners = null, ResizeGrid? grid = null) => Layers.Resize(
        x, factor ?? ResizeFactor ?? throw Missing("resize: factor"), alignCorners ?? ResizeAlignCorners ?? false,
        grid ?? ResizeGrid ?? Modules.ResizeGrid.Size);

    /// <summary>Channels to pixels: <c>[N, C f^2, H, W]</c> to <c>[N, C, H f, W f]</c>.</summary>
    public Tensor PixelShuffle(Tensor x) => nn.functional.pixel_shuffle(x, PixelShuffleFactorInForce);

    /// <summary>Zeroes values at random while training.</summary>
    /// <param name="x">The map.</param>
    /// <param name="training">Whether it is trained.</param>
    public Tensor Dropout(Tensor x, bool training) =>
        nn.functional.dropout(x, DropoutProbability ?? throw Missing("dropout: probability"), training);

    /// <summary>Mean-field steps of a dense CRF; what is null is left to the defaults.</summary>
    /// <param name="classes">Channels of the scores.</param>
    /// <param name="iterations">Steps.</param>
    /// <param name="gaussianSigma">Standard deviation of the position kernel in pixels.</param>
    /// <param name="gaussianWeight">Weight of the position kernel at the start.</param>
    /// <param name="bilateralSigmaXy">Standard deviation of the colour kernel in pixels.</param>
    /// <param name="bilateralSigmaRgb">Standard deviation of the colour kernel in colour, on the scale 0 to 255.</param>
    /// <param name="bilateralWeight">Weight of the colour kernel at the start.</param>
    public CrfLayer Crf(
        int classes, int? iterations = null, double? gaussianSigma = null, double? gaussianWeight = null, double? bilateralSigmaXy = null,
        double? bilateralSigmaRgb = null, double? bilateralWeight = null)
    {
        var options = CrfOptions.GaussianAndBilateral(
            gaussianSigma ?? CrfGaussianSigma ?? 3, gaussianWeight ?? CrfGaussianWeight ?? 3, bilateralSigmaXy ?? CrfBilateralSigmaXy ?? 80,
            bilateralSigmaRgb ?? CrfBilateralSigmaRgb ?? 13, bilateralWeight ?? CrfBilateralWeight ?? 10, iterations ?? CrfIterations ?? 5);
        return new CrfLayer(
            classes, options, InputMean ?? throw Missing("the mean of the network's input"), InputStd
                ?? throw Missing("the std of the network's input"));
    }

    private LayerDefaults Overlaid(LayerDefaults by) => this with
    {
        Activation = by.Activation ?? Activation,
        Normalizes = by.Normalizes ?? Normalizes,
        ConvChannels = by.ConvChannels ?? ConvChannels,
        ConvKernel = by.ConvKernel ?? ConvKernel,
        ConvStride = by.ConvStride ?? ConvStride,
        ConvRate = by.ConvRate ?? ConvRate,
        ConvPadding = by.ConvPadding ?? ConvPadding,
        ConvGroups = by.ConvGroups ?? ConvGroups,
        ConvBias = by.ConvBias ?? ConvBias,
        ConvInitStd = by.ConvInitStd ?? ConvInitStd,
        DepthwiseConvKernel = by.DepthwiseConvKernel ?? DepthwiseConvKernel,
        DepthwiseConvStride = by.DepthwiseConvStride ?? DepthwiseConvStride,
        DepthwiseConvRate = by.DepthwiseConvRate ?? DepthwiseConvRate,
        DepthwiseConvPadding = by.DepthwiseConvPadding ?? DepthwiseConvPadding,
        DepthwiseConvBias = by.DepthwiseConvBias ?? DepthwiseConvBias,
        DepthwiseConvInitStd = by.DepthwiseConvInitStd ?? DepthwiseConvInitStd,
        DepthwiseConvMultiplier = by.DepthwiseConvMultiplier ?? DepthwiseConvMultiplier,
        BatchNormEpsilon = by.BatchNormEpsilon ?? BatchNormEpsilon,
        BatchNormMomentum = by.BatchNormMomentum ?? BatchNormMomentum,
        BatchNormFrozen = by.BatchNormFrozen ?? BatchNormFrozen,
        MaxPoolKernel = by.MaxPoolKernel ?? MaxPoolKernel,
        MaxPoolStride = by.MaxPoolStride ?? MaxPoolStride,
        MaxPoolRate = by.MaxPoolRate ?? MaxPoolRate,
        MaxPoolPadding = by.MaxPoolPadding ?? MaxPoolPadding,
        MaxPoolCeil = by.MaxPoolCeil ?? MaxPoolCeil,
        AvgPoolKernel = by.AvgPoolKernel ?? AvgPoolKernel,
        AvgPoolStride = by.AvgPoolStride ?? AvgPoolStride,
        AvgPoolPadding = by.AvgPoolPadding ?? AvgPoolPadding,
        AvgPoolCeil = by.AvgPoolCeil ?? AvgPoolCeil,
        AvgPoolCountPadding = by.AvgPoolCountPadding ?? AvgPoolCountPadding,
        ResizeFactor = by.ResizeFactor ?? ResizeFactor,
        ResizeAlignCorners = by.ResizeAlignCorners ?? ResizeAlignCorners,
        ResizeGrid = by.ResizeGrid ?? ResizeGrid,
        PixelShuffleFactor = by.PixelShuffleFactor ?? PixelShuffleFactor,
        DropoutProbability = by.DropoutProbability ?? DropoutProbability,
        CrfIterations = by.CrfIterations ?? CrfIterations,
        CrfGaussianSigma = by.CrfGaussianSigma ?? CrfGaussianSigma,
        CrfGaussianWeight = by.CrfGaussianWeight ?? CrfGaussianWeight,
        CrfBilateralSigmaXy = by.CrfBilateralSigmaXy ?? CrfBilateralSigmaXy,
        CrfBilateralSigmaRgb = by.CrfBilateralSigmaRgb ?? CrfBilateralSigmaRgb,
        CrfBilateralWeight = by.CrfBilateralWeight ?? CrfBilateralWeight,
    };

    private static InvalidOperationException Missing(string what) =>
        new($"A layer leaves '{what}' to the defaults, and they say nothing of it: give it in the LayerDefaults of the block.");
}
