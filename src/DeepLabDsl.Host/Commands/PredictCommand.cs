using System;
using System.CommandLine;
using System.Globalization;
using System.IO;

namespace DeepLabDsl.Host.Commands;

/// <summary><c>predict</c>: masks and overlays of images.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        var network = SharedOptions.Network();
        var images = new Argument<string[]>("image") { Description = "Images of any size.", Arity = ArgumentArity.OneOrMore };
        var weights = new WeightsOptions(isRequired: true);
        var folder = new Option<string>("--out") { Description = "Takes NAME_mask.png (colours), NAME_index.png (classes) and NAME_overlay.png.", Required = true, HelpName = "DIR" };
        var dataset = new Option<string?>("--dataset") { Description = "Names and colours of the classes where the weights do not say: camvid, voc2012 or a dataset YAML.", HelpName = "NAME|FILE" };
        var scales = SharedOptions.Scales();
        var flip = SharedOptions.Flip();
        var refine = new Option<bool>("--crf") { Description = "Refine by a dense CRF; NAME_crf.png shows image, network and CRF side by side." };
        var crf = new CrfOptionSet();
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        var command = new Command("predict", "Draw the classes of images: colour mask, class indices and overlay.")
        {
            network, images, weights.File, weights.NameMap, weights.Partial, weights.Entry, folder, dataset, scales, flip, refine, device, threads,
        };
        foreach (var option in crf.All)
            command.Add(option);
        return command.Does(result =>
        {
            var descriptor = SharedOptions.FindNetwork(result.GetRequiredValue(network));
            var paths = SharedOptions.CheckImages(result.GetRequiredValue(images));
            var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), result.GetValue(threads));
            var source = weights.Open(result)!;
            var classes = Classes(source.File, result.GetValue(dataset), descriptor);
            using var built = source.Build(descriptor, classes.Count, on);
            var predictor = new Predictor(built, on, SharedOptions.Prediction(result.GetRequiredValue(scales), result.GetValue(flip)));
            if (!result.GetValue(refine) && crf.IsGiven(result))
                throw new UserException("options of the CRF need --crf");
            using var refiner = result.GetValue(refine) ? new CrfRefiner(crf.Read(result, result.GetValue(threads))) : null;
            foreach (var path in paths)
                Write(predictor, refiner, path, result.GetRequiredValue(folder), classes);
        });
    }

    private static void Write(Predictor predictor, CrfRefiner? refiner, string path, string folder, ClassSet classes)
    {
        var image = ImageFile.ReadRgb(path);
        var name = Path.Combine(folder, Path.GetFileNameWithoutExtension(path));
        LabelMap labels;
        if (refiner is null)
        {
            labels = predictor.Predict(image);
        }
        else
        {
            var before = refiner.Elapsed;
            (var plain, labels) = predictor.Predict(image, refiner);
            ImageFile.WritePng(name + "_crf.png", SideBySide.Draw(image, MaskRenderer.Overlay(image, plain, classes), MaskRenderer.Overlay(image, labels, classes)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: CRF {(refiner.Elapsed - before).TotalMilliseconds:0} ms -> {name}_crf.png"));
        }
        ImageFile.WritePng(name + "_mask.png", MaskRenderer.Colorize(labels, classes));
        ImageFile.WriteIndexedPng(name + "_index.png", labels, classes);
        ImageFile.WritePng(name + "_overlay.png", MaskRenderer.Overlay(image, labels, classes));
        Console.WriteLine($"{path} -> {name}_{{mask,index,overlay}}.png");
    }

    private static ClassSet Classes(WeightsFile weights, string? dataset, NetworkDescriptor descriptor)
    {
        if (dataset is not null)
            return DatasetDefinition.Find(".", dataset).Classes;
        if (WeightsMetadata.From(weights.Metadata) is { } saved)
            return saved.Classes;
        return descriptor.DefaultClasses == 21
            ? DatasetDefinition.Find(".", "voc2012").Classes
            : throw new UserException($"{weights.Path}: does not say what its classes are; name them with --dataset");
    }
}
