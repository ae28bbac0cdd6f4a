using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.IO;
using Spectre.Console;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>zoo</c>: every network's counts beside published figures, and its outputs beside independent implementations.</summary>
internal static class ZooCommand
{
    public static Command Create()
    {
        var networks = new Argument<string[]>("networks")
        {
            Description = "Networks of the zoo; default: all.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var markdown = new Option<string?>("--markdown") { Description = "Takes the report as a page.", HelpName = "FILE" };
        var golden = new Option<string?>(
            "--golden")
        { Description = "A folder of recorded outputs of independent implementations to compare with.", HelpName = "DIR" };
        var onnx = CommandOptions.Flag("--onnx", "Export each network and compare ONNX Runtime's outputs with the module's.");
        var threads = SharedOptions.Threads();
        return new Command("zoo",
            "Show the zoo's counts beside published figures, and compare outputs with independent implementations.") { networks, markdown,
            golden, onnx, threads }
            .Does(result =>
            {
                var page = result.GetValue(markdown);
                var folder = result.GetValue(golden);
                var chosen = result.GetValue(networks) ?? [];
                if (page is not null && chosen.Length > 0)
                    throw new UserException("--markdown writes a page of the whole zoo: name no networks");
                if (folder is not null && !Directory.Exists(folder))
                    throw new UserException($"{folder}: no such folder");
                SharedOptions.OpenDevice("cpu", result.GetValue(threads));
                var report = new ZooReport(chosen);
                ShowCounts(report);
                if (folder is not null)
                    report.Compare(folder, Show);
                if (result.GetValue(onnx))
                    report.Export(result.GetValue(threads) ?? Environment.ProcessorCount, Show);
                if (page is not null)
                {
                    AtomicFile.Write(page, file => file.Write(Encoding.UTF8.GetBytes(ZooMarkdown.Write(report))));
                    Console.WriteLine($"-> {page}");
                }
                if (report.Golden?.Where(g => !g.Result.IsEqual()).Select(g => g.Network).ToList() is { Count: > 0 } different)
                    throw new UserException(
                        $"{different.Count} of {report.Golden.Count} references differ: {string.Join(", ", different)}");
                if (report.Onnx?.Where(o => !o.IsEqual).Select(o => o.Network).ToList() is { Count: > 0 } wrong)
                    throw new UserException($"{wrong.Count} of {report.Onnx.Count} exports differ: {string.Join(", ", wrong)}");
            });
    }

    private static void ShowCounts(ZooReport report)
    {
        var counts = Output.Table("network", ">stride", ">parameters", ">G macs", "at", "figures");
        foreach (var network in report.Networks)
        {
            var figures = report.Figures.Where(f => f.Network == network.Name).ToList();
            counts.AddRow(
                network.Name.Cell(), network.OutputStride.ToString(CultureInfo.InvariantCulture),
                    network.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                (network.MultiplyAdds / 1e9).ToString("0.000", CultureInfo.InvariantCulture),
                    $"{network.ReferenceHeight}x{network.ReferenceWidth}",
                figures.Count == 0 ? "" : $"{figures.Count(f => f.IsEqual)} of {figures.Count} equal as printed");
        }
        AnsiConsole.Write(counts);
        if (report.Figures.All(f => f.IsEqual))
            return;
        var others = Output.Table("network", "what", ">ours", ">published", ">difference", "note");
        foreach (var figure in report.Figures.Where(f => !f.IsEqual))
        {
            others.AddRow(
                figure.Network.Cell(), figure.Quantity, figure.Ours.ToString("0.000", CultureInfo.InvariantCulture), figure.Printed.Text,
                figure.Difference, figure.Note.Cell());
        }
        AnsiConsole.Write(others);
    }

    private static void Show(OnnxRow row)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{row.Network} as ONNX: {row.Bytes / 1e6:0.0} MB, {row.Operators} operators, "
                + $"{ZooMarkdown.Deviation(row.Outputs.Max(o => o.Deviation))} standard deviations, "
                + $"{(row.IsEqual ? "equal" : "differs")}, ratio {row.Ratio:0.00}"));
        foreach (var output in row.Outputs.Where(o => !o.IsEqual))
            Console.WriteLine(
                $"  {output.Height}x{output.Width} {output.Output}: {ZooMarkdown.Deviation(output.Deviation)} standard deviations, "
                    + $"{output.OtherClasses} pixels of another class");
    }

    private static void Show(GoldenRow row)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{row.Network} beside {row.Result.Reference.Name}: {row.Result.Elapsed.TotalSeconds:0.0} s, "
            + $"peak {row.PeakBytes / 1e9:0.0} GB"));
        foreach (var difference in row.Result.StateDifferences)
            Console.WriteLine($"  {difference}");
        foreach (var run in row.Result.Runs)
        {
            foreach (var output in run.Outputs)
            {
                Console.WriteLine(
                    $"  {run.InputShape[2]}x{run.InputShape[3]} {output.Ours}: {ZooMarkdown.Deviation(output.Deviation)} standard "
                    + $"deviations, {ZooMarkdown.Verdict(output, run)}");
            }
        }
    }
}
