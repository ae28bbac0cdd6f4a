using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace DeepLabDsl.Cli.Tests;

/// <summary>The pages hold together: what a page leads to is there, every page is led to, and no gap was left to be filled.</summary>
public sealed partial class PageTests
{
    private static readonly string Root = Repository.Root();

    public static TheoryData<string> Pages =>
    [
        .. new[] { "docs", "samples", "templates" }
            .SelectMany(f => Directory.GetFiles(Path.Combine(Root, f), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.GetFiles(Root, "*.md")).Select(p => Path.GetRelativePath(Root, p).Replace('\\', '/'))
            .Where(p => !p.Contains("/obj/", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void What_a_page_leads_to_is_there(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Root, page))!;
        foreach (var target in Link().Matches(Read(page)).Select(m => m.Groups[1].Value))
        {
            if (target.Contains("://", StringComparison.Ordinal))
                continue;
            var (path, anchor) = target.Split('#') is [var file, var name] ? (file, name) : (target, "");
            var full = path.Length == 0 ? Path.Combine(Root, page) : Path.GetFullPath(Path.Combine(folder, path));
            Assert.True(File.Exists(full) || Directory.Exists(full), $"{page} leads to {target}, which is not there");
            if (anchor.Length > 0)
                Assert.True(Anchors(File.ReadAllText(full)).Contains(anchor), $"{page} leads to {target}; {path} has no such heading");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void No_gap_is_left_in_a_page(string page) =>
        Assert.DoesNotContain(Read(page).Split('\n'), l => Gap().IsMatch(l));

    [Fact]
    public void Every_page_of_the_docs_stands_in_the_index()
    {
        var index = Link().Matches(Read("docs/index.md")).Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        Assert.All(Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Select(p => Path.GetFileName(p))
            .Where(p => p != "index.md"), p => Assert.Contains(p, index));
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(Root, page)).ReplaceLineEndings("\n");

    /// <summary>Headings as a reader's links name them: in small letters, blanks as strokes, without other signs.</summary>
    private static string[] Anchors(string text) =>
    [
        .. Heading().Matches(text.ReplaceLineEndings("\n"))
            .Select(m => Sign().Replace(m.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ +(.+?) *$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Sign();

    [GeneratedRegex(@"^(@@|TODO|TBD|FIXME)|^[A-Z]{6,}$")]
    private static partial Regex Gap();
}
