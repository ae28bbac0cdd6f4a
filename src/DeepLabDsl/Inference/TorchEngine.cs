using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Names;
using DeepLabDsl.Zoo;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Inference;

/// <summary>Runs the network of a segmenter in TorchSharp: on the CPU in its form for inference.</summary>
internal sealed class TorchEngine : ISegmenterEngine
{
    private readonly NetworkDescriptor _descriptor;
    private readonly IDisposable? _owned;
    private readonly Predictor _predictor;
    private readonly InferenceMemory _memory;

    private TorchEngine(
        SegmentationNetwork network, bool ownsNetwork, ClassSet classes, ImageNormalizer normalizer, ChannelFormat? format,
        SegmenterOptions options)
    {
        var descriptor = network.Descriptor;
        (_descriptor, Classes) = (descriptor, classes);
        Format = ChannelFormat.For(format, descriptor.InputChannels);
        if (Format is { } known && known.Count != descriptor.InputChannels)
        {
            throw new WeightsException(
                $"The weights were trained on images of {known.Count} channels, and {descriptor.Name} takes {descriptor.InputChannels}.");
        }
        var prediction = options.Over(descriptor.Evaluation);
        InferenceMemory.LimitKernels(descriptor, prediction);
        var device = options.Device == ComputeDevice.Cpu ? CPU : CUDA;
        _memory = new InferenceMemory(descriptor, classes.Count, prediction, device);
        // On a GPU the module itself is what was tried; in 16 bits there is the form alone.
        if (device.type != DeviceType.CPU && options.Precision == InferencePrecision.Float32)
        {
            _owned = ownsNetwork ? network : null;
            _predictor = new Predictor(network, prediction, normalizer);
            return;
        }
        var form = ownsNetwork ? network.IntoInference(options.Precision) : network.ForInference(options.Precision);
        try
        {
            _predictor = new Predictor(form, prediction, normalizer);
            _owned = form;
        }
        catch
        {
            form.Dispose();
            throw;
        }
    }

    /// <summary>Opens weights.</summary>
    /// <param name="path">The file, or the folder of a run.</param>
    /// <param name="networks">The networks that they may be of.</param>
    /// <param name="options">How the segmenter works.</param>
    public static TorchEngine Open(string path, IReadOnlyList<NetworkDescriptor> networks, SegmenterOptions options)
    {
        var file = TrainedWeights.Open(path);
        return Open(file, networks is [var only] ? only : Find(file, networks), options);
    }

    /// <summary>Takes a network that is in memory; it stays the caller's.</summary>
    /// <param name="network">The network, on any device; it is moved to the one of the options.</param>
    /// <param name="classes">Its classes.</param>
    /// <param name="normalizer">Mean and std; null: the network's own.</param>
    /// <param name="options">How the segmenter works.</param>
    public static TorchEngine Of(
        SegmentationNetwork network, ClassSet classes, ImageNormalizer? normalizer, SegmenterOptions options)
    {
        if (classes.Count != network.Classes)
        {
            throw new ArgumentException(
                $"{network.Descriptor.Name} tells {network.Classes} classes apart, and {classes.Name} has {classes.Count}.",
                nameof(classes));
        }
        var device = Devices.Open(options.Device, options.Threads);
        return new TorchEngine(
            (SegmentationNetwork)network.to(device), ownsNetwork: false, classes,
            normalizer ?? new ImageNormalizer(network.Descriptor.Mean, network.Descriptor.Std), null, options);
    }

    /// <inheritdoc/>
    public string Network => _descriptor.Name;

    /// <inheritdoc/>
    public ClassSet Classes { get; }

    /// <inheritdoc/>
    public ChannelFormat? Format { get; }

    /// <inheritdoc/>
    public CrfRecipe? Crf => _descriptor.Crf;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <inheritdoc/>
    public (LabelMap Labels, ClassProbabilities? Probabilities) Run(SegmenterImage image, bool withProbabilities, CrfOptions? crf)
    {
        var (picture, planes) = (image.Picture, image.Planes);
        if (_memory.Shortage(picture.Height, picture.Width) is { } shortage)
        {
            var crop = _descriptor.Training.Crop;
            throw new UnusableDataException(string.Create(CultureInfo.InvariantCulture,
                $"{image.Name}: {InferenceMemory.Describe(picture.Height, picture.Width, shortage)}; segment it in windows (of {crop}, "
                + $"say), at smaller scales, or take a smaller image."));
        }
        if (!withProbabilities && crf is null)
        {
            var sample = new SegmentationSample(image.Name, picture, new LabelMap(picture.Width, picture.Height)) { Planes = planes };
            return (_predictor.Predict(sample), null);
        }
        using var scope = NewDisposeScope();
        var probabilities = _predictor.PredictProbabilities(picture, planes, image.Name);
        LabelMap labels;
        if (crf is null)
        {
            labels = CrfRefiner.MostLikely(probabilities);
        }
        else
        {
            using var refiner = new CrfRefiner(crf);
            labels = refiner.Refine(picture, probabilities);
        }
        return (labels, withProbabilities ? Copy(probabilities, picture) : null);
    }

    /// <inheritdoc/>
    public void Dispose() => _owned?.Dispose();

    private static TorchEngine Open(WeightsFile file, NetworkDescriptor descriptor, SegmenterOptions options)
    {
        var classes = TrainedWeights.Classes(file, options.Classes, descriptor);
        var normalizer = TrainedWeights.Normalizer(null, file, descriptor);
        var device = Devices.Open(options.Device, options.Threads);
        var network = descriptor.Create(classes.Count);
        try
        {
            var match = WeightsFile.Load(network, file, NameMap.For(descriptor));
            network = (SegmentationNetwork)network.to(device);
            return new TorchEngine(network, ownsNetwork: true, classes, normalizer, WeightsMetadata.Of(file)?.Format, options)
            {
                Notes = [.. match.LeftOver.Select(l => $"{file.Path}: left over: {l}"), .. match.DescribeNonFinite() is { } broken
                    ? [broken]
                    : Enumerable.Empty<string>()],
            };
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static NetworkDescriptor Find(WeightsFile file, IReadOnlyList<NetworkDescriptor> networks)
    {
        if (WeightsMetadata.Of(file)?.Network is not { } name)
        {
            throw new WeightsException(
                $"{file.Path}: does not say which network it is of; name that too, such as "
                + $"Segmenter.Load(path, {nameof(DeepLabV3ResNet50)}.{nameof(DeepLabV3ResNet50.Descriptor)}).");
        }
        return networks.FirstOrDefault(n => string.Equals(n.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new WeightsException(
                $"{file.Path}: is of the network '{name}', which is not among {Among(networks)}. Give the networks of the project that "
                + "it was trained in: Segmenter.Load(path, NetworkCatalog.All), with the project's own NetworkCatalog.");
    }

    private static string Among(IReadOnlyList<NetworkDescriptor> networks) => networks == NetworkCatalog.All
        ? $"the {networks.Count} of the zoo"
        : string.Join(", ", networks.Select(n => n.Name));

    private static ClassProbabilities Copy(Tensor probabilities, RgbImage picture)
    {
        using var scope = NewDisposeScope();
        return new ClassProbabilities(
            (int)probabilities.shape[0], picture.Width, picture.Height, probabilities.cpu().contiguous().data<float>().ToArray());
    }
}
