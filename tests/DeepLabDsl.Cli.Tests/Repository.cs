using System;
using System.IO;

namespace DeepLabDsl.Cli.Tests;

/// <summary>The files of the repository, for tests of what is written in them.</summary>
internal static class Repository
{
    /// <summary>The repository: the folder above the outputs that has the solution.</summary>
    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DeepLabDsl.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not below the repository.");
        return folder.FullName;
    }
}
