using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Serialization;
using DeepLabDsl.SelfChecks;

namespace DeepLabDsl.Cli.Doctor;

/// <summary>How a case ended.</summary>
internal enum CheckStatus
{
    /// <summary>Everything lies within its tolerance.</summary>
    Right,

    /// <summary>Something does not.</summary>
    Wrong,

    /// <summary>It ended the process that computed it.</summary>
    Died,

    /// <summary>It did not end.</summary>
    Stuck,

    /// <summary>The library refused it.</summary>
    Failed,

    /// <summary>It was not reached.</summary>
    NotRun,
}

/// <summary>What a case came to.</summary>
/// <param name="Case">Its number in the table of cases.</param>
/// <param name="Group">What kind of computation it is.</param>
/// <param name="Name">What sets it apart.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Step">What it was in when it ended, where it did not get to its end.</param>
/// <param name="Message">What the process or the library said of that.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Deviations">Every comparison that was made.</param>
internal sealed record CheckResult(
    [property: JsonIgnore] int Case, string Group, string Name, CheckStatus Status, string? Step, string? Message, double Seconds,
    IReadOnlyList<Deviation> Deviations)
{
    /// <summary>The comparisons that rounding does not explain.</summary>
    [JsonIgnore]
    public IEnumerable<Deviation> Wrong => Deviations.Where(d => !d.IsRight);
}
