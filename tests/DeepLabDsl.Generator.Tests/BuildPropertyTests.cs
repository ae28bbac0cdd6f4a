using System;
using System.Collections.Immutable;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepLabDsl.Generator.Tests;

/// <summary>Properties of a project reach the generator whole, through the file in which MSBuild hands them over.</summary>
public sealed class BuildPropertyTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("build c# ");

    [Fact]
    public void What_begins_a_comment_in_an_editorconfig_file_cuts_no_property()
    {
        // The import stands before the properties: they are taken when the build runs.
        File.WriteAllText(Path.Combine(_folder.FullName, "Project.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <Import Project="{Path.Combine(AppContext.BaseDirectory, "build", "DeepLabDsl.Generator.targets")}" />
              <ItemGroup><DeepLabSpec Include="spec.yaml" /></ItemGroup>
              <PropertyGroup>
                <RootNamespace>Fields#2;B</RootNamespace>
                <DeepLabDslHelpLinks>/srv/c#/it's;100%25/pages/</DeepLabDslHelpLinks>
              </PropertyGroup>
            </Project>
            """);
        var spec = Path.Combine(_folder.FullName, "spec.yaml");
        File.WriteAllText(spec, "- 1");

        var driver = Driver.Run(
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary), new SpecOptions(AnalyzerConfigOf("Project.csproj")),
            (spec, "- 1"));

        var diagnostic = Assert.Single(driver.Result.Diagnostics);
        Assert.Equal("file:///srv/c%23/it's;100%25/pages/DLD004.md", diagnostic.Descriptor.HelpLinkUri);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private AnalyzerConfigSet AnalyzerConfigOf(string project)
    {
        using var build = Process.Start(
            new ProcessStartInfo("dotnet", ["msbuild", project, "-nologo", "-nodeReuse:false", "-t:GenerateMSBuildEditorConfigFile"])
            {
                WorkingDirectory = _folder.FullName,
                RedirectStandardOutput = true,
            })!;
        var output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        Assert.True(build.ExitCode == 0, output);

        var file = Directory.GetFiles(_folder.FullName, "*.GeneratedMSBuildEditorConfig.editorconfig", SearchOption.AllDirectories)
            .Single();
        return AnalyzerConfigSet.Create(ImmutableArray.Create(AnalyzerConfig.Parse(File.ReadAllText(file), file)));
    }
}
