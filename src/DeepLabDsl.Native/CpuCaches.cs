using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace DeepLabDsl.Native;

/// <summary>The registers that CPUID returns.</summary>
internal readonly record struct CpuidRegisters(uint Eax, uint Ebx, uint Ecx, uint Edx);

/// <summary>A data or unified cache as CPUID describes it.</summary>
/// <param name="Level">1 for L1, 2 for L2 …</param>
/// <param name="Bytes">Its size in bytes.</param>
/// <param name="SharedBy">The number of logical processors that share it.</param>
public sealed record CpuCache(int Level, long Bytes, int SharedBy);

/// <summary>
/// What CPUID tells of the processor's data caches. Virtual machines may hide them: some cloud and serverless hosts leave the
/// cache leaves empty. See docs/native-library.md for what oneDNN makes of that.
/// </summary>
/// <param name="Vendor">The vendor string, such as <c>AuthenticAMD</c>; empty where the processor is no x86.</param>
/// <param name="Caches">The data and unified caches, from L1 on.</param>
public sealed record CpuCaches(string Vendor, IReadOnlyList<CpuCache> Caches)
{
    private const string Amd = "AuthenticAMD";
    private const int MaximumCaches = 16;
    private const uint ExtendedLeaves = 0x80000000;
    private const uint AmdCacheLeaf = 0x8000001D;
    private const uint CacheLeaf = 4;

    /// <summary>Whether the processor is an x86 one that names no data cache.</summary>
    public bool AreHidden => Vendor.Length > 0 && Caches.Count == 0;

    /// <summary>
    /// Whether oneDNN 3.x mistakes these caches for caches of one byte. It reads AMD's leaf without asking whether the leaf is
    /// empty, and each field of it means one more than it holds. On other processors an empty leaf ends its list of caches, and
    /// it falls back to sizes of its own.
    /// </summary>
    public bool MisleadOneDnn => AreHidden && Vendor == Amd;

    /// <summary>The caches of the processor that this process runs on.</summary>
    public static CpuCaches Read() => X86Base.IsSupported ? Read(Cpuid) : new CpuCaches("", []);

    /// <summary>The caches that a processor describes.</summary>
    /// <param name="cpuid">CPUID: leaf and subleaf to registers.</param>
    internal static CpuCaches Read(Func<uint, uint, CpuidRegisters> cpuid)
    {
        var basic = cpuid(0, 0);
        var vendor = Text(basic.Ebx) + Text(basic.Edx) + Text(basic.Ecx);
        var isAmd = vendor is Amd or "HygonGenuine";
        var leaf = isAmd ? AmdCacheLeaf : CacheLeaf;
        var highest = isAmd ? cpuid(ExtendedLeaves, 0).Eax : basic.Eax;
        var caches = new List<CpuCache>();
        for (uint i = 0; highest >= leaf && i < MaximumCaches; i++)
        {
            var (eax, ebx, ecx, _) = cpuid(leaf, i);
            var type = eax & 0x1F;
            if (type == 0)
                break;
            // 1 is a data cache, 2 one for instructions, 3 a unified one.
            if (type is not (1 or 3))
                continue;
            var bytes = (long)((ebx >> 22) + 1) * (((ebx >> 12) & 0x3FF) + 1) * ((ebx & 0xFFF) + 1) * ((long)ecx + 1);
            caches.Add(new CpuCache((int)((eax >> 5) & 7), bytes, (int)((eax >> 14) & 0xFFF) + 1));
        }
        return new CpuCaches(vendor.TrimEnd('\0', ' '), caches);
    }

    /// <summary>Such as <c>L1 48 KB, L2 2 MB, L3 300 MB</c>.</summary>
    public override string ToString() =>
        Vendor.Length == 0 ? "not told by this kind of processor"
        : AreHidden ? "hidden: CPUID names none"
        : string.Join(", ", Caches.Select(c => $"L{c.Level} {Size(c.Bytes)}"));

    private static string Size(long bytes) => bytes >= 1 << 20 ? $"{bytes / (double)(1 << 20):0.#} MB" : $"{bytes >> 10} KB";

    private static CpuidRegisters Cpuid(uint leaf, uint subleaf)
    {
        var (eax, ebx, ecx, edx) = X86Base.CpuId((int)leaf, (int)subleaf);
        return new CpuidRegisters((uint)eax, (uint)ebx, (uint)ecx, (uint)edx);
    }

    private static string Text(uint register) =>
        Encoding.ASCII.GetString([(byte)register, (byte)(register >> 8), (byte)(register >> 16), (byte)(register >> 24)]);
}
