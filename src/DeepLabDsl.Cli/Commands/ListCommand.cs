using System.CommandLine;
using System.Globalization;
using System.Linq;
using Spectre.Console;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>list</c>: the networks that commands know by name.</summary>
internal static class ListCommand
{
    public static Command Create(NetworkOptions networks)
    {
        var command = new Command("list", "Show the networks: your project's own, and the zoo.");
        networks.AddTo(command);
        return command.Does(result =>
        {
            var set = networks.Open(result);
            var table = Output.Table("network", ">stride", ">parameters", ">G macs", "at", "summary");
            foreach (var network in set.All)
            {
                table.AddRow(
                    network.Name.Cell(),
                    network.OutputStride.ToString(CultureInfo.InvariantCulture),
                    Output.Millions(network.Parameters),
                    Output.Giga(network.MultiplyAdds),
                    $"{network.ReferenceHeight}x{network.ReferenceWidth}",
                    network.Summary.Cell());
                if (network == set.Own.LastOrDefault())
                    table.AddEmptyRow();
            }
            AnsiConsole.Write(table);
        });
    }
}
