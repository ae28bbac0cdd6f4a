using System;
using System.Collections.Generic;
using System.Globalization;
using DeepLabDsl.Crf;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.SelfChecks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// Applies a network to images of any size. While it predicts, the network is in eval mode; then each of its modules is in the mode
/// again that it was in. Several threads may predict at a time, by one predictor or by several of one network; none may train it
/// meanwhile.
/// </summary>
public sealed class Predictor : IImagePredictor
{
    // Of an image in windows, so many rows are decided at a time.
    private const int BandRows = 64;

    // One of both runs: the module, or the form.
    private readonly SegmentationNetwork? _network;
    private readonly InferenceNetwork? _form;
    private readonly MinimumInput _minimum;
    private readonly Device _device;
    private readonly PredictionOptions _options;
    private readonly ImageNormalizer _normalizer;

    /// <summary>Starts a predictor.</summary>
    /// <param name="network">The network, on the device that it is to run on; it stays the caller's.</param>
    /// <param name="options">Scales, flip, windows; null: the image as it is.</param>
    /// <param name="normalizer">Mean and std; null: the network's own.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of its range, the normaliser has another number of channels than the network, or the network is on several
    /// devices.
    /// </exception>
    /// <exception cref="SelfCheckException">The CPU computes wrong numbers on this machine; see <see cref="SelfCheck"/>.</exception>
    public Predictor(SegmentationNetwork network, PredictionOptions? options = null, ImageNormalizer? normalizer = null)
        : this(
            (network ?? throw new ArgumentNullException(nameof(network))).Descriptor, MinimumInput.Of(network), ModuleDevice.Of(network),
            options, normalizer) =>
        _network = network;

    /// <summary>Starts a predictor that runs the form of a network for inference, which is faster; the module is not needed.</summary>
    /// <param name="form">The form, with the logits among its outputs; it stays the caller's.</param>
    /// <param name="options">Scales, flip, windows; null: the image as it is.</param>
    /// <param name="normalizer">Mean and std; null: the network's own.</param>
    /// <inheritdoc cref="Predictor(SegmentationNetwork, PredictionOptions?, ImageNormalizer?)"/>
    public Predictor(InferenceNetwork form, PredictionOptions? options = null, ImageNormalizer? normalizer = null)
        : this(
            (form ?? throw new ArgumentNullException(nameof(form))).Descriptor, MinimumInput.Of(form), form.Device, options, normalizer) =>
        _form = form;

    private Predictor(
        NetworkDescriptor descriptor, MinimumInput minimum, Device device, PredictionOptions? options, ImageNormalizer? normalizer)
    {
        _options = options ?? new PredictionOptions();
        _options.Validate();
        (_minimum, _device) = (minimum, device);
        if (_device.type == DeviceType.CPU)
            SelfCheck.Require();
        _normalizer = normalizer ?? new ImageNormalizer(descriptor.Mean, descriptor.Std);
        if (_normalizer.Channels != descriptor.InputChannels)
        {
            throw new ArgumentException(
                $"{descriptor.Name} takes {descriptor.InputChannels} channels, mean and std have {_normalizer.Channels}.");
        }
    }

    /// <summary>How images are predicted.</summary>
    public PredictionOptions Options => _options;

    /// <summary>The most likely class of every pixel.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <returns>A map of the image's size.</returns>
    /// <exception cref="UnusableDataException">The network takes another number of channels, or the image is too small for it.</exception>
    public LabelMap Predict(RgbImage image) => MostLikely(image, null, "");

    /// <summary>The most likely class of every pixel of a sample, by its channels where it has others than the picture's.</summary>
    /// <inheritdoc cref="Predict(RgbImage)"/>
    public LabelMap Predict(SegmentationSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return MostLikely(sample.Image, sample.Planes, sample.Name);
    }

