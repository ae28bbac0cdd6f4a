using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using DeepLabDsl.Graph;

namespace DeepLabDsl.Compiler;

/// <summary>What became of one network: C#, or diagnostics and a stub.</summary>
public sealed class NetworkCompilation
{
    internal NetworkCompilation(string name, string className, string source, IReadOnlyList<Diagnostic> diagnostics, NetworkReport? report)
    {
        Name = name;
        ClassName = className;
        Source = source;
        Diagnostics = diagnostics;
        Report = report;
    }

    /// <summary>The network's name in its spec.</summary>
    public string Name { get; }

    /// <summary>The generated class.</summary>
    public string ClassName { get; }

    /// <summary>The generated C#; where there are errors, a stub that keeps other code compiling.</summary>
    public string Source { get; }

    /// <summary>Everything that is wrong with the spec and what it is made of.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>Counts, shapes and receptive fields; null where there are errors.</summary>
    public NetworkReport? Report { get; }

    /// <summary>The network as modules of modules; null where there are errors.</summary>
    internal LoweredNetwork? Network { get; init; }

    /// <summary>The classes of blocks and backbones that it is made of, each with all that it is made of itself.</summary>
    public IReadOnlyList<ClassKey> Classes { get; init; } = [];

    /// <summary>The graph; null where there are errors.</summary>
    public NetworkGraph? Graph { get; init; }

    /// <summary>Whether there are errors.</summary>
    public bool HasErrors => Report is null;
}

