using System;
using System.Collections.Generic;

namespace DeepLabDsl.Native;

/// <summary>
/// Gives oneDNN the sizes of the caches where it took empty CPUID leaves for caches of one byte.
/// <para>
/// oneDNN keeps what it read of the processor in one object, in writable memory. Its fields are set to the sizes that oneDNN itself
/// assumes where it can read none. No code is changed, and nothing at all is written unless the loaded library is, by the linker's
/// id, a build whose addresses are known here and its function has the expected bytes. See docs/native-library.md.
/// </para>
/// </summary>
internal static unsafe class OneDnnCaches
{
    /// <summary>The library that oneDNN is linked into.</summary>
    public const string Library = "libtorch_cpu.so";

    /// <summary>A data cache below this size, in bytes, is no cache.</summary>
    private const uint SmallestCache = 4096;

    private const int Levels = 3;

    private static readonly Dictionary<string, Build> Builds = new()
    {
        // The package libtorch-cpu-linux-x64 2.10.0 (oneDNN 3.7).
        ["e59a73f8ca02c19463bd923dc568ce765b2a1106"] = new Build(
            CacheSizeFunction: 0xFA22B40,
            CacheSizeBytes: "f30f1efa554889e5415541545389fb4883ec080fb6051686e305",
            Cpu: 0x1585B180,
            SizesOffset: 0x1C,
            SharingOffset: 0x44,
            LevelsOffset: 0x6C),
    };

    /// <summary>L1, L2 and L3 of one core, in bytes: what oneDNN assumes for a processor that it can't read.</summary>
    private static readonly uint[] AssumedBytes = [32 << 10, 512 << 10, 1 << 20];

    /// <summary>What became of it.</summary>
    public enum Outcome
    {
        /// <summary>oneDNN knows sensible sizes.</summary>
        Healthy,

        /// <summary>It took the caches for tiny ones, and has sensible sizes now.</summary>
        Mended,

        /// <summary>This build is not known: nothing was read or written.</summary>
        UnknownBuild,
    }

    /// <summary>Looks at oneDNN's sizes and mends them where they are no sizes. For before libtorch has computed anything.</summary>
    /// <param name="image">The library <see cref="Library"/> as it is loaded.</param>
    public static Outcome Mend(LoadedImage image)
    {
        if (Find(image) is not { } found)
            return Outcome.UnknownBuild;
        if (IsSensible(found))
            return Outcome.Healthy;
        Write(found, AssumedBytes);
        for (var i = 0; i < Levels; i++)
        {
            if (found.CacheSize(i + 1) != AssumedBytes[i])
                throw new InvalidOperationException($"oneDNN did not take the size of its L{i + 1} cache");
        }
        return Outcome.Mended;
    }

    /// <summary>Gives oneDNN the sizes of L1, L2 and L3, in bytes, whatever it knows. For tests of <see cref="Mend"/>.</summary>
    /// <returns>Whether the build is known.</returns>
    public static bool TryOverwrite(LoadedImage image, ReadOnlySpan<uint> bytes)
    {
        if (Find(image) is not { } found)
            return false;
        Write(found, bytes);
        return true;
    }

    private static Processor? Find(LoadedImage image)
    {
        if (!Builds.TryGetValue(image.BuildId, out var build))
            return null;
        var expected = Convert.FromHexString(build.CacheSizeBytes);
        if (!image.Bytes(build.CacheSizeFunction, expected.Length).SequenceEqual(expected)
            || !image.Contains(build.Cpu, build.LevelsOffset + sizeof(uint), writable: true))
            return null;
        var cpu = (byte*)(image.Base + build.Cpu);
        var found = new Processor
        {
            CacheSize = (delegate* unmanaged<int, uint>)(image.Base + build.CacheSizeFunction),
            Sizes = (uint*)(cpu + build.SizesOffset),
            Sharing = (uint*)(cpu + build.SharingOffset),
            LevelCount = (uint*)(cpu + build.LevelsOffset),
        };
        // Fills the object if nobody had asked yet. For level 0 it answers at once, before it divides by anything.
        _ = found.CacheSize(0);
        return found;
    }

    private static void Write(Processor processor, ReadOnlySpan<uint> bytes)
    {
        for (var i = 0; i < Levels; i++)
            (processor.Sizes[i], processor.Sharing[i]) = (bytes[i], 1);
        *processor.LevelCount = Levels;
    }

    /// <summary>With no level at all oneDNN assumes sizes by itself.</summary>
    private static bool IsSensible(Processor processor)
    {
        for (var i = 0; i < Math.Min(*processor.LevelCount, Levels); i++)
        {
            if (processor.Sharing[i] == 0 || processor.Sizes[i] / processor.Sharing[i] < SmallestCache)
                return false;
        }
        return true;
    }

    /// <summary>oneDNN's object in memory, and its function that reads it.</summary>
    private struct Processor
    {
        public delegate* unmanaged<int, uint> CacheSize;
        public uint* Sizes;
        public uint* Sharing;
        public uint* LevelCount;
    }

    /// <summary>Addresses in the file of one build, and the offsets of fields in the processor's object, in bytes.</summary>
    /// <param name="CacheSizeFunction"><c>dnnl::impl::cpu::platform::get_per_core_cache_size(int level)</c>.</param>
    /// <param name="CacheSizeBytes">How its code begins, in hexadecimal digits; it names the object's guard.</param>
    /// <param name="Cpu">The object of <c>dnnl::impl::cpu::x64::cpu()</c>, an <c>Xbyak::util::Cpu</c>.</param>
    /// <param name="SizesOffset">The size of each data cache.</param>
    /// <param name="SharingOffset">The number of cores that share each of them.</param>
    /// <param name="LevelsOffset">The number of data caches.</param>
    private sealed record Build(
        nuint CacheSizeFunction, string CacheSizeBytes, nuint Cpu, int SizesOffset, int SharingOffset, int LevelsOffset);
}
