using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace DeepLabDsl.Weights.Names;

/// <summary>What a placeholder stands for.</summary>
internal enum PlaceholderKind
{
    /// <summary><c>{unit}</c>: a whole number, written in digits.</summary>
    Number,

    /// <summary><c>{name*}</c>: text without a dot.</summary>
    Part,

    /// <summary><c>{name**}</c>: any text.</summary>
    Text,
}

/// <summary>
/// One side of a rule: a key, or the beginning of keys up to a dot, with placeholders in braces. A number may be reckoned
/// (<c>{unit + 1}</c>, <c>{3 * unit + 1}</c>) and written as a letter (<c>{letter(unit)}</c>: 0 is a).
/// </summary>
internal sealed class NamePattern
{
    private static readonly Regex Expression = new(
        @"^\s*(?<letter>letter\(\s*)?(?:(?<factor>[1-9][0-9]{0,5})\s*\*\s*)?(?<name>[a-z][a-z0-9_]*)(?<kind>\*{1,2})?\s*"
        + @"(?:(?<sign>[+-])\s*(?<offset>[0-9]{1,6}))?(?<close>\s*\))?\s*$",
        RegexOptions.CultureInvariant);

    private readonly IReadOnlyList<Piece> _pieces;
    private readonly Regex _regex;

