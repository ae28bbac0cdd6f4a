using System;
using System.Runtime.InteropServices;

namespace DeepLabDsl.Native;

/// <summary>The few functions of the C library that .NET has no member for.</summary>
internal static partial class SystemLibrary
{
    /// <summary>dlopen: bind every symbol at once, so that a missing one is an error now and not the end of the process later.</summary>
    public const int BindNow = 2;

    /// <summary>mallopt: the free space at the top of the heap, in bytes, from which on it is handed back to the system.</summary>
    public const int TrimThreshold = -1;

    /// <summary>mallopt: the size, in bytes, from which on a block is mapped by itself.</summary>
    public const int MmapThreshold = -3;

    /// <summary>mallopt: how many blocks may be mapped by themselves.</summary>
    public const int MaximumMmaps = -4;

    /// <summary>
    /// Sets a variable in the environment that native code reads; .NET's own environment is a copy of it, except on Windows.
    /// </summary>
    public static void SetEnvironment(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        if (!OperatingSystem.IsWindows() && SetEnvironmentNative(name, value, 1) != 0)
            throw new InvalidOperationException($"setenv({name}) failed with error {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    public static partial int MallocTrim(nuint keptAtTheEnd);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    public static partial int MallocOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "dl_iterate_phdr")]
    public static unsafe partial int IterateImages(delegate* unmanaged<ImageHeader*, nuint, void*, int> visit, void* data);

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dlerror")]
    private static partial nint ErrorNative();

    /// <summary>What the loader has to say of the last failure.</summary>
    public static string Error() => Marshal.PtrToStringUTF8(ErrorNative()) ?? "no reason given";

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetEnvironmentNative(string name, string value, int overwrite);

    /// <summary>The start of <c>struct dl_phdr_info</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct ImageHeader
    {
        /// <summary>What is added to the addresses in the file.</summary>
        public nuint Base;

        /// <summary>The path, in UTF-8.</summary>
        public byte* Path;

        /// <summary>Its program headers.</summary>
        public ProgramHeader* Headers;

        /// <summary>Their number.</summary>
        public ushort HeaderCount;
    }

    /// <summary><c>Elf64_Phdr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ProgramHeader
    {
        public uint Type;
        public uint Flags;
        public ulong Offset;
        public ulong VirtualAddress;
        public ulong PhysicalAddress;
        public ulong FileSize;
        public ulong MemorySize;
        public ulong Align;
    }
}
