using System.Globalization;
using System.Linq;

namespace DeepLabDsl.IO;

/// <summary>
/// Text of others, such as names of files, tensors and classes, where it must not act on what shows it: an escape sequence can hide lines
/// of a terminal or rename its window, and marks that turn the direction of writing reorder a line.
/// </summary>
internal static class VisibleText
{
    /// <summary>The text with its code, <c>\u001b</c>, in place of what is no text; line ends and tabs stay.</summary>
    public static string Of(string text) => text.All(IsText)
        ? text
        : string.Concat(text.Select(c => IsText(c) ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")));

    private static bool IsText(char c) => c is '\n' or '\r' or '\t' || !(char.IsControl(c) || c is '\u2028' or '\u2029'
        || c is >= '\u202a' and <= '\u202e' || c is >= '\u2066' and <= '\u2069');
}
