using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace DeepLabDsl.Benchmarks;

/// <summary>
/// <c>dotnet build</c> of a project of the zoo's specs beside one of the C# that was generated from them: what the generator
/// adds to a build, and how long the C# compiler says that it ran in it.
/// </summary>
internal static class GeneratorBuild
{
    private static readonly string[] Analyzers =
    [
        "DeepLabDsl.Generator.dll", "DeepLabDsl.Compiler.dll", "DeepLabDsl.Graph.dll", "YamlDotNet.dll",
    ];

    public static int Run(int repeat)
    {
        var folder = Directory.CreateTempSubdirectory("generator-benchmark-").FullName;
        try
        {
            var (with, without) = (Path.Combine(folder, "with"), Path.Combine(folder, "without"));
            var specs = Directory.CreateDirectory(Path.Combine(with, "specs")).FullName;
            foreach (var (path, text) in GeneratorRun.Specs())
                File.WriteAllText(Path.Combine(specs, path.Replace('/', '-')), text);
            WriteProject(with, string.Concat(Analyzers.Select(a => $"<Analyzer Include=\"{Path.Combine(AppContext.BaseDirectory, a)}\" />"))
                + "<AdditionalFiles Include=\"specs/*.yaml\" DeepLabSpec=\"true\" />"
                + "<CompilerVisibleItemMetadata Include=\"AdditionalFiles\" MetadataName=\"DeepLabSpec\" />");
            WriteProject(without, "");
            Build(with, "-p:EmitCompilerGeneratedFiles=true", "-p:CompilerGeneratedFilesOutputPath=../generated");
            var generated = Directory.GetFiles(Path.Combine(folder, "generated"), "*.cs", SearchOption.AllDirectories);
            foreach (var file in generated)
                File.Copy(file, Path.Combine(without, Path.GetFileName(file)));
            Build(without);
            var times = (With: new List<double>(), Without: new List<double>(), Generator: new List<double>());
            for (var i = 0; i < repeat; i++)
            {
                times.With.Add(Build(with, "--no-restore", "--no-incremental").Milliseconds);
                times.Without.Add(Build(without, "--no-restore", "--no-incremental").Milliseconds);
                // The compiler's own report costs a detailed log: a build of its own.
                var log = Build(with, "--no-restore", "--no-incremental", "-p:ReportAnalyzer=true", "-v:detailed").Log;
                times.Generator.Add(
                    1000 * double.Parse(
                        Regex.Match(log, "Total generator execution time: ([0-9.]+)").Groups[1].Value, CultureInfo.InvariantCulture));
            }
            GeneratorBenchmark.Print($"dotnet build of {generated.Length} generated files, generator included", times.With);
            GeneratorBenchmark.Print("dotnet build of the same files without the generator", times.Without);
            GeneratorBenchmark.Print("of it the generator, as the C# compiler reports", times.Generator);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    private static void WriteProject(string folder, string items)
    {
        Directory.CreateDirectory(folder);
        string Library(string name) =>
            $"<Reference Include=\"{Path.GetFileNameWithoutExtension(name)}\" HintPath=\"{Path.Combine(AppContext.BaseDirectory, name)}\" "
            + "Private=\"false\" />";
        File.WriteAllText(Path.Combine(folder, "measured.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <UseSharedCompilation>false</UseSharedCompilation>
              </PropertyGroup>
              <ItemGroup>{Library("DeepLabDsl.dll")}{Library("DeepLabDsl.Graph.dll")}{Library("TorchSharp.dll")}{items}</ItemGroup>
            </Project>
            """);
    }

    private static (double Milliseconds, string Log) Build(string folder, params string[] arguments)
    {
        var begin = Stopwatch.GetTimestamp();
        var start = new ProcessStartInfo("dotnet", ["build", folder, "-c", "Release", "-nodeReuse:false", .. arguments])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var log = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? (Stopwatch.GetElapsedTime(begin).TotalMilliseconds, log) : throw new InvalidOperationException(log);
    }
}
