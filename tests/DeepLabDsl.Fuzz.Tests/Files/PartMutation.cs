using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>Changes to files of parts, and to plain bytes.</summary>
internal static class PartMutation
{
    private static readonly ulong[] Values =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1000, 4095, 4096, 4097, 32767, 32768,
        65535, 65536,
        1 << 20, 1 << 24, (1 << 24) + 1, 100_000_000, 1 << 30, int.MaxValue, (ulong)int.MaxValue + 1, uint.MaxValue,
        (ulong)uint.MaxValue + 1, 1UL << 40, 1UL << 61, 1UL << 62,
        long.MaxValue, (ulong)long.MaxValue + 1, ulong.MaxValue, ulong.MaxValue - 1, ulong.MaxValue - 7, unchecked((ulong)int.MinValue),
    ];

    private static readonly byte[][] NastyNames =
    [
        [], [0], [0xFF], [0xC3], "\u001b[2J"u8.ToArray(), "\n"u8.ToArray(), "../../x"u8.ToArray(), "/etc/passwd"u8.ToArray(),
        "<b>"u8.ToArray(), "\u202e"u8.ToArray(), "a.0"u8.ToArray(),
        ".0"u8.ToArray(), "a..b"u8.ToArray(), "."u8.ToArray(), "data.pkl"u8.ToArray(), "state_dict"u8.ToArray(),
        [.. Enumerable.Repeat((byte)'x', 300)],
        [.. Enumerable.Repeat((byte)'x', 5000)], [.. Enumerable.Repeat((byte)'.', 5000)], [.. Enumerable.Repeat((byte)'9', 400)],
    ];

    /// <summary>Changes parts a few times.</summary>
    public static void Change(GroupPart root, Random random)
    {
        for (var n = random.Next(3) > 0 ? 1 : random.Next(2, 5); n > 0; n--)
            ChangeOnce(root, random);
    }

    /// <summary>Changes bytes a few times.</summary>
    public static byte[] Change(byte[] bytes, Random random)
    {
        var list = bytes.ToList();
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            if (list.Count == 0)
                return [];
            var at = random.Next(list.Count);
            switch (random.Next(7))
            {
                case 0:
                    list[at] = (byte)random.Next(256);
                    break;
                case 1:
                    list[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    list.RemoveRange(at, list.Count - at);
                    break;
                case 3:
                    list.RemoveRange(at, Math.Min(random.Next(1, 9), list.Count - at));
                    break;
                case 4:
                    list.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256)));
                    break;
                case 5:
                    list.InsertRange(at, list.GetRange(at, Math.Min(random.Next(1, 65), list.Count - at)));
                    break;
                default:
                    for (var i = at; i < Math.Min(at + random.Next(1, 9), list.Count); i++)
                        list[i] = Pick(random, (byte)0, (byte)0xFF, (byte)0x7F, (byte)0x80);
                    break;
            }
        }
        return [.. list];
    }

    public static ulong Number(Random random, ulong old) => random.Next(8) switch
    {
        0 => old + 1,
        1 => old - 1,
        2 => old * 2,
        3 => unchecked(0 - old),
        4 => (ulong)random.Next(300),
        _ => Pick(random, Values),
    };

    private static void ChangeOnce(GroupPart root, Random random)
    {
        var all = root.All().ToList();
        // Numbers and structure as often as bytes, though there may be many more of one than of the others.
        var kind = random.Next(10);
        var chosen = kind switch
        {
            < 4 => all.Where(p => p is NumberPart or ReferencePart).ToList(),
            < 6 => all.Where(p => p is BytesPart).ToList(),
            _ => all.Where(p => p is GroupPart).ToList(),
        };
        switch (chosen.Count == 0 ? root : Pick(random, chosen))
        {
            case NumberPart number:
                number.Value = Number(random, number.Value);
                // Extents are a product: one alone is bounded by the others.
                var next = all.IndexOf(number) + 1;
                if (random.Next(3) == 0 && next < all.Count && all[next] is NumberPart neighbour)
                    neighbour.Value = random.Next(2) == 0 ? number.Value : Number(random, neighbour.Value);
                break;
            case ReferencePart reference when random.Next(2) == 0:
                reference.Shift = random.Next(-16, 17);
                break;
            case ReferencePart reference:
                reference.Lie = Number(random, 100);
                break;
            case BytesPart { IsName: true } name:
                var names = all.OfType<BytesPart>().Where(p => p.IsName).ToList();
                name.Bytes = random.Next(3) switch
                {
                    0 => Pick(random, names).Bytes,
                    1 => Encoding.UTF8.GetBytes(Name(random)),
                    _ => Pick(random, NastyNames),
                };
                break;
            case BytesPart bytes:
                bytes.Bytes = Change(bytes.Bytes, random);
                break;
            case GroupPart group:
                Restructure(group, all, random);
                break;
        }
    }

    private static void Restructure(GroupPart group, List<Part> all, Random random)
    {
        if (group.Prefix is not null && random.Next(3) == 0)
        {
            group.Lie = Number(random, (ulong)new GroupPart(group.Parts).ToBytes().Length);
            return;
        }
        if (group.Parts.Count == 0)
        {
            group.Parts.Add(Pick(random, all).Clone());
            return;
        }
        var at = random.Next(group.Parts.Count);
        var other = random.Next(group.Parts.Count);
        switch (random.Next(8))
        {
            case 0:
                group.Parts.RemoveAt(at);
                break;
            case 1:
                group.Parts.Insert(other, group.Parts[at].Clone());
                break;
            case 2:
                (group.Parts[at], group.Parts[other]) = (group.Parts[other], group.Parts[at]);
                break;
            case 3:
                group.Parts[at] = Pick(random, all).Clone();
                break;
            case 4:
                // Nested in itself, now and then deeply.
                var depth = random.Next(6) == 0 ? random.Next(10, 200) : 1;
                for (var inner = group.Parts[at]; depth > 0; depth--)
                    group.Parts[at] = inner = new GroupPart(inner) { Prefix = group.Prefix };
                break;
            case 5:
                // Often: what is done for each is done often.
                var many = random.Next(8) == 0 ? 5000 : random.Next(2, 50);
                if (group.Parts[at].ToBytes().Length * (long)many < 1 << 20)
                    group.Parts.InsertRange(at, Enumerable.Range(0, many).Select(_ => group.Parts[at].Clone()).ToList());
                break;
            case 6:
                group.Parts.RemoveRange(at, group.Parts.Count - at);
                break;
            default:
                group.Parts.Insert(at, Pick(random, all).Clone());
                break;
        }
    }
}
