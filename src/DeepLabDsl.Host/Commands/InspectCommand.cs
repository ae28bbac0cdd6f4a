using System;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Compiler;
using Spectre.Console;

namespace DeepLabDsl.Host.Commands;

/// <summary><c>inspect</c>: what the compiler knows of a network, for any input size.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var network = SharedOptions.Network();
        var size = new Option<string?>("--size") { Description = "The input's height and width; default: the spec's.", HelpName = "HxW" };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        return new Command("inspect", "Show a network's parts: shapes, strides, atrous rates, receptive fields, parameters and multiply-adds.") { network, size, json }
            .Does(result =>
            {
                var report = Compile(
                    SharedOptions.FindNetwork(result.GetRequiredValue(network)).Name,
                    result.GetValue(size) is { } text ? SharedOptions.ParseSize("--size", text) : null);
                if (result.GetValue(json))
                    Console.WriteLine(JsonSerializer.Serialize(report, Output.Json));
                else
                    Show(report);
            });
    }

    private static NetworkReport Compile(string name, (int Height, int Width)? size)
    {
        var files = ZooSpecs.ReadAll().Select(s => SpecFile.Parse(s.Name, s.Text)).ToList();
        var file = files.First(f => f.Networks.Contains(name));
        var compiled = SpecCompiler.Compile(file, new SpecLibrary(files), "Inspected", size).First(n => n.Name == name);
        return compiled.Report ?? throw new UserException(string.Join("\n", compiled.Diagnostics));
    }

    private static void Show(NetworkReport report)
    {
        Console.WriteLine($"{report.Name} ({report.ClassName}): {report.Summary}");
        var table = Output.Table("part", ">channels", ">map", ">stride", "rates", ">receptive field", ">parameters", ">G macs");
        foreach (var stage in report.Stages)
        {
            table.AddRow(
                stage.Name.EscapeMarkup(), Number(stage.Channels), $"{stage.Height}x{stage.Width}",
                stage.Stride.ToString("0.##", CultureInfo.InvariantCulture), string.Join(",", stage.Rates.Select(Number)),
                stage.ReceptiveField is { } field ? Number(field) : "image", stage.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                Output.Giga(stage.MultiplyAdds));
        }
        AnsiConsole.Write(table);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"input {report.InputChannels}x{report.InputHeight}x{report.InputWidth}, {report.Classes} classes, output stride {report.OutputStride}: "
            + $"{report.Parameters:N0} parameters, {Output.Giga(report.MultiplyAdds)} G multiply-adds"));
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
