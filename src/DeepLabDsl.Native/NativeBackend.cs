using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Threading;
using TorchSharp;

namespace DeepLabDsl.Native;

/// <summary>
/// Makes libtorch load and compute right numbers on the machine at hand, by itself, in every program that uses DeepLabDsl: before
/// libtorch computes anything, each fix is put in force where the machine needs it. See docs/native-library.md.
/// </summary>
public static unsafe class NativeBackend
{
    /// <summary>
    /// The environment variable that leaves fixes off: <c>off</c> all of them, else a list such as <c>no-malloc,no-onednn</c>.
    /// </summary>
    public const string SwitchVariable = "DEEPLABDSL_NATIVE_FIXES";

    /// <summary>The environment variable that names a folder to load libtorch from, in place of the package's.</summary>
    public const string LibtorchVariable = "DEEPLABDSL_LIBTORCH";

    /// <summary>The fix by which TorchSharp loads on systems with a libstdc++ older than GCC 13's.</summary>
    public const string StandardLibraryFix = "libstdcxx";

    /// <summary>The fix by which oneDNN computes right numbers on processors that hide their caches.</summary>
    public const string OneDnnFix = "onednn";

    /// <summary>The fix that keeps NNPACK from writing a warning at every operation on processors that it does not know.</summary>
    public const string NnpackFix = "nnpack";

    /// <summary>The fix that keeps freed memory for the next operation.</summary>
    public const string MallocFix = "malloc";

    /// <summary>The fix by which threads that wait for one another soon leave their cores to others.</summary>
    public const string OpenMpFix = "openmp";

    // libgomp spins 300,000 times by itself: beside a busy core, threads then spin on the core that the one they wait for could run on.
    private const string SpinVariable = "GOMP_SPINCOUNT";
    private const string Spins = "10000";

    private const string InstructionSetVariable = "ONEDNN_MAX_CPU_ISA";
    private const string SafeInstructionSet = "AVX";

    private static readonly string[] Names = [StandardLibraryFix, OneDnnFix, NnpackFix, MallocFix, OpenMpFix];

    /// <summary>By either of them a user says how threads wait.</summary>
    private static readonly string[] WaitVariables = [SpinVariable, "OMP_WAIT_POLICY"];

    /// <summary>What oneDNN reads once, when it makes its first kernel; the second is the name of its ancestor.</summary>
    private static readonly string[] KernelVariables = ["ONEDNN_PRIMITIVE_CACHE_CAPACITY", "DNNL_PRIMITIVE_CACHE_CAPACITY"];

    /// <summary>What oneDNN reads, its own name first; the second is that of its ancestor, which it still honours.</summary>
    private static readonly string[] InstructionSetVariables = [InstructionSetVariable, "DNNL_MAX_CPU_ISA"];

    /// <summary>The values of <see cref="InstructionSetVariable"/> under which oneDNN 3.7 does not ask for the sizes of caches.</summary>
    private static readonly string[] SafeInstructionSets = ["SSE41", SafeInstructionSet];

    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, NativeFix> Fixes = [];

    private static HashSet<string> _off = [];
    private static nint _handle;
    private static IReadOnlyDictionary<string, nint>? _folder;

    /// <summary>
    /// Makes sure that the fixes are in force. Every type of DeepLabDsl does this by itself; call it where TorchSharp is used before any
    /// of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void EnsureLoaded()
    {
        // The module initializer has run by now: it runs before any member of this assembly.
    }

    /// <summary>
    /// Limits how many kernels oneDNN keeps of those that it has made for shapes. It keeps 1,024, some half a megabyte each: where images
    /// of ever other sizes are predicted, several hundred megabytes that nobody asks for again. A limit that the user has set wins. To be
    /// called before anything is computed; later it changes nothing.
    /// </summary>
    /// <param name="count">How many: what the shapes of a few images take.</param>
    public static void LimitKernels(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (KernelVariables.All(v => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(v))))
            SystemLibrary.SetEnvironment(KernelVariables[0], count.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Loads libtorch, if nothing has yet, and says what is in force.</summary>
    /// <exception cref="DllNotFoundException">libtorch can't be loaded; the message says why.</exception>
    public static NativeReport Describe()
    {
        var handle = Load(TorchLibrary.Name, typeof(torch).Assembly, null);
        var image = OperatingSystem.IsLinux() ? LoadedImage.Find(OneDnnCaches.Library) : null;
        lock (Gate)
        {
            return new NativeReport(
                Path.GetDirectoryName(image?.Path), handle == 0 ? null : TorchLibrary.VersionOf(handle)?.ToString(3), image?.BuildId ?? "",
                CpuCaches.Read(), [.. Names.Where(Fixes.ContainsKey).Select(n => Fixes[n])]);
        }
    }

    /// <summary>Finds a function of libtorch's that TorchSharp has no name for.</summary>
    /// <param name="name">Its name in the library.</param>
    /// <param name="function">Its address; 0: the library that is loaded lacks it.</param>
    internal static bool TryGetExport(string name, out nint function)
    {
        // On Windows a library tells its own functions alone; elsewhere those of the libraries that it needs too.
        var library = Load(TorchLibrary.Name, typeof(torch).Assembly, null);
        function = 0;
        return library != 0 && (NativeLibrary.TryGetExport(library, name, out function)
            || (OperatingSystem.IsWindows() && NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out var own)
                && NativeLibrary.TryGetExport(own, name, out function)));
    }

