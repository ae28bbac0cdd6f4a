using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Data;

/// <summary>
/// Which files of a folder are meant, and what their paths say: a glob such as <c>photos/{split}/{name}.{jpg,png}</c> or a
/// regular expression with named groups. Matched against paths relative to the dataset's folder, with <c>/</c>.
/// </summary>
/// <remarks>
/// In a glob <c>*</c> and <c>?</c> stay within a folder, <c>**/</c> is any number of folders, <c>{a,b}</c> one of several words,
/// <c>{word}</c> a part of the path that is told apart by it: files of two patterns whose parts are equal belong together.
/// </remarks>
public sealed class PathPattern
{
    private static readonly TimeSpan MaximumTime = TimeSpan.FromSeconds(1);

    // Null: a name, which is compared; a list of thousands of them would be as many expressions.
    private readonly Regex? _regex;
    private readonly bool _isGlob;

    private PathPattern(string text, Regex? regex, bool isGlob)
    {
        Text = text;
        _regex = regex;
        _isGlob = isGlob;
        Parts = [.. regex?.GetGroupNames().Where(n => !char.IsAsciiDigit(n[0])) ?? []];
    }

    /// <summary>The pattern as it is written.</summary>
    public string Text { get; }

    /// <summary>Whether it is a name and nothing but that.</summary>
    internal bool IsName => _regex is null;

    /// <summary>Whether it is one part in braces and nothing but that.</summary>
    internal bool IsOnePart => _isGlob && Parts is [var only] && Text == "{" + only + "}";

    /// <summary>The names of its parts, such as <c>name</c> and <c>split</c>.</summary>
    public IReadOnlyList<string> Parts { get; }

