using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>A fenced piece of a page of the documentation.</summary>
/// <param name="Info">The words behind the fence: the language, and for examples what they are.</param>
/// <param name="Text">What stands within.</param>
/// <param name="Line">The line of the fence in its page, from 1.</param>
internal sealed record Fence(string Info, string Text, int Line)
{
    /// <summary>The text of a page below <c>docs/</c>.</summary>
    public static string Page(string name) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", name)).ReplaceLineEndings("\n");

    /// <summary>All fenced pieces of a page, in order.</summary>
    public static IReadOnlyList<Fence> In(string page)
    {
        var lines = page.Split('\n');
        var fences = new List<Fence>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            var end = Array.IndexOf(lines, "```", i + 1);
            Assert.True(end > 0, $"nothing closes the fence of line {i + 1}");
            fences.Add(new Fence(lines[i][3..].Trim(), string.Concat(lines[(i + 1)..end].Select(l => l + "\n")), i + 1));
            i = end;
        }
        return fences;
    }
}
