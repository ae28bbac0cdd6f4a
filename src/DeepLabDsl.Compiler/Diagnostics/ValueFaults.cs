using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Faults of values, at the place that gave the value: a number that a network passes to a block is wrong where the network says it, even
/// if it is a layer of the block, in another file, that can't have it.
/// </summary>
internal static class ValueFaults
{
    private const int LongestWay = 8;

    /// <summary>Reports that a setting can't have its value, where that was given; the message names the way from there.</summary>
    /// <param name="diagnostics">Where it goes.</param>
    /// <param name="rule">What is wrong.</param>
    /// <param name="setting">The setting.</param>
    /// <param name="scope">What its names mean.</param>
    /// <param name="arguments">Of the message.</param>
    public static void ReportValue(this DiagnosticBag diagnostics, Rule rule, Setting setting, IScope scope, params object[] arguments)
    {
        var way = WayTo(setting, scope);
        var steps = string.Join(", then ", way.Skip(1).Select(s => $"'{s.Name}: {s.Text}' in {s.Span}"));
        diagnostics.Add(new Diagnostic(rule, way[0].Span, arguments) { Way = steps.Length == 0 ? "" : $" (it goes on to {steps})" });
    }

    /// <summary>The settings by which a value came, the one that gave it first; of several, those that come from furthest out.</summary>
    private static List<Setting> WayTo(Setting setting, IScope scope)
    {
        List<Setting> way = [];
        foreach (var name in setting.Expression.AskedNames.Distinct())
        {
            if (scope.OriginOf(name) is var (from, names) && WayTo(from, names) is var longer && longer.Count > way.Count)
                way = longer;
        }
        if (way.Count < LongestWay)
            way.Add(setting);
        return way;
    }
}
