using System;
using System.CommandLine;
using System.Globalization;
using DeepLabDsl.Data;
using DeepLabDsl.IO;
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
internal static class ExportCommand
{
    private const string AllOutputs = "all";

    public static Command Create(NetworkOptions networks)
    {
        var network = SharedOptions.Network();
        var weights = new WeightsOptions(isRequired: true);
        var onnx = CommandOptions.RequiredText("--onnx", "Takes the model; an older file is replaced.", "FILE.onnx");
        var size = CommandOptions.Text("--size", "Height and width of the input; default: any.", "HxW");
        var batch = CommandOptions.Count("--batch", "Images at once; default: any number.", "N");
        var outputs = CommandOptions.Texts("--outputs", "Outputs by their names in the spec, or all; default: logits.", "NAME");
        var pictures = CommandOptions.Flag("--pictures",
            "The model takes pictures, uint8 [N, H, W, channels], and normalises them; else float32 [N, channels, H, W], normalised.");
        var resize = CommandOptions.Text("--resize",
            "With --pictures: the model brings each picture to this size for the network, and the scores back to the picture's.", "HxW");
        var gives = CommandOptions.Word<OnnxResult>("--result",
            "What the model gives for the logits: themselves, probabilities, or labels, uint8 [N, H, W]; default: logits.");
        var precision = CommandOptions.Word<WeightsType>(
            "--weights-type",
            "float16 is half the file, computed in float32; int8 computes convolutions in 8 bits and needs --data; default: float32.");
        var int8 = new Int8Export();
        var keepNorms = CommandOptions.Flag("--keep-batch-norms",
            "Batch norms stay operators; else they go into the convolutions before them.");
        var withoutCrf = CommandOptions.Flag("--without-crf",
            "Leave a dense CRF out, which ONNX has no operation for: what goes into it stands for what comes out.");
        var dataset = CommandOptions.Text("--dataset",
            "Names and colours of the classes where the weights do not say: a shipped definition or a dataset YAML.", "NAME|FILE");
        var check = CommandOptions.Flag("--check", "Run the model beside the network, and say how far apart they are.");
        var threads = SharedOptions.Threads();
        var command = new Command("export",
            "Write a network with its weights as an ONNX model, which carries its classes, normalisation and spec.")
        {
            network, weights.File, weights.NameMap, weights.Partial, weights.Entry, onnx, size, batch, outputs, pictures, resize, gives,
            precision, keepNorms, withoutCrf, dataset, check, threads,
        };
        int8.AddTo(command);
        networks.AddTo(command);
        return command.Does(result =>
        {
            var descriptor = networks.Find(result, result.GetRequiredValue(network));
            var path = result.GetRequiredValue(onnx);
            var definition = result.GetValue(dataset) is { } name ? DatasetDefinition.Find(".", name) : null;
            var on = SharedOptions.OpenDevice("cpu", result.GetValue(threads));
            var source = weights.Open(result)!;
            var classes = ClassNames.Of(source.File, definition, descriptor);
            var normalizer = SharedOptions.Normalizer(definition?.Normalizer, source.File, descriptor);
            var kind = result.GetValue(gives) ?? OnnxResult.Logits;
            if (result.GetValue(resize) is not null && !result.GetValue(pictures))
                throw new UserException("--resize needs --pictures");
            var format = definition is not null ? definition.Channels : WeightsMetadata.Of(source.File)?.Format;
            if (result.GetValue(pictures) && format is { Range: not null and not 255 })
                throw new UserException($"--pictures: images of {classes.Name} are no bytes; leave it out");
            var type = result.GetValue(precision) ?? WeightsType.Float32;
            if (type != WeightsType.Int8 && int8.IsGiven(result))
                throw new UserException("--data, --split and the calibration's options need --weights-type int8");
            if (type == WeightsType.Int8 && result.GetValue(keepNorms))
                throw new UserException("--weights-type int8 computes with batch norms folded: leave --keep-batch-norms out");
            if (type == WeightsType.Int8 && result.GetValue(check))
                throw new UserException("--check measures rounding that int8 is far above; its cost in mIoU is printed: leave --check out");
            using var built = source.Build(descriptor, classes.Count, on);
            built.eval();
            (int Height, int Width)? fixedSize = result.GetValue(size) is { } text ? SharedOptions.ParseSize("--size", text) : null;
            var asked = result.GetValue(outputs) ?? [];
            var options = new OnnxExportOptions
            {
                Batch = result.GetValue(batch),
                Height = fixedSize?.Height,
                Width = fixedSize?.Width,
                Outputs = asked is [AllOutputs] ? NetworkExport.Outputs(descriptor) : asked.Length > 0 ? asked : null,
                Result = kind,
                Pictures = !result.GetValue(pictures) ? null : new OnnxPictures(normalizer.Mean, normalizer.Std)
                {
                    Size = result.GetValue(resize) is { } to ? SharedOptions.ParseSize("--resize", to) : null,
                },
                Weights = type == WeightsType.Float16 ? OnnxWeights.Float16 : OnnxWeights.Float32,
                FoldBatchNorms = !result.GetValue(keepNorms),
                WithoutCrf = result.GetValue(withoutCrf),
                Metadata = Describe(kind),
            };
            var model = NetworkExport.Export(built, options);
            string? cost = null;
            if (type == WeightsType.Int8)
            {
                var (named, count) = (result.GetValue(dataset), result.GetValue(threads));
                var plain = NetworkExport.Export(built, options with
                {
                    Batch = null,
                    Height = null,
                    Width = null,
                    Outputs = null,
                    Result = OnnxResult.Logits,
                    Metadata = Describe(OnnxResult.Logits)
                });
                var calibration = int8.Calibrate(result, named, plain, normalizer, classes.Count, count);
                model = OnnxQuantizer.Quantize(model, calibration);
                cost = int8.Cost(result, named, plain, OnnxQuantizer.Quantize(plain, calibration), classes.Count, count);
            }
            AtomicFile.Write(path, model.Write);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{descriptor.Name}: {model.Input} -> {string.Join(", ", model.Results)}; {Output.Count(model.Operators, "operator")}, "
                    + $"opset {OnnxExportOptions.Opset}, {model.Size / 1e6:0.0} MB -> {path}"));
            if (cost is not null)
                Console.WriteLine(cost);
            if (result.GetValue(check))
                Console.WriteLine(ExportCheck.Run(built, options, path, result.GetValue(threads)));

            System.Collections.Generic.IReadOnlyDictionary<string, string> Describe(OnnxResult gives) =>
                NetworkExport.Describe(descriptor, classes, normalizer, format, gives).ToMetadata();
        });
    }
}
