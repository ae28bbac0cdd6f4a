using System.Text.RegularExpressions;

namespace DeepLabDsl.Compiler;

/// <summary>
/// What a project forgot, so that nothing comes of its specs and the C# compiler would say that their classes do not exist, and not why.
/// </summary>
public static class ProjectSetup
{
    private static readonly Regex Network = new(@"^network:[ \t]+[A-Za-z]", RegexOptions.Multiline | RegexOptions.CultureInvariant);

    private static readonly Regex Parts = new(
        @"^(layers|outputs|backbone|extends|classes):", RegexOptions.Multiline | RegexOptions.CultureInvariant);

    /// <summary>The project has the generator and not the targets that hand it the specs.</summary>
    public static Diagnostic WithoutTargets { get; } = new(
        Rules.NotCompiled, default,
        "The project has the generator of DeepLabDsl but not its targets, so that no spec reaches it: add <Import "
        + "Project=\"…/DeepLabDsl.Generator/build/DeepLabDsl.Generator.targets\" /> and <DeepLabSpec Include=\"specs/**/*.yaml\" />");

    /// <summary>Whether a text that is not listed as a spec is one of a network: other YAML has a 'network' of its own.</summary>
    public static bool IsSpec(string text) => Network.IsMatch(text) && Parts.IsMatch(text);

    /// <summary>The fault of a spec that the project does not list.</summary>
    public static Diagnostic NotListed(string path) => new(
        Rules.NotCompiled, new SourceSpan(path, 0, 0, 0, 0, 0, 0),
        "This network is not compiled, since the project does not list it: add <DeepLabSpec Include=\"specs/**/*.yaml\" />, with the "
        + "folder that it lies in");
}
