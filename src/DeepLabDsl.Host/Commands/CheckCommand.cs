using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Host.Commands;

/// <summary><c>check</c>: compiles specs without a build, and says of each fault what a build would.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("FILE") { Description = "Spec files, or folders of them (.yaml, .yml).", Arity = ArgumentArity.OneOrMore };
        var json = CommandOptions.Flag("--json", "Print JSON.");
        var command = new Command("check", "Compile specs, with the zoo beside them, and list what is wrong with them; no build needed.") { paths, json };
        command.SetAction(result =>
        {
            var (specs, others) = Read(result.GetRequiredValue(paths));
            var check = SpecChecker.Check(specs, SpecFiles.ReadZoo());
            var faults = check.Diagnostics.Select(d => d.ToString()).Concat(others.OfType<string>()).ToList();
            var failed = check.HasErrors || others.Any(d => d is not null);
            if (result.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(ToData(check, others), Output.Json));
            else
                Show(check, faults, specs.Count + others.Count);
            return failed ? 1 : 0;
        });
        return command;
    }

    /// <summary>The specs of files and folders, and of each dataset, name map or file of figures among them what is wrong with it.</summary>
    private static (IReadOnlyList<SpecFile> Specs, IReadOnlyList<string?> Others) Read(IEnumerable<string> paths)
    {
        var specs = new List<SpecFile>();
        var others = new List<string?>();
        foreach (var path in SpecFiles.Find(paths))
        {
            var text = SpecFiles.ReadText(path);
            if (SpecFiles.OtherKind(text) is { } other)
                others.Add(FaultOf(() => Parse(other, text, path), path));
            else
                specs.Add(SpecFile.Parse(path, text));
        }
        return (specs, others);
    }

    /// <summary>What lies beside specs and is YAML too.</summary>
    private static object Parse(string kind, string text, string path) => kind switch
    {
        "dataset" => DatasetDefinition.Parse(text, path),
        "name_map" => NameMap.Parse(text, path),
        _ => PublishedFigures.Parse(text, path),
    };

    private static string? FaultOf(Func<object> parse, string path)
    {
        try
        {
            parse();
            return null;
        }
        catch (DataException e)
        {
            // file(line,column): what; a build would put the severity between.
            var place = e.Message.IndexOf("): ", StringComparison.Ordinal);
            return place < 0 ? $"{path}: error: {e.Message}" : e.Message.Insert(place + 2, " error:");
        }
    }

    private static void Show(SpecCheck check, IReadOnlyList<string> faults, int files)
    {
        foreach (var fault in faults)
            Console.WriteLine(fault);
        var errors = faults.Count - check.Diagnostics.Count(d => d.Rule.Severity != RuleSeverity.Error);
        var warnings = check.Diagnostics.Count(d => d.Rule.Severity == RuleSeverity.Warning);
        Console.WriteLine($"{Output.Count(files, "file")}, {Output.Count(check.Networks.Count, "network")}: {Output.Count(errors, "error")}, {Output.Count(warnings, "warning")}");
    }

    private static object ToData(SpecCheck check, IEnumerable<string?> others) => new
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
        Networks = check.Networks.Select(n => new { n.Name, Class = n.ClassName, Ok = !n.HasErrors, n.Report?.Parameters, n.Report?.MultiplyAdds }),
        OtherErrors = others.OfType<string>(),
    };
}
