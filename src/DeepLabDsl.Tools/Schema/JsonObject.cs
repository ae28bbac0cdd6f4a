using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace DeepLabDsl.Tools;

/// <summary>A JSON object whose members keep their order; a member of no value is left out.</summary>
internal sealed class JsonObject : IEnumerable<KeyValuePair<string, object>>
{
    private readonly List<KeyValuePair<string, object>> _members = [];

    /// <summary>Adds a member.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">An object, an array, a text, a number or a truth value; null: there is no such member.</param>
    public void Add(string name, object? value)
    {
        // Items are made now, not when they are written.
        if (value is not null)
            _members.Add(new(name, value is IEnumerable items and not (string or JsonObject) ? items.Cast<object>().ToArray() : value));
    }

    /// <summary>Whether there is a member of the name.</summary>
    public bool Has(string name) => _members.Any(m => m.Key == name);

    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => _members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Indented text that ends in a line end.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text, this, 0);
        return text.Append('\n').ToString();
    }

    /// <summary>What is short stands on one line; else each member or item on its own.</summary>
    private static void Write(StringBuilder text, object value, int depth)
    {
        const int Width = 120;
        var start = text.Length;
        var isShort = WriteShort(text, value, Width - 2 * depth);
        if (isShort)
            return;
        text.Length = start;
        var (open, close) = value is JsonObject ? ('{', '}') : ('[', ']');
        var separator = open.ToString();
        foreach (var item in (IEnumerable)value)
        {
            text.Append(separator).Append('\n').Append(' ', 2 * (depth + 1));
            if (item is KeyValuePair<string, object> member)
            {
                Quote(text, member.Key);
                text.Append(": ");
                Write(text, member.Value, depth + 1);
            }
            else
            {
                Write(text, item, depth + 1);
            }
            separator = ",";
        }
        text.Append('\n').Append(' ', 2 * depth).Append(close);
    }

    /// <summary>Writes all on one line; false: it is longer than that, and part of it is written.</summary>
    private static bool WriteShort(StringBuilder text, object value, int width)
    {
        var end = text.Length + width;
        switch (value)
        {
            case string word:
                Quote(text, word);
                return true;
            case bool truth:
                text.Append(truth ? "true" : "false");
                return true;
            case IEnumerable items:
                var separator = "";
                text.Append(value is JsonObject ? '{' : '[');
                foreach (var item in items)
                {
                    text.Append(separator);
                    separator = ", ";
                    if (item is KeyValuePair<string, object> member)
                    {
                        Quote(text, member.Key);
                        text.Append(": ");
                    }
                    if (!WriteShort(text, item is KeyValuePair<string, object> pair ? pair.Value : item, end - text.Length)
                        || text.Length > end)
                        return false;
                }
                text.Append(value is JsonObject ? '}' : ']');
                return text.Length <= end;
            default:
                text.Append(System.Convert.ToString(value, CultureInfo.InvariantCulture));
                return true;
        }
    }

    private static void Quote(StringBuilder text, string word)
    {
        text.Append('"');
        foreach (var c in word)
        {
            if (c is '"' or '\\')
                text.Append('\\').Append(c);
            else if (c < ' ')
                text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else
                text.Append(c);
        }
        text.Append('"');
    }
}
