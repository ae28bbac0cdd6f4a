using System;
using System.CommandLine;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Reports;
using Spectre.Console;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>compare</c>: several runs side by side.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("run") { Description = "The folders of two or more runs.", Arity = new ArgumentArity(2, 100) };
        var output = new Option<string?>("--out")
        {
            Description = "Takes a page with the table and a chart of the courses.",
            HelpName = "FILE.html",
        };
        var json = CommandOptions.Flag("--json", "Print JSON.");
        return new Command(
            "compare", "Compare runs: what they came to and what differs in their recipes; with --out their courses in one chart.")
        {
            runs, output, json,
        }
            .Does(result =>
            {
                var comparison = RunComparison.Read(result.GetRequiredValue(runs));
                if (result.GetValue(output) is { } path)
                    comparison.Write(path);
                if (result.GetValue(json))
                {
                    var data = comparison.Names.Select((name, i) => (name, comparison.Rows.ToDictionary(r => r.Name, r => r.Values[i])))
                        .ToDictionary(r => r.name, r => r.Item2);
                    Console.WriteLine(JsonSerializer.Serialize(data, Output.Json));
                    return;
                }
                var table = Output.Table(["", .. comparison.Names.Select(n => ">" + n)]);
                foreach (var (name, values) in comparison.Rows)
                    table.AddRow([name.Cell(), .. values.Select(v => v.Cell())]);
                AnsiConsole.Write(table);
                if (result.GetValue(output) is { } written)
                    Console.WriteLine($"look at {written}");
            });
    }
}
