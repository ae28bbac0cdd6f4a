using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl;

/// <summary>How images are predicted.</summary>
public sealed record PredictionOptions
{
    /// <summary>Factors by which each image is scaled; the probabilities of all are averaged (DeepLab v3, section 4.1).</summary>
    public IReadOnlyList<double> Scales { get; init; } = [1.0];

    /// <summary>Whether the mirrored image is predicted too and averaged in.</summary>
    public bool Flip { get; init; }
}

/// <summary>Applies a network to whole images of any size. Puts the network in eval mode.</summary>
public sealed class Predictor
{
    private readonly SegmentationNetwork _network;
    private readonly Device _device;
    private readonly PredictionOptions _options;
    private readonly ImageNormalizer _normalizer;

    /// <summary>Starts a predictor.</summary>
    /// <param name="network">The network, on <paramref name="device"/>.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="options">Scales and flip; null: the image as it is.</param>
    /// <exception cref="ArgumentException">The network does not take RGB images, or a scale is not positive.</exception>
    public Predictor(SegmentationNetwork network, Device device, PredictionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        _options = options ?? new PredictionOptions();
        if (network.Descriptor.InputChannels != 3)
            throw new ArgumentException($"{network.Descriptor.Name} takes {network.Descriptor.InputChannels} channels, an image has 3.", nameof(network));
        if (_options.Scales.Count == 0 || _options.Scales.Any(s => !(s > 0)))
            throw new ArgumentException("There must be scales, and all must be positive.", nameof(options));
        _network = network;
        _device = device;
        _normalizer = new ImageNormalizer(network.Descriptor.Mean, network.Descriptor.Deviation);
    }

    /// <summary>The most likely class of every pixel.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <returns>A map of the image's size.</returns>
    public LabelMap Predict(RgbImage image)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        _network.eval();
        var input = tensor(_normalizer.Normalize(image), [1, 3, image.Height, image.Width]).to(_device);
        var scores = _options is { Scales: [1.0], Flip: false } ? Logits(input) : Probabilities(input);
        return new LabelMap(image.Width, image.Height, scores.argmax(1).to(ScalarType.Byte).cpu().bytes.ToArray());
    }

    /// <summary>The most likely class of every pixel, before and after a dense CRF.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="refiner">The CRF.</param>
    /// <returns>Two maps of the image's size.</returns>
    public (LabelMap Plain, LabelMap Refined) Predict(RgbImage image, CrfRefiner refiner)
    {
        ArgumentNullException.ThrowIfNull(refiner);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        _network.eval();
        var input = tensor(_normalizer.Normalize(image), [1, 3, image.Height, image.Width]).to(_device);
        var scores = _options is { Scales: [1.0], Flip: false } ? Logits(input).log_softmax(1) : LogOfMean(Probabilities(input));
        var plain = new LabelMap(image.Width, image.Height, scores.argmax(1).to(ScalarType.Byte).cpu().bytes.ToArray());
        return (plain, refiner.Refine(image, scores));
    }

    /// <summary>Logarithms of summed probabilities, cut off where one would be minus infinity.</summary>
    private static Tensor LogOfMean(Tensor sum)
    {
        using var least = 1e-5.ToScalar();
        return sum.div(sum.sum([1], keepdim: true)).clamp_min(least).log();
    }

    private Tensor Logits(Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = _network.call(Layers.ChannelsLast(input));
        return output.Logits.MoveToOuterDisposeScope();
    }

    /// <summary>The probabilities summed over scales and flips; their scale does not matter to the largest.</summary>
    private Tensor Probabilities(Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (var scale in _options.Scales)
        {
            var scaled = scale == 1 ? input : Layers.Resize(input, scale);
            foreach (var isFlipped in _options.Flip ? new[] { false, true } : [false])
            {
                var logits = Logits(isFlipped ? scaled.flip(3) : scaled);
                var probabilities = Layers.Resize(isFlipped ? logits.flip(3) : logits, to: input).softmax(1);
                sum = sum is null ? probabilities : Layers.Add(sum, probabilities);
            }
        }
        return sum!.MoveToOuterDisposeScope();
    }
}
