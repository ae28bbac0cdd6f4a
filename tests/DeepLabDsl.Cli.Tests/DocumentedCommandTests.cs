using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using DeepLabDsl.Cli.Commands;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Cli.Tests;

/// <summary>
/// The commands that the pages show are such as the program takes: every command, option, value and name of a network in a block of
/// code. They are parsed, not run: most of them need data, or hours.
/// </summary>
public partial class DocumentedCommandTests
{
    // What stands for anything of its kind in a command that is shown.
    private static readonly string[] Placeholders = ["NETWORK", "COMMAND"];

    private static readonly string[] TakeNetwork = ["train", "eval", "predict", "export", "forward", "inspect"];

    [Fact]
    public void Every_command_that_a_page_shows_is_understood()
    {
        var shown = Pages().SelectMany(p => Commands(p).Select(c => (Page: Path.GetFileName(p), c.Line, c.Text))).ToList();
        Assert.True(shown.Count > 50, $"{shown.Count} commands are shown");

        var faults = shown.SelectMany(s => Faults(s.Text).Select(f => $"{s.Page}({s.Line}): {s.Text}: {f}"));

        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("train deeplabv3-mobilenet-v2 --data D --out R --minuets 20", "--minuets")]
    [InlineData("train deeplabv3-mobilnet-v2 --data D --out R", "deeplabv3-mobilnet-v2")]
    [InlineData("predikt deeplabv3-mobilenet-v2", "predikt")]
    public void A_command_that_is_not_understood_is_found(string command, string fault) =>
        Assert.Contains(Faults(command), f => f.Contains(fault, StringComparison.Ordinal));

    private static IEnumerable<string> Pages()
    {
        var root = Repository.Root();
        string[] folders = ["docs", "samples"];
        return Directory.EnumerateFiles(root, "*.md").Concat(folders.SelectMany(f =>
            Directory.EnumerateFiles(Path.Combine(root, f), "*.md", SearchOption.AllDirectories)));
    }

    /// <summary>The commands in a page's blocks of code, without the program's name.</summary>
    private static IEnumerable<(int Line, string Text)> Commands(string page)
    {
        var lines = File.ReadAllLines(page);
        var isFenced = false;
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
                isFenced = !isFenced;
            if (!isFenced && !lines[i].StartsWith("    ", StringComparison.Ordinal))
                continue;
            var start = Program().Match(lines[i]);
            if (!start.Success)
                continue;
            var number = i + 1;
            var text = lines[i][start.Length..];
            while (text.EndsWith('\\') || (i + 1 < lines.Length && lines[i + 1].TrimStart().StartsWith("--", StringComparison.Ordinal)))
                text = text.TrimEnd('\\') + " " + lines[++i].Trim();
            yield return (number, Rest().Replace(text, "").Trim());
        }
    }

    private static IEnumerable<string> Faults(string command)
    {
        var root = CommandLine.CreateRoot();
        // Optional parts are shown in brackets, choices with a bar.
        string[] words = [.. Optional().Replace(command, "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        var read = CommandWords.Read(root, words, out var faults);
        if (faults.Count > 0)
            return faults;
        if (words is [var verb, var network, ..] && TakeNetwork.Contains(verb) && !IsNetwork(network)
            && !words.Contains("--specs") && !words.Contains("--assembly"))
            return [$"{network} is no network of the zoo"];
        // What a command can't do without may stand for itself in a page: "train NETWORK …".
        return root.Parse([.. read], new ParserConfiguration { ResponseFileTokenReplacer = null }).Errors
            .Select(e => e.Message).Where(m => !m.StartsWith("Required argument missing", StringComparison.Ordinal));
    }

    private static bool IsNetwork(string word) =>
        word.StartsWith('-') || word.Contains('.') || word.StartsWith("my-", StringComparison.Ordinal) || Placeholders.Contains(word)
        || NetworkCatalog.All.Any(n => n.Name == word);

    [GeneratedRegex(@"^\s*(\$ )?(deeplabdsl|dotnet run (?:(?!-- ).)*DeepLabDsl\.Host (?:(?!-- ).)*--|dotnet run --) (?=[a-z])")]
    private static partial Regex Program();

    // A comment, where output goes, and what is left out.
    [GeneratedRegex(@"\s(#|>|\||…|\.\.\.).*$|\s…$")]
    private static partial Regex Rest();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Optional();
}
