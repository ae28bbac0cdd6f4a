using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Rendering;
using DeepLabDsl.Weights;
using static TorchSharp.torch;

namespace DeepLabDsl.Benchmarks;

/// <summary>What each step of a prediction takes by itself, one after the other: what there is to be done beside the network.</summary>
internal static class PredictBenchmark
{
    private const int WarmUp = 3;

    /// <param name="args">Network, weights, folder of images, folder for results; number of images, threads.</param>
    public static int Run(string[] args)
    {
        var (name, weights, source, target) = (args[0], args[1], args[2], args[3]);
        if (args.Length > 5)
            set_num_threads(Whole(args[5]));
        var file = WeightsFile.Open(weights);
        var metadata = WeightsMetadata.Of(file) ?? throw new ArgumentException($"{weights}: says nothing of its classes");
        var network = Zoo.NetworkCatalog.All.Single(n => n.Name == name).Create(metadata.Classes.Count);
        WeightsFile.Load(network, file);
        var normalizer = metadata.Normalizer ?? new ImageNormalizer(network.Descriptor.Mean, network.Descriptor.Std);
        using var form = network.IntoInference();
        var images = Directory.EnumerateFiles(source).Order(StringComparer.Ordinal).Take(args.Length > 4 ? Whole(args[4]) : 100).ToList();
        var steps = new Dictionary<string, List<double>>();
        foreach (var image in images.Take(WarmUp).Concat(images))
            Predict(image, target, form, normalizer, metadata.Classes, steps);
        Console.WriteLine($"| {name}, {images.Count} images, {get_num_threads()} threads | median ms | least to most | share |");
        Console.WriteLine("|---|---:|---:|---:|");
        var medians = steps.ToDictionary(s => s.Key, s => Measure.Median([.. s.Value.Skip(WarmUp)]));
        foreach (var (step, times) in steps)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {step} | {medians[step]:0.0} | {times.Skip(WarmUp).Min():0.0}–{times.Skip(WarmUp).Max():0.0} | "
                + $"{100 * medians[step] / medians.Values.Sum():0} % |"));
        }
        return 0;
    }

    private static void Predict(
        string path, string target, InferenceNetwork form, ImageNormalizer normalizer, ClassSet classes,
        Dictionary<string, List<double>> steps)
    {
        var begin = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        using var unrecorded = inference_mode();
        var picture = ImageFile.ReadRgb(path);
        Took("read and decode");
        var input = empty(1, 3, picture.Height, picture.Width);
        normalizer.Normalize(picture, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(input.bytes));
        Took("normalise");
        var logits = form.Logits(input);
        Took("network");
        var labels = new LabelMap(picture.Width, picture.Height, logits.argmax(1).to(ScalarType.Byte).bytes.ToArray());
        Took("argmax");
        var (mask, overlay) = (MaskRenderer.Colorize(labels, classes), MaskRenderer.Overlay(picture, labels, classes));
        Took("draw mask and overlay");
        var result = Path.Combine(target, Path.GetFileNameWithoutExtension(path));
        ImageFile.WritePng(result + "_mask.png", mask);
        Took("encode and write mask");
        ImageFile.WriteIndexedPng(result + "_index.png", labels, classes);
        Took("encode and write index");
        ImageFile.WritePng(result + "_overlay.png", overlay);
        Took("encode and write overlay");

        void Took(string step)
        {
            if (!steps.TryGetValue(step, out var times))
                steps.Add(step, times = []);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            begin = Stopwatch.GetTimestamp();
        }
    }

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
