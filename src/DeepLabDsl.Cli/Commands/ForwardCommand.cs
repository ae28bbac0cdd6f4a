using System;
using System.CommandLine;
using System.Linq;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.IO;
using DeepLabDsl.Networks;
using DeepLabDsl.SelfChecks;
using DeepLabDsl.Weights.Names;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>forward</c>: raw tensors in and out, to compare with other implementations.</summary>
internal static class ForwardCommand
{
    public static Command Create(NetworkOptions networks)
    {
        var network = SharedOptions.Network();
        var weights = new WeightsOptions();
        var fill = CommandOptions.Flag("--fill-protocol", "Fill the weights (and, with --size, the input) from their names alone.");
        var input = new Option<string?>("--input")
        {
            Description = "The input [N, C, H, W], float32, already normalised.",
            HelpName = "X.npy",
        };
        var size = new Option<string?>("--size")
        {
            Description = "In place of --input: one image of this size, filled by the protocol.",
            HelpName = "HxW",
        };
        var output = new Option<string>("--output")
        {
            Description = "Takes the output [N, classes, H, W], float32.",
            Required = true,
            HelpName = "Y.npy",
        };
        var name = new Option<string>("--output-name")
        {
            Description = "Which output, by its name in the spec.",
            DefaultValueFactory = _ => "logits",
            HelpName = "NAME",
        };
        var classes = CommandOptions.Count("--classes", "Number of classes; default: the weights' or the spec's.", "N");
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        var command = new Command("forward", "Run a network on a raw tensor.")
        {
            network, weights.File, weights.NameMap, weights.Partial, weights.Entry, fill, input, size, output, name, classes, device,
            threads,
        };
        networks.AddTo(command);
        return command.Does(result =>
            {
                var descriptor = networks.Find(result, result.GetRequiredValue(network));
                var isFilled = result.GetValue(fill);
                if (isFilled == result.GetValue(weights.File) is not null)
                    throw new UserException("name --weights or --fill-protocol, one of the two");
                if (result.GetValue(input) is null == result.GetValue(size) is null)
                    throw new UserException("name --input or --size, one of the two");
                if (result.GetValue(size) is not null && !isFilled)
                    throw new UserException("--size fills the input by the protocol and needs --fill-protocol");
                var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), result.GetValue(threads));
                if (on.type == DeviceType.CPU)
                    SelfCheck.Require();
                using var scope = NewDisposeScope();
                using var inference = inference_mode();
                var built = isFilled
                    ? Fill(
                        descriptor.Create(result.GetValue(classes) ?? descriptor.DefaultClasses),
                        SharedOptions.FindNameMap(result.GetValue(weights.NameMap), descriptor), on)
                    : weights.Open(result)!.Build(descriptor, result.GetValue(classes), on);
                built.eval();
                var x = ReadInput(descriptor, result.GetValue(input), result.GetValue(size));
                var outputs = MinimumInput.Run(built, x.to(on), result.GetValue(input) ?? "--size").Named;
                var wanted = result.GetRequiredValue(name);
                var chosen = outputs.Where(o => o.Key == wanted).Select(o => o.Value).FirstOrDefault()
                    ?? throw new UserException(
                        $"{descriptor.Name} has no output '{wanted}'; it has {string.Join(", ", outputs.Select(o => o.Key))}");
                NpyFile.Write(result.GetRequiredValue(output), chosen.to(ScalarType.Float32));
                Console.WriteLine($"{wanted} [{string.Join(", ", chosen.shape)}] -> {result.GetRequiredValue(output)}");
            });
    }

    private static SegmentationNetwork Fill(SegmentationNetwork network, NameMap? names, Device device)
    {
        FillProtocol.Fill(network, names);
        return (SegmentationNetwork)network.to(device);
    }

    private static Tensor ReadInput(NetworkDescriptor descriptor, string? path, string? size)
    {
        if (path is null)
        {
            var (height, width) = SharedOptions.ParseSize("--size", size!);
            return FillProtocol.Input(1, descriptor.InputChannels, height, width);
        }
        var x = NpyFile.Read(path);
        if (x.dim() != 4 || x.shape[1] != descriptor.InputChannels)
            throw new UserException($"{path}: the input must be [N, {descriptor.InputChannels}, H, W], not [{string.Join(", ", x.shape)}]");
        return x.to(ScalarType.Float32);
    }
}