    /// <summary>Puts in force what must come before libtorch is loaded, and waits for that.</summary>
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "A NuGet consumer must need no call.")]
    internal static void Initialize()
    {
        _off = ReadSwitch(Environment.GetEnvironmentVariable(SwitchVariable));
        if (IsOn(MallocFix))
        {
            Set(NativeHeap.KeepFreedBlocks() is { } done
                ? new NativeFix(MallocFix, NativeFixState.InForce, done)
                : new NativeFix(MallocFix, NativeFixState.NotNeeded, "the C library is not glibc"));
        }
        if (IsOn(OpenMpFix))
            Set(FixOpenMp());
        // For TorchSharp's own search of the library, which asks no resolver.
        var context = AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly) ?? AssemblyLoadContext.Default;
        context.ResolvingUnmanagedDll += (_, name) => FindMissing(name);
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, Load);
        }
        catch (InvalidOperationException)
        {
            // The application resolves TorchSharp's library itself: its turn comes at every call, so ours comes now.
            Load(TorchLibrary.Name, typeof(torch).Assembly, null);
        }
        // Refused here and now: TorchSharp takes no exception of its search for an answer, and looks on elsewhere.
        lock (Gate)
            FromFolder();
    }

    /// <summary>The names of the fixes that a switch leaves off.</summary>
    /// <param name="value">The variable's value; null or empty leaves none off.</param>
    internal static HashSet<string> ReadSwitch(string? value)
    {
        var words = (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var off = new HashSet<string>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            var name = word.ToLowerInvariant();
            if (name is "off")
                off.UnionWith(Names);
            else if (name.StartsWith("no-", StringComparison.Ordinal) && Names.Contains(name[3..]))
                off.Add(name[3..]);
            else if (name is not "on")
            {
                Say(
                    $"{SwitchVariable}: '{word}' is no fix; expected on, off, or a list of "
                    + $"{string.Join(", ", Names.Select(n => "no-" + n))}");
            }
        }
        return off;
    }

    /// <summary>TorchSharp's library by the name that its methods ask for, with every fix in force.</summary>
    private static nint Load(string name, System.Reflection.Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name is not TorchLibrary.Name)
            return 0;
        lock (Gate)
        {
            if (_handle != 0)
                return _handle;
            if (FromFolder() is { } found)
                _handle = found[name];
            else if (NativeLibrary.TryLoad(name, assembly, searchPath, out var handle))
            {
                _handle = handle;
                if (!Fixes.ContainsKey(StandardLibraryFix) && IsKnownPlatform)
                    SetStandardLibrary(isPatched: false);
            }
            if (_handle != 0)
                FixNumbers(_handle);
            return _handle;
        }
    }

    /// <summary>
    /// A library that the runtime's own search has not found, or that the system has refused: libtorch from the user's folder, or
    /// TorchSharp's library as the copy that fits an older libstdc++, where that is the reason.
    /// </summary>
    private static nint FindMissing(string name)
    {
        lock (Gate)
        {
            if (name is TorchLibrary.Name or TorchLibrary.FileName or "torch_cpu" or "torch_cuda" && FromFolder() is { } found)
                return found.GetValueOrDefault(name);
            if (name is not (TorchLibrary.Name or TorchLibrary.FileName) || !IsKnownPlatform || _off.Contains(StandardLibraryFix))
                return 0;
            var (path, isPatched) = TorchLibrary.Usable(mayPatch: true);
            // A system that has the function refused the library for another reason, which is for it to say.
            if (path is null || !isPatched)
                return 0;
            TorchLibrary.LoadDependencies();
            SetStandardLibrary(isPatched);
            return NativeLibrary.Load(path);
        }
    }

    /// <summary>The libraries of the folder that the user names; null where none is named.</summary>
    private static IReadOnlyDictionary<string, nint>? FromFolder()
    {
        if (_folder is null && Environment.GetEnvironmentVariable(LibtorchVariable) is { Length: > 0 } folder)
        {
            if (!IsKnownPlatform)
                throw new DllNotFoundException($"{LibtorchVariable} is for Linux on x86-64; leave it out here.");
            (_folder, var isPatched) = TorchLibrary.LoadFrom(folder, !_off.Contains(StandardLibraryFix));
            SetStandardLibrary(isPatched);
        }
        return _folder;
    }

    /// <summary>libgomp reads its environment once, when it is loaded with libtorch.</summary>
    private static NativeFix FixOpenMp()
    {
        if (!OperatingSystem.IsLinux())
            return new NativeFix(OpenMpFix, NativeFixState.NotNeeded, "libtorch does not use libgomp here");
        if (WaitVariables.FirstOrDefault(v => Environment.GetEnvironmentVariable(v) is { Length: > 0 }) is { } set)
            return new NativeFix(OpenMpFix, NativeFixState.NotNeeded, $"{set}={Environment.GetEnvironmentVariable(set)} was set");
        SystemLibrary.SetEnvironment(SpinVariable, Spins);
        return new NativeFix(
            OpenMpFix, NativeFixState.InForce, $"threads that wait soon leave their cores to others: {SpinVariable}={Spins}");
    }

    private static void FixNumbers(nint library)
    {
        if (IsOn(OneDnnFix))
            Set(FixOneDnn());
        if (IsOn(NnpackFix))
            Set(FixNnpack(library));
    }

    private static NativeFix FixOneDnn()
    {
        if (OperatingSystem.IsLinux() && LoadedImage.Find(OneDnnCaches.Library) is { } image)
        {
            switch (OneDnnCaches.Mend(image))
            {
                case OneDnnCaches.Outcome.Healthy:
                    return new NativeFix(
                        OneDnnFix, NativeFixState.NotNeeded, "oneDNN knows the sizes of the caches, or assumes sensible ones");
                case OneDnnCaches.Outcome.Mended:
                    return new NativeFix(OneDnnFix, NativeFixState.InForce,
                        "the processor hides its caches; oneDNN was given usual sizes, which costs no speed");
            }
        }
        var caches = CpuCaches.Read();
        if (!caches.MisleadOneDnn)
            return new NativeFix(OneDnnFix, NativeFixState.NotNeeded, $"the processor's caches: {caches}");
        // What the user has set wins.
        var set = InstructionSetVariables.FirstOrDefault(v => Environment.GetEnvironmentVariable(v) is { Length: > 0 });
        if (set is not null)
        {
            var value = Environment.GetEnvironmentVariable(set)!;
            if (SafeInstructionSets.Contains(value, StringComparer.OrdinalIgnoreCase))
            {
                return new NativeFix(
                    OneDnnFix, NativeFixState.InForce, $"{set}={value} was set: right numbers, at about a third of the speed");
            }
            Say(
                $"this processor hides its caches, and oneDNN computes wrong numbers under {set}={value} here; "
                + $"set it to {SafeInstructionSet}");
            return new NativeFix(OneDnnFix, NativeFixState.Unavailable, $"{set}={value} was set, under which numbers may be wrong");
        }
        SystemLibrary.SetEnvironment(InstructionSetVariable, SafeInstructionSet);
        Say($"this processor hides its caches, from which oneDNN computes wrong numbers; {InstructionSetVariable}={SafeInstructionSet} "
            + "gives right ones at about a third of the speed (docs/native-library.md)");
        return new NativeFix(OneDnnFix, NativeFixState.InForce,
            $"the processor hides its caches, and this build of libtorch is not known: {InstructionSetVariable}={SafeInstructionSet}, at "
            + "about a third of the speed");
    }

    /// <summary>
    /// Where NNPACK does not know the processor, it says so at every operation that might use it, and nothing is computed by it. Elsewhere
    /// it may take 3x3 convolutions of 16 images and more on one thread.
    /// </summary>
    private static NativeFix FixNnpack(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var context)
            || !NativeLibrary.TryGetExport(library, "_ZN2at7Context20setUserEnabledNNPACKEb", out var setEnabled))
            return new NativeFix(NnpackFix, NativeFixState.NotNeeded, "this build of libtorch has no NNPACK to switch");
        ((delegate* unmanaged<nint, byte, void>)setEnabled)(((delegate* unmanaged<nint>)context)(), 0);
        return new NativeFix(
            NnpackFix, NativeFixState.InForce, "NNPACK is switched off: it warns at every operation on processors that it does not know");
    }

    private static bool IsKnownPlatform => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private static bool IsOn(string name)
    {
        if (!_off.Contains(name))
            return true;
        Set(new NativeFix(name, NativeFixState.Off, $"left off by {SwitchVariable}"));
        return false;
    }

    private static void SetStandardLibrary(bool isPatched) => Set(
        isPatched
            ? new NativeFix(
                StandardLibraryFix, NativeFixState.InForce,
                "libstdc++ is older than GCC 13's: a patched copy of TorchSharp's library is loaded")
        : _off.Contains(StandardLibraryFix) ? new NativeFix(StandardLibraryFix, NativeFixState.Off, $"left off by {SwitchVariable}")
        : new NativeFix(StandardLibraryFix, NativeFixState.NotNeeded, "TorchSharp's library loads as it is"));

    private static void Set(NativeFix fix)
    {
        lock (Gate)
            Fixes[fix.Name] = fix;
    }

    private static void Say(string line) => Console.Error.WriteLine($"DeepLabDsl: {line}");
}
