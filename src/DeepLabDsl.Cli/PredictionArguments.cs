using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;
using Spectre.Console;

namespace DeepLabDsl.Cli;

/// <summary>The options that say how images are predicted: scales, flip, windows.</summary>
internal sealed class PredictionArguments
{
    private readonly Option<double[]> _scales =
        CommandOptions.Numbers("--scales", "Scales whose probabilities are averaged; default: the spec's, else 1.", "FACTOR");

    private readonly Option<bool?> _flip =
        CommandOptions.Switch("--flip", "Average in the mirrored image, or 'false'; default: the spec's, else not.");

    private readonly Option<string?> _window = new("--window")
    {
        Description = "Cut larger images into windows of this size, or 'none'; default: the spec's, else images are predicted whole.",
        HelpName = "HxW",
    };

    private readonly Option<double?> _overlap = CommandOptions.Number(
        "--overlap", "The part of a window that its neighbour covers too; default: the spec's, else 0.5.", "X");

    private readonly Option<WindowBlend?> _blend =
        CommandOptions.Word<WindowBlend>(
            "--blend", "How overlapping windows are put together: by a Hann window or their mean; default: the spec's, else hann.");

    public void AddTo(Command command)
    {
        command.Options.Add(_scales);
        command.Options.Add(_flip);
        command.Options.Add(_window);
        command.Options.Add(_overlap);
        command.Options.Add(_blend);
    }

    /// <summary>What the network's spec says, and the command line over it.</summary>
    public PredictionOptions Read(ParseResult result, NetworkDescriptor network) => Read(result, network.Evaluation);

    /// <summary>What there is, and the command line over it.</summary>
    public PredictionOptions Read(ParseResult result, PredictionOptions options)
    {
        if (result.GetValue(_scales) is { Length: > 0 } scales)
            options = options with { Scales = scales };
        if (result.GetResult(_flip) is { Implicit: false })
            options = options with { Flip = result.GetValue(_flip) ?? true };
        if (result.GetValue(_window) is { } window)
            options = options with { Window = window == "none" ? null : SharedOptions.ParseSize("--window", window) };
        if (result.GetValue(_overlap) is { } overlap)
            options = options with { Overlap = overlap };
        if (result.GetValue(_blend) is { } blend)
            options = options with { Blend = blend };
        options.Validate();
        return options;
    }

    /// <summary>Prints what <see cref="Read(ParseResult, NetworkDescriptor)"/> gives, and where each value comes from.</summary>
    public void Print(ParseResult result, NetworkDescriptor network)
    {
        var options = Read(result, network);
        var table = Output.Table("key", "value", "from");
        Row(_scales, string.Join(", ", options.Scales.Select(s => s.ToString(CultureInfo.InvariantCulture))));
        Row(_flip, options.Flip ? "true" : "false");
        Row(_window, options.Window is { } window ? $"{window.Height}x{window.Width}" : "none");
        Row(_overlap, options.Overlap.ToString(CultureInfo.InvariantCulture));
        Row(_blend, options.Blend.ToString().ToLowerInvariant());
        AnsiConsole.Write(table);
        Console.WriteLine($"how {network.Name} is evaluated, by 'evaluation:' of its spec; each key is an option too");

        void Row(Option option, string value)
        {
            var key = option.Name.TrimStart('-');
            var from = result.GetResult(option) is { Implicit: false }
                ? EffectiveRecipe.CommandLine
                : network.EvaluationOrigins.GetValueOrDefault(key, "default");
            table.AddRow(key, value, from.Cell());
        }
    }
}
