using System;
using static TorchSharp.torch;

namespace DeepLabDsl;

/// <summary>Applies a network to images of any size. Puts the network in eval mode.</summary>
public sealed class Predictor
{
    private readonly SegmentationNetwork _network;
    private readonly Device _device;
    private readonly PredictionOptions _options;
    private readonly ImageNormalizer _normalizer;

    /// <summary>Starts a predictor.</summary>
    /// <param name="network">The network, on <paramref name="device"/>.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="options">Scales, flip, windows; null: the image as it is.</param>
    /// <param name="normalizer">Mean and deviation; null: the network's own.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or the normaliser has another number of channels than the network.</exception>
    public Predictor(SegmentationNetwork network, Device device, PredictionOptions? options = null, ImageNormalizer? normalizer = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        _options = options ?? new PredictionOptions();
        _options.Validate();
        _network = network;
        _device = device;
        _normalizer = normalizer ?? new ImageNormalizer(network.Descriptor.Mean, network.Descriptor.Deviation);
        if (_normalizer.Channels != network.Descriptor.InputChannels)
            throw new ArgumentException($"{network.Descriptor.Name} takes {network.Descriptor.InputChannels} channels, mean and deviation have {_normalizer.Channels}.", nameof(normalizer));
    }

    /// <summary>How images are predicted.</summary>
    public PredictionOptions Options => _options;

    /// <summary>The most likely class of every pixel.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <returns>A map of the image's size.</returns>
    /// <exception cref="DataException">The network takes another number of channels.</exception>
    public LabelMap Predict(RgbImage image) => Largest(image, null);

    /// <summary>The most likely class of every pixel of a sample, by its channels where it has others than the picture's.</summary>
    /// <inheritdoc cref="Predict(RgbImage)"/>
    public LabelMap Predict(SegmentationSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return Largest(sample.Image, sample.Planes);
    }

    /// <summary>The probability of each class at every pixel: averaged over windows, scales and flips.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="planes">Its channels where the network sees others than the picture's.</param>
    /// <returns>A new tensor <c>[classes, H, W]</c> of float32 on the network's device, which the caller disposes; sums over classes are 1.</returns>
    /// <exception cref="DataException">The network takes another number of channels.</exception>
    public Tensor PredictProbabilities(RgbImage image, ChannelImage? planes = null)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        _network.eval();
        var sum = Probabilities(Input(image, planes));
        return (sum / sum.sum(1, keepdim: true)).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>The most likely class of every pixel, before and after a dense CRF.</summary>
    /// <param name="sample">The sample; its labels are not looked at.</param>
    /// <param name="refiner">The CRF; it sees the picture.</param>
    /// <returns>Two maps of the picture's size.</returns>
    /// <exception cref="DataException">The network takes another number of channels.</exception>
    public (LabelMap Plain, LabelMap Refined) Predict(SegmentationSample sample, CrfRefiner refiner)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(refiner);
        using var probabilities = PredictProbabilities(sample.Image, sample.Planes);
        using var best = probabilities.argmax(0);
        using var labels = best.to(ScalarType.Byte).cpu();
        return (new LabelMap(sample.Image.Width, sample.Image.Height, labels.bytes.ToArray()), refiner.Refine(sample.Image, probabilities));
    }

    private LabelMap Largest(RgbImage image, ChannelImage? planes)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        _network.eval();
        var input = Input(image, planes);
        // A single pass over the whole image needs no probabilities: the largest score has the largest one.
        var scores = _options is { Scales: [1.0], Flip: false, Window: null } ? Logits(input) : Probabilities(input);
        return new LabelMap(image.Width, image.Height, scores.argmax(1).to(ScalarType.Byte).cpu().bytes.ToArray());
    }

    private Tensor Input(RgbImage image, ChannelImage? planes)
    {
        var channels = planes?.Channels ?? 3;
        if (channels != _normalizer.Channels)
        {
            throw new DataException(
                $"{_network.Descriptor.Name} takes {_normalizer.Channels} channels, the image has {channels}. Name the dataset file that says how its channels are read, or another network.");
        }
        return tensor(planes is null ? _normalizer.Normalize(image) : _normalizer.Normalize(planes), [1, channels, image.Height, image.Width]).to(_device);
    }

    private Tensor Logits(Tensor input)
    {
        using var scope = NewDisposeScope();
        var output = _network.call(Layers.ChannelsLast(input));
        return output.Logits.MoveToOuterDisposeScope();
    }

    /// <summary>The probabilities summed over scales and flips, <c>[1, classes, H, W]</c>; their scale does not matter to the largest.</summary>
    private Tensor Probabilities(Tensor input)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (var scale in _options.Scales)
        {
            var scaled = scale == 1 ? input : Layers.Resize(input, scale);
            foreach (var isFlipped in _options.Flip ? new[] { false, true } : [false])
            {
                using var pass = NewDisposeScope();
                var found = OfPass(isFlipped ? scaled.flip(3) : scaled, input, isFlipped);
                if (sum is null)
                    sum = found.MoveToOuterDisposeScope();
                else
                    sum.add_(found, TensorArithmetic.One);
            }
        }
        return sum!.MoveToOuterDisposeScope();
    }

    // Scores are enlarged before they become probabilities, as in the paper; those of windows are put together first.
    private Tensor OfPass(Tensor scaled, Tensor input, bool isFlipped)
    {
        if (_options.Window is not { } window || (scaled.shape[2] <= window.Height && scaled.shape[3] <= window.Width))
        {
            var logits = Logits(scaled);
            return Layers.Resize(isFlipped ? logits.flip(3) : logits, to: input).softmax(1);
        }
        var probabilities = OfWindows(scaled, window);
        return Layers.Resize(isFlipped ? probabilities.flip(3) : probabilities, to: input);
    }

    private Tensor OfWindows(Tensor image, (int Height, int Width) window)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = ((int)image.shape[2], (int)image.shape[3]);
        var (height, width) = (Math.Min(window.Height, rows), Math.Min(window.Width, columns));
        var weights = Windows.Weights(height, width, _options.Blend, _device);
        var total = zeros(1, 1, rows, columns, device: _device);
        var sum = zeros(1, _network.Classes, rows, columns, device: _device);
        foreach (var top in Windows.Starts(rows, height, _options.Overlap))
        {
            foreach (var left in Windows.Starts(columns, width, _options.Overlap))
            {
                using var step = NewDisposeScope();
                var found = Logits(image.narrow(2, top, height).narrow(3, left, width)).softmax(1);
                sum.narrow(2, top, height).narrow(3, left, width).add_(found.mul_(weights), TensorArithmetic.One);
                total.narrow(2, top, height).narrow(3, left, width).add_(weights, TensorArithmetic.One);
            }
        }
        return sum.div_(total).MoveToOuterDisposeScope();
    }
}
