using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Generator;

/// <summary>What a spec file is to a build.</summary>
internal enum SpecRole
{
    /// <summary>Its networks become classes of the project.</summary>
    Own,

    /// <summary>The project's specs may be made of what it defines; nothing comes of it by itself.</summary>
    Library,
}

/// <summary>A spec file as the build gave it.</summary>
internal sealed record SpecText(string Path, string Text, bool IsLibrary);

/// <summary>A spec file that is read.</summary>
internal sealed record ParsedSpec(SpecFile File, bool IsLibrary);

/// <summary>All spec files and what is defined where in them; equal to another of the same files.</summary>
/// <param name="own">The project's files.</param>
/// <param name="borrowed">The files of the library.</param>
internal sealed class SpecIndex(EquatableArray<SpecFile> own, EquatableArray<SpecFile> borrowed) : IEquatable<SpecIndex>
{
    private readonly EquatableArray<SpecFile> _borrowed = borrowed;

    /// <summary>The project's files.</summary>
    public EquatableArray<SpecFile> Files { get; } = own;

    /// <summary>The definitions, found once for all units.</summary>
    public SpecLibrary Library { get; } = new(own, library: borrowed);

    /// <summary>The index of files; one that the project lists as its own is no file of the library.</summary>
    public static SpecIndex Of(IReadOnlyCollection<ParsedSpec> all)
    {
        var own = new HashSet<string>(all.Where(s => !s.IsLibrary).Select(s => s.File.Path), StringComparer.Ordinal);
        return new SpecIndex(InOrder(all.Where(s => !s.IsLibrary)), InOrder(all.Where(s => s.IsLibrary && !own.Contains(s.File.Path))));
    }

    /// <summary>Whether the project's networks can come to too much work, so that they are to be counted.</summary>
    public bool CanExceed => ProjectBound.CanExceed(Files.Sum(f => f.Networks.Count()));

    /// <summary>
    /// Each of the project's files, and each of the library that its networks are made of, once, however often it is listed.
    /// </summary>
    public IEnumerable<NamedFile> NamedFiles()
    {
        var used = new HashSet<SpecFile>(Files.Where(f => f.HasNetworks).SelectMany(Library.Closure));
        return Files.Concat(_borrowed.Where(used.Contains)).GroupBy(f => f.Path, StringComparer.Ordinal)
            .Select(g => new NamedFile(g.First(), Library.FileNames[g.Key]));
    }

    public bool Equals(SpecIndex? other) => other is not null && Files.Equals(other.Files) && _borrowed.Equals(other._borrowed);

    public override bool Equals(object? obj) => Equals(obj as SpecIndex);

    public override int GetHashCode() => Files.GetHashCode();

    private static EquatableArray<SpecFile> InOrder(IEnumerable<ParsedSpec> specs) =>
        new(specs.Select(s => s.File).OrderBy(f => f.Path, StringComparer.Ordinal));
}

/// <summary>A file with networks and all that their code depends on.</summary>
/// <param name="File">The file.</param>
/// <param name="Closure">The file and those that its networks are made of.</param>
/// <param name="Shadowed">Offsets of networks whose name or class another has.</param>
/// <param name="OtherNames">Names to suggest where one is misspelt.</param>
/// <param name="FileNames">What the files of the closure are called, in its order.</param>
/// <param name="Classes">The C# classes of the definitions in them.</param>
/// <param name="Namespace">The namespace of the classes.</param>
internal sealed record SpecUnit(
    SpecFile File, EquatableArray<SpecFile> Closure, EquatableArray<int> Shadowed, EquatableArray<string> OtherNames,
    EquatableArray<SpecName> FileNames, EquatableArray<DefinitionClass> Classes, string Namespace)
{
    /// <summary>What its networks cost; nothing where there are too few in the project to be counted.</summary>
    public FileCost Cost(bool isCounted, CancellationToken cancellation) => isCounted
        ? ProjectBound.CostOf(File, new SpecLibrary(Closure, classes: Classes), cancellation)
        : new FileCost(File, 0, 0);

    public static SpecUnit Of(SpecFile file, SpecLibrary library, string targetNamespace)
    {
        var closure = library.Closure(file);
        return new SpecUnit(file, new(closure), new(library.ShadowedIn(file)), new(library.SuggestionsFor(closure)),
            new(closure.Select(f => library.FileNames[f.Path])), new(library.ClassesIn(closure)), targetNamespace);
    }
}

/// <summary>A class of a block or backbone, which networks share, and all that its code depends on.</summary>
/// <param name="Key">Which.</param>
/// <param name="Closure">The file of the definition and those that it is made of.</param>
/// <param name="Classes">The C# classes of the definitions in them.</param>
/// <param name="Namespace">The namespace of the class.</param>
internal sealed record ClassUnit(ClassKey Key, EquatableArray<SpecFile> Closure, EquatableArray<DefinitionClass> Classes, string Namespace)
{
    public static ClassUnit Of(ClassKey key, SpecLibrary library, string targetNamespace)
    {
        var closure = library.Closure(library.FileOf(key.Kind, key.Name)!);
        return new ClassUnit(key, new(closure), new(library.ClassesIn(closure)), targetNamespace);
    }

    /// <summary>The class.</summary>
    public GeneratedFile Emit(CancellationToken cancellation)
    {
        var (name, source) = SpecCompiler.EmitClass(Key, new SpecLibrary(Closure, classes: Classes), Namespace, cancellation);
        return new GeneratedFile(name + ".g.cs", name, source);
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

    public static UnitWork Begin(SpecUnit unit, bool isTooLarge, CancellationToken cancellation) =>
        new(Task.Run(() => UnitOutput.Compile(unit, isTooLarge, cancellation), cancellation));

    /// <summary>What came of it; work that waits for a thread still is done on this one.</summary>
    public UnitOutput Finish() => _output.GetAwaiter().GetResult();
}

/// <summary>What became of a unit.</summary>
/// <param name="Files">The networks' files.</param>
/// <param name="Classes">The classes that the networks share with others.</param>
/// <param name="Diagnostics">What is wrong.</param>
internal sealed record UnitOutput(
    EquatableArray<GeneratedFile> Files, EquatableArray<ClassKey> Classes, EquatableArray<Diagnostic> Diagnostics)
{
    public static UnitOutput Compile(SpecUnit unit, bool isTooLarge, CancellationToken cancellation)
    {
        var names = unit.Closure.Zip(unit.FileNames, (f, n) => (f.Path, Name: n)).ToDictionary(n => n.Path, n => n.Name);
        var networks = SpecCompiler.Compile(
            unit.File, new SpecLibrary(unit.Closure, unit.OtherNames, names: names, classes: unit.Classes), unit.Namespace,
            shadowed: unit.Shadowed, isTooLarge: isTooLarge, cancellation: cancellation);
        return new UnitOutput(
            new(networks.Select(n => new GeneratedFile(n.ClassName + ".g.cs", n.ClassName, n.Source))),
            new(networks.SelectMany(n => n.Classes).Distinct()),
            new(networks.SelectMany(n => n.Diagnostics)));
    }
}

/// <summary>A spec file and what it is called in generated code.</summary>
internal sealed record NamedFile(SpecFile File, SpecName Name);

/// <summary>The file that holds a spec's text.</summary>
internal sealed record SpecTextSource(string HintName, string Source)
{
    public static SpecTextSource Of(NamedFile file, string targetNamespace) =>
        new($"SpecTexts.{file.Name.Member}.g.cs", SpecCompiler.EmitText(file.File, file.Name, targetNamespace));
}
