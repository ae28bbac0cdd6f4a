using System.Collections.Generic;
using System.Text;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Names of the language and the C# names made of them. A name has at most 100 characters: classes are files, whose names no
/// file system takes beyond 255, and C# takes none beyond 1023.
/// </summary>
internal static class Names
{
    /// <summary>What a name may hold, in messages.</summary>
    public const string Characters = "letters, digits and '_' alone, at most 100";

    private static readonly HashSet<string> Keywords =
    [
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue",
        "decimal", "default", "delegate", "do", "double", "else", "enum", "event", "explicit", "extern", "false", "finally",
        "fixed", "float", "for", "foreach", "goto", "if", "implicit", "in", "int", "interface", "internal", "is", "lock",
        "long", "namespace", "new", "null", "object", "operator", "out", "override", "params", "private", "protected",
        "public", "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof", "stackalloc", "static", "string",
        "struct", "switch", "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort",
        "using", "virtual", "void", "volatile", "while",
    ];

    private const int Longest = 100;

    public static bool IsDefinition(string name) => name.Length is > 0 and <= Longest && IsLetter(name[0]) && HoldsOnly(name, dash: true);

    public static bool IsLayer(string name) => IsIdentifier(name) || (name.Length <= 6 && IsNumeric(name));

    public static bool IsKey(string key)
    {
        foreach (var part in key.Split('.'))
        {
            if (part.Length == 0 || !HoldsOnly(part, dash: true))
                return false;
        }
        return true;
    }

    public static bool IsIdentifier(string name) =>
        name.Length is > 0 and <= Longest && (IsLetter(name[0]) || name[0] == '_') && HoldsOnly(name, dash: false);

    /// <summary>With a capital, so that no class has the name of a method of TorchSharp's modules.</summary>
    public static bool IsClass(string name) => IsIdentifier(name) && name[0] is >= 'A' and <= 'Z';

    public static bool IsKeyword(string name) => Keywords.Contains(name);

    public static bool IsNumeric(string name)
    {
        foreach (var c in name)
        {
            if (c is < '0' or > '9')
                return false;
        }
        return name.Length > 0;
    }

    private static bool IsLetter(char c) => c is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z');

    private static bool HoldsOnly(string name, bool dash)
    {
        foreach (var c in name)
        {
            if (!IsLetter(c) && c is not ((>= '0' and <= '9') or '_') && !(dash && c == '-'))
                return false;
        }
        return true;
    }

    /// <summary><c>conv_bn_relu</c> to <c>ConvBnRelu</c>; <c>deeplabv3-resnet50</c> to <c>Deeplabv3Resnet50</c>.</summary>
    public static string Pascal(string name)
    {
        var builder = new StringBuilder();
        foreach (var word in name.Split(['_', '-', '.'], System.StringSplitOptions.RemoveEmptyEntries))
        {
            if (builder.Length > 0 && char.IsDigit(builder[builder.Length - 1]) && char.IsDigit(word[0]))
                builder.Append('_');
            builder.Append(char.ToUpperInvariant(word[0])).Append(word, 1, word.Length - 1);
        }
        return builder.Length == 0 ? "_" : char.IsDigit(builder[0]) ? "_" + builder : builder.ToString();
    }

    /// <summary><c>aux_classifier</c> to <c>auxClassifier</c>, with <c>@</c> before what C# keeps for itself.</summary>
    public static string Camel(string name)
    {
        var pascal = Pascal(name);
        var camel = char.ToLowerInvariant(pascal[0]) + pascal.Substring(1);
        return Keywords.Contains(camel) ? "@" + camel : camel;
    }
}
