using System.CommandLine;

namespace DeepLabDsl.Cli;

/// <summary>The options of every command that takes weights.</summary>
internal sealed class WeightsOptions
{
    public WeightsOptions(
        bool isRequired = false,
        string description =
            "A file of weights (.safetensors, .pth, .dat, .caffemodel, .index, .pb, .h5), or the folder of a run (its best).") =>
        File = new Option<string?>("--weights") { Description = description, HelpName = "FILE|RUN", Required = isRequired };

    public Option<string?> File { get; }

    public Option<string?> NameMap { get; } = SharedOptions.NameMap();

    public Option<bool> Partial { get; } = CommandOptions.Flag("--partial", "Load the tensors that fit, and say which do not.");

    public Option<string?> Entry { get; } = CheckpointEntry();

    public static Option<string?> CheckpointEntry() =>
        new("--entry")
        {
            Description = "Which entry of a PyTorch checkpoint holds the tensors; default: the usual one (state_dict, model ...).",
            HelpName = "NAME",
        };

    /// <summary>The weights that are named; null where none are.</summary>
    public WeightsSource? Open(ParseResult result) =>
        result.GetValue(File) is { } path
            ? new WeightsSource(SharedOptions.OpenWeights(path, result.GetValue(Entry)), result.GetValue(NameMap), result.GetValue(Partial))
            : null;
}