    /// <summary>Reads a glob.</summary>
    /// <param name="glob">The glob.</param>
    /// <exception cref="FormatException">A brace is not closed or holds no word, or there is a backslash.</exception>
    public static PathPattern FromGlob(string glob)
    {
        ArgumentException.ThrowIfNullOrEmpty(glob);
        if (glob.Contains('\\'))
        {
            throw new FormatException(
                $"'{glob}' has a backslash; write '{glob.Replace('\\', '/')}': patterns tell folders apart by '/', on Windows too");
        }
        glob = FolderWalk.Composed(glob);
        if (glob.IndexOfAny(['*', '?', '{']) < 0)
            return new PathPattern(glob, null, isGlob: true);
        var regex = new StringBuilder("^");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < glob.Length; at++)
        {
            switch (glob[at])
            {
                case '*' when glob.AsSpan(at).StartsWith("**/"):
                    regex.Append("(?:.*/)?");
                    at += 2;
                    break;
                case '*' when glob.AsSpan(at).StartsWith("**"):
                    regex.Append(".*");
                    at++;
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '{':
                    var end = glob.IndexOf('}', at);
                    if (end < 0)
                        throw new FormatException($"the brace at place {at + 1} of '{glob}' is not closed");
                    AppendBraces(regex, glob[(at + 1)..end], glob, seen);
                    at = end;
                    break;
                default:
                    regex.Append(Regex.Escape(glob[at].ToString()));
                    break;
            }
        }
        return new PathPattern(glob, Compile(regex.Append('$').ToString()), isGlob: true);
    }

    /// <summary>Reads a regular expression.</summary>
    /// <param name="regex">The expression; its named groups are the parts.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static PathPattern FromRegex(string regex)
    {
        ArgumentException.ThrowIfNullOrEmpty(regex);
        try
        {
            return new PathPattern(regex, Compile($"^(?:{FolderWalk.Composed(regex)})$"), isGlob: false);
        }
        catch (ArgumentException exception)
        {
            throw new FormatException($"'{regex}' is no regular expression: {exception.Message}", exception);
        }
    }

    /// <summary>Matches a path.</summary>
    /// <param name="path">A path relative to the dataset's folder, with <c>/</c>.</param>
    /// <returns>What each part is in it, in the composed form of Unicode; null where it does not match.</returns>
    /// <exception cref="UnusableDataException">The pattern needs more time than any path is worth.</exception>
    public IReadOnlyDictionary<string, string>? Match(string path)
    {
        if (_regex is null)
            return string.Equals(FolderWalk.Composed(path), Text, StringComparison.OrdinalIgnoreCase) ? new Dictionary<string, string>()
                : null;
        try
        {
            var match = _regex.Match(FolderWalk.Composed(path));
            return match.Success ? Parts.ToDictionary(p => p, p => match.Groups[p].Value, StringComparer.Ordinal) : null;
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new UnusableDataException(
                $"The pattern '{Text}' takes too long on {path}: write it without look-arounds, back-references and parts "
                + "that stand in it twice.", exception);
        }
    }

    /// <summary>The pattern with parts filled in, to say which file is missing.</summary>
    /// <param name="parts">What the parts are; those that are not known stay.</param>
    public string Fill(IReadOnlyDictionary<string, string> parts) =>
        _isGlob ? parts.Aggregate(Text, (text, part) => text.Replace("{" + part.Key + "}", part.Value, StringComparison.Ordinal)) : Text;

    /// <summary>Every matching file of a folder, in the order of the paths. Hidden files and folders are passed over.</summary>
    /// <param name="directory">The dataset's folder.</param>
    /// <returns>
    /// The path in the dataset's folder, with <c>/</c> and in the composed form of Unicode; the path on the disk; the parts.
    /// </returns>
    /// <exception cref="UnusableDataException">There are too many files, or the pattern takes too long.</exception>
    internal IReadOnlyList<(string Relative, string Path, IReadOnlyDictionary<string, string> Parts)> Find(string directory)
    {
        // Only the folder that the glob begins with is walked, and no deeper than the glob reaches: a dataset often lies beside others.
        var (start, depth) = Beginning();
        var root = start.Length > 0 ? FolderWalk.Resolve(directory, start) : directory;
        if (!Directory.Exists(root))
            return [];
        var found = new List<(string, string, IReadOnlyDictionary<string, string>)>();
        foreach (var path in FolderWalk.Files(root, depth))
        {
            var inRoot = Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
            var relative = FolderWalk.Composed(start.Length > 0 ? start + "/" + inRoot : inRoot);
            if (Match(relative) is { } parts)
                found.Add((relative, path, parts));
        }
        // The order of a folder differs from file system to file system.
        found.Sort((a, b) =>
            (string.CompareOrdinal(a.Item1, b.Item1), string.CompareOrdinal(a.Item2, b.Item2)) is var (order, spelling) && order != 0
                ? order
                : spelling);
        return found;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private (string Folder, int? Depth) Beginning()
    {
        if (!_isGlob)
            return ("", null);
        var special = Text.IndexOfAny(['*', '?', '{']);
        var folder = Text.LastIndexOf('/', special < 0 ? Text.Length - 1 : special);
        return (folder < 0
            ? ""
            : Text[..folder], Text.Contains("**", StringComparison.Ordinal) ? null : Text.AsSpan(folder + 1).Count('/'));
    }

    private static void AppendBraces(StringBuilder regex, string content, string glob, HashSet<string> seen)
    {
        if (content.Contains(','))
        {
            regex.Append("(?:").AppendJoin('|', content.Split(',').Select(w => Regex.Escape(w.Trim()))).Append(')');
            return;
        }
        if (content.Length == 0 || !char.IsAsciiLetter(content[0]) || !content.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            throw new FormatException(
                $"'{{{content}}}' in '{glob}' is neither a word such as {{name}} nor alternatives such as {{jpg,png}}");
        }
        // The second time the same text must stand there.
        regex.Append(seen.Add(content) ? $"(?<{content}>[^/]+?)" : $"\\k<{content}>");
    }

    // In time that grows with the path alone; what can't be matched so (parts that stand twice, look-arounds) has a limit.
    private static Regex Compile(string regex)
    {
        const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;
        try
        {
            return new Regex(regex, Options | RegexOptions.NonBacktracking, MaximumTime);
        }
        catch (NotSupportedException)
        {
            return new Regex(regex, Options, MaximumTime);
        }
    }
}
