namespace DeepLabDsl.Cli;

/// <summary>What is known of the program that commands run in.</summary>
internal static class ThisProgram
{
    /// <summary>Whether its <c>Main</c> is the command line: started again, it takes any command.</summary>
    public static bool IsHost { get; set; }
}
