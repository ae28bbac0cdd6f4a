using System;
using System.CommandLine;
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
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        return new Command("predict", "Draw the classes of images: colour mask, class indices and overlay.") { network, images, weights.File, weights.NameMap, weights.Partial, weights.Entry, folder, dataset, scales, flip, device, threads }
            .Does(result =>
            {
                var descriptor = SharedOptions.FindNetwork(result.GetRequiredValue(network));
                var paths = SharedOptions.CheckImages(result.GetRequiredValue(images));
                var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), result.GetValue(threads));
                var source = weights.Open(result)!;
                var classes = Classes(source.File, result.GetValue(dataset), descriptor);
                using var built = source.Build(descriptor, classes.Count, on);
                var predictor = new Predictor(built, on, SharedOptions.Prediction(result.GetRequiredValue(scales), result.GetValue(flip)));
                foreach (var path in paths)
                    Write(predictor, path, result.GetRequiredValue(folder), classes);
            });
    }

    private static void Write(Predictor predictor, string path, string folder, ClassSet classes)
    {
        var image = ImageFile.ReadRgb(path);
        var labels = predictor.Predict(image);
        var name = Path.Combine(folder, Path.GetFileNameWithoutExtension(path));
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
