namespace DeepLabDsl.Graph;

/// <summary>A stretch of a spec file. Lines and columns are 0-based, as compilers keep them; people see them 1-based.</summary>
/// <param name="Path">The file's path as it was given.</param>
/// <param name="Start">Offset of the first character.</param>
/// <param name="Length">Number of characters.</param>
/// <param name="Line">Line of the first character.</param>
/// <param name="Column">Column of the first character.</param>
/// <param name="EndLine">Line just past the last character.</param>
/// <param name="EndColumn">Column just past the last character.</param>
public readonly record struct SourceSpan(
    string Path, int Start, int Length, int Line, int Column, int EndLine, int EndColumn)
{
    /// <summary>The stretch of one line that begins <paramref name="offset"/> characters into this one.</summary>
    /// <param name="offset">Characters from the start.</param>
    /// <param name="length">Characters that it takes.</param>
    public SourceSpan Slice(int offset, int length) =>
        Line == EndLine && offset + length <= Length
            ? this with { Start = Start + offset, Length = length, Column = Column + offset, EndColumn = Column + offset + length }
            : this;

    /// <summary>The form in which compilers print a place: <c>file(line,column)</c>, 1-based.</summary>
    public override string ToString() => $"{Path}({Line + 1},{Column + 1})";
}
