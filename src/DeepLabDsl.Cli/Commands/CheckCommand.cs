using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Compiler;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Weights.Names;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>check</c>: compiles specs without a build, and says of each fault what a build would.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("FILE")
        {
            Description = "Spec files, or folders of them (.yaml, .yml).",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = CommandOptions.Flag("--json", "Print JSON.");
        var watch = SpecWatch.Option();
        var command = new Command("check", "Compile specs, with the zoo beside them, and list what is wrong with them; no build needed.")
        {
            paths, json, watch,
        };
        return command.Returns(result => result.GetValue(watch)
            ? SpecWatch.Run(result.GetRequiredValue(paths), () => Check(result))
            : Check(result));

        int Check(ParseResult result)
        {
            var (specs, others, files) = Read(result.GetRequiredValue(paths));
            var check = SpecChecker.Check(specs, SpecFiles.ReadZoo());
            var faults = check.Diagnostics.Select(d => d.ToString()).Concat(others).ToList();
            var failed = check.HasErrors || others.Count > 0;
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(ToData(check, others), Output.Json));
            else
                Show(check, faults, files);
            return failed ? 1 : 0;
        }
    }

    /// <summary>
    /// The specs of files and folders, and of each dataset, name map or file of figures among them what is wrong with it.
    /// </summary>
    private static (IReadOnlyList<SpecFile> Specs, IReadOnlyList<string> Others, int Files) Read(IEnumerable<string> paths)
    {
        var specs = new List<SpecFile>();
        var others = new List<string>();
        var maps = new List<NameMap>();
        var files = 0;
        foreach (var path in SpecFiles.Find(paths))
        {
            files++;
            var text = SpecFiles.ReadText(path);
            if (SpecFiles.OtherKind(text) is not { } other)
                specs.Add(SpecFile.Parse(path, text));
            else if (Fault(other, text, path, maps) is { } fault)
                others.Add(fault);
        }
        // A map's networks may be among the files that are read after it.
        others.AddRange(NameMap.Check(maps, n => InspectCommand.KeysOf(n, specs)).Select(AtPlace));
        return (specs, others, files);
    }

    /// <summary>What is wrong with a file that lies beside specs and is YAML too; a name map without a fault is kept.</summary>
    private static string? Fault(string kind, string text, string path, List<NameMap> maps)
    {
        try
        {
            if (kind == "dataset")
                DatasetDefinition.Parse(text, path);
            else if (kind == "name_map")
                maps.Add(NameMap.Parse(text, path));
            else
                PublishedFigures.Parse(text, path);
            return null;
        }
        catch (UnusableDataException e)
        {
            return e.Message.Contains("): ", StringComparison.Ordinal) ? AtPlace(e.Message) : $"{path}: error: {e.Message}";
        }
    }

    /// <summary>file(line,column): what; a build would put the severity between.</summary>
    private static string AtPlace(string message) =>
        message.IndexOf("): ", StringComparison.Ordinal) is >= 0 and var place ? message.Insert(place + 2, " error:") : message;

    private static void Show(SpecCheck check, IReadOnlyList<string> faults, int files)
    {
        foreach (var fault in faults)
            Console.WriteLine(fault);
        var errors = faults.Count - check.Diagnostics.Count(d => d.Rule.Severity != RuleSeverity.Error);
        var warnings = check.Diagnostics.Count(d => d.Rule.Severity == RuleSeverity.Warning);
        Console.WriteLine(
            $"{Output.Count(files, "file")}, {Output.Count(check.Networks.Count, "network")}: {Output.Count(errors, "error")}, "
            + $"{Output.Count(warnings, "warning")}");
    }

    private static object ToData(SpecCheck check, IEnumerable<string> others) => new
    {
        Diagnostics = check.Diagnostics.Select(d => new
        {
            File = d.Span.Path,
            Line = d.Span.Line + 1,
            Column = d.Span.Column + 1,
            EndLine = d.Span.EndLine + 1,
            EndColumn = d.Span.EndColumn + 1,
            Severity = d.Rule.Severity.ToString().ToLowerInvariant(),
            d.Rule.Id,
            d.Message,
        }),
        Networks = check.Networks
            .Select(n => new { n.Name, Class = n.ClassName, Ok = !n.HasErrors, n.Report?.Parameters, n.Report?.MultiplyAdds }),
        OtherErrors = others,
    };
}
