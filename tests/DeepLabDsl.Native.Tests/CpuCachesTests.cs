using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Native.Tests;

public sealed class CpuCachesTests
{
    private const string Intel = "GenuineIntel";
    private const string Amd = "AuthenticAMD";

    [Fact]
    public void An_Intel_processor_tells_its_caches_in_leaf_4()
    {
        // A Xeon of the fourth generation: 48 KB of data, 32 KB of instructions, 2 MB, 105 MB shared by 128.
        var caches = CpuCaches.Read(Processor(Intel, 0x20, 0,
            (4, 0, new(0x04004121, 0x02C0003F, 0x3F, 0)),
            (4, 1, new(0x04004122, 0x01C0003F, 0x3F, 0)),
            (4, 2, new(0x04004143, 0x03C0003F, 0x7FF, 0)),
            (4, 3, new(0x041FC163, 0x0380003F, 0x1BFFF, 4))));

        Assert.False(caches.AreHidden);
        Assert.Equal([(1, 48L << 10), (2, 2L << 20), (3, 105L << 20)], caches.Caches.Select(c => (c.Level, c.Bytes)));
        Assert.Equal(128, caches.Caches[2].SharedBy);
        Assert.Equal("L1 48 KB, L2 2 MB, L3 105 MB", caches.ToString());
    }

    [Fact]
    public void An_AMD_processor_tells_its_caches_in_an_extended_leaf()
    {
        // An EPYC of family 25: 32 KB, 1 MB, 32 MB shared by 16.
        var caches = CpuCaches.Read(Processor(Amd, 0x10, 0x80000028,
            (0x8000001D, 0, new(0x00004121, 0x01C0003F, 0x3F, 0)),
            (0x8000001D, 1, new(0x00004122, 0x01C0003F, 0x3F, 0)),
            (0x8000001D, 2, new(0x00004143, 0x01C0003F, 0x7FF, 2)),
            (0x8000001D, 3, new(0x0003C163, 0x03C0003F, 0x7FFF, 1))));

        Assert.False(caches.MisleadOneDnn);
        Assert.Equal([(1, 32L << 10), (2, 1L << 20), (3, 32L << 20)], caches.Caches.Select(c => (c.Level, c.Bytes)));
    }

    [Theory]
    [InlineData(Amd, true)]
    [InlineData(Intel, false)]
    [InlineData("HygonGenuine", false)]
    public void Empty_leaves_are_hidden_caches_which_mislead_oneDNN_on_AMD_alone(string vendor, bool misleads)
    {
        var caches = CpuCaches.Read(Processor(vendor, 0x10, 0x80000028));

        Assert.True(caches.AreHidden);
        Assert.Equal(misleads, caches.MisleadOneDnn);
    }

    [Fact]
    public void A_leaf_that_the_processor_does_not_have_is_not_read()
    {
        // An old processor answers a leaf beyond its highest with that of its highest.
        var caches = CpuCaches.Read(Processor(Amd, 0x10, 0x80000008, (0x8000001D, 0, new(0x121, 0x01C0003F, 0x3F, 0))));

        Assert.True(caches.AreHidden);
    }

    [Fact]
    public void The_processor_at_hand_is_read()
    {
        var caches = CpuCaches.Read();

        Assert.All(caches.Caches, c => Assert.InRange(c.Bytes, 1 << 12, 1L << 32));
    }

    private static Func<uint, uint, CpuidRegisters> Processor(
        string vendor, uint highest, uint highestExtended, params (uint Leaf, uint Subleaf, CpuidRegisters Registers)[] leaves)
    {
        var known = new Dictionary<(uint, uint), CpuidRegisters>
        {
            [(0, 0)] = new(highest, Register(vendor, 0), Register(vendor, 8), Register(vendor, 4)),
            [(0x80000000, 0)] = new(highestExtended, 0, 0, 0),
        };
        foreach (var (leaf, subleaf, registers) in leaves)
            known[(leaf, subleaf)] = registers;
        return (leaf, subleaf) => known.GetValueOrDefault((leaf, subleaf));
    }

    private static uint Register(string text, int at) => BitConverter.ToUInt32([.. text.Skip(at).Take(4).Select(c => (byte)c)]);
}
