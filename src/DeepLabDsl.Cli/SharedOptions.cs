using System.CommandLine;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Inference;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Names;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli;

/// <summary>Options that several commands have, and what they mean.</summary>
internal static class SharedOptions
{
    public static Argument<string> Network() => new("network") { Description = "A network; 'list' shows them." };

    /// <summary>The same where a model that holds its weights may be named.</summary>
    public static Argument<string> NetworkOrModel() =>
        new("network") { Description = "A network ('list' shows them), or an ONNX file that 'export' wrote, with its weights." };

    public static Option<string?> NameMap() => new("--name-map")
    {
        Description = "The publisher's names of the weights: a shipped map, a name map YAML, or none. Default: "
            + "the network's map, where it has one.",
        HelpName = "NAME|FILE|none",
    };

    public static Option<string> Data() => new("--data") { Description = "The dataset's folder.", Required = true, HelpName = "DIR" };

    public static Option<string?> Dataset() =>
        new("--dataset")
        {
            Description = "What the files and classes are: the name of a shipped definition ('dataset list') or a dataset YAML. Default: "
                + "dataset.yaml beside the data, else told by its folders.",
            HelpName = "NAME|FILE",
        };

    public static Option<string> Device() =>
        CommandOptions.WordOr("--device", "cpu", ["cpu", "cuda"], "Where it runs.");

    public static Option<int?> Threads() =>
        CommandOptions.Count("--threads", "Threads of one operation; default: OMP_NUM_THREADS, else one a core.", "N");

    /// <summary><c>--shard i/n</c>, for the array jobs of any scheduler.</summary>
    public static Option<string?> Shard(string description) => new("--shard") { Description = description, HelpName = "i/n" };

    /// <summary>The shard that is named; null: none is.</summary>
    public static Shard? ReadShard(string? text) => text is null
        ? null
        : DeepLabDsl.Evaluation.Shard.Parse(text)
            ?? throw new UserException($"--shard must be i/n with i from 1 to n, such as 1/4, not '{text}'");

    /// <summary>The map that the option names; without it the network's own; null for none.</summary>
    public static NameMap? FindNameMap(string? nameOrPath, NetworkDescriptor descriptor) => nameOrPath switch
    {
        null => DeepLabDsl.Weights.Names.NameMap.For(descriptor),
        "none" => null,
        _ => DeepLabDsl.Weights.Names.NameMap.Find(nameOrPath),
    };

    /// <summary>The device by its name, with the number of threads set.</summary>
    public static Device OpenDevice(string name, int? threads)
    {
        if (threads is < 1)
            throw new UserException($"--threads must be 1 or more, not {threads}");
        switch (name.ToLowerInvariant())
        {
            case "cpu":
                Devices.SetThreads(threads);
                return CPU;
            case "cuda":
                return cuda.is_available()
                    ? CUDA
                    : throw new UserException(
                        "--device cuda: no CUDA device is available to this build; build with -p:TorchBackend=cuda on a "
                        + "machine with an NVIDIA GPU");
            default:
                throw new UserException($"--device must be cpu or cuda, not '{name}'");
        }
    }

    /// <inheritdoc cref="TrainedWeights.Open"/>
    public static WeightsFile OpenWeights(string path, string? entry = null) => TrainedWeights.Open(path, entry);

    /// <summary>Height and width from <c>HxW</c> or one number.</summary>
    public static (int Height, int Width) ParseSize(string option, string text)
    {
        var sides = text.Split('x').Select(s => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var side) ? side : 0)
            .ToList();
        return sides switch
        {
            [> 0 and <= 65535] => (sides[0], sides[0]),
            [> 0 and <= 65535, > 0 and <= 65535] => (sides[0], sides[1]),
            _ => throw new UserException($"{option} must be HEIGHTxWIDTH, such as 513x513, not '{text}'"),
        };
    }

    /// <inheritdoc cref="TrainedWeights.Normalizer"/>
    public static ImageNormalizer Normalizer(ImageNormalizer? dataset, WeightsFile weights, NetworkDescriptor network) =>
        TrainedWeights.Normalizer(dataset, weights, network);
}
