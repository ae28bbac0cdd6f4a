#!/usr/bin/env bash
# What somebody does who has the packages alone: an empty package cache, the packed files as a feed, the template, a build, a broken spec,
# another generator with a YamlDotNet of its own, a training, a prediction, an export, and the exported model run; the tool, with a folder
# of specs and no project. Only the notebook's text comes from this checkout. Prints how long each step took. --long trains for as long as
# the template's README says; --packed DIR takes packages that are packed already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

steps=60 packed=
while (($#)); do
    case $1 in
        --long) steps= ;;
        --packed) packed=$(cd "$2" && pwd); shift ;;
        *) echo "$0: no option '$1'; there are --long and --packed DIR" >&2; exit 2 ;;
    esac
    shift
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step() {
    local name=$1 began=$EPOCHREALTIME
    shift
    if ! "$@" >"$work/log" 2>&1; then
        cat "$work/log"
        echo "consumer: $name failed: $*" >&2
        exit 1
    fi
    printf '%-46s %6.1f s\n' "$name" "$(awk "BEGIN { print $EPOCHREALTIME - $began }")"
}

fails_with() {
    local text=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        echo "succeeded, and should have failed"
        return 1
    fi
    grep -F "$text" "$work/output" || { cat "$work/output"; return 1; }
}

says() {
    local text=$1
    shift
    "$@" >"$work/output" 2>&1 && grep -F "$text" "$work/output" || { cat "$work/output"; return 1; }
}

# What is installed and compiled stays in the folder of this test.
if [[ -z $packed ]]; then
    packed=$work/feed
    step "pack" dotnet pack DeepLabDsl.sln -c Release --no-restore -o "$packed"
