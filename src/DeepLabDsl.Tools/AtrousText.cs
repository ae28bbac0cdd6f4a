using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>What the analyses know, in words.</summary>
public static class AtrousText
{
    private const int ListedHoles = 6;

    /// <summary>A network's atrous convolutions: taps on padding, what each part reads, what the whole network does.</summary>
    public static string Of(NetworkReport report)
    {
        var analysis = report.Analysis;
        var lines = new List<string> { $"{report.Name} at {report.ReferenceHeight}x{report.ReferenceWidth}, output stride "
            + $"{report.OutputStride}" };
        if (analysis.Taps.Count == 0)
            lines.Add("No convolution has a rate above 1.");
        else
            lines.AddRange(Taps(analysis.Taps));
        foreach (var chain in analysis.Chains.Where(c => !c.IsWholeNetwork))
            lines.AddRange(["", .. Part(chain)]);
        foreach (var chain in analysis.Chains.Where(c => c.IsWholeNetwork))
            lines.AddRange(["", .. Whole(chain)]);
        lines.AddRange(analysis.Findings.Count == 0 ? [] : ["", "Findings"]);
        lines.AddRange(
            analysis.Findings
                .Select(f =>
                    $"  {f.Place}: {f.Severity.ToString().ToLowerInvariant()} {f.Id}: "
                        + $"{f.Message}{(f.Suppressed is null ? "" : $" (suppressed: {f.Suppressed})")}"));
        return string.Join("\n", lines);
    }

    /// <summary>A chain of rates of no network.</summary>
    public static string Of(ChainReport chain) =>
        string.Join(
            "\n", [$"{chain.Windows[0].Kernel}-tap convolutions at rates {Join(chain.Rates)} in a row", .. Reading(chain), .. Rule(chain)]);

    private static IEnumerable<string> Taps(IReadOnlyList<TapReport> taps)
    {
        yield return "";
        yield return "Taps on the map: the share of positions at which so many taps see the map, the others padding (DeepLab v3, figure 4)";
        foreach (var alike in taps.GroupBy(t => (Rate: Pair(t.Rate), Kernel: $"{t.Kernel[0]}x{t.Kernel[1]}", Map: $"{t.Height}x{t.Width}")))
        {
            var first = alike.First();
            var names = alike.Count() == 1 ? first.Name : $"{first.Name} and {alike.Count() - 1} more";
            var verdict = first.MostTaps == 1
                ? "; it is a 1x1 convolution"
                : first.Shares[0].Taps < first.Kernel[0] * first.Kernel[1] ? "; no position sees all" : "";
            var shares = string.Join(", ", first.Shares.Select(s => $"{s.Taps}: {Percent(s.Share)}"));
            yield return $"  {alike.Key.Kernel} at rate {alike.Key.Rate} on {alike.Key.Map}: {shares}{verdict}  ({names})";
        }
    }

    private static IEnumerable<string> Part(ChainReport chain)
    {
        yield return $"{chain.Name}: rates {Join(chain.Rates)} on the {chain.SourceHeight}x{chain.SourceWidth} map before it, "
            + $"one pixel of it {chain.SourceStride.ToString("0.##", CultureInfo.InvariantCulture)} of the image";
        foreach (var line in Reading(chain))
            yield return line;
        if (chain.AtrousConvolutions < 2)
        {
            if (!chain.IsFull)
                yield return "  One atrous convolution alone always leaves out what lies between its taps; no rule asks otherwise.";
            yield break;
        }
        // The rules are for a chain; of branches the exact set above says all.
        foreach (var line in chain.Ways == 1 ? Rule(chain) : [])
            yield return line;
    }

    private static IEnumerable<string> Whole(ChainReport chain)
    {
        yield return chain.Source == "input"
            ? $"The image to {chain.Name}, everything between counted"
            : $"From {chain.Source} ({chain.SourceHeight}x{chain.SourceWidth}) to {chain.Name}";
        foreach (var line in Reading(chain))
            yield return line;
    }

    private static IEnumerable<string> Reading(ChainReport chain)
    {
        yield return chain.IsFull
            ? $"  A value reads every place of its {chain.Field[0]}x{chain.Field[1]} field: there is no hole."
            : $"  A value reads {chain.ReadOffsets} of {chain.Span} offsets on an axis and {chain.ReadPlaces} of "
                + $"{chain.BoxPlaces} places, {Percent(chain.Coverage)}{Nearest(chain)}.";
        if (chain.Ways > 1)
            yield return "  Its branches read beside each other and are no chain: counted are the places that any of them reads.";
        if (chain.CommonFactor > 1)
            yield return $"  All offsets share the factor {chain.CommonFactor}: neighbours read nothing in common, "
                + $"the map falls into {chain.CommonFactor * chain.CommonFactor} grids that never meet here.";
    }

    private static string Nearest(ChainReport chain)
    {
        var holes = chain.Holes.Select(System.Math.Abs).Distinct().Take(ListedHoles).ToList();
        return holes.Count == 0 ? "" : $"; on an axis the nearest holes are {Join(holes)} away";
    }

    private static IEnumerable<string> Rule(ChainReport chain)
    {
        var kernels = chain.Windows.Select(w => w.Kernel).Distinct().ToList();
        if (chain.SecondDistanceAscending is { } distance && kernels.Count == 1)
        {
            var steps = chain.Windows.Select(w => w.Step).OrderBy(s => s).ToList();
            var passes = distance <= kernels[0];
            yield return $"  HDC: M_2 = {distance}, {(passes ? "no more" : "more")} than the kernel of {kernels[0]}: its rule is "
                + $"{(passes ? "kept" : "broken")}"
                + (passes && steps[0] > 1 ? $", but it does not see that the first rate is {steps[0]} and not 1." : ".");
            if (chain.SecondDistance != distance)
                yield return $"  (In the order of the network the recursion gives M_2 = {chain.SecondDistance}; "
                    + "coverage does not depend on the order.)";
        }
        yield return Exact(chain);
    }

    /// <summary>The exact rule at work: the first step that is too long for what the smaller ones reach.</summary>
    private static string Exact(ChainReport chain)
    {
        var reach = 1L;
        foreach (var window in chain.Windows.OrderBy(w => w.Step))
        {
            if (window.Step > reach)
            {
                return $"  Exact rule: step {window.Step} is more than {reach}, what the smaller steps reach "
                    + $"({string.Join(" + ", Smaller(window.Step).Prepend("1"))}): holes.";
            }
            reach += (window.Kernel - 1L) * window.Step;
        }
        return "  Exact rule: no step is more than 1 plus what the smaller ones reach: no hole.";

        IEnumerable<string> Smaller(int step) =>
            chain.Windows.Where(w => w.Step < step).OrderBy(w => w.Step).Select(w => $"{w.Kernel - 1} * {w.Step}");
    }

    private static string Join(IEnumerable<int> numbers) =>
        string.Join(", ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));

    private static string Pair(IReadOnlyList<int> pair) => pair[0] == pair[1] ? Join([pair[0]]) : $"{pair[0]}x{pair[1]}";

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
