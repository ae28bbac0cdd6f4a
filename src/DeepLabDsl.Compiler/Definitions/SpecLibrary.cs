using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>All spec files of a build: finds definitions by kind and name, binds each once.</summary>
public sealed class SpecLibrary
{
    private readonly Dictionary<(DefinitionKind, string), (SpecFile File, DefinitionSyntax Syntax)> _definitions;
    private readonly Dictionary<(DefinitionKind, string), BoundDefinition> _bound = [];
    private readonly DiagnosticBag _diagnostics = new();
    private readonly HashSet<DefinitionSyntax> _shadowed;
    private readonly IReadOnlyList<string> _otherNames;
    private readonly IReadOnlyList<DefinitionClass>? _knownClasses;
    private IReadOnlyDictionary<string, SpecName>? _names;
    private IReadOnlyList<DefinitionClass>? _classes;
    private ClassNames? _classNames;

    /// <summary>Gathers files. The order in which they are given does not matter.</summary>
    /// <param name="files">The files.</param>
    /// <param name="otherNames">Names of definitions elsewhere, to suggest where one is misspelt.</param>
    /// <param name="library">Files whose definitions hold where <paramref name="files"/> have none of the name or class.</param>
    /// <param name="names">What files are called, by path, where there are more than these; null: there are not.</param>
    /// <param name="classes">The C# classes of the definitions, where there are more than these; null: there are not.</param>
    public SpecLibrary(
        IEnumerable<SpecFile> files, IReadOnlyList<string>? otherNames = null, IEnumerable<SpecFile>? library = null,
        IReadOnlyDictionary<string, SpecName>? names = null, IReadOnlyList<DefinitionClass>? classes = null)
    {
        (_definitions, _shadowed) = ([], []);
        _names = names;
        _knownClasses = classes;
        _otherNames = otherNames ?? [];
        var own = files.OrderBy(f => f.Path, StringComparer.Ordinal).ToList();
        Files = [.. own, .. library?.OrderBy(f => f.Path, StringComparer.Ordinal) ?? Enumerable.Empty<SpecFile>()];
        AddDefinitions(own, _diagnostics);
        CheckClasses(own, _diagnostics);
        if (library is null)
            return;
        // What has to give way in a library is no fault.
        var ignored = new DiagnosticBag();
        AddDefinitions(Files.Skip(own.Count), ignored);
        CheckClasses(Files, ignored);
    }

    /// <summary>The same definitions, of which none is bound yet.</summary>
    private SpecLibrary(SpecLibrary other)
    {
        (_definitions, _shadowed, _otherNames, _knownClasses) = (other._definitions, other._shadowed, other._otherNames,
            other._knownClasses);
        (_names, Files) = (other._names, other.Files);
    }

    /// <summary>The files, by path; those of the library last.</summary>
    public IReadOnlyList<SpecFile> Files { get; }

    /// <summary>What each file is called in generated code, by path.</summary>
    public IReadOnlyDictionary<string, SpecName> FileNames => _names ??= SpecName.Of(Files.Select(f => f.Path));

    /// <summary>The C# class of each definition.</summary>
    public IReadOnlyList<DefinitionClass> Classes => _classes ??= _knownClasses
        ?? DefinitionClass.Of(Files.SelectMany(f => f.Definitions).Where(
            d => !_shadowed.Contains(d) && _definitions.TryGetValue((d.Kind, d.Name), out var found) && found.Syntax == d));

    /// <summary>The C# classes of the definitions in files.</summary>
    public IEnumerable<DefinitionClass> ClassesIn(IEnumerable<SpecFile> files)
    {
        var names = new HashSet<(DefinitionKind, string)>(files.SelectMany(f => f.Definitions).Select(d => (d.Kind, d.Name)));
        return Classes.Where(c => names.Contains((c.Kind, c.Name)));
    }

    internal ClassNames ClassNames => _classNames ??= new ClassNames(Classes);

    /// <summary>Names that are defined more than once.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics.Items;

