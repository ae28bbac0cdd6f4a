using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using DeepLabDsl.Generator;
using DeepLabDsl.Generator.Tests;
using DeepLabDsl.Networks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepLabDsl.Fuzz;

/// <summary>Specs built as a project's are: by the generator in the C# compiler, into one assembly, which is loaded.</summary>
internal sealed class GeneratedProject : IDisposable
{
    private readonly AssemblyLoadContext _context = new("generated", isCollectible: true);

    /// <exception cref="InvalidOperationException">
    /// Something in it is a fault or a warning of C#, or the generator found an error.
    /// </exception>
    public GeneratedProject(IEnumerable<(string Path, string Text)> specs)
    {
        ImmutableArray<AdditionalText> texts = [.. specs.Select(s => new SpecText(s.Path, s.Text))];
        CSharpGeneratorDriver
            .Create([new SpecGenerator().AsSourceGenerator()], texts, CSharpCompiler.Parse, new SpecOptions("Drawn"))
            .RunGeneratorsAndUpdateCompilation(CSharpCompiler.Compile([]), out var compilation, out var found);
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        var faults = found.Where(d => d.Severity == DiagnosticSeverity.Error)
            .Concat(result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning)).Take(20).ToList();
        if (faults.Count > 0 || !result.Success)
            throw new InvalidOperationException(string.Join("\n", faults));
        image.Position = 0;
        Networks = (IReadOnlyList<NetworkDescriptor>)_context.LoadFromStream(image)
            .GetType("Drawn.NetworkCatalog", throwOnError: true)!
            .GetProperty("All", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
    }

    public IReadOnlyList<NetworkDescriptor> Networks { get; }

    public void Dispose() => _context.Unload();
}
