using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Cli;

/// <summary>
/// The words of a command line before they are parsed. Three things that the command-line library does otherwise are one rule
/// here for every command: an empty word (a variable of the shell that is not set) is an error; what begins with a dash and is no
/// option is an error and no file; a flag may be told off in any of the usual words.
/// </summary>
internal static class CommandWords
{
    private const string End = "--";

    private static readonly string[] On = ["true", "yes", "on", "1"];
    private static readonly string[] Off = ["false", "no", "off", "0"];

    /// <summary>Reads words over.</summary>
    /// <param name="root">The commands.</param>
    /// <param name="words">The words of the line.</param>
    /// <param name="faults">What is wrong with them, a line each.</param>
    /// <returns>The words that the library understands alike.</returns>
    public static IReadOnlyList<string> Read(RootCommand root, IReadOnlyList<string> words, out IReadOnlyList<string> faults)
    {
        var read = new List<string>();
        var found = new List<string>();
        faults = found;
        Command command = root;
        List<Command> path = [root];
        Option? open = null;
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (string.IsNullOrWhiteSpace(word))
            {
                found.Add(Empty(open));
                continue;
            }
            if (word == End)
            {
                found.AddRange(words.Skip(i + 1).Where(string.IsNullOrWhiteSpace).Select(_ => Empty(null)));
                read.AddRange(words.Skip(i));
                break;
            }
            if (!IsOption(word))
            {
                if (open is null && command.Subcommands.FirstOrDefault(c => c.Name == word || c.Aliases.Contains(word)) is { } sub)
                    path.Add(command = sub);
                if (open is { Arity.MaximumNumberOfValues: 1 })
                    open = null;
                read.Add(word);
                continue;
            }
            var at = word.IndexOfAny(['=', ':']);
            var (name, value) = at < 0 ? (word, null) : (word[..at], word[(at + 1)..]);
            var options = OptionsOf(path);
            open = options.FirstOrDefault(o => o.Name == name || o.Aliases.Contains(name));
            if (open is null)
            {
                found.Add(Unknown(name, path, options));
                continue;
            }
            if (open.ValueType == typeof(bool) || open.ValueType == typeof(bool?))
            {
                // As with true and false, a value may stand behind the flag too.
                if (value is null && i + 1 < words.Count && Truth(words[i + 1]) is not null)
                    value = words[++i];
                ReadFlag(name, value, read, found);
                open = null;
                continue;
            }
            if (value is not null && string.IsNullOrWhiteSpace(value))
                found.Add(Empty(open));
            if (value is not null || open.Arity.MaximumNumberOfValues == 0)
                open = null;
            read.Add(word);
        }
        return read;
    }

    private static void ReadFlag(string name, string? value, List<string> read, List<string> faults)
    {
        if (value is null)
            read.Add(name);
        else if (Truth(value) is { } truth)
            read.Add($"{name}={(truth ? "true" : "false")}");
        else
            faults.Add($"{name} must be true or false, not '{value}'");
    }

    private static string Empty(Option? option) => $"{option?.Name ?? "an argument"} is empty; is a variable of the shell not set?";

    private static bool? Truth(string word) =>
        On.Contains(word, StringComparer.OrdinalIgnoreCase) ? true : Off.Contains(word, StringComparer.OrdinalIgnoreCase) ? false : null;

    /// <summary>Whether a word is an option's name; a negative number is none, and a single dash stands for no file here.</summary>
    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]) && word[1] != '.';

    private static IReadOnlyList<Option> OptionsOf(IReadOnlyList<Command> path) =>
        [.. path.SelectMany((c, i) => c.Options.Where(o => i == path.Count - 1 || o.Recursive))];

    private static string Unknown(string name, IReadOnlyList<Command> path, IReadOnlyList<Option> options)
    {
        var command = path.Count > 1 ? $"'{string.Join(' ', path.Skip(1).Select(c => c.Name))}'" : "the program";
        var hint = Suggestion.For(name, options.Where(o => !o.Hidden).Select(o => o.Name));
        var file = path[^1].Arguments.Count > 0 ? $"; a file of that name is written ./{name}" : "";
        return $"{command} has no option '{name}'{(hint.Contains("did you mean", StringComparison.Ordinal) ? hint : file)}";
    }
}
