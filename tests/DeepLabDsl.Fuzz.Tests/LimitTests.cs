using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Fuzz;

/// <summary>docs/security.md: what passes a limit of its table is refused, by a message that says so, and soon.</summary>
public sealed partial class LimitTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("limits-").FullName;

    /// <summary>The constants of the page's table, and those that are tried here.</summary>
    public static TheoryData<string> Constants =>
        [.. Constant().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "security.md")))
            .Select(m => m.Groups[1].Value).Union(Cases.Keys)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Constants))]
    public void What_passes_a_limit_is_refused_soon(string constant)
    {
        Assert.True(Cases.TryGetValue(constant, out var found), $"{constant} stands in the page and is not tried here");
        var (expected, read) = found;
        // The first file of a kind is slow to read whatever is in it.
        for (var again = 2; ; again--)
        {
            var clock = Stopwatch.StartNew();
            var message = read(_folder);
            Assert.Contains(expected, message, StringComparison.Ordinal);
            if (clock.Elapsed < Soon)
                return;
            Assert.True(again > 0, $"it took {clock.Elapsed.TotalSeconds:0.0} s");
        }
    }

    private static string Refused(Action read) => Assert.ThrowsAny<DeepLabDslException>(read).Message;

    [GeneratedRegex(@"^\| [^|]+ \| [0-9,]+ \| `(\w+\.\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Constant();
}
