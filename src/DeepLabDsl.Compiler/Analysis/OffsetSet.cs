using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

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
        Count = bits.Sum(CountBits);
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

    /// <summary>Every sum of a number of the set and one of the steps (the Minkowski sum).</summary>
    public OffsetSet Plus(IReadOnlyList<long> steps)
    {
        if (steps.Count == 1 && steps[0] == 0 || Count == 0)
            return this;
        var (lowest, highest) = (Math.Max(-Limit, Minimum + steps.Min()), Math.Min(Limit, Maximum + steps.Max()));
        if (lowest > highest)
            return Empty;
        var (low, high) = ((int)lowest, (int)highest);
        var bits = new ulong[(high - low) / 64 + 1];
        foreach (var step in steps)
            Or(bits, Minimum + step - low);
        // What was shifted beyond the far end may have left bits there.
        var spare = 64 * bits.Length - (high - low + 1);
        bits[bits.Length - 1] &= ulong.MaxValue >> spare;
        return Trimmed(low, bits);
    }

    public OffsetSet Union(OffsetSet other)
    {
        if (other.Count == 0 || other.IsSubsetOf(this))
            return this;
        if (Count == 0 || IsSubsetOf(other))
            return other;
        var low = Math.Min(Minimum, other.Minimum);
        var bits = new ulong[(Math.Max(Maximum, other.Maximum) - low) / 64 + 1];
        Or(bits, Minimum - low);
        other.Or(bits, other.Minimum - low);
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

    /// <summary>Sets the bits of this set in another's, moved up by a number of places, or down where it is negative.</summary>
    private void Or(ulong[] target, long shift)
    {
        var words = (int)(shift >= 0 ? shift / 64 : -((63 - shift) / 64));
        var bits = (int)(shift - 64L * words);
        for (var i = 0; i < _bits.Length; i++)
        {
            if (i + words >= 0 && i + words < target.Length)
                target[i + words] |= _bits[i] << bits;
            if (bits > 0 && i + words + 1 >= 0 && i + words + 1 < target.Length)
                target[i + words + 1] |= _bits[i] >> 64 - bits;
        }
    }

    private static int CountBits(ulong bits)
    {
        var count = 0;
        for (; bits != 0; bits &= bits - 1)
            count++;
        return count;
    }

    private static int HighestBit(ulong bits)
    {
        var index = -1;
        for (; bits != 0; bits >>= 1)
            index++;
        return index;
    }
}
