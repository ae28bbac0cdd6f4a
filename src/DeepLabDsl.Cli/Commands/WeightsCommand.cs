using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Names;
using Spectre.Console;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>weights</c>: looks into files of weights and converts them.</summary>
internal static class WeightsCommand
{
    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["float32"] = ScalarType.Float32,
        ["float16"] = ScalarType.Float16,
        ["bfloat16"] = ScalarType.BFloat16,
        ["float64"] = ScalarType.Float64,
    };

    public static Command Create(NetworkOptions networks) =>
        new("weights", "Look into files of weights, convert them from one format or naming to another.") { List(), Convert(networks) };

    private static Command List()
    {
        var file = new Argument<string>("file") { Description = "A file of weights in any format, or the folder of a run." };
        var entry = WeightsOptions.CheckpointEntry();
        var json = CommandOptions.Flag("--json", "Print JSON.");
        return new Command("list", "Show keys, shapes and types of the tensors in a file, and what else it says.")
        {
            file, entry, json,
        }.Does(result =>
        {
            var weights = SharedOptions.OpenWeights(result.GetRequiredValue(file), result.GetValue(entry));
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(AsData(weights), Output.Json));
            else
                Show(weights);
        });
    }

    private static Command Convert(NetworkOptions networks)
    {
        var input = new Argument<string>("in") { Description = "A file of weights in any format, or the folder of a run." };
        var output = new Argument<string>("out")
        {
            Description = "The file to write; its extension names the format: .safetensors, .pth, .pt, .dat (TorchSharp), .caffemodel.",
        };
        var network = new Option<string?>("--network")
        {
            Description = "The network that the weights are of: all of them are checked, and translated by a name map.",
            HelpName = "NAME",
        };
        var classes = CommandOptions.Count("--classes", "Number of classes; default: the weights' or the spec's.", "N");
        var nameMap = SharedOptions.NameMap();
        var toPublisher = CommandOptions.Flag("--to-publisher", "Write the publisher's names; by default the network's own.");
        var partial = CommandOptions.Flag("--partial", "Write the tensors that fit the network, and say which do not.");
        var type = CommandOptions.Word("--dtype", [.. Types.Keys], "Type of the numbers with fractions; default: as they are.");
        var expand = CommandOptions.Flag(
            "--allow-expand", "Write tensors that together are many times the file that they come from, which repeats numbers.");
        var entry = WeightsOptions.CheckpointEntry();
        var command = new Command("convert", "Write weights in another format or under other names.")
        {
            input, output, network, classes, nameMap, toPublisher, partial, type, expand, entry,
        };
        networks.AddTo(command);
        return command.Does(result =>
        {
            var target = result.GetRequiredValue(output);
            WeightsFile.FormatOf(target);
            var options = new ConversionOptions
            {
                Type = result.GetValue(type) is { } given ? Types[given] : null,
                ToPublisher = result.GetValue(toPublisher),
                Partial = result.GetValue(partial),
                AllowExpand = result.GetValue(expand),
            };
            var source = SharedOptions.OpenWeights(result.GetRequiredValue(input), result.GetValue(entry));
            if (result.GetValue(network) is not { } name)
            {
                if (result.GetValue(nameMap) is not null || options.ToPublisher || options.Partial || result.GetValue(classes) is not null)
                {
                    throw new UserException(
                        "--name-map, --to-publisher, --partial and --classes need --network: a map is checked against a network's keys");
                }
                Tell(WeightsConverter.Convert(source, target, options), target);
                return;
            }
            var descriptor = networks.Find(result, name);
            Convert(
                source, target, descriptor, SharedOptions.FindNameMap(result.GetValue(nameMap), descriptor), result.GetValue(classes),
                options);
        });
    }

    /// <summary>Converts weights of a network, which are checked against it.</summary>
    private static void Convert(
        WeightsFile source, string target, NetworkDescriptor descriptor, NameMap? map, int? classes, ConversionOptions options)
    {
        if (options.ToPublisher && map is null)
        {
            throw new UserException(
                $"--to-publisher: {descriptor.Name} has no name map, its own names are the publisher's; name one with --name-map");
        }
        using var built = descriptor.Create(classes ?? WeightsMetadata.Of(source)?.Classes.Count ?? descriptor.DefaultClasses);
        var match = WeightsConverter.Convert(source, target, built, map, options, out var count);
        foreach (var line in match.Lines)
            Console.Error.WriteLine("left out: " + line);
        Tell(count, target);
    }

    private static void Tell(int count, string path) => Console.WriteLine($"{count} tensors -> {path}");

    private static void Show(WeightsFile weights)
    {
        var table = Output.Table("key", "shape", "type", ">elements");
        foreach (var tensor in weights.Tensors)
        {
            table.AddRow(
                tensor.Name.Cell(), $"[{string.Join(", ", tensor.Shape)}]".Cell(), tensor.TypeName,
                tensor.Elements.ToString("N0", CultureInfo.InvariantCulture));
        }
        AnsiConsole.Write(table);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{weights.FormatName}: {weights.Tensors.Count} tensors, {weights.Tensors.Sum(t => t.Elements):N0} elements, "
            + $"{Size(weights.Tensors.Sum(t => t.Bytes))}"));
        foreach (var (key, value) in weights.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            Console.WriteLine($"{key}: {value}");
        foreach (var note in weights.Notes)
            Console.WriteLine($"note: {note}");
    }

    private static string Size(long bytes) =>
        bytes < 100_000
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");

    private static object AsData(WeightsFile weights) => new
    {
        File = weights.Path,
        Format = weights.FormatName,
        Elements = weights.Tensors.Sum(t => t.Elements),
        Bytes = weights.Tensors.Sum(t => t.Bytes),
        weights.Metadata,
        weights.Notes,
        Tensors = weights.Tensors.Select(t => new { Key = t.Name, t.Shape, Type = t.TypeName }),
    };
}
