using System.Collections.Generic;

namespace DeepLabDsl.Compiler;

/// <summary>What an analysis found.</summary>
/// <param name="Id">The diagnostic's id.</param>
/// <param name="Severity">Its default severity.</param>
/// <param name="Place">File, line and column.</param>
/// <param name="Message">What it says.</param>
/// <param name="Suppressed">The reason why the spec suppresses it; null: it is reported.</param>
public sealed record Finding(string Id, RuleSeverity Severity, string Place, string Message, string? Suppressed);

/// <summary>What the compiler knows of a network's atrous convolutions and strides.</summary>
public sealed class AnalysisReport
{
    internal AnalysisReport(IReadOnlyList<TapReport> taps, IReadOnlyList<ChainReport> chains, IReadOnlyList<Finding> findings)
    {
        Taps = taps;
        Chains = chains;
        Findings = findings;
    }

    /// <summary>The atrous convolutions, in the order of the data.</summary>
    public IReadOnlyList<TapReport> Taps { get; }

    /// <summary>What each part with atrous convolutions reads of its own input, and what the whole network does.</summary>
    public IReadOnlyList<ChainReport> Chains { get; }

    /// <summary>What was found, suppressed or not.</summary>
    public IReadOnlyList<Finding> Findings { get; }
}
