using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>The taps of a window on one axis, in pixels of what a chain of windows begins at.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Step">Distance between neighbours.</param>
/// <param name="First">Where the first is, seen from the value's place.</param>
internal readonly record struct Taps(int Count, long Step, long First);

/// <summary>A set of whole numbers: where, on one axis, a value reads. Nothing further than any map is wide is kept.</summary>
internal sealed class OffsetSet : IEquatable<OffsetSet>
{
    /// <summary>No map is wider, so that an offset beyond reads padding wherever it stands.</summary>
    public const int Limit = 65535;

    public static readonly OffsetSet Empty = new(0, []);
    public static readonly OffsetSet Zero = new(0, [1]);

    private readonly ulong[] _bits;

    /// <param name="minimum">The number of the first bit.</param>
    /// <param name="bits">One bit a number; the first and the last bit set are the ends of the set.</param>
    private OffsetSet(int minimum, ulong[] bits)
    {
        _bits = bits;
        Minimum = minimum;
        var last = bits.Length - 1;
        Maximum = last < 0 ? minimum - 1 : minimum + 64 * last + HighestBit(bits[last]);
        foreach (var word in bits)
            Count += CountBits(word);
    }

    /// <summary>The least of them.</summary>
    public int Minimum { get; }

    /// <summary>The greatest of them.</summary>
    public int Maximum { get; }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>How many there would be without holes.</summary>
    public int Span => Maximum - Minimum + 1;

    public static OffsetSet Of(IEnumerable<int> numbers)
    {
        var kept = numbers.Where(n => n is >= -Limit and <= Limit).ToList();
        if (kept.Count == 0)
            return Empty;
        var minimum = kept.Min();
        var bits = new ulong[(kept.Max() - minimum) / 64 + 1];
        foreach (var number in kept)
            bits[(number - minimum) / 64] |= 1UL << (number - minimum) % 64;
        return new OffsetSet(minimum, bits);
    }

    public bool Contains(int number) =>
        number >= Minimum && number <= Maximum && (_bits[(number - Minimum) / 64] >> (number - Minimum) % 64 & 1) != 0;

    /// <summary>The numbers between the ends that are not in the set.</summary>
    public IEnumerable<int> Holes()
    {
        for (var n = Minimum; n < Maximum; n++)
        {
            if (!Contains(n))
                yield return n;
        }
    }

    /// <summary>
    /// Every sum of a number of the set and the place of a tap (the Minkowski sum). The taps stand at one distance, so that the sums for
    /// the first 2, 4, 8 … of them are each those for half as many and the same moved on.
    /// </summary>
    public OffsetSet Plus(Taps taps)
    {
        if (taps is { Count: 1, First: 0 } || Count == 0)
            return this;
        // Taps from which no number of the set comes to lie where any is kept are left out.
        var from = Math.Max(0, RoundedUp(-Limit - taps.First - Maximum, taps.Step));
        var to = Math.Min(taps.Count - 1, RoundedDown(Limit - taps.First - Minimum, taps.Step));
        if (from > to)
            return Empty;
        var (low, high) = (Minimum + taps.First + from * taps.Step, Maximum + taps.First + to * taps.Step);
        var bits = new ulong[(high - low) / 64 + 1];
        Or(_bits, bits, 0);
        for (var done = 1L; done < to - from + 1; done *= 2)
        {
            var more = Math.Min(done, to - from + 1 - done);
            Or((ulong[])bits.Clone(), bits, more * taps.Step);
        }
        return Kept(low, bits);

        static long RoundedUp(long a, long b) => -Floor(-a, b);

        static long RoundedDown(long a, long b) => Floor(a, b);

        static long Floor(long a, long b) => a / b - (a % b < 0 ? 1 : 0);
    }

