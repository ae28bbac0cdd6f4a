using System;
using System.IO;
using System.Reflection;

namespace DeepLabDsl.Cli;

/// <summary>What is known of the program that commands run in.</summary>
internal static class ThisProgram
{
    private const string Tool = "deeplabdsl";

    /// <summary>Whether its <c>Main</c> is the command line: started again, it takes any command.</summary>
    public static bool IsHost { get; set; }

    /// <summary>What a user types before a command.</summary>
    public static string Start => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == Tool ? Tool
        : Assembly.GetEntryAssembly()?.GetName().Name == "DeepLabDsl.Host" ? "dotnet run -c Release --project src/DeepLabDsl.Host --"
        : "dotnet run --";
}
