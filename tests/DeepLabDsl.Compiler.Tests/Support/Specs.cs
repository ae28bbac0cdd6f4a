using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>Small specs that tests vary, the zoo, and the shortest way to compile either.</summary>
internal static class Specs
{
    /// <summary>A valid network of one file: the base of most tests.</summary>
    public const string Tiny = """
        network: tiny
        classes: 4
        input: { size: [65, 65] }
        layers:
          conv: { op: conv, kernel: 3, channels: 8, stride: 2 }
          norm: batch_norm
          act: relu
          scores: { op: conv, kernel: 1, channels: $classes, bias: true }
        outputs:
          logits: { from: scores, resize: input }
        """;

    /// <summary>A backbone of three stages whose unit has stride and rate.</summary>
    public static readonly string Backbone = Read("stages.yaml");

    /// <summary>A network with every primitive and construct, on <see cref="Backbone"/>.</summary>
    public static readonly string Everything = Read("everything.yaml");

    /// <summary>A network that runs at three scales, on <see cref="Backbone"/>.</summary>
    public static readonly string Scaled = Read("scaled.yaml");

    /// <summary>
    /// The rules that one short spec can break: not those of the project; and nothing is known that would give an internal fault.
    /// </summary>
    public static IEnumerable<Rule> Rules => Compiler.Rules.All.Where(
        r => r != Compiler.Rules.Internal && r != Compiler.Rules.IllegalNamespace && r != Compiler.Rules.ProjectTooLarge
            && r != Compiler.Rules.NotCompiled);

    private static string Read(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "test-specs", name));

    /// <summary>A network on <see cref="Backbone"/>; the text goes under <c>backbone:</c>.</summary>
    public static string OnBackbone(string use = "") => $$"""
        network: staged
        classes: 4
        input: { size: [129, 129] }
        backbone: { use: stages{{(use.Length > 0 ? ", " + use : "")}} }
        layers:
          scores: { op: conv, kernel: 1, channels: $classes }
        outputs:
          logits: { from: scores, resize: input }
        """;

    /// <summary>Compiles one text, with others beside it; the first network of the first text is the result.</summary>
    public static NetworkCompilation Compile(string text, params string[] others)
    {
        var files = others.Prepend(text).Select((t, i) => SpecFile.Parse(i == 0 ? "spec.yaml" : $"other{i}.yaml", t)).ToList();
        return SpecCompiler.Compile(files[0], new SpecLibrary(files), "Test")[0];
    }

    /// <summary>The code of a network and of the classes that it is made of.</summary>
    public static string Code(string text, params string[] others)
    {
        var files = others.Prepend(text).Select((t, i) => SpecFile.Parse(i == 0 ? "spec.yaml" : $"other{i}.yaml", t)).ToList();
        return Code(SpecCompiler.Compile(files[0], new SpecLibrary(files), "Test")[0], files);
    }

    /// <summary>The code of a network of the zoo and of the classes that it is made of.</summary>
    public static string ZooCode(string network) => Code(CompileZoo(network), Zoo);

    private static string Code(NetworkCompilation network, IReadOnlyList<SpecFile> files)
    {
        var library = new SpecLibrary(files);
        return string.Join('\n', network.Classes.Select(c => SpecCompiler.EmitClass(c, library, "Test").Source).Prepend(network.Source));
    }

    /// <summary>All that is wrong with a text and what it is made of, as the build prints it.</summary>
    public static IReadOnlyList<string> Faults(string text, params string[] others)
    {
        var files = others.Prepend(text).Select((t, i) => SpecFile.Parse(i == 0 ? "spec.yaml" : $"other{i}.yaml", t)).ToList();
        var library = new SpecLibrary(files);
        return files.SelectMany(f => f.Diagnostics)
            .Concat(library.Diagnostics)
            .Concat(files.SelectMany(f => SpecCompiler.Compile(f, library, "Test")).SelectMany(n => n.Diagnostics))
            .Distinct().Select(d => d.ToString()).ToList();
    }

    /// <summary>Every spec of the zoo.</summary>
    public static IReadOnlyList<SpecFile> Zoo { get; } =
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "specs"), "*.yaml", SearchOption.AllDirectories)
            .Where(p => Path.GetFileName(Path.GetDirectoryName(p)) is not ("datasets" or "name-maps" or "zoo"))
            .Order(StringComparer.Ordinal).Select(p => SpecFile.Parse(Path.GetFileName(p), File.ReadAllText(p)))];

    /// <summary>Compiles a network of the zoo, with changes made to its text.</summary>
    public static NetworkCompilation CompileZoo(string network, (int Height, int Width)? size = null, Func<string, string>? edit = null)
    {
        var files = Zoo.Select(f => f.Networks.Contains(network) && edit is not null ? SpecFile.Parse(f.Path, edit(f.Text)) : f).ToList();
        var file = files.Single(f => f.Networks.Contains(network));
        return SpecCompiler.Compile(file, new SpecLibrary(files), "Test", size).Single(n => n.Name == network);
    }
}
