using System;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>The namespace of a project's generated classes.</summary>
/// <param name="Name">A namespace that C# can have.</param>
/// <param name="Fault">What is wrong with the one that the project asks for; null: nothing.</param>
public sealed record TargetNamespace(string Name, Diagnostic? Fault)
{
    private const string Default = "Networks";

    /// <summary>The namespace that a project asks for, or one below that of the project.</summary>
    /// <param name="chosen">The project's <c>DeepLabDslNamespace</c>; null: it has none.</param>
    /// <param name="root">
    /// The project's <c>RootNamespace</c>, as a rule the name of its file. Parts of it that are no identifiers become what
    /// <c>dotnet new</c> makes of them: <c>My-App</c> is <c>My_App</c>, <c>3DSeg</c> is <c>_3DSeg</c>. Null: it has none.
    /// </param>
    public static TargetNamespace Of(string? chosen, string? root)
    {
        if (chosen is null)
            return new TargetNamespace(root is null ? Default : $"{Identifiers(root)}.{Default}", null);
        var legal = Identifiers(chosen);
        return new TargetNamespace(legal, legal == chosen ? null : new Diagnostic(Rules.IllegalNamespace, default, chosen, legal));
    }

    private static string Identifiers(string name) => string.Join(".", name.Split('.').Select(Identifier));

    private static string Identifier(string part)
    {
        var isVerbatim = part.StartsWith("@", StringComparison.Ordinal);
        var legal = string.Concat((isVerbatim ? part.Substring(1) : part).Select(c => IsPart(c) ? c : '_'));
        if (legal.Length == 0 || !IsStart(legal[0]))
            legal = "_" + legal;
        return isVerbatim || Names.IsKeyword(legal) ? "@" + legal : legal;
    }

    private static bool IsStart(char c) => c == '_' || char.IsLetter(c) || char.GetUnicodeCategory(c) == UnicodeCategory.LetterNumber;

    private static bool IsPart(char c) => IsStart(c) || char.GetUnicodeCategory(c) is UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
