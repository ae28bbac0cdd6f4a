using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using DeepLabDsl.Data;
using DeepLabDsl.Imaging;
using DeepLabDsl.IO;
using DeepLabDsl.Networks;
using DeepLabDsl.Onnx;
using DeepLabDsl.Weights;

namespace DeepLabDsl.Cli.Commands;

/// <summary>What weights of an exported model are.</summary>
internal enum WeightsType
{
    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>16 bits, computed with in 32.</summary>
    Float16,

    /// <summary>8 bits, computed with in 8.</summary>
    Int8,
}

/// <summary><c>export</c>: a network with its weights as an ONNX file.</summary>
internal sealed class ExportCommand
{
    private const string AllOutputs = "all";

    private readonly NetworkOptions _networks;
    private readonly Argument<string> _network = SharedOptions.Network();
    private readonly WeightsOptions _weights = new(isRequired: true);

    private readonly Option<string> _onnx =
        CommandOptions.RequiredText("--onnx", "Takes the model; an older file is replaced.", "FILE.onnx");

    private readonly Option<string?> _size = CommandOptions.Text("--size", "Height and width of the input; default: any.", "HxW");
    private readonly Option<int?> _batch = CommandOptions.Count("--batch", "Images at once; default: any number.", "N");

    private readonly Option<string[]> _outputs =
        CommandOptions.Texts("--outputs", "Outputs by their names in the spec, or all; default: logits.", "NAME");

    private readonly Option<bool> _pictures = CommandOptions.Flag(
        "--pictures",
        "The model takes pictures, uint8 [N, H, W, channels], and normalises them; else float32 [N, channels, H, W], normalised.");

    private readonly Option<string?> _resize = CommandOptions.Text(
        "--resize",
        "With --pictures: the model brings each picture to this size for the network, and the scores back to the picture's.", "HxW");

    private readonly Option<OnnxResult?> _gives = CommandOptions.Word<OnnxResult>(
        "--result", "What the model gives for the logits: themselves, probabilities, or labels, uint8 [N, H, W]; default: logits.");

    private readonly Option<WeightsType?> _precision = CommandOptions.Word<WeightsType>(
        "--weights-type",
        "float16 is half the file, computed in float32; int8 computes convolutions in 8 bits and needs --data; default: float32.");

    private readonly Int8Export _int8 = new();

    private readonly Option<bool> _keepNorms = CommandOptions.Flag(
        "--keep-batch-norms", "Batch norms stay operators; else they go into the convolutions before them.");

    private readonly Option<bool> _withoutCrf = CommandOptions.Flag(
        "--without-crf", "Leave a dense CRF out, which ONNX has no operation for: what goes into it stands for what comes out.");

    private readonly Option<string?> _dataset = CommandOptions.Text(
        "--dataset", "Names and colours of the classes where the weights do not say: a shipped definition or a dataset YAML.", "NAME|FILE");

    private readonly Option<bool> _check =
        CommandOptions.Flag("--check", "Run the model beside the network, and say how far apart they are.");

    private readonly Option<int?> _threads = SharedOptions.Threads();

    private ExportCommand(NetworkOptions networks) => _networks = networks;

    public static Command Create(NetworkOptions networks) => new ExportCommand(networks).Build();

    private Command Build()
    {
        var command = new Command("export",
            "Write a network with its weights as an ONNX model, which carries its classes, normalisation and spec.")
        {
            _network, _weights.File, _weights.NameMap, _weights.Partial, _weights.Entry, _onnx, _size, _batch, _outputs, _pictures, _resize,
            _gives, _precision, _keepNorms, _withoutCrf, _dataset, _check, _threads,
        };
        _int8.AddTo(command);
        _networks.AddTo(command);
        return command.Does(Run);
    }

