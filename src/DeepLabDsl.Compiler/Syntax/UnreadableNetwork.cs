using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace DeepLabDsl.Compiler;

/// <summary>
/// A network in a text that is not YAML, by the lines that look like it: other code names its class and its members, and should not be at
/// fault for a bracket that the spec lacks.
/// </summary>
/// <param name="Name">The name.</param>
/// <param name="ClassName">The C# class.</param>
/// <param name="Keys">All keys of its text, and the members that it asks for, as C# names them.</param>
internal sealed record UnreadableNetwork(string Name, string ClassName, IReadOnlyList<string> Keys)
{
    /// <summary>Networks of one text beyond these are left out, and keys of one network: nobody wrote so many.</summary>
    private const int MostNetworks = 100;
    private const int MostKeys = 500;

    private static readonly Regex Document = new(@"^---[^\n]*$", RegexOptions.Multiline | RegexOptions.CultureInvariant);

    private static readonly Regex TopLevel = new(
        @"^(network|class):[ \t]*([A-Za-z][A-Za-z0-9_-]{0,99})(?![A-Za-z0-9_-])", RegexOptions.Multiline | RegexOptions.CultureInvariant);

    private static readonly Regex Key = new(
        @"(?<![A-Za-z0-9_$.-])(?:member:[ \t]*)?([A-Za-z][A-Za-z0-9_-]{0,99})(?=[ \t]*[:,}\r\n])", RegexOptions.CultureInvariant);

    /// <summary>The networks of a text; of one that is longer than a spec may be, those of so much of it.</summary>
    public static IReadOnlyList<UnreadableNetwork> In(string text) =>
        [
            .. Document.Split(text.Substring(0, Math.Min(text.Length, Limits.FileLength))).Select(Of).OfType<UnreadableNetwork>()
                .GroupBy(n => n.ClassName, StringComparer.OrdinalIgnoreCase).Select(g => g.First()).Take(MostNetworks),
        ];

    private static UnreadableNetwork? Of(string text)
    {
        var found = TopLevel.Matches(text).Cast<Match>().GroupBy(m => m.Groups[1].Value).ToDictionary(
            g => g.Key, g => g.First().Groups[2].Value);
        return found.TryGetValue("network", out var name)
            ? new UnreadableNetwork(name, found.TryGetValue("class", out var given) && Names.IsClass(given) ? given : Names.Pascal(name),
                KeysOf(text))
            : null;
    }

    private static IReadOnlyList<string> KeysOf(string text) =>
        [.. Key.Matches(text).Cast<Match>().Select(m => Names.Pascal(m.Groups[1].Value)).Distinct(StringComparer.Ordinal).Take(MostKeys)];
}
