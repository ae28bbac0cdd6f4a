using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Generator;

/// <summary>A spec file as the build gave it.</summary>
internal sealed record SpecText(string Path, string Text);

/// <summary>All spec files and what is defined where in them; equal to another of the same files.</summary>
internal sealed class SpecIndex(EquatableArray<SpecFile> files) : IEquatable<SpecIndex>
{
    public EquatableArray<SpecFile> Files { get; } = files;

    /// <summary>The definitions, found once for all units.</summary>
    public SpecLibrary Library { get; } = new(files);

    public bool Equals(SpecIndex? other) => other is not null && Files.Equals(other.Files);

    public override bool Equals(object? obj) => Equals(obj as SpecIndex);

    public override int GetHashCode() => Files.GetHashCode();
}

/// <summary>A file with networks and all that their code depends on.</summary>
/// <param name="File">The file.</param>
/// <param name="Closure">The file and those that its networks are made of.</param>
/// <param name="Shadowed">Offsets of networks whose name or class another has.</param>
/// <param name="OtherNames">Names to suggest where one is misspelt.</param>
/// <param name="Namespace">The namespace of the classes.</param>
internal sealed record SpecUnit(
    SpecFile File, EquatableArray<SpecFile> Closure, EquatableArray<int> Shadowed, EquatableArray<string> OtherNames, string Namespace)
{
    public static SpecUnit Of(SpecFile file, SpecLibrary library, string targetNamespace)
    {
        var closure = library.Closure(file);
        return new SpecUnit(file, new(closure), new(library.ShadowedIn(file)), new(library.SuggestionsFor(closure)), targetNamespace);
    }
}

/// <summary>A generated file.</summary>
internal sealed record GeneratedFile(string HintName, string ClassName, string Source);

/// <summary>
/// The work on a unit, begun on another thread: units hang on nothing of one another, and a build has nothing else to do while the
/// generator runs. The driver asks for all of a step before it goes on to the next, so that all are under way before the first is
/// waited for.
/// </summary>
internal sealed class UnitWork
{
    private readonly Task<UnitOutput> _output;

    private UnitWork(Task<UnitOutput> output) => _output = output;

    public static UnitWork Begin(SpecUnit unit, CancellationToken cancellation) =>
        new(Task.Run(() => UnitOutput.Compile(unit, cancellation), cancellation));

    /// <summary>What came of it; work that waits for a thread still is done on this one.</summary>
    public UnitOutput Finish() => _output.GetAwaiter().GetResult();
}

/// <summary>What became of a unit.</summary>
internal sealed record UnitOutput(EquatableArray<GeneratedFile> Files, EquatableArray<Diagnostic> Diagnostics)
{
    public static UnitOutput Compile(SpecUnit unit, CancellationToken cancellation)
    {
        var networks = SpecCompiler.Compile(
            unit.File, new SpecLibrary(unit.Closure, unit.OtherNames), unit.Namespace, shadowed: unit.Shadowed, cancellation: cancellation);
        return new UnitOutput(
            new(networks.Select(n => new GeneratedFile(n.ClassName + ".g.cs", n.ClassName, n.Source))),
            new(networks.SelectMany(n => n.Diagnostics)));
    }
}
