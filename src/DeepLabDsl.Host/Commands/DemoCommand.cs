using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using static TorchSharp.torch;

namespace DeepLabDsl.Host.Commands;

/// <summary><c>demo</c>: from nothing to masks worth looking at in about two minutes, without a download.</summary>
internal static class DemoCommand
{
    private const string Network = "demo";
    private const int TrainScenes = 240;
    private const int ValidationScenes = 24;
    private const int ShownScenes = 5;

    public static Command Create()
    {
        var folder = new Option<string>("--out") { Description = "Takes the run and the pictures.", DefaultValueFactory = _ => "demo-out", HelpName = "DIR" };
        var minutes = CommandOptions.NumberOr("--minutes", 1.25, "How long it trains.", "T");
        var device = SharedOptions.Device();
        return new Command("demo", "Draw small scenes, train a small network on them, score it and draw its masks; no data needed.") { folder, minutes, device }
            .Returns(result =>
            {
                var descriptor = SharedOptions.FindNetwork(Network);
                var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), null);
                var output = result.GetRequiredValue(folder);
                Console.WriteLine($"drawing {TrainScenes + ValidationScenes} scenes");
                var train = DemoScenes.CreateDataset("train", TrainScenes);
                var validation = DemoScenes.CreateDataset("val", ValidationScenes);
                var recipe = RecipeOptions.Effective(descriptor, new Dictionary<string, string>
                {
                    ["minutes"] = result.GetValue(minutes).ToString(CultureInfo.InvariantCulture),
                    ["seed"] = "1",
                });
                // A demo is run again and again: its own folder may be overwritten, any other not.
                var isOwn = File.Exists(Path.Combine(output, "demo.png"));
                var code = TrainCommand.Train(descriptor, train, validation, recipe, on, output, isOwn, null, new Dictionary<string, string> { ["data"] = "drawn scenes" });
                if (code == 0)
                    Draw(descriptor, validation, on, output);
                return code;
            });
    }

    private static void Draw(NetworkDescriptor descriptor, InMemoryDataset validation, Device device, string folder)
    {
        using var network = new WeightsSource(SharedOptions.OpenWeights(folder)).Build(descriptor, null, device);
        var predictor = new Predictor(network, device);
        var sheet = new ContactSheet(validation.Classes, "DeepLabDsl demo: scenes that the network has not seen");
        for (var i = 0; i < ShownScenes; i++)
        {
            var sample = validation.Load(i);
            var labels = predictor.Predict(sample.Image);
            sheet.Add(sample.Name, sample.Image, sample.Labels, labels);
            var name = Path.Combine(folder, $"scene{i}");
            ImageFile.WritePng(name + ".png", sample.Image);
            ImageFile.WritePng(name + "_mask.png", MaskRenderer.Colorize(labels, validation.Classes));
            ImageFile.WritePng(name + "_overlay.png", MaskRenderer.Overlay(sample.Image, labels, validation.Classes));
        }
        sheet.Write(Path.Combine(folder, "demo.png"));
        Console.WriteLine($"look at {Path.Combine(folder, "demo.png")}; each scene's mask and overlay lie beside it, curve.png shows the training");
    }
}
