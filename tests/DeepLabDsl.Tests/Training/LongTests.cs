using System;

namespace DeepLabDsl.Tests.Training;

/// <summary>Tests of minutes, or that need more of the machine than others: run with <c>DEEPLABDSL_LONG=1</c>.</summary>
internal static class LongTests
{
    /// <summary>Skips the test unless long ones were asked for.</summary>
    public static void Require() =>
        Skip.If(
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DEEPLABDSL_LONG")),
            "DEEPLABDSL_LONG is unset: long tests are left out.");
}