/// <summary>The compiler: spec files in, C# and diagnostics out. It knows neither Roslyn nor Torch.</summary>
public static class SpecCompiler
{
    /// <summary>Compiles every network of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="library">The file and all others that its networks may be made of.</param>
    /// <param name="targetNamespace">The namespace of the generated classes.</param>
    /// <param name="inputSize">Height and width to use in place of the spec's, for the report.</param>
    /// <param name="classes">Number of classes to use in place of the spec's, for the report.</param>
    /// <param name="shadowed">Offsets of networks to leave out (<see cref="SpecLibrary.ShadowedIn"/>).</param>
    /// <param name="isTooLarge">Whether the project is too large (<see cref="ProjectBound"/>): there are stubs alone.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static IReadOnlyList<NetworkCompilation> Compile(
        SpecFile file, SpecLibrary library, string targetNamespace, (int Height, int Width)? inputSize = null, int? classes = null,
        IReadOnlyList<int>? shadowed = null, bool isTooLarge = false, CancellationToken cancellation = default)
    {
        if (file.UnreadableNetworks.Count > 0)
            return [.. file.UnreadableNetworks.Select(n =>
                new NetworkCompilation(n.Name, n.ClassName, Stub(n, targetNamespace, file), [], null))];
        var networks = file.Definitions.Where(d => d.Kind == DefinitionKind.Network && shadowed?.Contains(d.NameSpan.Start) != true)
            .ToList();
        if (isTooLarge)
            return Refuse(networks, [], targetNamespace, file);
        if (ProjectBound.Check([file], library, cancellation) is { } excess)
            return Refuse(networks, [excess], targetNamespace, file);
        return networks.Select(d => Compile(d, file, library, targetNamespace, inputSize, classes, cancellation)).ToList();
    }

    /// <summary>Stubs without members, since even to look for members would be too much.</summary>
    private static IReadOnlyList<NetworkCompilation> Refuse(
        IReadOnlyList<DefinitionSyntax> networks, IReadOnlyList<Diagnostic> why, string targetNamespace, SpecFile file) =>
        [.. networks.Select(n => new NetworkCompilation(
            n.Name, n.ClassName, NetworkEmitter.EmitStub(n.ClassName, [], [], targetNamespace, FileName(file.Path)), why, null))];

    /// <summary>Writes the class of a block or backbone, which all networks of a project share.</summary>
    /// <param name="key">Which.</param>
    /// <param name="library">The definition and all that it is made of.</param>
    /// <param name="targetNamespace">The namespace of the generated classes.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The C# class and its text.</returns>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static (string ClassName, string Source) EmitClass(
        ClassKey key, SpecLibrary library, string targetNamespace, CancellationToken cancellation = default)
    {
        var (definition, file) = library.Get(key.Kind, key.Name);
        var model = new ClassSession(library, cancellation).Definition(definition, key.FixedValues(), m => Ask(m, key.TapPaths));
        var context = new ClassContext(targetNamespace, library.ClassNames, null, 1);
        return (context.Names.Of(model, key.TapPaths), NetworkEmitter.EmitClass(model, context, key.TapPaths, FileName(file.Path)));
    }

    /// <summary>Asks a class for what others need of its inside, so that what that hangs on is fixed.</summary>
    private static void Ask(ClassModel model, IReadOnlyList<string> taps)
    {
        foreach (var tap in taps.Where(t => model.Resolve(t) is null))
            throw new StructuralException([.. ClassBuilder.Lengths(model).SelectMany(t => t.Symbols())]);
    }

    /// <summary>Writes the text of a spec file, for the networks that are made of it to carry.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="targetNamespace">The namespace of the generated classes.</param>
    public static string EmitText(SpecFile file, SpecName name, string targetNamespace) =>
        CarriedNetwork.EmitText(file.Text, name, targetNamespace);

    /// <summary>Writes the list of an assembly's networks, by name.</summary>
    public static string EmitCatalog(IEnumerable<string> classNames, string targetNamespace) =>
        NetworkEmitter.EmitCatalog(classNames, targetNamespace);

    private static NetworkCompilation Compile(
        DefinitionSyntax syntax, SpecFile file, SpecLibrary library, string targetNamespace, (int Height, int Width)? inputSize,
        int? classes, CancellationToken cancellation)
    {
        var diagnostics = new DiagnosticBag();
        var className = syntax.ClassName;
        try
        {
            if (library.Find(DefinitionKind.Network, syntax.Name, diagnostics) is NetworkDefinition definition)
            {
                className = definition.ClassName;
                if (inputSize is not null || classes is not null)
                    definition = definition.At(inputSize, classes);
                if (new Lowering(library, diagnostics, cancellation).Lower(definition, definition.Classes) is { } network)
                {
                    CheckNames(network, diagnostics);
                    definition.Training.CheckLayers(network.Root, diagnostics);
                    if (!diagnostics.HasErrors)
                    {
                        var graph = GraphBuilder.Build(network);
                        var flat = new FlatGraph(graph, new GraphMaps(
                            graph, network.Classes, definition.ReferenceHeight, definition.ReferenceWidth));
                        var report = new NetworkReport(
                            flat, NetworkAnalysis.Run(flat, diagnostics, cancellation, (definition, syntax.Mapping)));
                        var (source, made) = Emit(network, report, CarriedNetwork.Of(graph, library, file), library, targetNamespace,
                            FileName(file.Path), cancellation);
                        return new NetworkCompilation(syntax.Name, className, source, diagnostics.Items, report)
                        {
                            Network = network,
                            Graph = graph,
                            Classes = made
                        };
                    }
                }
            }
        }
        catch (UnitChoiceException e)
        {
            diagnostics.Report(Rules.ConflictingKeys, e.Span, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            diagnostics.Report(Rules.Internal, syntax.NameSpan, $"{e.GetType().Name}: {e.Message}");
        }
        return new NetworkCompilation(syntax.Name, className, Stub(syntax, className, library, targetNamespace, file), diagnostics.Items,
            null);
    }

    private static (string Source, IReadOnlyList<ClassKey> Classes) Emit(
        LoweredNetwork network, NetworkReport report, CarriedNetwork carried, SpecLibrary library, string targetNamespace, string file,
        CancellationToken cancellation)
    {
        var model = new ClassSession(library, cancellation).Network(
            network.Definition, network.Classes, network.OutputStride, network.StagePlans());
        var context = new ClassContext(targetNamespace, library.ClassNames, network.Definition, network.Classes);
        var source = NetworkEmitter.Emit(network, model, context, report, carried, file);
        return (source, ClassUses.Of(model, context));
    }

    /// <summary>
    /// The stub of a network whose text can't be read. Whatever looks like a key may be a layer or an output that other code names; of
    /// what it extends or is made of nothing is known.
    /// </summary>
    private static string Stub(UnreadableNetwork network, string targetNamespace, SpecFile file)
    {
        var taken = new HashSet<string>(ReservedNames.Network) { network.ClassName };
        var takenOutputs = new HashSet<string>(ReservedNames.Output) { "Logits" };
        return NetworkEmitter.EmitStub(
            network.ClassName, [.. network.Keys.Where(k => Names.IsIdentifier(k) && taken.Add(k))],
            [.. network.Keys.Where(k => Names.IsIdentifier(k) && takenOutputs.Add(k))], targetNamespace, FileName(file.Path));
    }

    /// <summary>The stub with the members that the spec names, as far as they can be members.</summary>
    private static string Stub(DefinitionSyntax syntax, string className, SpecLibrary library, string targetNamespace, SpecFile file)
    {
        var mapping = library.MappingOf(syntax);
        var taken = new HashSet<string>(ReservedNames.Network) { className };
        var members = Keys("layers").Select(
            e => (e.Value as MappingSyntax)?.Find("member")?.Value is ScalarSyntax { Text: var member } ? member : Names.Pascal(e.Name))
            .Concat(mapping.Find("backbone") is null ? [] : new[] { "Backbone" })
            .Where(m => Names.IsIdentifier(m) && !Names.IsKeyword(m) && taken.Add(m)).ToList();
        var outputNames = new HashSet<string>(ReservedNames.Any) { "Logits", "Supervised", "Named", "Output" };
        var outputs = Keys("outputs").Select(e => Names.Pascal(e.Name)).Where(
            o => Names.IsIdentifier(o) && !Names.IsKeyword(o) && outputNames.Add(o)).ToList();
        return NetworkEmitter.EmitStub(className, members, outputs, targetNamespace, FileName(file.Path));

        IEnumerable<EntrySyntax> Keys(string key) => (mapping.Find(key)?.Value as MappingSyntax)?.Entries ?? [];
    }

    private static void CheckNames(LoweredNetwork network, DiagnosticBag diagnostics)
    {
        foreach (var module in network.Root.Postorder())
        {
            var reserved = module == network.Root ? ReservedNames.Network : ReservedNames.Any;
            foreach (var item in module.Items.Where(
                i => !i.IsOutput && (reserved.Contains(i.Member) || (module == network.Root && i.Member == network.Definition.ClassName))))
                diagnostics.Report(Rules.NameClash, item.Span,
                    $"The C# member '{item.Member}' is taken; give the layer another name or a 'member:'");
        }
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var output in network.Definition.Outputs)
        {
            var property = Names.Pascal(output.Name);
            if (ReservedNames.Output.Contains(property))
            {
                diagnostics.Report(Rules.IllegalName, output.Span, output.Name, "output",
                    "'supervised', 'named', 'output' and the methods of every object are taken");
            }
            else if (properties.TryGetValue(property, out var other))
            {
                diagnostics.Report(Rules.NameClash, output.Span,
                    $"Outputs '{other}' and '{output.Name}' both become the C# property '{property}'; give one of them another name");
            }
            else
            {
                properties.Add(property, output.Name);
            }
        }
    }

    private static string FileName(string path) => path.Substring(path.LastIndexOfAny(['/', '\\']) + 1);
}
