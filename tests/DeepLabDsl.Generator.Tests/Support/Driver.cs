using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepLabDsl.Generator.Tests;

/// <summary>Runs the generator over specs and keeps its state between runs.</summary>
internal sealed class Driver
{
    private readonly CSharpCompilation _compilation;
    private readonly ImmutableArray<AdditionalText> _texts;
    private readonly GeneratorDriver _driver;

    private Driver(CSharpCompilation compilation, ImmutableArray<AdditionalText> texts, GeneratorDriver driver)
    {
        (_compilation, _texts) = (compilation, texts);
        _driver = driver.RunGenerators(compilation);
    }

    public static Driver Run(params (string Path, string Text)[] specs) =>
        Run(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary), specs);

    /// <summary>Runs with the options that a project's properties and configuration files become.</summary>
    public static Driver Run(CSharpCompilationOptions compilationOptions, params (string Path, string Text)[] specs) =>
        Run(compilationOptions, "", specs);

    /// <summary>Runs with links to pages below an address or a folder.</summary>
    public static Driver Run(CSharpCompilationOptions compilationOptions, string helpLinks, params (string Path, string Text)[] specs) =>
        Run(compilationOptions, new SpecOptions("Test.Networks", helpLinks), specs);

    /// <summary>Runs with what a project says.</summary>
    public static Driver Run(CSharpCompilationOptions compilationOptions, SpecOptions project, params (string Path, string Text)[] specs)
    {
        ImmutableArray<AdditionalText> texts = [.. specs.Select(s => new SpecText(s.Path, s.Text))];
        var driver = CSharpGeneratorDriver.Create(
            [new SpecGenerator().AsSourceGenerator()], texts, CSharpParseOptions.Default, project,
            new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        return new Driver(CSharpCompilation.Create("Test", options: compilationOptions), texts, driver);
    }

    public GeneratorRunResult Result => _driver.GetRunResult().Results.Single();

    public IReadOnlyDictionary<string, string> Sources =>
        Result.GeneratedSources.ToDictionary(s => s.HintName, s => s.SourceText.ToString());

    public IReadOnlyList<string> Diagnostics => Result.Diagnostics.Select(d => d.ToString()).ToList();

    /// <summary>The same specs with one text changed.</summary>
    public Driver Edit(string path, Func<string, string> edit)
    {
        var old = _texts.Single(t => t.Path == path);
        var changed = new SpecText(path, edit(old.GetText()!.ToString()));
        return new Driver(_compilation, _texts.Replace(old, changed), _driver.ReplaceAdditionalText(old, changed));
    }

    public Driver Add(string path, string text)
    {
        var added = new SpecText(path, text);
        return new Driver(_compilation, _texts.Add(added), _driver.AddAdditionalTexts([added]));
    }

    public Driver Reverse()
    {
        ImmutableArray<AdditionalText> reversed = [.. _texts.Reverse()];
        return new Driver(_compilation, reversed, _driver.ReplaceAdditionalTexts(reversed));
    }

    public Driver EditCSharp(string code) =>
        new(_compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(code)), _texts, _driver);

    /// <summary>Why each output of a step is what it is, by the class that the output is for where it is for one.</summary>
    public IReadOnlyList<IncrementalStepRunReason> Reasons(string step) =>
        Result.TrackedSteps.TryGetValue(step, out var steps) ? [.. steps.SelectMany(s => s.Outputs).Select(o => o.Reason)] : [];

    /// <summary>All that our own steps gave out; Roslyn's, which hold what they must, are left aside.</summary>
    public IEnumerable<object> TrackedValues => typeof(StepNames).GetFields().Select(f => (string)f.GetRawConstantValue()!)
        .SelectMany(name => Result.TrackedSteps[name]).SelectMany(s => s.Outputs).Select(o => o.Value);
}
