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
        @"^\s*(?<letter>letter\(\s*)?(?:(?<factor>[1-9][0-9]{0,5})\s*\*\s*)?(?<name>[a-z][a-z0-9_]*)(?<kind>\*{1,2})?"
        + @"\s*(?:(?<sign>[+-])\s*(?<offset>[0-9]{1,6}))?(?<close>\s*\))?\s*$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>A key is short, and a pattern no longer; many placeholders would be much work for each key.</summary>
    private const int MaximumText = 1000;
    private const int MaximumPlaceholders = 32;
    private const int MaximumDigits = 9;

    private readonly IReadOnlyList<Piece> _pieces;

    private NamePattern(string text, IReadOnlyList<Piece> pieces)
    {
        Text = text;
        _pieces = pieces;
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
        if (text.Length > MaximumText)
            throw new FormatException($"it has {text.Length} characters; {MaximumText} are the most");
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
        if (pieces.Count(p => p.Name is not null) > MaximumPlaceholders)
            throw new FormatException($"it holds more than {MaximumPlaceholders} placeholders");
        if (pieces.Count(p => p.Kind == PlaceholderKind.Text && p.Name is not null) > 1)
            throw new FormatException("it holds two placeholders of any text ('**'), so that nobody can tell where the first ends");
        return new NamePattern(text, pieces);
    }

    /// <summary>What the placeholders stand for in a key, and what follows the pattern; null where the key does not fit.</summary>
    /// <param name="key">A key.</param>
    public NameMatch? Match(string key)
    {
        var ends = new int[_pieces.Count];
        if (!Fits(key, 0, 0, ends, null))
            return null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < _pieces.Count; i++)
        {
            if (_pieces[i] is not { Name: { } name } piece)
                continue;
            if (piece.Read(key[(i > 0 ? ends[i - 1] : 0)..ends[i]]) is not { } value
                || (values.TryGetValue(name, out var other) && other != value))
                return null;
            values[name] = value;
        }
        return new NameMatch(values, key[ends[^1]..]);
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

    /// <summary>
    /// Whether the pieces from one on fit a key from a place on, each as long as can be. What has failed once is not tried again:
    /// placeholders of text could else end in as many ways as there are letters, each with all ways of the next.
    /// </summary>
    private bool Fits(string key, int piece, int at, int[] ends, HashSet<(int Piece, int At)>? failed)
    {
        if (piece == _pieces.Count)
            return at == key.Length || (key[at] == '.' && at + 1 < key.Length);
        if (_pieces[piece].Name is null)
        {
            ends[piece] = at + _pieces[piece].Text.Length;
            return key.AsSpan(at).StartsWith(_pieces[piece].Text, StringComparison.Ordinal)
                && Fits(key, piece + 1, ends[piece], ends, failed);
        }
        failed ??= [];
        if (failed.Contains((piece, at)))
            return false;
        var (least, most) = _pieces[piece].Lengths(key.AsSpan(at));
        for (var length = most; length >= least; length--)
        {
            ends[piece] = at + length;
            if (Fits(key, piece + 1, at + length, ends, failed))
                return true;
        }
        failed.Add((piece, at));
        return false;
    }

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
        var kind = match.Groups["kind"].Value switch
        {
            "*" =>
            PlaceholderKind.Part,
            "**" => PlaceholderKind.Text,
            _ => PlaceholderKind.Number
        };
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

        /// <summary>Whether one can tell where this ends and the next begins: by fixed text, or between digits and a letter.</summary>
        public bool EndsBefore(Piece next) =>
            Name is null || (Kind == PlaceholderKind.Number && next.Kind == PlaceholderKind.Number && IsLetter != next.IsLetter);

        /// <summary>
        /// How long a placeholder can be at the beginning of a text: all lengths from the least to the most; none where the most is less.
        /// </summary>
        public (int Least, int Most) Lengths(ReadOnlySpan<char> text)
        {
            if (Kind == PlaceholderKind.Text)
                return (1, text.Length);
            if (Kind == PlaceholderKind.Part)
                return (1, text.IndexOf('.') is >= 0 and var dot ? dot : text.Length);
            if (IsLetter)
                return (1, text is [>= 'a' and <= 'z', ..] ? 1 : 0);
            // A number has no zeros before it, and digits that fit 32 bits.
            if (text is ['0', ..])
                return (1, 1);
            var digits = text[..Math.Min(text.Length, MaximumDigits)].IndexOfAnyExceptInRange('0', '9');
            return (1, digits < 0 ? Math.Min(text.Length, MaximumDigits) : digits);
        }

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
