using System.Text.Json.Serialization;
using DeepLabDsl.SelfChecks;

namespace DeepLabDsl.Cli.Doctor;

/// <summary>A line that the process that computes writes to the one that watches: one of its values is there.</summary>
/// <param name="Case">The case's number.</param>
/// <param name="Entering">What it computes next.</param>
/// <param name="Deviation">A comparison.</param>
/// <param name="Error">Why the library refused the case, which ends it.</param>
/// <param name="Seconds">How long the case took, which ends it.</param>
internal sealed record SweepLine(
    int Case, string? Entering = null, Deviation? Deviation = null, string? Error = null, double? Seconds = null)
{
    /// <summary>Differences may be NaN.</summary>
    public static readonly System.Text.Json.JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
