using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What holds for the text of every C# file of the repository.</summary>
public class SourceLineTests
{
    private const int MaximumLength = 140;

    /// <summary>Folders whose lines are still longer. To be emptied.</summary>
    private static readonly string[] ToBeEmptied =
        ["src/DeepLabDsl.Compiler/", "src/DeepLabDsl.Onnx/", "tests/DeepLabDsl.Onnx.Tests/", "generators/"];

    private static readonly string[] Outputs = ["artifacts", "bin", "obj", ".git"];

    [Fact]
    public void Lines_are_no_longer_than_a_screen_is_wide()
    {
        var root = Repository.Root();
        var files = Files(root).Select(f => Path.GetRelativePath(root, f).Replace('\\', '/')).ToList();
        Assert.Contains("src/DeepLabDsl/Training/Trainer.cs", files);

        var longer = files.Where(f => !ToBeEmptied.Any(d => f.StartsWith(d, StringComparison.Ordinal)))
            .SelectMany(f => File.ReadLines(Path.Combine(root, f)).Index()
                .Where(l => l.Item.Length > MaximumLength)
                .Select(l => $"{f}({l.Index + 1}): {l.Item.Length} characters, at most {MaximumLength}"));

        Assert.Empty(longer);
    }

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*.cs")
        .Concat(Directory.EnumerateDirectories(folder).Where(d => !Outputs.Contains(Path.GetFileName(d))).SelectMany(Files));
}
