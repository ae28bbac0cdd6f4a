using System;
using System.CommandLine;
using DeepLabDsl.Data;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Onnx;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Cli;

/// <summary>What runs a network that images are predicted by.</summary>
internal enum EngineKind
{
    /// <summary>Its module, in TorchSharp.</summary>
    Torch,

    /// <summary>Its export, in ONNX Runtime.</summary>
    Onnx,
}

/// <summary>
/// A network with its weights, ready to predict images: of the zoo in TorchSharp or in ONNX Runtime, or an ONNX file that stands
/// for both.
/// </summary>
internal sealed class PredictionEngine : IDisposable
{
    private readonly IDisposable _owned;

    private PredictionEngine(IImagePredictor predictor, IDisposable owned, ClassSet classes, CrfRecipe? crf, ImageReader reader) =>
        (Predictor, _owned, Classes, Crf, Reader) = (predictor, owned, classes, crf, reader);

    /// <summary>What predicts.</summary>
    public IImagePredictor Predictor { get; }

    /// <summary>
    /// Refuses images that are too large to be predicted whole; null where nothing is known of the memory that they take.
    /// </summary>
    public PredictionMemory? Memory { get; private init; }

    /// <summary>What runs it, and why.</summary>
    public required EngineChoice Choice { get; init; }

    /// <summary>The file that its weights are from: of an ONNX file, that file.</summary>
    public required string WeightsPath { get; init; }

    /// <summary>The classes that it tells apart.</summary>
    public ClassSet Classes { get; }

    /// <summary>The CRF of the network's spec; null: it has none.</summary>
    public CrfRecipe? Crf { get; }

    /// <summary>Reads images as the network takes them.</summary>
    public ImageReader Reader { get; }

    public static Option<EngineKind?> Option() =>
        CommandOptions.Word<EngineKind>("--engine",
            "What runs the network: TorchSharp (on the CPU its form for inference), or its export in ONNX Runtime, on the CPU; "
            + "default: the faster one, which is said with the reason.");

