using System;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using DeepLabDsl.Crf;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>crf</c>: the dense CRF on unaries of any origin.</summary>
internal static class CrfCommand
{
    public static Command Create(NetworkOptions networks)
    {
        var image = new Option<string>("--image") { Description = "The image.", Required = true, HelpName = "FILE" };
        var unary = new Option<string>("--unary")
        {
            Description = "The cost of each class at each pixel, [C, H, W] of float32 or float64: "
                + "minus log-probabilities, or minus logits.",
            Required = true,
            HelpName = "U.npy",
        };
        var folder = new Option<string>("--out")
        {
            Description = "Takes q.npy (probabilities, [C, H, W] float32) and map.png (class indices).",
            Required = true,
            HelpName = "DIR",
        };
        var crf = new CrfOptionSet();
        var tensors = CommandOptions.Flag("--tensors", "Use the tensor form on the CPU too; other devices always do.");
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        var command = new Command("crf", "Refine class probabilities of an image by a fully connected CRF.")
        {
            image, unary, folder, tensors, device, threads,
        };
        command.Add(CrfTuneCommand.Create(networks));
        foreach (var option in crf.All)
            command.Add(option);
        return command.Does(result =>
        {
            var options = crf.Read(result, result.GetValue(threads));
            var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), result.GetValue(threads));
            var picture = ImageFile.ReadRgb(result.GetRequiredValue(image));
            using var costs = ReadUnary(result.GetRequiredValue(unary), picture);
            try
            {
                if (result.GetValue(tensors) || on.type != DeviceType.CPU)
                    RefineAsTensors(options, picture, costs.to(on), result.GetRequiredValue(folder));
                else
                    Refine(options, picture, costs, result.GetRequiredValue(folder));
            }
            catch (ArgumentException e)
            {
                throw new UserException($"{result.GetRequiredValue(unary)}: {e.Message}");
            }
        });
    }

    private static void Refine(CrfOptions options, RgbImage image, Tensor costs, string folder)
    {
        using var crf = new DenseCrf(options);
        var refined = crf.Infer(image, costs.data<float>().ToArray(), (int)costs.shape[0]);
        using var q = tensor(refined.Probabilities, costs.shape);
        NpyFile.Write(Path.Combine(folder, "q.npy"), q);
        ImageFile.WriteGreyPng(Path.Combine(folder, "map.png"), refined.Map);
        var t = refined.Timing;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{t.Total.TotalMilliseconds:0.0} ms: lattices {t.Build.TotalMilliseconds:0.0}, reading {t.Read.TotalMilliseconds:0.0}, slice "
            + $"+ softmax + splat {t.Pixels.TotalMilliseconds:0.0}, blur {t.Blur.TotalMilliseconds:0.0}, writing "
            + $"{t.Write.TotalMilliseconds:0.0}"));
        Console.WriteLine(
            $"[{string.Join(", ", costs.shape)}], {options.Iterations} iterations -> {Path.Combine(folder, "q.npy")}, map.png");
    }

    private static void RefineAsTensors(CrfOptions options, RgbImage image, Tensor costs, string folder)
    {
        using var scope = NewDisposeScope();
        var pixels = CrfRefiner.Pixels(image, costs.device);
        var watch = Stopwatch.StartNew();
        var q = TensorCrf.Infer(pixels, costs.unsqueeze(0), options)[0];
        var map = CrfRefiner.MostLikely(q);
        watch.Stop();
        NpyFile.Write(Path.Combine(folder, "q.npy"), q);
        ImageFile.WriteGreyPng(Path.Combine(folder, "map.png"), map);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalMilliseconds:0.0} ms in tensor operations on {costs.device}"));
        Console.WriteLine(
            $"[{string.Join(", ", costs.shape)}], {options.Iterations} iterations -> {Path.Combine(folder, "q.npy")}, map.png");
    }

    private static Tensor ReadUnary(string path, RgbImage image)
    {
        using var read = NpyFile.Read(path);
        if (read.dtype is not (ScalarType.Float32 or ScalarType.Float64))
            throw new UserException($"{path}: the unary must be of float32 or float64, not {read.dtype}");
        if (read.dim() != 3 || read.shape[0] is < 1 or > 255)
        {
            throw new UserException(
                $"{path}: the unary must be [classes, height, width] with 1 to 255 classes, not [{string.Join(", ", read.shape)}]");
        }
        if (read.shape[1] != image.Height || read.shape[2] != image.Width)
        {
            throw new UserException(
                $"{path}: the unary is {read.shape[2]}x{read.shape[1]} pixels and the image {image.Width}x{image.Height} (width x "
                + "height); resize the scores to the image");
        }
        return read.to(ScalarType.Float32, copy: true);
    }
}
