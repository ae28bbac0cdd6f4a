using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace DeepLabDsl.Compiler;

/// <summary>Writes indented lines that end in <c>\n</c> on every machine.</summary>
internal sealed class CodeWriter
{
    private const int Widest = 140;

    private readonly StringBuilder _text = new();
    private int _depth;

    public void Line(string line = "")
    {
        if (line.Length > 0)
            _text.Append(' ', 4 * _depth).Append(line);
        _text.Append('\n');
    }

    /// <summary>Writes a statement, over several lines where it is long.</summary>
    public void Statement(string text)
    {
        const int Longest = 4000;
        // What stands behind blanks stands in a block without braces.
        var lead = text.Length - text.TrimStart().Length;
        var (rest, more) = (text.Substring(lead), 0);
        // A list of thousands of parts is read by nobody.
        while (rest.Length is > 0 and < Longest && rest.Length > Widest - 4 * _depth - lead - more
            && Break(rest, Widest - 4 * _depth - lead - more) is var end && end < rest.Length)
        {
            Line(new string(' ', lead + more) + rest.Substring(0, end).TrimEnd());
            (rest, more) = (rest.Substring(end).TrimStart(), 4);
        }
        Line(rest.Length == 0 ? "" : new string(' ', lead + more) + rest);
    }

    /// <summary>Where a line can end: behind the last comma or arrow, or before the side of a choice, that stands in no text; at its end
    /// where there is none.</summary>
    private static int Break(string text, int room)
    {
        const int Shortest = 30;
        var (best, isText) = (text.Length, false);
        for (var i = 0; i < room && i < text.Length; i++)
        {
            if (text[i] == '\\' && isText)
                i++;
            else if (text[i] == '"')
                isText = !isText;
            else if (!isText && i > Shortest && i + 1 < text.Length && text[i + 1] == ' '
                && (text[i] == ',' || (text[i] == '>' && text[i - 1] == '=')))
                best = i + 1;
            else if (!isText && i > Shortest && i + 2 < text.Length && text[i] == ' ' && (text[i + 1] is '?' or ':') && text[i + 2] == ' ')
                (best, i) = (i + 1, i + 2);
        }
        return best;
    }

    /// <summary>Writes a list with commas: on one line where it fits, else below its beginning.</summary>
    public void List(string before, IEnumerable<string> items, string after)
    {
        var all = items.ToList();
        var line = before + string.Join(", ", all) + after;
        if (all.Count == 0 || line.Length + 4 * _depth <= Widest)
        {
            Line(line);
            return;
        }
        Line(before);
        using var indent = Indent();
        var part = "";
        for (var i = 0; i < all.Count; i++)
        {
            var item = all[i] + (i == all.Count - 1 ? after : ",");
            if (part.Length > 0 && part.Length + 1 + item.Length + 4 * _depth > Widest)
            {
                Line(part);
                part = "";
            }
            part += (part.Length > 0 ? " " : "") + item;
        }
        Line(part);
    }

    /// <summary>Opens a brace after a line; disposing the result closes it.</summary>
    public IDisposable Block(string line)
    {
        Line(line);
        return Block();
    }

    /// <summary>Opens a brace; disposing the result closes it.</summary>
    public IDisposable Block()
    {
        Line("{");
        _depth++;
        return new Closer(this, "}");
    }

    public IDisposable Indent()
    {
        _depth++;
        return new Closer(this, null);
    }

    public override string ToString() => _text.ToString();

    private sealed class Closer(CodeWriter writer, string? end) : IDisposable
    {
        public void Dispose()
        {
            writer._depth--;
            if (end is not null)
                writer.Line(end);
        }
    }
}
