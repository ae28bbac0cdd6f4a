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
internal sealed class ForwardCommand
{
    private readonly NetworkOptions _networks;
    private readonly Argument<string> _network = SharedOptions.Network();
    private readonly WeightsOptions _weights = new();

    private readonly Option<bool> _fill =
        CommandOptions.Flag("--fill-protocol", "Fill the weights (and, with --size, the input) from their names alone.");

    private readonly Option<string?> _input = new("--input")
    {
        Description = "The input [N, C, H, W], float32, already normalised.",
        HelpName = "X.npy",
    };

    private readonly Option<string?> _size = new("--size")
    {
        Description = "In place of --input: one image of this size, filled by the protocol.",
        HelpName = "HxW",
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "Takes the output [N, classes, H, W], float32.",
        Required = true,
        HelpName = "Y.npy",
    };

    private readonly Option<string> _name = new("--output-name")
    {
        Description = "Which output, by its name in the spec.",
        DefaultValueFactory = _ => "logits",
        HelpName = "NAME",
    };

    private readonly Option<int?> _classes =
        CommandOptions.Count("--classes", "Number of classes; default: the weights' or the spec's.", "N");

    private readonly Option<string> _device = SharedOptions.Device();
    private readonly Option<int?> _threads = SharedOptions.Threads();

    private ForwardCommand(NetworkOptions networks) => _networks = networks;

    public static Command Create(NetworkOptions networks) => new ForwardCommand(networks).Build();

    private Command Build()
    {
        var command = new Command("forward", "Run a network on a raw tensor.")
        {
            _network, _weights.File, _weights.NameMap, _weights.Partial, _weights.Entry, _fill, _input, _size, _output, _name,
            _classes, _device, _threads,
        };
        _networks.AddTo(command);
        return command.Does(Run);
    }

    private void Run(ParseResult result)
    {
        var descriptor = _networks.Find(result, result.GetRequiredValue(_network));
        var isFilled = result.GetValue(_fill);
        if (isFilled == result.GetValue(_weights.File) is not null)
            throw new UserException("name --weights or --fill-protocol, one of the two");
        if (result.GetValue(_input) is null == result.GetValue(_size) is null)
            throw new UserException("name --input or --size, one of the two");
        if (result.GetValue(_size) is not null && !isFilled)
            throw new UserException("--size fills the input by the protocol and needs --fill-protocol");
        var on = SharedOptions.OpenDevice(result.GetRequiredValue(_device), result.GetValue(_threads));
        if (on.type == DeviceType.CPU)
            SelfCheck.Require();
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var built = isFilled
            ? Fill(
                descriptor.Create(result.GetValue(_classes) ?? descriptor.DefaultClasses),
                SharedOptions.FindNameMap(result.GetValue(_weights.NameMap), descriptor), on)
            : _weights.Open(result)!.Build(descriptor, result.GetValue(_classes), on);
        built.eval();
        var x = ReadInput(descriptor, result.GetValue(_input), result.GetValue(_size));
        var outputs = MinimumInput.Run(built, x.to(on), result.GetValue(_input) ?? "--size").Named;
        var wanted = result.GetRequiredValue(_name);
        var chosen = outputs.Where(o => o.Key == wanted).Select(o => o.Value).FirstOrDefault()
            ?? throw new UserException(
                $"{descriptor.Name} has no output '{wanted}'; it has {string.Join(", ", outputs.Select(o => o.Key))}");
        NpyFile.Write(result.GetRequiredValue(_output), chosen.to(ScalarType.Float32));
        Console.WriteLine($"{wanted} [{string.Join(", ", chosen.shape)}] -> {result.GetRequiredValue(_output)}");
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
