using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;

namespace DeepLabDsl.Native;

/// <summary>An ELF library as it lies in the memory of this process.</summary>
internal sealed unsafe class LoadedImage
{
    private const uint LoadHeader = 1;
    private const uint NoteHeader = 4;
    private const uint WritableFlag = 2;
    private const uint BuildIdNote = 3;

    private readonly List<(nuint Start, nuint End, bool IsWritable)> _segments = [];

    private LoadedImage(string path, nuint imageBase) => (Path, Base) = (path, imageBase);

    /// <summary>Where it was loaded from.</summary>
    public string Path { get; }

    /// <summary>What is added to the addresses in the file.</summary>
    public nuint Base { get; }

    /// <summary>The linker's id of this very build, in lower-case hexadecimal digits; empty where it has none.</summary>
    public string BuildId { get; private set; } = "";

    /// <summary>Finds a loaded library by the start of its file's name. Linux only.</summary>
    public static LoadedImage? Find(string fileName)
    {
        var found = new List<LoadedImage>();
        var handle = GCHandle.Alloc(found);
        try
        {
            _ = SystemLibrary.IterateImages(&Visit, (void*)GCHandle.ToIntPtr(handle));
        }
        finally
        {
            handle.Free();
        }
        return found.FirstOrDefault(i => System.IO.Path.GetFileName(i.Path).StartsWith(fileName, StringComparison.Ordinal));
    }

    /// <summary>Whether bytes of the file's address space lie in this image's memory.</summary>
    public bool Contains(nuint address, int length, bool writable = false) =>
        _segments.Exists(s => address >= s.Start && address + (nuint)length <= s.End && (!writable || s.IsWritable));

    /// <summary>The bytes at an address of the file's; empty where this image has none.</summary>
    public ReadOnlySpan<byte> Bytes(nuint address, int length) =>
        Contains(address, length) ? new ReadOnlySpan<byte>((void*)(Base + address), length) : default;

    [UnmanagedCallersOnly]
    private static int Visit(SystemLibrary.ImageHeader* header, nuint size, void* data)
    {
        var path = Marshal.PtrToStringUTF8((nint)header->Path) ?? "";
        var image = new LoadedImage(path, header->Base);
        foreach (var part in new ReadOnlySpan<SystemLibrary.ProgramHeader>(header->Headers, header->HeaderCount))
        {
            var start = (nuint)part.VirtualAddress;
            if (part.Type == LoadHeader)
                image._segments.Add((start, start + (nuint)part.MemorySize, (part.Flags & WritableFlag) != 0));
        }
        foreach (var part in new ReadOnlySpan<SystemLibrary.ProgramHeader>(header->Headers, header->HeaderCount))
        {
            if (part.Type == NoteHeader && image.BuildId.Length == 0)
                image.BuildId = FindBuildId(image.Bytes((nuint)part.VirtualAddress, (int)part.MemorySize));
        }
        ((List<LoadedImage>)GCHandle.FromIntPtr((nint)data).Target!).Add(image);
        return 0;
    }

    private static string FindBuildId(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            var numbers = MemoryMarshal.Cast<byte, uint>(notes[..12]);
            var (nameSize, size, type) = (Align(numbers[0]), numbers[1], numbers[2]);
            if (12L + nameSize + size > notes.Length)
                return "";
            if (type == BuildIdNote && notes.Slice(12, 4).SequenceEqual("GNU\0"u8))
                return Convert.ToHexStringLower(notes.Slice(12 + (int)nameSize, (int)size));
            notes = notes[(int)Math.Min(notes.Length, 12 + nameSize + Align(size))..];
        }
        return "";

        static long Align(uint length) => (length + 3L) & ~3L;
    }
}