    private NamePattern(string text, IReadOnlyList<Piece> pieces)
    {
        Text = text;
        _pieces = pieces;
        _regex = new Regex(
            "^" + string.Concat(pieces.Select((p, i) => p.ToRegex(i))) + @"(?<rest>(?:\..+)?)$",
            RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    /// <summary>The pattern as it is written.</summary>
    public string Text { get; }

    /// <summary>The placeholders' names with their kinds.</summary>
    public IEnumerable<(string Name, PlaceholderKind Kind)> Placeholders =>
        _pieces.Where(p => p.Name is not null).Select(p => (p.Name!, p.Kind)).Distinct();

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern.</param>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static NamePattern Parse(string text)
    {
        var pieces = new List<Piece>();
        var position = 0;
        while (position < text.Length)
        {
            var open = text.IndexOfAny(['{', '}'], position);
            if (open < 0)
                open = text.Length;
            else if (text[open] == '}')
                throw new FormatException("there is a '}' without a '{'");
            if (open > position)
                pieces.Add(Piece.Literal(text[position..open]));
            if (open == text.Length)
                break;
            var close = text.IndexOf('}', open);
            if (close < 0)
                throw new FormatException("a '{' is not closed");
            var placeholder = ParsePlaceholder(text[(open + 1)..close]);
            if (pieces.Count > 0 && !pieces[^1].EndsBefore(placeholder))
                throw new FormatException("two placeholders stand side by side, so that nobody can tell where the first ends");
            pieces.Add(placeholder);
            position = close + 1;
        }
        if (pieces.Count == 0)
            throw new FormatException("it is empty");
        if (pieces.Count(p => p.Kind == PlaceholderKind.Text && p.Name is not null) > 1)
            throw new FormatException("it holds two placeholders of any text ('**'), so that nobody can tell where the first ends");
        return new NamePattern(text, pieces);
    }

    /// <summary>What the placeholders stand for in a key, and what follows the pattern; null where the key does not fit.</summary>
    /// <param name="key">A key.</param>
    public NameMatch? Match(string key)
    {
        var match = _regex.Match(key);
        if (!match.Success)
            return null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < _pieces.Count; i++)
        {
            if (_pieces[i] is not { Name: { } name } piece)
                continue;
            if (piece.Read(match.Groups[Piece.Group(i)].Value) is not { } value
                || (values.TryGetValue(name, out var other) && other != value))
                return null;
            values[name] = value;
        }
        return new NameMatch(values, match.Groups["rest"].Value);
    }

    /// <summary>The key with the placeholders' values in place; null where a number would be below zero.</summary>
    /// <param name="match">The values, from the other side of the rule.</param>
    public string? Fill(NameMatch match)
    {
        var key = new StringBuilder();
        foreach (var piece in _pieces)
        {
            if (piece.Write(match.Values) is not { } written)
                return null;
            key.Append(written);
        }
        return key.Append(match.Rest).ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static Piece ParsePlaceholder(string text)
    {
        var match = Expression.Match(text);
        var isLetter = match.Groups["letter"].Success;
        if (!match.Success || isLetter != match.Groups["close"].Success)
        {
            throw new FormatException(
                $"'{{{text}}}' is no placeholder; write {{unit}} or {{unit + 1}} for a number, {{letter(unit)}} for one written as a "
                + $"letter, {{name*}} for text without a dot, {{name**}} for any text");
        }
        var kind = match.Groups["kind"].Value switch { "*" =>
            PlaceholderKind.Part, "**" => PlaceholderKind.Text, _ => PlaceholderKind.Number };
        var isReckoned = match.Groups["factor"].Success || match.Groups["offset"].Success || isLetter;
        if (kind != PlaceholderKind.Number && isReckoned)
            throw new FormatException($"'{{{text}}}' reckons with text; a placeholder of a number has no '*' after its name");
        var offset = match.Groups["offset"].Success ? Number(match.Groups["offset"].Value) : 0;
        return new Piece(
            match.Groups["name"].Value, kind, "", match.Groups["factor"].Success ? Number(match.Groups["factor"].Value) : 1,
            match.Groups["sign"].Value == "-" ? -offset : offset, isLetter);
    }

    private static long Number(string digits) => long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Fixed text (no name), or a placeholder.</summary>
    private sealed record Piece(string? Name, PlaceholderKind Kind, string Text, long Factor, long Offset, bool IsLetter)
    {
        public static Piece Literal(string text) => new(null, PlaceholderKind.Number, text, 1, 0, false);

        public static string Group(int index) => string.Create(CultureInfo.InvariantCulture, $"p{index}");

        /// <summary>Whether one can tell where this ends and the next begins: by fixed text, or between digits and a letter.</summary>
        public bool EndsBefore(Piece next) =>
            Name is null || (Kind == PlaceholderKind.Number && next.Kind == PlaceholderKind.Number && IsLetter != next.IsLetter);

        public string ToRegex(int index) => Name is null ? Regex.Escape(Text) : $"(?<{Group(index)}>{(Kind, IsLetter) switch
        {
            (PlaceholderKind.Part, _) => "[^.]+",
            (PlaceholderKind.Text, _) => ".+",
            (_, true) => "[a-z]",
            _ => "(?:0|[1-9][0-9]{0,8})",
        }})";

        /// <summary>The value behind what is written; null where there is none.</summary>
        public string? Read(string written)
        {
            if (Kind != PlaceholderKind.Number)
                return written;
            var scaled = (IsLetter ? written[0] - 'a' : Number(written)) - Offset;
            return scaled >= 0 && scaled % Factor == 0 ? (scaled / Factor).ToString(CultureInfo.InvariantCulture) : null;
        }

        /// <summary>What is written for the value; null where it can't be.</summary>
        public string? Write(IReadOnlyDictionary<string, string> values)
        {
            if (Name is null)
                return Text;
            if (Kind != PlaceholderKind.Number)
                return values[Name];
            var number = Factor * Number(values[Name]) + Offset;
            if (IsLetter)
                return number is >= 0 and < 26 ? ((char)('a' + number)).ToString() : null;
            return number >= 0 ? number.ToString(CultureInfo.InvariantCulture) : null;
        }
    }
}

/// <summary>A key taken apart by a pattern.</summary>
/// <param name="Values">What each placeholder stands for; numbers as digits, reckoned back.</param>
/// <param name="Rest">What follows the pattern: nothing, or a dot and more.</param>
internal sealed record NameMatch(IReadOnlyDictionary<string, string> Values, string Rest);
