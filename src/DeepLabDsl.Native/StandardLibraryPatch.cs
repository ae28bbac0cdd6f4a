using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace DeepLabDsl.Native;

/// <summary>
/// Takes from a copy of TorchSharp's native library the one thing in it that libstdc++ before GCC 13 lacks.
/// <para>
/// Built by GCC 13, the library calls <c>std::ios_base_library_init()</c> (GLIBCXX_3.4.32) once when it is loaded, to make
/// sure that iostreams are initialised; libtorch's own objects, loaded before it, do that already. The call is pointed at
/// <c>std::chrono::steady_clock::now()</c>, which takes nothing, changes nothing and is imported anyway, and the version is
/// marked weak, so that its absence does not refuse the library. Eleven bytes at most change. See docs/native-library.md.
/// </para>
/// </summary>
internal static class StandardLibraryPatch
{
    /// <summary>The version of libstdc++ that the library asks for.</summary>
    public const string Version = "GLIBCXX_3.4.32";

    /// <summary>The only function of that version that it uses.</summary>
    public const string Missing = "_ZSt21ios_base_library_initv";

    /// <summary>A function of an old version, without arguments and without effect, that it uses too.</summary>
    public const string Harmless = "_ZNSt6chrono3_V212steady_clock3nowEv";

    private const int SymbolSize = 24;
    private const ushort HiddenBit = 0x8000;
    private const ushort WeakFlag = 2;

    /// <summary>The patched library.</summary>
    /// <param name="library">The library's bytes; left as they are.</param>
    /// <returns>The bytes of the patched copy, or why there is none: the library is not built as expected.</returns>
    public static (byte[]? Patched, string? Refusal) Apply(ReadOnlySpan<byte> library)
    {
        try
        {
            return Apply(library.ToArray());
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            return (null, "it is cut short or no ELF library");
        }
    }

    private static (byte[]? Patched, string? Refusal) Apply(byte[] bytes)
    {
        // \x7FELF, 64 bits, little-endian, for x86-64.
        if (bytes.Length < 64 || !bytes.AsSpan(0, 6).SequenceEqual<byte>([0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1])
            || U16(bytes, 18) != 62)
            return (null, "it is no ELF library for x86-64");
        var sections = Sections(bytes);
        if (!sections.TryGetValue(".dynsym", out var symbols) || !sections.TryGetValue(".dynstr", out var names)
            || !sections.TryGetValue(".gnu.version", out var versions) || !sections.TryGetValue(".gnu.version_r", out var needs))
            return (null, "it has no dynamic symbols with versions");
        var need = Needs(bytes, needs, names).FirstOrDefault(n => n.Name == Version);
        if (need.Name is null)
            return (null, $"it does not ask for {Version}");
        var count = symbols.Size / SymbolSize;
        var all = Enumerable.Range(0, count).Select(i => (
            Index: i,
            Name: Text(bytes, names, U32(bytes, symbols.Offset + i * SymbolSize)),
            Section: U16(bytes, symbols.Offset + i * SymbolSize + 6),
            Version: (ushort)(U16(bytes, versions.Offset + i * 2) & ~HiddenBit))).ToList();
        var users = all.Where(s => s.Version == need.Index).ToList();
        if (users.Count != 1 || users[0].Name != Missing || users[0].Section != 0)
        {
            return (null, $"of {Version} it uses {(users.Count == 0 ? "nothing" : string.Join(", ", users.Select(u => u.Name)))}, where "
                + $"{Missing} alone was expected");
        }
        var harmless = all.Where(s => s.Name == Harmless && s.Section == 0).ToList();
        if (harmless.Count != 1)
            return (null, $"it does not import {Harmless}");
        var (from, to) = (harmless[0].Index, users[0].Index);
        bytes.AsSpan(symbols.Offset + from * SymbolSize, 4).CopyTo(bytes.AsSpan(symbols.Offset + to * SymbolSize));
        bytes.AsSpan(versions.Offset + from * 2, 2).CopyTo(bytes.AsSpan(versions.Offset + to * 2));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(need.Offset + 4), (ushort)(U16(bytes, need.Offset + 4) | WeakFlag));
        return (bytes, null);
    }

    private static Dictionary<string, (int Offset, int Size)> Sections(byte[] bytes)
    {
        const int HeaderSize = 64;
        var (table, count, nameIndex) = (Offset(bytes, 40), U16(bytes, 60), U16(bytes, 62));
        var names = Offset(bytes, table + nameIndex * HeaderSize + 24);
        var sections = new Dictionary<string, (int, int)>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var header = table + i * HeaderSize;
            sections[Text(bytes, names + (int)U32(bytes, header))] = (Offset(bytes, header + 24), Offset(bytes, header + 32));
        }
        return sections;
    }

    /// <summary>The versions that the library asks of others: the place of each entry, its index and its name.</summary>
    private static IEnumerable<(int Offset, ushort Index, string? Name)> Needs(
        byte[] bytes, (int Offset, int Size) section, (int Offset, int Size) names)
    {
        for (var file = section.Offset; ;)
        {
            var entry = file + (int)U32(bytes, file + 8);
            for (var i = 0; i < U16(bytes, file + 2); i++)
            {
                yield return (entry, U16(bytes, entry + 6), Text(bytes, names, U32(bytes, entry + 8)));
                entry += (int)U32(bytes, entry + 12);
            }
            var next = (int)U32(bytes, file + 12);
            if (next == 0)
                yield break;
            file += next;
        }
    }

    private static string Text(byte[] bytes, (int Offset, int Size) names, uint at) => Text(bytes, checked(names.Offset + (int)at));

    private static string Text(byte[] bytes, int at)
    {
        var rest = bytes.AsSpan(at);
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    private static ushort U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static int Offset(byte[] bytes, int at) => checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at)));
}
