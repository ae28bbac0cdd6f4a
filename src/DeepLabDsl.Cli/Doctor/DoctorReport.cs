using System.Collections.Generic;

namespace DeepLabDsl.Cli.Doctor;

/// <summary>Everything that <c>doctor</c> found: the shape of <c>--json</c>, which docs/doctor.md describes.</summary>
/// <param name="Version">The shape's number; it grows when a member is taken away or means something else.</param>
/// <param name="IsHealthy">Whether all checks are right.</param>
/// <param name="Device">The device that was checked.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Library">The library.</param>
/// <param name="Checks">What each case came to, in the table's order.</param>
/// <param name="Advice">What to do; empty where all is right.</param>
/// <param name="Seconds">How long the checks took.</param>
internal sealed record DoctorReport(
    int Version, bool IsHealthy, string Device, MachineReport Machine, LibraryReport Library, IReadOnlyList<CheckResult> Checks,
    IReadOnlyList<string> Advice, double Seconds)
{
    /// <summary>The number of this build's shape.</summary>
    public const int CurrentVersion = 1;
}
