using System;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace DeepLabDsl.Generator.Tests;

/// <summary>A spec as the compiler host hands it over; each is a new object, as after an edit.</summary>
internal sealed class SpecText(string path, string text) : AdditionalText
{
    public override string Path { get; } = path;

    public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
}

/// <summary>
/// What a project says of its specs: every <c>.yaml</c> file is one, of the library where it lies in a folder of that name.
/// </summary>
internal sealed class SpecOptions : AnalyzerConfigOptionsProvider
{
    public SpecOptions(string targetNamespace, string helpLinks = "", string rootNamespace = "") =>
        GlobalOptions = new Map(
            Encoded("Namespace", targetNamespace), Encoded("HelpLinks", helpLinks), Encoded("RootNamespace", rootNamespace));

    /// <summary>A project that hands over nothing.</summary>
    public static SpecOptions WithoutTargets { get; } =
        new(AnalyzerConfigSet.Create(System.Collections.Immutable.ImmutableArray<AnalyzerConfig>.Empty));

    /// <summary>What a build wrote for the compiler.</summary>
    public SpecOptions(AnalyzerConfigSet files) =>
        GlobalOptions = new Map([.. files.GlobalConfigOptions.AnalyzerOptions.Select(o => (o.Key, o.Value))]);

    public override AnalyzerConfigOptions GlobalOptions { get; }

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Map();

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) =>
        textFile.Path.EndsWith(".yaml", StringComparison.Ordinal)
            ? new Map((
                "build_metadata.AdditionalFiles.DeepLabSpec",
                textFile.Path.StartsWith("library/", StringComparison.Ordinal) ? "library" : "true"))
            : new Map();

    /// <summary>A property as the targets file passes it.</summary>
    private static (string Key, string Value) Encoded(string name, string value) =>
        ("build_property.DeepLabDslEncoded" + name, Uri.EscapeDataString(value));

    private sealed class Map(params (string Key, string Value)[] pairs) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
        {
            value = pairs.FirstOrDefault(p => p.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Value;
            return value is not null;
        }
    }
}
