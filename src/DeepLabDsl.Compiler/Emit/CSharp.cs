using System.Globalization;
using System.Linq;
using System.Text;

namespace DeepLabDsl.Compiler;

/// <summary>Pieces of C# text, the same on every machine and in every culture.</summary>
internal static class CSharp
{
    public static string Literal(Value value, string type) => type switch
    {
        "double" => Double(value.Number),
        _ when value.IsBool => value.Bool ? "true" : "false",
        _ when value.IsList => $"({string.Join(", ", value.List)})",
        _ => value.ToString(),
    };

    public static string Double(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.IndexOfAny(['.', 'E']) < 0 ? text + ".0" : text;
    }

    /// <summary>A whole number with its thousands apart.</summary>
    public static string Long(long value) => value.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '_');

    public static string Text(string value)
    {
        var builder = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (c is '"' or '\\')
                builder.Append('\\').Append(c);
            else if (c is < ' ' or '\u0085' or '\u2028' or '\u2029' or '\u007f')
                builder.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else
                builder.Append(c);
        }
        return builder.Append('"').ToString();
    }

    /// <summary>Text without ends of lines.</summary>
    public static string OneLine(string value) => value.Replace('\n', ' ').Replace('\r', ' ');

    /// <summary>Text inside a documentation comment: one line, markup escaped.</summary>
    public static string Xml(string value) => XmlText.Escape(string.Join(" ", value.Split(
        ['\r', '\n', '\u0085', '\u2028', '\u2029'], System.StringSplitOptions.RemoveEmptyEntries).Select(l => l.Trim())));
}
