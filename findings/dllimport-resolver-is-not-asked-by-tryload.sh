#!/usr/bin/env bash
# NativeLibrary.TryLoad(name, assembly, …) does not ask the assembly's DllImportResolver.
#
# Versions: .NET SDK 10.0.401 (runtime 10.0.12), TorchSharp 0.107.0.
# Guess:    a resolver set by NativeLibrary.SetDllImportResolver decides for every native load on behalf of that assembly, so that an
#           application can make TorchSharp use another libtorch.
# Seen:     the resolver is asked for P/Invokes alone. TorchSharp first loads torch_cpu and LibTorchSharp by TryLoad, which searches the
#           application's folders and asks nobody; AssemblyLoadContext.ResolvingUnmanagedDll comes only when that search has failed.
# Matters:  an application that resolves LibTorchSharp to a build of its own gets the package's libtorch beside it.
# Output:   by TryLoad: resolver asked 0 times, event raised 1 times
#           by P/Invoke: resolver asked 1 times
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > finding.csproj <<'P'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="TorchSharp" Version="0.107.0" ExcludeAssets="native" /></ItemGroup>
</Project>
P
cat > Program.cs <<'P'
using System;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

// No native library is beside the program, so that nothing is loaded whoever is asked.
var assembly = Assembly.Load("TorchSharp");
var (asked, raised) = (0, 0);
NativeLibrary.SetDllImportResolver(assembly, (name, _, _) => { asked += name == "LibTorchSharp" ? 1 : 0; return 0; });
AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => { raised += name == "LibTorchSharp" ? 1 : 0; return 0; };
NativeLibrary.TryLoad("LibTorchSharp", assembly, null, out _);
Console.WriteLine($"by TryLoad: resolver asked {asked} times, event raised {raised} times");
asked = 0;
var method = assembly.GetType("TorchSharp.PInvoke.NativeMethods")!.GetMethod("THSTorch_get_num_threads", BindingFlags.Static | BindingFlags.NonPublic)!;
try { method.Invoke(null, null); } catch (TargetInvocationException e) when (e.InnerException is DllNotFoundException) { }
Console.WriteLine($"by P/Invoke: resolver asked {asked} times");
P
dotnet run 2>&1 | tee output
diff output - <<'O'
by TryLoad: resolver asked 0 times, event raised 1 times
by P/Invoke: resolver asked 1 times
O