    /// <summary>Whether the network's name on the command line is an ONNX file.</summary>
    public static bool IsModel(string network) => network.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a network or a model.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="network">The network's name, or an ONNX file.</param>
    /// <param name="descriptor">The network; null: an ONNX file is named.</param>
    /// <param name="weights">The options of the weights.</param>
    /// <param name="prediction">The options of the prediction.</param>
    /// <param name="engine">The option that says what runs it.</param>
    /// <param name="device">The device's name.</param>
    /// <param name="threads">Threads of one operation.</param>
    /// <param name="definition">The dataset file, where one is named.</param>
    /// <param name="dataset">The dataset that is scored on; null: images alone are predicted.</param>
    public static PredictionEngine Open(
        ParseResult result, string network, NetworkDescriptor? descriptor, WeightsOptions weights, PredictionArguments prediction,
        Option<EngineKind?> engine, string device, int? threads, DatasetDefinition? definition, ISegmentationDataset? dataset)
    {
        if (descriptor is null)
        {
            RequireModelOptions(result, network, weights, engine, device);
            return OpenModel(result, network, prediction, threads, definition, dataset);
        }
        var source = weights.Open(result)
            ?? throw new UserException("--weights FILE is missing: a file of weights, or the folder of a run");
        var classes = dataset?.Classes ?? ClassNames.Of(source.File, definition, descriptor);
        var normalizer = SharedOptions.Normalizer(dataset is not null ? dataset.Normalizer : definition?.Normalizer, source.File,
            descriptor);
        var reader = new ImageReader(source.File, definition, descriptor);
        var on = SharedOptions.OpenDevice(device, threads);
        var options = prediction.Read(result, descriptor);
        var choice = EngineChoice.For(descriptor, result.GetValue(engine), on);
        if (choice.Kind == EngineKind.Onnx)
            RequireOnnx(descriptor, on);
        else
            PredictionMemory.LimitKernels(descriptor, options);
        var built = source.Build(descriptor, classes.Count, on);
        var owned = (IDisposable)built;
        try
        {
            IImagePredictor predictor;
            if (choice.Kind == EngineKind.Onnx)
            {
                var exported = Export(built, classes, normalizer, options, threads);
                (predictor, owned) = (exported, exported);
            }
            else if (on.type == TorchSharp.DeviceType.CPU)
            {
                var form = built.IntoInference();
                owned = form;
                predictor = new Predictor(form, options, normalizer);
            }
            else
            {
                // On a GPU the module itself is what was tried.
                predictor = new Predictor(built, options, normalizer);
            }
            return new PredictionEngine(predictor, owned, classes, descriptor.Crf, reader)
            {
                Choice = choice,
                WeightsPath = source.File.Path,
                Memory = choice.Kind == EngineKind.Torch ? new PredictionMemory(descriptor, classes.Count, options, on) : null,
            };
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }

    /// <summary>Refuses what ONNX Runtime can't run.</summary>
    private static void RequireOnnx(NetworkDescriptor descriptor, TorchSharp.torch.Device device)
    {
        if (device.type != TorchSharp.DeviceType.CPU)
            throw new UserException("--engine onnx runs on the CPU: leave --device cuda out");
        if (EngineChoice.HasCrf(descriptor))
            throw new UserException($"{descriptor.Name} has a dense CRF, for which ONNX has no operation: use --engine torch");
    }

    /// <summary>The network in ONNX Runtime; the module is disposed of before that takes memory for itself.</summary>
    private static OnnxPredictor Export(
        SegmentationNetwork built, ClassSet classes, ImageNormalizer normalizer, PredictionOptions options, int? threads)
    {
        built.eval();
        var model = NetworkExport.Export(built, new OnnxExportOptions
        {
            Metadata = NetworkExport.Describe(built.Descriptor, classes, normalizer, null, OnnxResult.Logits).ToMetadata(),
        });
        built.Dispose();
        return new OnnxPredictor(new OnnxSegmenter(model, options, threads));
    }

    /// <summary>Refuses what an ONNX file says itself, or can't be run with.</summary>
    private static void RequireModelOptions(
        ParseResult result, string model, WeightsOptions weights, Option<EngineKind?> engine, string device)
    {
        if (result.GetValue(weights.File) is not null || result.GetValue(weights.NameMap) is not null
            || result.GetValue(weights.Entry) is not null || result.GetValue(weights.Partial))
            throw new UserException($"{model} holds its weights: leave --weights, --name-map, --entry and --partial out");
        if (result.GetValue(engine) == EngineKind.Torch)
            throw new UserException($"{model} is run by ONNX Runtime: leave --engine torch out, or name the network and its weights");
        if (device != "cpu")
            throw new UserException($"{model} is run on the CPU: leave --device {device} out");
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.Dispose();

    private static PredictionEngine OpenModel(
        ParseResult result, string path, PredictionArguments prediction, int? threads, DatasetDefinition? definition,
        ISegmentationDataset? dataset)
    {
        if (threads is < 1)
            throw new UserException($"--threads must be 1 or more, not {threads}");
        var segmenter = new OnnxSegmenter(path, model => prediction.Read(result, model.Evaluation), threads);
        try
        {
            var info = segmenter.Info;
            if (dataset is not null && dataset.Classes.Count != info.Classes.Count)
                throw new UserException($"{path} tells {info.Classes.Count} classes apart, and {dataset.Name} has {dataset.Classes.Count}");
            var reader = new ImageReader(path, info.Format, definition, info.Network, info.Normalizer.Channels);
            var predictor = new OnnxPredictor(segmenter);
            return new PredictionEngine(predictor, predictor, dataset?.Classes ?? definition?.Classes ?? info.Classes, info.Crf, reader)
            {
                Choice = new EngineChoice(EngineKind.Onnx, $"{path} is a model of it"),
                WeightsPath = path,
            };
        }
        catch
        {
            segmenter.Dispose();
            throw;
        }
    }
}