    /// <summary>The probability of each class at every pixel: averaged over windows, scales and flips.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="planes">Its channels where the network sees others than the picture's.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <returns>
    /// A new tensor <c>[classes, H, W]</c> of float32 on the network's device, which the caller disposes; sums over classes are 1.
    /// </returns>
    /// <exception cref="UnusableDataException">The network takes another number of channels, or the image is too small for it.</exception>
    public Tensor PredictProbabilities(RgbImage image, ChannelImage? planes = null, string name = "")
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var mode = _network is null ? null : new EvaluationMode(_network);
        Tensor? found = null;
        Probabilities(
            Input(image, planes), Named(name), image.Height,
            (_, sum) => found = (sum / sum.sum(1, keepdim: true)).squeeze(0).DetachFromDisposeScope());
        return found!;
    }

    /// <summary>The most likely class of every pixel, before and after a dense CRF.</summary>
    /// <param name="sample">The sample; its labels are not looked at.</param>
    /// <param name="refiner">The CRF; it sees the picture.</param>
    /// <returns>Two maps of the picture's size.</returns>
    /// <exception cref="UnusableDataException">The network takes another number of channels, or the image is too small for it.</exception>
    public (LabelMap Plain, LabelMap Refined) Predict(SegmentationSample sample, CrfRefiner refiner)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(refiner);
        using var probabilities = PredictProbabilities(sample.Image, sample.Planes, sample.Name);
        return (CrfRefiner.MostLikely(probabilities), refiner.Refine(sample.Image, probabilities));
    }

    private LabelMap MostLikely(RgbImage image, ChannelImage? planes, string name)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var mode = _network is null ? null : new EvaluationMode(_network);
        var input = Input(image, planes);
        var labels = new byte[image.Width * image.Height];
        // A single pass over the whole image needs no probabilities: the largest score has the largest one.
        if (_options is { Scales: [1.0], Flip: false, Window: null })
            Take(0, Logits(input, Named(name)));
        else
            Probabilities(input, Named(name), _options.Window is null ? image.Height : BandRows, Take);
        return new LabelMap(image.Width, image.Height, labels);

        void Take(int top, Tensor scores)
        {
            using var largest = scores.argmax(1);
            using var bytes = largest.to(ScalarType.Byte).cpu();
            bytes.bytes.CopyTo(labels.AsSpan(top * image.Width));
        }
    }

    private Tensor Input(RgbImage image, ChannelImage? planes)
    {
        var channels = planes?.Channels ?? 3;
        if (channels != _normalizer.Channels)
        {
            throw new UnusableDataException(
                $"{_minimum.Network} takes {_normalizer.Channels} channels, the image has {channels}. Name the "
                + "dataset file that says how its channels are read, or another network.");
        }
        var shape = new long[] { 1, channels, image.Height, image.Width };
        return planes is null
            ? TensorMemory.Fill<float>(shape, _device, values => _normalizer.Normalize(image, values))
            : TensorMemory.Copy<float>(_normalizer.Normalize(planes), shape, _device);
    }

    private static string Named(string name) => name.Length > 0 ? name : "the image";

    private Tensor Logits(Tensor input, string name)
    {
        if (_form is not null)
            return _minimum.Run(input, name, _form.Logits);
        using var scope = NewDisposeScope();
        return _minimum.Run(Layers.ChannelsLast(input), name, i => _network!.call(i).Logits).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The probabilities summed over scales and flips, <c>[1, classes, rows, W]</c>, band by band from the top; their scale does
    /// not matter to the largest.
    /// </summary>
    private void Probabilities(Tensor input, string name, int rows, Action<int, Tensor> take)
    {
        var (height, width) = ((int)input.shape[2], (int)input.shape[3]);
        var passes = new List<ScaledPass>();
        try
        {
            foreach (var scale in _options.Scales)
            {
                var where = scale == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name} at scale {scale}");
                _minimum.RequirePixels((long)Math.Floor(height * scale), (long)Math.Floor(width * scale), where);
                var scaled = scale == 1 ? input : Layers.Resize(input, scale);
                foreach (var isFlipped in _options.Flip ? new[] { false, true } : [false])
                    passes.Add(new ScaledPass(scaled, isFlipped, _options, window => Logits(window, where)));
            }
            for (var top = 0; top < height; top += rows)
            {
                using var band = NewDisposeScope();
                var bottom = Math.Min(height, top + rows);
                Tensor? sum = null;
                foreach (var pass in passes)
                {
                    using var found = pass.Band(top, bottom, height, width);
                    sum = sum is null ? found.alias() : sum.add_(found, TensorArithmetic.One);
                }
                take(top, sum!);
            }
        }
        finally
        {
            foreach (var pass in passes)
                pass.Dispose();
        }
    }
}