    private void Run(ParseResult result)
    {
        var descriptor = _networks.Find(result, result.GetRequiredValue(_network));
        var path = result.GetRequiredValue(_onnx);
        var definition = result.GetValue(_dataset) is { } name ? DatasetDefinition.Find(".", name) : null;
        var on = SharedOptions.OpenDevice("cpu", result.GetValue(_threads));
        var source = _weights.Open(result)!;
        var classes = ClassNames.Of(source.File, definition, descriptor);
        var normalizer = SharedOptions.Normalizer(definition?.Normalizer, source.File, descriptor);
        var format = definition is not null ? definition.Channels : WeightsMetadata.Of(source.File)?.Format;
        if (result.GetValue(_pictures) && format is { Range: not null and not 255 })
            throw new UserException($"--pictures: images of {classes.Name} are no bytes; leave it out");
        RequireSense(result);
        using var built = source.Build(descriptor, classes.Count, on);
        built.eval();
        IReadOnlyDictionary<string, string> Describe(OnnxResult gives) =>
            NetworkExport.Describe(descriptor, classes, normalizer, format, gives).ToMetadata();
        var options = ReadOptions(result, descriptor, normalizer, Describe);
        var model = NetworkExport.Export(built, options);
        string? cost = null;
        if (result.GetValue(_precision) == WeightsType.Int8)
            (model, cost) = Quantize(result, built, model, options, normalizer, classes.Count, Describe);
        AtomicFile.Write(path, model.Write);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{descriptor.Name}: {model.Input} -> {string.Join(", ", model.Results)}; {Output.Count(model.Operators, "operator")}, "
                + $"opset {OnnxExportOptions.Opset}, {model.Size / 1e6:0.0} MB -> {path}"));
        if (cost is not null)
            Console.WriteLine(cost);
        if (result.GetValue(_check))
            Console.WriteLine(ExportCheck.Run(built, options, path, result.GetValue(_threads)));
    }

    /// <summary>Refuses options that do not go together.</summary>
    private void RequireSense(ParseResult result)
    {
        if (result.GetValue(_resize) is not null && !result.GetValue(_pictures))
            throw new UserException("--resize needs --pictures");
        if (result.GetValue(_precision) != WeightsType.Int8)
        {
            if (_int8.IsGiven(result))
                throw new UserException("--data, --split and the calibration's options need --weights-type int8");
            return;
        }
        if (result.GetValue(_keepNorms))
            throw new UserException("--weights-type int8 computes with batch norms folded: leave --keep-batch-norms out");
        if (result.GetValue(_check))
            throw new UserException("--check measures rounding that int8 is far above; its cost in mIoU is printed: leave --check out");
    }

    private OnnxExportOptions ReadOptions(
        ParseResult result, NetworkDescriptor descriptor, ImageNormalizer normalizer,
        Func<OnnxResult, IReadOnlyDictionary<string, string>> describe)
    {
        (int Height, int Width)? size = result.GetValue(_size) is { } text ? SharedOptions.ParseSize("--size", text) : null;
        var asked = result.GetValue(_outputs) ?? [];
        var kind = result.GetValue(_gives) ?? OnnxResult.Logits;
        return new OnnxExportOptions
        {
            Batch = result.GetValue(_batch),
            Height = size?.Height,
            Width = size?.Width,
            Outputs = asked is [AllOutputs] ? NetworkExport.Outputs(descriptor) : asked.Length > 0 ? asked : null,
            Result = kind,
            Pictures = !result.GetValue(_pictures) ? null : new OnnxPictures(normalizer.Mean, normalizer.Std)
            {
                Size = result.GetValue(_resize) is { } to ? SharedOptions.ParseSize("--resize", to) : null,
            },
            Weights = result.GetValue(_precision) == WeightsType.Float16 ? OnnxWeights.Float16 : OnnxWeights.Float32,
            FoldBatchNorms = !result.GetValue(_keepNorms),
            WithoutCrf = result.GetValue(_withoutCrf),
            Metadata = describe(kind),
        };
    }

    /// <summary>The model in 8 bits, and what that costs. Ranges and scores are of plain logits of any size.</summary>
    private (OnnxModel Model, string? Cost) Quantize(
        ParseResult result, SegmentationNetwork built, OnnxModel model, OnnxExportOptions options, ImageNormalizer normalizer, int classes,
        Func<OnnxResult, IReadOnlyDictionary<string, string>> describe)
    {
        var (named, threads) = (result.GetValue(_dataset), result.GetValue(_threads));
        var plain = NetworkExport.Export(built, options with
        {
            Batch = null,
            Height = null,
            Width = null,
            Outputs = null,
            Result = OnnxResult.Logits,
            Metadata = describe(OnnxResult.Logits),
        });
        var calibration = _int8.Calibrate(result, named, plain, normalizer, classes, threads);
        return (OnnxQuantizer.Quantize(model, calibration),
            _int8.Cost(result, named, plain, OnnxQuantizer.Quantize(plain, calibration), classes, threads));
    }
}