    private void AddDefinitions(IEnumerable<SpecFile> files, DiagnosticBag diagnostics)
    {
        foreach (var file in files)
        {
            foreach (var definition in file.Definitions)
            {
                var key = (definition.Kind, definition.Name);
                if (!_definitions.TryGetValue(key, out var other))
                    _definitions.Add(key, (file, definition));
                else
                    Shadow(definition, new Diagnostic(Rules.DuplicateDefinition, definition.NameSpan,
                        definition.Kind.ToString().ToLowerInvariant(), definition.Name, FileName(other.File.Path)), diagnostics);
            }
        }
    }

    /// <summary>A file and all files that its definitions are made of, that file first and the others by path.</summary>
    public IReadOnlyList<SpecFile> Closure(SpecFile file)
    {
        var reached = new HashSet<SpecFile> { file };
        var open = new Stack<SpecFile>([file]);
        while (open.Count > 0)
        {
            foreach (var reference in open.Pop().Definitions.SelectMany(d => d.References))
            {
                if (_definitions.TryGetValue(reference, out var found) && reached.Add(found.File))
                    open.Push(found.File);
            }
        }
        reached.Remove(file);
        return [file, .. reached.OrderBy(f => f.Path, StringComparer.Ordinal)];
    }

    /// <summary>Where in a file stand definitions of which another, earlier one has the name or the class.</summary>
    public IReadOnlyList<int> ShadowedIn(SpecFile file) =>
        file.Definitions.Where(_shadowed.Contains).Select(d => d.NameSpan.Start).ToList();

    /// <summary>Names to suggest for what a file refers to and nobody defines; none where all is defined.</summary>
    public IReadOnlyList<string> SuggestionsFor(IEnumerable<SpecFile> closure) =>
        closure.SelectMany(f => f.Definitions).SelectMany(d => d.References).All(_definitions.ContainsKey)
            ? []
            : _definitions.Keys.Select(k => $"{k.Item1}:{k.Item2}").OrderBy(n => n, StringComparer.Ordinal).ToList();

    /// <summary>All definitions of a kind, as names.</summary>
    public IEnumerable<string> NamesOf(DefinitionKind kind) => _definitions.Keys.Where(k => k.Item1 == kind).Select(k => k.Item2)
        .Concat(_otherNames.Where(n => n.StartsWith(kind + ":", StringComparison.Ordinal)).Select(n => n.Substring(n.IndexOf(':') + 1)));

    /// <summary>Whether there is such a definition.</summary>
    public bool Defines(DefinitionKind kind, string name) => _definitions.ContainsKey((kind, name));

    /// <summary>
    /// A definition, bound when it is first asked for; null where there is none. Its faults are told to the one who asks first;
    /// who asks later is told that there are some.
    /// </summary>
    internal Definition? Find(DefinitionKind kind, string name, DiagnosticBag diagnostics)
    {
        if (_bound.TryGetValue((kind, name), out var bound))
        {
            if (bound.HasErrors)
                diagnostics.NoteError();
            return bound.Definition;
        }
        if (!_definitions.TryGetValue((kind, name), out var found))
            return null;
        bound = Bind(found.Syntax);
        _bound.Add((kind, name), bound);
        foreach (var fault in bound.Faults)
            diagnostics.Add(fault);
        return bound.Definition;
    }

    /// <summary>The same library for who looks at definitions and tells nobody their faults: who compiles them is told all the
    /// same.</summary>
    internal SpecLibrary Unbound() => new(this);

    /// <summary>A definition that is known to be there, and the file that it stands in.</summary>
    /// <exception cref="InvalidOperationException">It is not there.</exception>
    internal (Definition Definition, SpecFile File) Get(DefinitionKind kind, string name) =>
        Find(kind, name, new DiagnosticBag()) is { } definition
            ? (definition, _definitions[(kind, name)].File)
            : throw new InvalidOperationException($"There is no {kind} '{name}'.");

    /// <summary>A file with a definition; null: there is none.</summary>
    public SpecFile? FileOf(DefinitionKind kind, string name) => _definitions.TryGetValue((kind, name), out var found) ? found.File : null;

    /// <summary>A definition's mapping over that of what it extends; its own alone where that can't be found.</summary>
    internal MappingSyntax MappingOf(DefinitionSyntax syntax) => Flatten(syntax, [], new DiagnosticBag()) ?? syntax.Mapping;

