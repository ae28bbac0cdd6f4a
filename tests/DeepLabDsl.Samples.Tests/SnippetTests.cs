using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using DeepLabDsl.Compiler.Tests;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepLabDsl.Samples.Tests;

/// <summary>
/// Every piece of C# in the pages for .NET engineers compiles. A fence <c>csharp</c> begins a program; one of <c>csharp more</c> goes on
/// with it.
/// </summary>
public partial class SnippetTests
{
    // What a project of the SDK has by itself (ImplicitUsings).
    private const string Implicit =
        """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private const string Web = "global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Http; "
        + "global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Logging;";

    private static readonly Lazy<IReadOnlyList<MetadataReference>> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(p => MetadataReference.CreateFromFile(p))]);

    public static TheoryData<string, int> Programs
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var page in new[] { "README.md", "csharp.md", "deploy.md" })
            {
                foreach (var fence in Fences(page).Where(f => f.Info == "csharp"))
                    data.Add(page, fence.Line);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_piece_compiles(string page, int line)
    {
        var pieces = Fences(page).SkipWhile(f => f.Line < line).ToList();
        var program = pieces.Take(1).Concat(pieces.Skip(1).TakeWhile(f => f.Info != "csharp")).Select(f => f.Text);
        var lines = string.Concat(program).Split('\n');
        // Usings stand at the top of a program, wherever the page needs them first; types stand at its end.
        var usings = lines.Where(l => Using().IsMatch(l)).Distinct();
        var text = string.Join('\n', usings.Concat(lines.Where(l => !Using().IsMatch(l))));

        var errors = string.Join('\n', Errors(text));
        Assert.True(errors.Length == 0, $"{page}({line}): {errors}");
    }

    [Fact]
    public void A_piece_that_does_not_compile_is_found() => Assert.Contains("Segmentor", string.Concat(Errors("Segmentor.Load(\"x\");")),
        StringComparison.Ordinal);

    private static IEnumerable<Fence> Fences(string page) =>
        Fence.In(Fence.Page(page)).Where(f => f.Info is "csharp" or "csharp more");

    private static IEnumerable<string> Errors(string text)
    {
        var parse = new CSharpParseOptions(LanguageVersion.CSharp14);
        var compilation = CSharpCompilation.Create(
            "snippet", [CSharpSyntaxTree.ParseText(text, parse), CSharpSyntaxTree.ParseText(Implicit + Web, parse)], References.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return compilation.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning && d.Id is not "CS8019" and not "CS1701")
            .Select(d => d.ToString());
    }

    [GeneratedRegex(@"^using (static )?[\w.]+;(\s*//.*)?$")]
    private static partial Regex Using();
}
