using System;
using System.IO;
using System.Linq;
using System.Reflection;
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
    /// <returns>TorchSharp's library, and whether it is a copy.</returns>
    /// <exception cref="DllNotFoundException">The folder holds no libtorch that fits; the message says what was found.</exception>
    public static (nint Handle, bool IsPatched) LoadFrom(string folder, bool mayPatch)
    {
        var named = $"{NativeBackend.LibtorchVariable}={folder}";
        foreach (var (name, isNeeded) in Dependencies)
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                if (!isNeeded)
                    continue;
                throw new DllNotFoundException(
                    $"{named}: there is no {name}. Name the folder of libtorch's libraries; in a PyTorch installation it is torch/lib.");
            }
            if (!NativeLibrary.TryLoad(path, out var handle))
            {
                _ = SystemLibrary.Open(path, SystemLibrary.BindNow);
                throw new DllNotFoundException($"{named}: {name} does not load: {SystemLibrary.Error()}");
            }
            if (name == OneDnnCaches.Library && VersionOf(handle) is var version && (version?.Major, version?.Minor) != (Expected.Major, Expected.Minor))
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
        // Bound at once: a function that this libtorch lacks would end the process when it is first called.
        var loaded = SystemLibrary.Open(library, SystemLibrary.BindNow);
        if (loaded == 0)
            throw new DllNotFoundException($"{named}: TorchSharp's library does not fit this libtorch: {SystemLibrary.Error()}");
        MarkLoaded();
        return (loaded, isPatched);
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

    /// <summary>Keeps TorchSharp from loading the package's libtorch beside the one that is loaded: it asks these two fields first.</summary>
    private static void MarkLoaded()
    {
        foreach (var name in new[] { "nativeBackendLoaded", "nativeBackendCudaLoaded" })
        {
            var field = typeof(torch).GetField(name, BindingFlags.NonPublic | BindingFlags.Static);
            if (field is null || field.FieldType != typeof(bool))
            {
                throw new DllNotFoundException(
                    $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)} can't be kept from loading its own libtorch; "
                    + $"leave {NativeBackend.LibtorchVariable} out, or use TorchSharp 0.107.");
            }
            field.SetValue(null, true);
        }
    }
}
