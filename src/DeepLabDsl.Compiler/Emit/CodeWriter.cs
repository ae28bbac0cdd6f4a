using System;
using System.Text;

namespace DeepLabDsl.Compiler;

/// <summary>Writes indented lines that end in <c>\n</c> on every machine.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public void Line(string line = "")
    {
        if (line.Length > 0)
            _text.Append(' ', 4 * _depth).Append(line);
        _text.Append('\n');
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
