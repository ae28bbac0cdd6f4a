using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using DeepLabDsl.Compiler;
using DeepLabDsl.Graph;
using DeepLabDsl.IO;
using DeepLabDsl.Networks;
using DeepLabDsl.Tools;
using Spectre.Console;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>inspect</c>: what the compiler knows of a network, for any input size: numbers, words and drawings.</summary>
internal sealed class InspectCommand
{
    private const int MaximumRates = 64;

    // For which the traffic of a step is told.
    private static readonly int[] RankCounts = [2, 4, 8];

    private static readonly JsonSerializerOptions Json = new(Output.Json)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private readonly NetworkOptions _networks;

    private readonly Argument<string?> _network = new("network")
    {
        Description = "A network ('list' shows them), or a spec file or a folder of them.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _name =
        new("--network") { Description = "Which network of spec files that have several.", HelpName = "NAME" };

    private readonly Option<string?> _size =
        new("--size") { Description = "The input's height and width; default: the spec's.", HelpName = "HxW" };
    private readonly Option<int?> _classes = CommandOptions.Count("--classes", "Number of classes; default: the spec's.", "K");
    private readonly Option<bool> _json = CommandOptions.Flag("--json", "Print JSON: the table, and all that the analyses know.");

    private readonly Option<bool> _atrous = CommandOptions.Flag(
        "--atrous", "Explain the atrous convolutions: taps on padding, what is read and what is left out.");

    private readonly Option<bool> _keys = CommandOptions.Flag(
        "--keys", "List the keys of the network's weights, by which a file's are found and a name map's rules go.");

    private readonly Option<string?> _svg = new("--svg") { Description = "Draw the network into an SVG file.", HelpName = "FILE" };
    private readonly Option<string?> _dot = new("--dot") { Description = "Write the drawing's graph for Graphviz.", HelpName = "FILE" };

    private readonly Option<string?> _gridding = new("--gridding")
    {
        Description = "Draw what each part, or each chain, reads, into an SVG file.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _chain = new("--chain")
    {
        Description = "Explain convolutions of these rates in a row, of no network; may be given several times.",
        HelpName = "R,R,R",
    };

    private readonly Option<int> _kernel = CommandOptions.CountOr("--kernel", 3, "Taps of the convolutions of --chain.", "K");
    private readonly Option<bool> _watch = SpecWatch.Option();

    private InspectCommand(NetworkOptions networks) => _networks = networks;

    public static Command Create(NetworkOptions networks) => new InspectCommand(networks).Build();

    private Command Build()
    {
        var command = new Command(
            "inspect",
            "Show a network's parts: shapes, strides, atrous rates, receptive fields, parameters and multiply-adds; explain and draw it.")
        {
            _network, _name, _size, _classes, _json, _atrous, _keys, _svg, _dot, _gridding, _chain, _kernel, _watch,
        };
        _networks.AddTo(command);
        return command.Returns(result =>
        {
            if (!result.GetValue(_watch))
            {
                Inspect(result);
                return 0;
            }
            var files = result.GetValue(_networks.Specs) ?? result.GetValue(_network);
            return files is not null && IsSpec(files)
                ? SpecWatch.Run([files], () => Inspect(result))
                : throw new UserException("--watch needs a spec file or a folder of them, as the network or as --specs");
        });
    }

    private void Inspect(ParseResult result)
    {
        if (result.GetValue(_chain) is { Length: > 0 } chains)
        {
            if (result.GetValue(_network) is not null || result.GetValue(_svg) is not null || result.GetValue(_dot) is not null)
                throw new UserException("--chain is of no network: it goes with --kernel, --gridding and --json alone");
            Chains([.. chains.Select(c => ParseChain(c, result.GetValue(_kernel)))], result.GetValue(_json), result.GetValue(_gridding));
            return;
        }
        var report = Report(
            result, _networks,
            result.GetValue(_network)
            ?? throw new UserException("say which network: a name ('list' shows them), a spec file or a folder of them"),
            result.GetValue(_name), result.GetValue(_size) is { } text ? SharedOptions.ParseSize("--size", text) : null,
            result.GetValue(_classes) is not <= 0 ? result.GetValue(_classes) : throw new UserException("--classes must be 1 or more"));
        Write(result.GetValue(_svg), () => NetworkDrawing.Svg(report));
        Write(result.GetValue(_dot), () => NetworkDrawing.Dot(report));
        Write(result.GetValue(_gridding), () => NetworkDrawing.Gridding(report)
            ?? throw new UserException($"--gridding: '{report.Name}' has no convolution with a rate above 1"));
        if (result.GetValue(_keys))
            Keys(report.GetStateKeys(), result.GetValue(_json));
        else if (result.GetValue(_json))
            Console.WriteLine(JsonSerializer.Serialize(report, Json));
        else if (result.GetValue(_atrous))
            Console.WriteLine(AtrousText.Of(report));
        else
            Show(report);
    }

    /// <summary>What is known of a network of any assembly at an input size and number of classes.</summary>
    /// <exception cref="UserException">It can't take an input of that size.</exception>
    public static NetworkReport Report(NetworkDescriptor network, (int Height, int Width)? size, int? classes)
    {
        try
        {
            return NetworkReport.Of(network.Graph, size, classes);
        }
        catch (InputSizeException e)
        {
            throw new UserException($"{network.Name}: {e.Message}");
        }
    }

    private static NetworkReport Report(
        ParseResult result, NetworkOptions networks, string network, string? name, (int Height, int Width)? size, int? classes)
    {
        if (IsSpec(network))
            return Compile(network, name, size, classes);
        return name is null
            ? Report(networks.Find(result, network), size, classes)
            : throw new UserException("--network names a network of a spec file; for any other its name is enough");
    }

    private static bool IsSpec(string network) => Path.GetExtension(network) is ".yaml" or ".yml" || Directory.Exists(network);

    private static NetworkReport Compile(string path, string? name, (int Height, int Width)? size, int? classes)
    {
        var files = SpecFiles.Read([path]);
        var faults = files.SelectMany(f => f.Diagnostics).Where(d => d.Rule.Severity == RuleSeverity.Error).ToList();
        if (faults.Count > 0)
            throw new UserException(string.Join("\n", faults));
        var networks = files.SelectMany(f => f.Networks.Select(n => (File: f, Name: n))).ToList();
        name ??= networks.Count == 1
            ? networks[0].Name
            : throw new UserException(networks.Count == 0
                ? $"{path}: defines no network"
                : $"{path}: defines {string.Join(", ", networks.Select(n => n.Name))}; say which with --network");
        if (networks.FirstOrDefault(n => n.Name == name).File is not { } file)
            throw new UserException($"{path}: defines no network '{name}'{Suggestion.For(name, networks.Select(n => n.Name))}");
        var compiled = SpecCompiler.Compile(file, new SpecLibrary(files, library: SpecFiles.ReadZoo()), "Inspected", size, classes)
            .First(n => n.Name == name);
        return compiled.Report
            ?? throw new UserException(string.Join("\n", compiled.Diagnostics.Where(d => d.Rule.Severity == RuleSeverity.Error)));
    }

    private static void Write(string? path, Func<string?> draw)
    {
        if (path is null)
            return;
        var text = draw()!;
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static ChainReport ParseChain(string text, int kernel)
    {
        if (kernel is < 2 or > 31)
            throw new UserException($"--kernel must be from 2 to 31, not {kernel}");
        var rates = text.Split(',')
            .Select(r => int.TryParse(r.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var rate) ? rate : 0).ToList();
        return rates.Count <= MaximumRates && rates.All(r => r is >= 1 and <= 4096)
            ? new ChainReport(kernel, rates)
            : throw new UserException($"--chain must be at most {MaximumRates} rates from 1 to 4096, such as 1,2,5, not '{text}'");
    }

    private static void Chains(IReadOnlyList<ChainReport> chains, bool isJson, string? gridding)
    {
        if (gridding is not null && chains.Any(c => c.Span > 2049))
            throw new UserException("--gridding: a receptive field of more than 2049 pixels can't be drawn");
        Write(gridding, () => GriddingPicture.Draw(chains));
        Console.WriteLine(isJson ? JsonSerializer.Serialize(chains, Json) : string.Join("\n\n", chains.Select(AtrousText.Of)));
    }

    private static void Show(NetworkReport report)
    {
        Console.WriteLine($"{report.Name} ({report.ClassName}): {report.Summary}");
        var table = Output.Table("part", ">channels", ">map", ">stride", "rates", ">read", ">receptive field", ">parameters", ">G macs");
        foreach (var stage in report.Stages)
        {
            table.AddRow(
                stage.Name.Cell(), Number(stage.Channels), $"{stage.Height}x{stage.Width}",
                stage.Stride.ToString("0.##", CultureInfo.InvariantCulture), string.Join(",", stage.Rates.Select(Number)),
                report.Analysis.Chains.FirstOrDefault(c => !c.IsWholeNetwork && c.Name == stage.Name) is { } chain
                    ? Output.Percent(chain.Coverage)
                    : "",
                stage.ReceptiveField is { } field ? Number(field) : "image", stage.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                Output.Giga(stage.MultiplyAdds));
        }
        AnsiConsole.Write(table);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"input {report.InputChannels}x{report.ReferenceHeight}x{report.ReferenceWidth}, {report.Classes} classes, output stride "
                + $"{report.OutputStride}: "
            + $"{report.Parameters:N0} parameters, {Output.Giga(report.MultiplyAdds)} G multiply-adds; an image of this size takes some "
                + $"{report.TrainingBytes / 1e6:0} MB in training"));
        var volumes = string.Join(", ", RankCounts.Select(n => string.Create(CultureInfo.InvariantCulture,
            $"{report.RingBytes(n) / 1e6:0.0} MB among {n}")));
        var norms = report.NormSums == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture,
                $"; synchronised norms add {report.NormSums} sums of {report.NormBytes / 1e3:0} kB together");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"trained on several ranks, a step adds up {report.GradientBytes / 1e6:0.0} MB of gradients: each rank sends and takes "
            + $"{volumes}{norms}"));
        if (report.Analysis.Taps.Count > 0)
            Console.WriteLine("read: the share of its receptive field on the map before it that a part reads; --atrous explains it");
        foreach (var finding in report.Analysis.Findings)
        {
            Console.WriteLine($"{finding.Place}: {finding.Severity.ToString().ToLowerInvariant()} {finding.Id}: {finding.Message}"
                + (finding.Suppressed is null ? "" : $" (suppressed: {finding.Suppressed})"));
        }
    }

    private static void Keys(IReadOnlyList<StateKey> keys, bool isJson)
    {
        if (isJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(keys.Select(k => new { Key = k.Name, k.Shape }), Json));
            return;
        }
        foreach (var key in keys)
            Console.WriteLine($"{key.Name} [{string.Join(", ", key.Shape)}]");
    }

    /// <summary>The keys of a network of some specs or of the zoo; null where there is none, or it has errors of its own.</summary>
    public static IReadOnlyList<string>? KeysOf(string network, IReadOnlyList<SpecFile> specs)
    {
        var library = new SpecLibrary(specs, library: SpecFiles.ReadZoo());
        var file = specs.Concat(SpecFiles.ReadZoo()).FirstOrDefault(f => f.Networks.Contains(network));
        var compiled = file is null ? null : SpecCompiler.Compile(file, library, "Inspected").FirstOrDefault(n => n.Name == network);
        return compiled?.Report is { } report ? [.. report.GetStateKeys().Select(k => k.Name)] : null;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
