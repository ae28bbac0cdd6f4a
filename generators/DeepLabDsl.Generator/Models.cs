using System.Linq;
using System.Threading;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Generator;

/// <summary>A spec file as the build gave it.</summary>
internal sealed record SpecText(string Path, string Text);

/// <summary>A file with networks and the files that they are made of: all that their code depends on.</summary>
internal sealed record SpecUnit(SpecFile File, EquatableArray<SpecFile> Closure, string Namespace);

/// <summary>A generated file.</summary>
internal sealed record GeneratedFile(string HintName, string ClassName, string Source);

/// <summary>What became of a unit.</summary>
internal sealed record UnitOutput(EquatableArray<GeneratedFile> Files, EquatableArray<Diagnostic> Diagnostics)
{
    public static UnitOutput Compile(SpecUnit unit, CancellationToken cancellation)
    {
        var networks = SpecCompiler.Compile(unit.File, new SpecLibrary(unit.Closure), unit.Namespace, cancellation: cancellation);
        return new UnitOutput(
            new(networks.Select(n => new GeneratedFile(n.ClassName + ".g.cs", n.ClassName, n.Source))),
            new(networks.SelectMany(n => n.Diagnostics)));
    }
}
