using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DeepLabDsl.Native;

/// <summary>Finds and loads TorchSharp's native library and libtorch: from the packages, or from a folder that the user names.</summary>
internal static unsafe class TorchLibrary
{
    /// <summary>TorchSharp's native library, as its methods name it.</summary>
    public const string Name = "LibTorchSharp";

    /// <summary>The same as a file, on Linux.</summary>
    public const string FileName = "libLibTorchSharp.so";

    /// <summary>The version of libtorch that TorchSharp 0.107 is built against.</summary>
    public static readonly Version Expected = new(2, 10);

    /// <summary>What the library links to, in the order of need. The libraries of CUDA are there only in builds for it.</summary>
    private static readonly (string Name, bool IsNeeded)[] Dependencies =
        [("libc10.so", true), ("libtorch_cpu.so", true), ("libc10_cuda.so", false), ("libtorch_cuda.so", false), ("libtorch.so", true)];

    /// <summary>A native library where the runtime looks for those of packages, published applications and the program itself.</summary>
    public static string? Find(string fileName)
    {
        var searched = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var beside = new[] { AppContext.BaseDirectory, Path.GetDirectoryName(typeof(torch).Assembly.Location) ?? "" };
        return searched.Concat(beside).Concat(beside.Select(b => Path.Combine(b, "runtimes", "linux-x64", "native")))
            .Where(d => d.Length > 0).Select(d => Path.Combine(d, fileName)).FirstOrDefault(File.Exists);
    }

    /// <summary>
    /// TorchSharp's native library, or its copy for a system whose libstdc++ is older than GCC 13's.
    /// </summary>
    /// <returns>Its path and whether it is the copy; no path where it is nowhere.</returns>
    public static (string? Path, bool IsPatched) Usable(bool mayPatch)
    {
        if (Find(FileName) is not { } original)
            return (null, false);
        if (!mayPatch || !NativeLibrary.TryLoad("libstdc++.so.6", out var standardLibrary)
            || NativeLibrary.TryGetExport(standardLibrary, StandardLibraryPatch.Missing, out _))
            return (original, false);
        var (patched, refusal) = StandardLibraryPatch.Apply(File.ReadAllBytes(original));
        if (patched is null)
        {
            throw new DllNotFoundException(
                $"{original} does not load with this system's libstdc++, and it is not the build that DeepLabDsl knows how to mend: "
                + $"{refusal}. Use libstdc++ of GCC 13 or later, or the TorchSharp version that DeepLabDsl names.");
        }
        return (NativeStore.Store(FileName, patched, NativeStore.Folders), true);
    }

    /// <summary>Loads libtorch from where the runtime finds it, for a copy of TorchSharp's library that does not lie beside it.</summary>
    public static void LoadDependencies()
    {
        foreach (var (name, _) in Dependencies)
        {
            if (Find(name) is { } path)
                NativeLibrary.Load(path);
        }
    }

    /// <summary>Loads libtorch from a folder, and TorchSharp's library on it.</summary>
    /// <param name="folder">A folder with <c>libtorch.so</c>, such as a PyTorch installation's <c>torch/lib</c>.</param>
    /// <param name="mayPatch">Whether TorchSharp's library may be a patched copy.</param>
    /// <returns>The libraries by the names that TorchSharp asks for, and whether its own is a copy.</returns>
    /// <exception cref="DllNotFoundException">The folder holds no libtorch that fits; the message says what was found.</exception>
    public static (IReadOnlyDictionary<string, nint> Handles, bool IsPatched) LoadFrom(string folder, bool mayPatch)
    {
        var named = $"{NativeBackend.LibtorchVariable}={folder}";
        var handles = new Dictionary<string, nint>(StringComparer.Ordinal);
        foreach (var (name, isNeeded) in Dependencies)
        {
            var path = Path.GetFullPath(Path.Combine(folder, name));
            if (!File.Exists(path) && isNeeded)
            {
                throw new DllNotFoundException(
                    $"{named}: there is no {name}. Name the folder of libtorch's libraries; in a PyTorch installation it is torch/lib.");
            }
        }
        // TorchSharp looks for the program's own libtorch without asking anybody, and two of them in one process end it.
        if (Find(OneDnnCaches.Library) is { } own)
        {
            throw new DllNotFoundException(
                $"{named}: this program brings a libtorch of its own ({own}). Build it with the variable set, "
                + "as dotnet run does by itself, or with -p:TorchBackend=none.");
        }
        foreach (var (name, _) in Dependencies)
        {
            var path = Path.GetFullPath(Path.Combine(folder, name));
            if (!File.Exists(path))
                continue;
            // Bound at once: a function that another library lacks would end the process when it is first called.
            var handle = Open(path, $"{named}: {name} does not load");
            handles[Path.GetFileNameWithoutExtension(name)["lib".Length..]] = handle;
            if (name == OneDnnCaches.Library && VersionOf(handle) is var version
                && (version?.Major, version?.Minor) != (Expected.Major, Expected.Minor))
            {
                throw new DllNotFoundException(
                    $"{named}: this is libtorch {version?.ToString() ?? "of a version before 2.9"}, and TorchSharp "
                    + $"{typeof(torch).Assembly.GetName().Version?.ToString(3)} needs {Expected.Major}.{Expected.Minor}. "
                    + $"Name the folder of a libtorch {Expected.Major}.{Expected.Minor}, or leave the variable out to use the package's.");
            }
        }
        var (library, isPatched) = Usable(mayPatch);
        if (library is null)
            throw new DllNotFoundException($"{FileName} of the package TorchSharp is nowhere beside the program.");
        handles[Name] = handles[FileName] = Open(library, $"{named}: TorchSharp's library does not fit this libtorch");
        return (handles, isPatched);
    }

    /// <summary>The version of a loaded libtorch; null where it is older than the function that tells it.</summary>
    public static Version? VersionOf(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "aoti_torch_abi_version", out var function))
            return null;
        // A byte each for major, minor and patch, from the top.
        var version = ((delegate* unmanaged<ulong>)function)();
        return new Version((int)(version >> 56), (int)((version >> 48) & 0xFF), (int)((version >> 40) & 0xFF));
    }

    private static nint Open(string path, string failure)
    {
        var handle = SystemLibrary.Open(path, SystemLibrary.BindNow);
        return handle != 0 ? handle : throw new DllNotFoundException($"{failure}: {SystemLibrary.Error()}");
    }
}
