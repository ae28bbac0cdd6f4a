using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using System.Threading;
using TorchSharp;

namespace DeepLabDsl.Native;

/// <summary>
/// Lets TorchSharp load on Linux systems whose libstdc++ is older than GCC 13's (Debian 12, Ubuntu 22.04), by a patched copy
/// of its native library; see docs/native-library.md. It acts only after the system has refused the library as it is.
/// </summary>
public static class NativeBackend
{
    /// <summary>Set to <c>off</c>, this environment variable leaves TorchSharp to the system alone.</summary>
    public const string SwitchVariable = "DEEPLABDSL_NATIVE_PATCH";

    private const string LibraryName = "LibTorchSharp";
    private const string FileName = "libLibTorchSharp.so";

    /// <summary>What the library links to, in the order of need. Loaded by path, since the copy does not lie beside them.</summary>
    private static readonly string[] Dependencies = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    private static readonly Lock Gate = new();

    private static nint _handle;

    /// <summary>
    /// Makes sure that TorchSharp can load. Every type of DeepLabDsl does this by itself; call it where TorchSharp is used
    /// before any of them.
    /// </summary>
    public static void EnsureLoaded()
    {
        // The module initializer has run by now: it runs before any member of this assembly.
    }

    /// <summary>Offers the patched copy wherever the runtime's own search for the library has failed.</summary>
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "A NuGet consumer must need no call.")]
    internal static void Initialize()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return;
        if (string.Equals(Environment.GetEnvironmentVariable(SwitchVariable), "off", StringComparison.OrdinalIgnoreCase))
            return;
        var context = AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly) ?? AssemblyLoadContext.Default;
        context.ResolvingUnmanagedDll += (_, name) => name is LibraryName or FileName ? Resolve() : 0;
    }

    /// <summary>Writes bytes to a file of a folder that only this user can write to, once, whoever else does the same.</summary>
    /// <returns>The file.</returns>
    internal static string Store(byte[] bytes, IEnumerable<string> folders)
    {
        var faults = new List<string>();
        var key = Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
        foreach (var folder in folders)
        {
            try
            {
                var home = Path.Combine(folder, "DeepLabDsl", "native-" + key);
                if (!OperatingSystem.IsWindows())
                    Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                var path = Path.Combine(home, FileName);
                // What lies there already is trusted only when it is what would be written.
                if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
                    return path;
                var temporary = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():n}";
                using (var stream = new FileStream(temporary, FileMode.CreateNew))
                {
                    stream.Write(bytes);
                    stream.Flush(flushToDisk: true);
                }
                File.Move(temporary, path, overwrite: true);
                return path;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add($"{folder}: {e.Message}");
            }
        }
        throw new DllNotFoundException(
            $"TorchSharp's {FileName} needs a patched copy on this system, and no folder can take it ({string.Join("; ", faults)}). "
            + "Make one of them writable.");
    }

    private static nint Resolve()
    {
        lock (Gate)
        {
            if (_handle != 0 || Find(FileName) is not { } original)
                return _handle;
            // A system that has the function refused the library for another reason, which is for it to say.
            if (!NativeLibrary.TryLoad("libstdc++.so.6", out var standardLibrary)
                || NativeLibrary.TryGetExport(standardLibrary, StandardLibraryPatch.Missing, out _))
                return 0;
            var (patched, refusal) = StandardLibraryPatch.Apply(File.ReadAllBytes(original));
            if (patched is null)
            {
                throw new DllNotFoundException(
                    $"{original} does not load with this system's libstdc++, and it is not the build that DeepLabDsl knows how to mend: "
                    + $"{refusal}. Use libstdc++ of GCC 13 or later, or the TorchSharp version that DeepLabDsl names.");
            }
            foreach (var dependency in Dependencies)
            {
                if (Find(dependency) is { } path)
                    NativeLibrary.Load(path);
            }
            return _handle = NativeLibrary.Load(Store(patched,
                [Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), Path.GetTempPath()]));
        }
    }

    /// <summary>A native library where the runtime looks for those of packages, published applications and the program itself.</summary>
    internal static string? Find(string fileName)
    {
        var searched = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var beside = new[] { AppContext.BaseDirectory, Path.GetDirectoryName(typeof(torch).Assembly.Location) ?? "" };
        return searched.Concat(beside).Concat(beside.Select(b => Path.Combine(b, "runtimes", "linux-x64", "native")))
            .Where(d => d.Length > 0).Select(d => Path.Combine(d, fileName)).FirstOrDefault(File.Exists);
    }
}
