using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Parses expressions: <c>4 * $channels</c>, <c>$stride != 1 or $input.channels != 64</c>, <c>$rates[$unit]</c>,
/// <c>round_to(32 * $width, 8)</c>. A word that is not <c>true</c>, <c>false</c> or a function stands for itself.
/// </summary>
internal sealed class ExpressionParser
{
    private const int MaximumDepth = 64;

    private static readonly Regex Token = new(
        @"\G\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
        + @"|\$(?<name>[A-Za-z_][A-Za-z0-9_]*)(?:\.(?<property>[A-Za-z_][A-Za-z0-9_]*))?"
        + @"|(?<word>[A-Za-z_][A-Za-z0-9_]*)"
        + @"|(?<symbol>==|!=|<=|>=|//|[-+*/%<>()\[\],]))",
        RegexOptions.CultureInvariant);

    private static readonly string[][] Levels =
        [["or"], ["and"], ["==", "!=", "<", "<=", ">", ">="], ["+", "-"], ["*", "/", "//", "%"]];

    private readonly string _text;
    private readonly List<Match> _tokens = [];
    private int _next;
    private int _depth;

    private ExpressionParser(string text)
    {
        _text = text;
        if (text.Length > Limits.ExpressionLength)
            throw new ExpressionException(Rules.TooLarge,
                $"An expression is at most {Limits.ExpressionLength} characters long, this one {text.Length}");
        var at = 0;
        var end = text.TrimEnd().Length;
        while (at < end)
        {
            var match = Token.Match(text, at);
            if (!match.Success)
                throw Fault($"'{text.Substring(at).Trim()}' is not understood");
            _tokens.Add(match);
            at = match.Index + match.Length;
        }
    }

    public static Expression Parse(string text)
    {
        var parser = new ExpressionParser(text);
        if (parser._tokens.Count == 0)
            throw parser.Fault("it is empty");
        var expression = parser.ParseLevel(0);
        if (parser.Peek() is { } rest)
            throw parser.Fault($"'{rest.Value.Trim()}' was not expected");
        return expression;
    }

    private Expression ParseLevel(int level)
    {
        if (level == Levels.Length)
            return ParseUnary();
        if (++_depth > MaximumDepth * Levels.Length)
            throw Fault("it is nested too deeply");
        var left = ParseOperand(level);
        while (Levels[level].FirstOrDefault(Accept) is { } op)
            left = new BinaryExpression(op, left, ParseOperand(level));
        _depth--;
        return left;
    }

    /// <summary>What the operators of a level join; <c>not</c> binds less than a comparison and more than <c>and</c>.</summary>
    private Expression ParseOperand(int level) =>
        level == 1 && Accept("not") ? new UnaryExpression("not", ParseOperand(level)) : ParseLevel(level + 1);

    private Expression ParseUnary()
    {
        if (Accept("-"))
        {
            if (++_depth > MaximumDepth)
                throw Fault("it is nested too deeply");
            var operand = ParseUnary();
            _depth--;
            return new UnaryExpression("-", operand);
        }
        var expression = ParsePrimary();
        while (Accept("["))
        {
            expression = new IndexExpression(expression, ParseLevel(0));
            Expect("]");
        }
        return expression;
    }

    private Expression ParsePrimary()
    {
        var token = Peek() ?? throw Fault("it ends too early");
        _next++;
        if (token.Groups["number"].Success)
            return ParseNumber(token.Groups["number"].Value);
        if (token.Groups["name"].Success)
            return new NameExpression(token.Groups["name"].Value, token.Groups["property"].Success ? token.Groups["property"].Value : null);
        if (token.Groups["word"].Success)
            return ParseWord(token.Groups["word"].Value);
        switch (token.Groups["symbol"].Value)
        {
            case "(":
                var inner = ParseLevel(0);
                Expect(")");
                return inner;
            case "[":
                return new ListExpression(ParseArguments("]"));
            default:
                throw Fault($"'{token.Value.Trim()}' was not expected");
        }
    }

    private Expression ParseNumber(string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
            return new LiteralExpression(whole);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !double.IsInfinity(number))
            return new LiteralExpression(number);
        throw Fault($"{text} is beyond the range of numbers");
    }

    private Expression ParseWord(string word)
    {
        if (word is "true" or "false")
            return new LiteralExpression(word == "true");
        if (!Accept("("))
            return new LiteralExpression(word);
        if (!CallExpression.Functions.TryGetValue(word, out var count))
            throw Fault($"there is no function '{word}'{Suggestion.For(word, CallExpression.Functions.Keys)}");
        var arguments = ParseArguments(")");
        if (count < 0 ? arguments.Count == 0 : arguments.Count != count)
            throw Fault($"'{word}' takes {(count < 0 ? "at least one argument" : $"{count} argument{(count == 1 ? "" : "s")}")}, not "
                + $"{arguments.Count}");
        return new CallExpression(word, arguments);
    }

    private List<Expression> ParseArguments(string end)
    {
        var arguments = new List<Expression>();
        if (Accept(end))
            return arguments;
        do
            arguments.Add(ParseLevel(0));
        while (Accept(","));
        Expect(end);
        return arguments;
    }

    private Match? Peek() => _next < _tokens.Count ? _tokens[_next] : null;

    private bool Accept(string text)
    {
        if (Peek() is not { } token || token.Groups["name"].Success || token.Value.Trim() != text)
            return false;
        _next++;
        return true;
    }

    private void Expect(string text)
    {
        if (!Accept(text))
            throw Fault($"'{text}' was expected {(Peek() is { } token ? $"before '{token.Value.Trim()}'" : "at the end")}");
    }

    private ExpressionException Fault(string message) => new(Rules.ExpressionSyntax, _text, message);
}
