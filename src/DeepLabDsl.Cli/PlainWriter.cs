using System.Globalization;
using System.IO;
using System.Text;
using DeepLabDsl.IO;

namespace DeepLabDsl.Cli;

/// <summary>A stream of the console on which text can't act on the terminal, whatever names it is made of.</summary>
/// <param name="writer">The console's own.</param>
internal sealed class PlainWriter(TextWriter writer) : TextWriter(CultureInfo.InvariantCulture)
{
    /// <inheritdoc/>
    public override Encoding Encoding => writer.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => writer.Write(value is null ? null : VisibleText.Of(value));

    /// <inheritdoc/>
    public override void WriteLine() => writer.WriteLine();

    /// <inheritdoc/>
    public override void WriteLine(string? value) => writer.WriteLine(value is null ? null : VisibleText.Of(value));

    /// <inheritdoc/>
    public override void Flush() => writer.Flush();
}