    /// <summary>Numbers of which those beyond <see cref="Limit"/> are dropped.</summary>
    private static OffsetSet Kept(long low, ulong[] bits)
    {
        var high = low + 64L * bits.Length - 1;
        for (var n = low; n < -Limit; n += 64)
            bits[(n - low) / 64] = n + 64 <= -Limit ? 0 : bits[(n - low) / 64] & ulong.MaxValue << (int)(-Limit - n);
        for (var n = high; n > Limit; n -= 64)
            bits[(n - low) / 64] = n - 64 >= Limit ? 0 : bits[(n - low) / 64] & ulong.MaxValue >> (int)(n - Limit);
        return Trimmed((int)low, bits);
    }

    public OffsetSet Union(OffsetSet other)
    {
        if (other.Count == 0 || other.IsSubsetOf(this))
            return this;
        if (Count == 0 || IsSubsetOf(other))
            return other;
        var low = Math.Min(Minimum, other.Minimum);
        var bits = new ulong[(Math.Max(Maximum, other.Maximum) - low) / 64 + 1];
        Or(_bits, bits, Minimum - low);
        Or(other._bits, bits, other.Minimum - low);
        return new OffsetSet(low, bits);
    }

    public bool IsSubsetOf(OffsetSet other)
    {
        if (Count == 0 || ReferenceEquals(this, other))
            return true;
        if (Count > other.Count || Minimum < other.Minimum || Maximum > other.Maximum)
            return false;
        var (words, shift) = ((Minimum - other.Minimum) / 64, (Minimum - other.Minimum) % 64);
        for (var i = 0; i < _bits.Length; i++)
        {
            var theirs = other._bits[i + words] >> shift;
            if (shift > 0 && i + words + 1 < other._bits.Length)
                theirs |= other._bits[i + words + 1] << 64 - shift;
            if ((_bits[i] & ~theirs) != 0)
                return false;
        }
        return true;
    }

    public bool Equals(OffsetSet? other) => other is not null && Minimum == other.Minimum && _bits.SequenceEqual(other._bits);

    public override bool Equals(object? obj) => Equals(obj as OffsetSet);

    public override int GetHashCode() => (Minimum, Maximum, Count).GetHashCode();

    private static OffsetSet Trimmed(int minimum, ulong[] bits)
    {
        var first = Array.FindIndex(bits, b => b != 0);
        if (first < 0)
            return Empty;
        var last = Array.FindLastIndex(bits, b => b != 0);
        var shift = CountBits((bits[first] & ~bits[first] + 1) - 1);
        var length = (64 * last + HighestBit(bits[last]) - (64 * first + shift)) / 64 + 1;
        if (first == 0 && shift == 0 && length == bits.Length)
            return new OffsetSet(minimum, bits);
        var kept = new ulong[length];
        for (var i = 0; i < length; i++)
        {
            kept[i] = bits[first + i] >> shift;
            if (shift > 0 && first + i + 1 < bits.Length)
                kept[i] |= bits[first + i + 1] << 64 - shift;
        }
        return new OffsetSet(minimum + 64 * first + shift, kept);
    }

    /// <summary>Sets the bits of one set in another's, moved up by a number of places.</summary>
    private static void Or(ulong[] source, ulong[] target, long shift)
    {
        var (words, bits) = ((int)(shift / 64), (int)(shift % 64));
        for (var i = 0; i < source.Length && i + words < target.Length; i++)
        {
            target[i + words] |= source[i] << bits;
            if (bits > 0 && i + words + 1 < target.Length)
                target[i + words + 1] |= source[i] >> 64 - bits;
        }
    }

    /// <summary>How many bits are set, added up in parallel within the word.</summary>
    private static int CountBits(ulong bits)
    {
        bits -= bits >> 1 & 0x5555555555555555;
        bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
        return (int)((bits + (bits >> 4) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101 >> 56);
    }

    private static int HighestBit(ulong bits)
    {
        var index = -1;
        for (; bits != 0; bits >>= 1)
            index++;
        return index;
    }
}
