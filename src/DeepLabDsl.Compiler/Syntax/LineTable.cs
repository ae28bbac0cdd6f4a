using System.Collections.Generic;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Lines of a text by offset. Breaks are those of YAML 1.2 and of editors: <c>\n</c>, <c>\r\n</c> and <c>\r</c> alone, which the
/// parser does not count.
/// </summary>
internal sealed class LineTable
{
    private readonly int _length;
    private readonly List<int> _starts = [0];

    public LineTable(string text)
    {
        _length = text.Length;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')))
                _starts.Add(i + 1);
        }
    }

    /// <summary>The stretch from one offset to another.</summary>
    public SourceSpan Span(string path, int start, int end)
    {
        start = start < 0 ? 0 : start > _length ? _length : start;
        end = end < start ? start : end > _length ? _length : end;
        var (line, endLine) = (LineOf(start), LineOf(end));
        return new SourceSpan(path, start, end - start, line, start - _starts[line], endLine, end - _starts[endLine]);
    }

    private int LineOf(int offset)
    {
        var found = _starts.BinarySearch(offset);
        return found >= 0 ? found : ~found - 1;
    }
}
