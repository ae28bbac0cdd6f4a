using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

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

    public static bool IsDefinition(string name) => Regex.IsMatch(name, @"^[A-Za-z][A-Za-z0-9_-]{0,99}\z", RegexOptions.CultureInvariant);

    public static bool IsLayer(string name) =>
        Regex.IsMatch(name, @"^([A-Za-z_][A-Za-z0-9_]{0,99}|[0-9]{1,6})\z", RegexOptions.CultureInvariant);

    public static bool IsKey(string key) => Regex.IsMatch(key, @"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\z", RegexOptions.CultureInvariant);

    public static bool IsIdentifier(string name) => Regex.IsMatch(name, @"^[A-Za-z_][A-Za-z0-9_]{0,99}\z", RegexOptions.CultureInvariant);

    /// <summary>With a capital, so that no class has the name of a method of TorchSharp's modules.</summary>
    public static bool IsClass(string name) => IsIdentifier(name) && name[0] is >= 'A' and <= 'Z';

    public static bool IsKeyword(string name) => Keywords.Contains(name);

    public static bool IsNumeric(string name) => name.Length > 0 && name.All(c => c is >= '0' and <= '9');

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
