#!/usr/bin/env bash
# A property that MSBuild makes visible to analyzers and generators loses all that stands behind a # or a ;.
#
# Versions: .NET SDK 10.0.401, Microsoft.CodeAnalysis.CSharp 5.0.0.
# Guess:    a value of CompilerVisibleProperty reaches AnalyzerConfigOptions as the project has it: both ends are of one toolchain.
# Seen:     MSBuild writes it raw into a generated .editorconfig file, in which # and ; begin a comment; the compiler drops the rest
#           without a word. In paths of files, which are section names of that file, both are escaped and come back whole.
# Matters:  a folder such as /srv/c#/docs or an address with a fragment reaches a generator as another that may exist.
# Output:   the file has: https://example.org/c#/pages;2
#           the generator sees: https://example.org/c
#           the additional file's metadata: kept
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/reader" "$work/c#"
cd "$work/c#"
cat > project.csproj <<'P'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><Pages>https://example.org/c#/pages;2</Pages></PropertyGroup>
  <ItemGroup>
    <CompilerVisibleProperty Include="Pages" />
    <CompilerVisibleItemMetadata Include="AdditionalFiles" MetadataName="Kind" />
    <AdditionalFiles Include="a#b.txt" Kind="kept" />
  </ItemGroup>
</Project>
P
touch 'a#b.txt'
dotnet msbuild -nologo -t:GenerateMSBuildEditorConfigFile
cd "$work/reader"
cat > reader.csproj <<'P'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="Microsoft.CodeAnalysis.CSharp" Version="5.0.0" /></ItemGroup>
</Project>
P
cat > Program.cs <<'P'
using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;

var file = Directory.GetFiles(args[0], "*.GeneratedMSBuildEditorConfig.editorconfig", SearchOption.AllDirectories).Single();
var text = File.ReadAllText(file);
var set = AnalyzerConfigSet.Create(ImmutableArray.Create(AnalyzerConfig.Parse(text, file)));
Console.WriteLine("the file has: " + text.Split('\n').Single(l => l.StartsWith("build_property.Pages")).Split('=', 2)[1].Trim());
Console.WriteLine("the generator sees: " + set.GlobalConfigOptions.AnalyzerOptions["build_property.pages"]);
var options = set.GetOptionsForSourcePath(Path.Combine(args[0], "a#b.txt")).AnalyzerOptions;
Console.WriteLine("the additional file's metadata: " + options.GetValueOrDefault("build_metadata.additionalfiles.kind", "lost"));
P
dotnet run -- "$work/c#" 2>&1 | tee output
diff output - <<'O'
the file has: https://example.org/c#/pages;2
the generator sees: https://example.org/c
the additional file's metadata: kept
O
