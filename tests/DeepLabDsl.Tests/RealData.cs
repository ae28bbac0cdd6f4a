using System;
using System.IO;

namespace DeepLabDsl.Tests;

/// <summary>The folder of real data, where there is one.</summary>
internal static class RealData
{
    /// <summary>The path of a dataset in the folder that DEEPLABDSL_DATA names; skips the test where it is unset.</summary>
    public static string Require(string dataset)
    {
        var folder = Environment.GetEnvironmentVariable("DEEPLABDSL_DATA");
        Skip.If(string.IsNullOrEmpty(folder), "DEEPLABDSL_DATA is unset: there is no real data to read.");
        return Path.Combine(folder!, dataset);
    }
}
