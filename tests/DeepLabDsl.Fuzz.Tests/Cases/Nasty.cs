using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using DeepLabDsl.Compiler;
using DeepLabDsl.Networks;

namespace DeepLabDsl.Fuzz;

/// <summary>Values and names that tend to break compilers. What the language knows comes from its own tables.</summary>
internal static class Nasty
{
    public static readonly string[] Numbers =
    [
        "0", "-1", "1", "2", "3", "1024", "1025", "65535", "65536", "1000000", "1048576", "1048577", "2147483647", "2147483648",
        "-2147483648",
        "9223372036854775807", "9223372036854775808", "1e308", "1e309", "-1e308", "1e-308", "0.1", "0.5", "1.5", "1e15", "1e16", "0x10",
        "010",
        "1_000", ".5", "5.", "1e", "+1", "- 1", "NaN", ".nan", ".inf", "Infinity", "١٢", "½",
    ];

    public static readonly string[] Lists =
    [
        "[]", "[1]", "[1, 2]", "[1, 2, 4]", "[0, 0]", "[-1, 1]", "[[1]]", "[a, b]", "[1, [2]]", "[1000000, 1000000]", "[0.5, 1.5, 2.5]",
        "[~]", "[\"\"]",
    ];

    public static readonly string[] Expressions =
    [
        "$classes", "$unit", "$input.channels", "$input", "$input.height", "$nothing", "$classes.channels", "$$", "$", "$1", "2 * $classes",
        "$classes / 3", "$classes + 1",
        "1 / 0", "1 // 0", "1 % 0", "1e308 * 10", "-(-(-1))", "not true", "not not not false", "true and 1", "1 == a", "[1, 2][1]",
        "[1][1]", "[1][-1]",
        "[1][0.5]", "[][0]", "round_to(7, 0)", "round_to(1e300, 1e-300)", "round_to(5, 4)", "max()", "max([])", "max([1, 2])",
        "min(1, 2, 3)", "length([])", "length(1)",
        "if(true, 1, 1 / 0)", "if(1, 2, 3)", "floor(-0.5)", "floor", "1 <", "(1", "1)", "1 2", "$classes > 2", "$classes == 4", "a and b",
        "\"quoted\"", "a.b", "1..2", "&a", "*a", "!b", "@", "`",
        "if($classes > 100, 3, 1)", "if($unit == 0, 2, 1)", "$channels", "$rate", "$stride", "$output_stride", "$backbone.channels",
        "$rates[$unit]", "8 * $unit + 8",
    ];

    public static readonly string[] Words =
    [
        "", "~", "null", "Null", "true", "false", "yes", "no", "on", "same", "input", "backbone", "first", "last_before", "next_unit", "a",
        "A", "_", "__", "_a", "a_", "a__b", "0", "1", "007",
        "123456", "1234567", "1a", "-", "-a", "a-b", "a.b", ".", "..", "a.", "backbone.", "backbone.one.0", "backbone.one.1",
        "backbone.one.9", "backbone.one.0.conv", "backbone.two.norm", "backbone.two.2.act",
        "backbone.one.-1", "backbone.conv", "backbone.act", "backbone.three.00", "scores", "é", "ñandú", "Ω", "变量", "😀", "a\u200bb",
        "a\u00a0b", "\u0130", "\u0131", "ſ", "\ud800", "a b", "a\tb",
        "a\nb", "a\r\nb", "a\u2028b", "a\u0085b", "a\0b", "\u001b[31m", "*/", "/* x", "// x", "-->", "<!--", "]]>", "</summary>",
        "<summary>", "<see cref=\"X\"/>", "&amp;", "&#0;", "&lt", "\"", "\\", "\\\"", "\\u0022",
        "\"; class X {", "\"\"\"", "'", "{0}", "{", "}", "{{", "{expression}", "$\"{1}\"", "@\"", "#error x", "#if", "%s", "\\n", "\\0",
        "nameof(x)", "= 1;", "x) : base(", "\u202eabc", "a\u0000",
        new('x', 41), new('x', 300), new('x', 5000), string.Join(".", Enumerable.Repeat("a", 200)), "a" + new string('_', 100), "x1_1",
        "x11", "x_1_1", "X1_1",
    ];

    /// <summary>Words that mean something in C# or in the classes that the generated ones stand on.</summary>
    public static readonly string[] Reserved =
    [
        "class", "base", "this", "new", "value", "var", "void", "string", "int", "object", "event", "operator", "record", "file", "field",
        "global", "partial", "await", "async", "dynamic", "nameof", "when",
        "where", "with", "required", "scoped", "unit", "scope", "training", "classes", "Classes", "torch", "nn", "functional", "cat",
        "maximum", "minimum", "NewDisposeScope", "tensor", "Tensor", "Layers", "layers", "Extent",
        "Conv2d", "BatchNorm2d", "ModuleList", "Module", "module", "System", "TorchSharp", "DeepLabDsl", "Output", "output", "Spec",
        "Descriptor", "Supervised", "Named", "logits", "Logits", "KeyValuePair", "IReadOnlyList",
        "SegmentationOutput", "NetworkCatalog", "GeneratedModule", "NetworkDescriptor", "SupervisedOutput", "SegmentationNetwork", "init",
        "functional_", "rand", "zeros", "ones", "Name", "Register", "Repeat", "List", "ReferenceEquals",
        .. MembersOf(typeof(SegmentationNetwork)), .. MembersOf(typeof(SegmentationOutput)), .. MembersOf(typeof(TorchSharp.torch)),
        .. MembersOf(typeof(TorchSharp.torch.nn)),
    ];

    /// <summary>Every key of the language, whatever the mapping it belongs to.</summary>
    public static readonly string[] Keys = [.. Tables().SelectMany(t => t.Keys).Select(k => k.Name).Concat(OpTable.Ops.Keys).Distinct()];

    /// <summary>Every word that is a legal choice somewhere.</summary>
    public static readonly string[] Choices =
        [.. Tables().SelectMany(t => t.Keys).SelectMany(k => k.Choices).Concat(OpTable.Ops.Keys).Concat(OpTable.Merges.Keys)
            .Concat(ValueKinds.Parameters.Keys).Distinct()];

    public static string Value(Random random) =>
        Pick(random, Pick(random, Numbers, Numbers, Lists, Expressions, Expressions, Words, Reserved, Choices));

    public static string Name(Random random) => Pick(random, Pick(random, Words, Reserved, Reserved, Choices, Keys));

    public static T Pick<T>(Random random, params IReadOnlyList<T> items) => items[random.Next(items.Count)];

    private static IEnumerable<KeyTable> Tables() =>
        Reach([.. SpecKeys.Definitions.Values, .. SpecKeys.Layers.Values, SpecKeys.Parameter, .. OpTable.Ops.Values.Select(KeyTable.Of)]);

    private static IEnumerable<KeyTable> Reach(IReadOnlyList<KeyTable> tables) =>
        tables.Count == 0 ? [] : tables.Concat(Reach([.. tables.SelectMany(t => t.Keys).Select(k => k.Table).OfType<KeyTable>()]));

    private static IEnumerable<string> MembersOf(Type type) => type
        .GetMembers(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy)
        .Select(m => m.Name).Where(n => n.All(char.IsAsciiLetterOrDigit)).Distinct().Order(StringComparer.Ordinal);
}
