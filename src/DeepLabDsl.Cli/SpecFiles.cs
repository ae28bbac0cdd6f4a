using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using DeepLabDsl.Compiler;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Cli;

/// <summary>The spec files that a command is given: files, and folders of them.</summary>
internal static partial class SpecFiles
{
    /// <summary>
    /// The specs among files and in folders; datasets, name maps and published figures, which are YAML too, are left out.
    /// </summary>
    /// <exception cref="UserException">One is not there or can't be read.</exception>
    public static IReadOnlyList<SpecFile> Read(IEnumerable<string> paths) =>
        [.. ReadTexts(paths).Select(f => SpecFile.Parse(f.Path, f.Text))];

    /// <summary>The same as text.</summary>
    /// <exception cref="UserException">One is not there or can't be read.</exception>
    public static IReadOnlyList<(string Path, string Text)> ReadTexts(IEnumerable<string> paths) =>
        [.. Find(paths).Select(p => (Path: p, Text: ReadText(p))).Where(f => OtherKind(f.Text) is null)];

    /// <summary>The zoo's specs.</summary>
    public static IReadOnlyList<SpecFile> ReadZoo() => [.. ZooSpecs.ReadAll().Select(s => SpecFile.Parse(s.Name, s.Text))];

    /// <summary>Each file once, those of a folder by name.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public static IEnumerable<string> Find(IEnumerable<string> paths) => paths.SelectMany(FilesOf).Distinct(StringComparer.Ordinal);

    /// <summary>What a text is that lies beside specs and is none: <c>dataset</c>, <c>name_map</c> or <c>figures</c>.</summary>
    public static string? OtherKind(string text) => OtherKey().Match(text) is { Success: true } key ? key.Groups[1].Value
        : Figures().IsMatch(text) ? "figures" : null;

    private static IEnumerable<string> FilesOf(string path)
    {
        if (!Directory.Exists(path))
            return File.Exists(path) ? [path] : throw new UserException($"{path}: no such file or folder");
        var found = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f).ToLowerInvariant() is ".yaml" or ".yml")
            .Order(StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found : throw new UserException($"{path}: holds no .yaml or .yml file");
    }

    /// <summary>The text of a file.</summary>
    /// <exception cref="UserException">It can't be read.</exception>
    public static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: {e.Message}");
        }
    }

    [GeneratedRegex(@"^(dataset|name_map)[ \t]*:", RegexOptions.Multiline)]
    private static partial Regex OtherKey();

    /// <summary>Published figures begin with their sources, which no spec does.</summary>
    [GeneratedRegex(@"\A(?:[ \t]*(?:#[^\n]*)?\r?\n)*sources[ \t]*:.*^networks[ \t]*:", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Figures();
}