fi
export NUGET_PACKAGES=$work/packages DEEPLABDSL_CACHE=$work/cache DOTNET_CLI_HOME=$work/home
mkdir "$work/home"
feeds=$(dotnet nuget list source --format Short | sed -n 's/^E //p')
version=$(basename "$packed"/DeepLabDsl.Templates.*.nupkg .nupkg)
version=${version#DeepLabDsl.Templates.}
{
    echo '<configuration><packageSources><clear />'
    echo "<add key=\"packed\" value=\"$packed\" />"
    number=0
    while read -r feed; do
        echo "<add key=\"feed$((number += 1))\" value=\"$feed\" />"
    done <<<"$feeds"
    echo '</packageSources></configuration>'
} >"$work/nuget.config"
cd "$work"

step "install the template" dotnet new install "$packed/DeepLabDsl.Templates.$version.nupkg"
step "dotnet new deeplab -n RoadSeg" dotnet new deeplab -n RoadSeg --no-restore
cd RoadSeg
step "restore into an empty cache" dotnet restore
step "build says how many networks it compiled" says "1 network" dotnet build -c Release --no-restore -v minimal
run=(dotnet run -c Release --no-build --)

sed -i 's/^classes:/clases:/' specs/road-seg.yaml
line=$(grep -n '^clases:' specs/road-seg.yaml | cut -d: -f1)
step "a broken spec is an error at its line" fails_with "road-seg.yaml($line,1): error DLD101" dotnet build -c Release --no-restore
sed -i 's/^clases:/classes:/' specs/road-seg.yaml
step "mended, it builds" dotnet build -c Release --no-restore

# Another generator in the same compiler, with the YamlDotNet of two years ago beside it.
mkdir ../Other
cat >../Other/Other.csproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <EnforceExtendedAnalyzerRules>true</EnforceExtendedAnalyzerRules>
    <CopyLocalLockFileAssemblies>true</CopyLocalLockFileAssemblies>
    <LangVersion>latest</LangVersion>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Microsoft.CodeAnalysis.CSharp" Version="5.0.0" PrivateAssets="all" ExcludeAssets="runtime" />
    <PackageReference Include="YamlDotNet" Version="13.0.0" />
  </ItemGroup>
</Project>
PROJECT
cat >../Other/OtherGenerator.cs <<'CODE'
using Microsoft.CodeAnalysis;

[Generator]
public sealed class OtherGenerator : IIncrementalGenerator
{
    public void Initialize(IncrementalGeneratorInitializationContext context) => context.RegisterPostInitializationOutput(output =>
    {
        var version = typeof(YamlDotNet.RepresentationModel.YamlStream).Assembly.GetName().Version;
        var yaml = new YamlDotNet.RepresentationModel.YamlStream();
        yaml.Load(new System.IO.StringReader("answer: 42"));
        output.AddSource("Other.g.cs", $"internal static class Other {{ public const string Yaml = \"{version} {yaml.Documents[0].RootNode}\"; }}");
    });
}
CODE
step "another generator" dotnet build ../Other -c Release
cp RoadSeg.csproj ../RoadSeg.csproj
sed -i 's|</Project>|<ItemGroup><Analyzer Include="../Other/bin/Release/netstandard2.0/*.dll" /></ItemGroup></Project>|' RoadSeg.csproj
step "beside it, its YamlDotNet another version" dotnet build -c Release --no-restore -p:EmitCompilerGeneratedFiles=true \
    -p:CompilerGeneratedFilesOutputPath="$work/generated"
grep -qF '"13.0.0.0 { { answer, 42 } }"' "$work"/generated/Other/OtherGenerator/Other.g.cs
grep -q 'class RoadSeg' "$work"/generated/DeepLabDsl.Generator/*/RoadSeg*.g.cs
mv ../RoadSeg.csproj RoadSeg.csproj

step "demo" says "mIoU" "${run[@]}" demo ${steps:+--iterations 10}
step "draw scenes" "${run[@]}" demo scenes --out scenes --train 48 --val 8
step "train road-seg" "${run[@]}" train road-seg --data scenes --out runs/scenes ${steps:+--iterations $steps --evaluations 1}
step "eval" says "mIoU" "${run[@]}" eval road-seg --data scenes --weights runs/scenes
step "predict" "${run[@]}" predict road-seg scenes/val --weights runs/scenes --out masks
step "export" "${run[@]}" export road-seg --weights runs/scenes --onnx model.onnx --check
step "predict by the exported model" "${run[@]}" predict model.onnx scenes/val --out onnx-masks
[[ $(ls masks/*_mask.png | wc -l) -eq 8 && $(ls onnx-masks/*_mask.png | wc -l) -eq 8 ]]

# A service on top of a library of networks; its specs folder holds what is no spec of ours.
mkdir -p ../Library/specs ../Service/specs
cp specs/road-seg.yaml ../Library/specs
cat >../Library/Library.csproj <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="DeepLabDsl" Version="$version" /></ItemGroup>
</Project>
PROJECT
cat >../Service/Service.csproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType></PropertyGroup>
  <ItemGroup><ProjectReference Include="../Library/Library.csproj" /></ItemGroup>
</Project>
PROJECT
echo 'System.Console.WriteLine(typeof(Library.Networks.RoadSeg));' >../Service/Program.cs
printf 'openapi: 3.0.0\npaths: {}\n' >../Service/specs/openapi.yaml
step "a service on a library of networks" says "Library.Networks.RoadSeg" dotnet run -c Release --project ../Service

# A program that runs the model without libtorch.
mkdir ../OnnxOnly
cd ../OnnxOnly
cat >OnnxOnly.csproj <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="DeepLabDsl.Onnx" Version="$version" /></ItemGroup>
</Project>
PROJECT
cat >Program.cs <<'PROGRAM'
using DeepLabDsl;

using var segmenter = Segmenter.Load(args[0]);
var result = segmenter.Segment(args[1]);
result.SaveOverlay("overlay.png");
PROGRAM
image=$(ls "$PWD"/../RoadSeg/scenes/val/*.png | head -1)
step "a program of DeepLabDsl.Onnx alone" dotnet run -c Release -- ../RoadSeg/model.onnx "$image"
[[ -f overlay.png ]] && ! ls bin/Release/net10.0/*orch* >/dev/null 2>&1

# The notebook: what an editor with .NET Interactive runs.
mkdir ../Notebook
cd ../Notebook
cp "$root/samples/Notebook/segment.ipynb" .
cp ../RoadSeg/model.onnx model.onnx
cp "$image" photo.png
step "install what runs notebooks" dotnet tool install dotnet-repl --version 0.3.259 --tool-path ../repl
step "the notebook" ../repl/dotnet-repl --run segment.ipynb --exit-after-run --output-path out.ipynb --output-format ipynb
grep -q 'of the pixels' out.ipynb
! grep -q '"ename"' out.ipynb

cd ..
step "install the tool" dotnet tool install DeepLabDsl.Tool --version "$version" --tool-path tool
step "the tool: a folder of specs, no project" says "road-seg" tool/deeplabdsl list --specs RoadSeg/specs
step "the tool: the project's assembly" \
    says "classes" tool/deeplabdsl inspect road-seg --assembly RoadSeg/bin/Release/net10.0/RoadSeg.dll
step "the tool: predict" tool/deeplabdsl predict road-seg RoadSeg/scenes/val --specs RoadSeg/specs --weights RoadSeg/runs/scenes \
    --out tool-masks
echo "consumer: all of it works"
