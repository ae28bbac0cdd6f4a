using System.CommandLine;
using System.Globalization;
using DeepLabDsl.Zoo;
using Spectre.Console;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>list</c>: the networks of the zoo.</summary>
internal static class ListCommand
{
    public static Command Create() => new Command("list", "Show the networks of the zoo.").Does(_ =>
    {
        var table = Output.Table("network", ">stride", ">parameters", ">G macs", "at", "summary");
        foreach (var network in NetworkCatalog.All)
        {
            table.AddRow(
                network.Name.Cell(),
                network.OutputStride.ToString(CultureInfo.InvariantCulture),
                Output.Millions(network.Parameters),
                Output.Giga(network.MultiplyAdds),
                $"{network.ReferenceHeight}x{network.ReferenceWidth}",
                network.Summary.Cell());
        }
        AnsiConsole.Write(table);
    });
}
