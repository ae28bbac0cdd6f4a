using System.Text;
using System.Xml;

namespace DeepLabDsl.Compiler;

/// <summary>Text of a spec inside markup.</summary>
internal static class XmlText
{
    private const char Replacement = '\ufffd';

    /// <summary>Markup escaped, and what XML can't hold at all (NUL, half a surrogate pair) replaced.</summary>
    public static string Escape(string value)
    {
        var builder = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (i + 1 < value.Length && XmlConvert.IsXmlSurrogatePair(value[i + 1], c))
                builder.Append(c).Append(value[++i]);
            else if (!XmlConvert.IsXmlChar(c))
                builder.Append(Replacement);
            else
                _ = c switch
                {
                    '&' => builder.Append("&amp;"),
                    '<' => builder.Append("&lt;"),
                    '>' => builder.Append("&gt;"),
                    _ => builder.Append(c)
                };
        }
        return builder.ToString();
    }
}
