using System;
using System.CommandLine;
using System.Text;
using DeepLabDsl.IO;
using DeepLabDsl.Tools;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>schema</c>: the JSON Schema by which editors complete and check specs.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("FILE")
        {
            Description = "Spec files, or folders of them, whose blocks and backbones it shall know beside the zoo's.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var output = new Option<string?>("--out") { Description = "The file to write; by default it is printed." };
        return new Command("schema", "Print the JSON Schema of specs, by which editors complete, explain and check them.")
        {
            paths, output,
        }.Does(result =>
        {
            var schema = SpecSchema.Write(SpecFiles.Read(result.GetValue(paths) ?? []), SpecFiles.ReadZoo());
            if (result.GetValue(output) is { } path)
                AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(schema)));
            else
                Console.Write(schema);
        });
    }
}