    /// <summary>Two networks of one class would be two files of one name, which no file system need tell apart by case.</summary>
    private void CheckClasses(IReadOnlyList<SpecFile> files, DiagnosticBag diagnostics)
    {
        var classes = new Dictionary<string, DefinitionSyntax>(StringComparer.OrdinalIgnoreCase);
        foreach (var network in files.SelectMany(f => f.Definitions).Where(d => d.Kind == DefinitionKind.Network && !_shadowed.Contains(d)))
        {
            var name = network.ClassName;
            if (name.Equals(ReservedNames.CatalogClass, StringComparison.OrdinalIgnoreCase)
                || name.Equals(ReservedNames.TextsClass, StringComparison.OrdinalIgnoreCase))
                Shadow(network, new Diagnostic(
                    Rules.NameClash, network.NameSpan,
                    $"The class '{name}' is taken by a list of all networks or specs; give the network another 'class:'"), diagnostics);
            else if (ReservedNames.Network.Contains(name))
                Shadow(network, new Diagnostic(
                    Rules.NameClash, network.NameSpan, $"The class '{name}' is taken; give the network another 'class:'"), diagnostics);
            else if (classes.TryGetValue(name, out var other))
                Shadow(network, new Diagnostic(
                    Rules.NameClash, network.NameSpan,
                    $"Networks '{other.Name}' and '{network.Name}' both become the class '{name}'; give one of them another 'class:'"),
                    diagnostics);
            else
                classes.Add(name, network);
        }
    }

    private void Shadow(DefinitionSyntax definition, Diagnostic why, DiagnosticBag diagnostics)
    {
        _shadowed.Add(definition);
        diagnostics.Add(why);
    }

    private BoundDefinition Bind(DefinitionSyntax syntax)
    {
        // What extends another depends on where the other is found.
        if (syntax.Mapping.Find("extends") is not null)
            return BindFlat(syntax);
        return syntax.Bound ??= BindFlat(syntax);
    }

    private BoundDefinition BindFlat(DefinitionSyntax syntax)
    {
        var faults = new DiagnosticBag();
        var definition = Flatten(syntax, [], faults) is { } mapping ? Bind(syntax, mapping, new Binder(faults)) : null;
        return new BoundDefinition(definition, faults.Items, faults.HasErrors);
    }

    private static Definition Bind(DefinitionSyntax syntax, MappingSyntax mapping, Binder binder) => syntax.Kind switch
    {
        DefinitionKind.Block => binder.BindBlock(syntax, mapping),
        DefinitionKind.Backbone => binder.BindBackbone(syntax, mapping),
        _ => binder.BindNetwork(syntax, mapping),
    };

    /// <summary>A definition's mapping laid over that of its base, and so on.</summary>
    private MappingSyntax? Flatten(DefinitionSyntax syntax, List<string> chain, DiagnosticBag diagnostics)
    {
        var kind = syntax.Kind.ToString().ToLowerInvariant();
        if (syntax.Mapping.Find("extends") is not { } entry)
            return syntax.Mapping;
        if (syntax.Base is not { IsNull: false } name)
        {
            diagnostics.Report(Rules.WrongType, entry.Key.Span, "extends", $"the name of a {kind}", entry.Value.Describe());
            return null;
        }
        chain.Add(syntax.Name);
        if (chain.Contains(name.Text))
        {
            diagnostics.Report(Rules.Recursion, name.Span, Sentence(kind), syntax.Name, string.Join(" extends ", chain.Append(name.Text)));
            return null;
        }
        if (chain.Count > Limits.Bases)
        {
            diagnostics.Report(Rules.TooLarge, name.Span, $"More than {Limits.Bases} definitions extend one another");
            return null;
        }
        if (!_definitions.TryGetValue((syntax.Kind, name.Text), out var found))
        {
            diagnostics.Report(Rules.UnknownBase, name.Span, kind, name.Text, Suggestion.For(name.Text, NamesOf(syntax.Kind)));
            return null;
        }
        // A class name is one definition's own.
        return Flatten(found.Syntax, chain, diagnostics)?.Without("class").Overlay(syntax.Mapping);
    }

    private static string Sentence(string word) => char.ToUpperInvariant(word[0]) + word.Substring(1);

    private static string FileName(string path) => path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);
}
