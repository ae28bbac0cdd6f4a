using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace DeepLabDsl.Crf;

/// <summary>
/// Gives vertices numbers from 0 in the order they come. Where keys are few, an array has a place for each; else it is a hash
/// table with open addressing, a key and its number side by side.
/// </summary>
internal sealed class VertexTable
{
    private const int Empty = -1;

    // 2^64 divided by the golden ratio: keys that differ in few bits are spread over the whole table.
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private int[] _direct = [];
    private Entry[] _entries = [];
    private bool _isDirect;
    private int _shift;
    private int _limit;

    /// <summary>The number of vertices.</summary>
    public int Count { get; private set; }

    /// <summary>Empties the table.</summary>
    /// <param name="range">Keys are 0 to this, less one.</param>
    /// <param name="directLimit">The longest array to use in place of a hash table.</param>
    public void Reset(long range, long directLimit)
    {
        Count = 0;
        _isDirect = range <= directLimit;
        if (_isDirect)
        {
            if (_direct.Length < range)
                _direct = GC.AllocateUninitializedArray<int>((int)range);
            _direct.AsSpan(0, (int)range).Fill(Empty);
        }
        else
        {
            SetEntries(_entries.Length > 0 ? _entries : new Entry[1 << 13]);
        }
    }

    /// <summary>A vertex's number; a new one where it was not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Add(long key)
    {
        if (_isDirect)
        {
            ref var number = ref _direct[key];
            if (number == Empty)
                number = Count++;
            return number;
        }
        ref var entry = ref Slot(key);
        if (entry.Number == Empty)
        {
            if (Count == _limit)
                return AddGrown(key, Count++);
            entry.Key = key;
            entry.Number = Count++;
        }
        return entry.Number;
    }

    /// <summary>Stores a vertex under a number of the caller's unless it is there; returns the number it has.</summary>
    public int TryAdd(long key, int number)
    {
        if (_isDirect)
        {
            ref var stored = ref _direct[key];
            if (stored == Empty)
                stored = number;
            return stored;
        }
        ref var entry = ref Slot(key);
        if (entry.Number == Empty)
        {
            Count++;
            if (Count > _limit)
                return AddGrown(key, number);
            entry.Key = key;
            entry.Number = number;
        }
        return entry.Number;
    }

    /// <summary>The numbers of vertices, -1 for those that are not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Find(ReadOnlySpan<long> keys, Span<int> numbers)
    {
        if (_isDirect)
        {
            for (var i = 0; i < keys.Length; i++)
                numbers[i] = _direct[keys[i]];
            return;
        }
        Prefetch(keys);
        for (var i = 0; i < keys.Length; i++)
            numbers[i] = Slot(keys[i]).Number;
    }

    /// <summary>Asks the cache for the entries of vertices that are looked for soon, all at once in place of one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Prefetch(ReadOnlySpan<long> keys)
    {
        if (_isDirect || !Sse.IsSupported)
            return;
        ref var first = ref MemoryMarshal.GetArrayDataReference(_entries);
        foreach (var key in keys)
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref first, (int)((ulong)key * Spread >> _shift))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry Slot(long key)
    {
        ref var first = ref MemoryMarshal.GetArrayDataReference(_entries);
        var mask = _entries.Length - 1;
        var at = (int)((ulong)key * Spread >> _shift);
        while (true)
        {
            ref var entry = ref Unsafe.Add(ref first, at);
            if (entry.Key == key || entry.Key < 0)
                return ref entry;
            at = (at + 1) & mask;
        }
    }

    private int AddGrown(long key, int number)
    {
        var old = _entries;
        SetEntries(new Entry[old.Length * 2]);
        foreach (var entry in old)
        {
            if (entry.Number != Empty)
                Slot(entry.Key) = entry;
        }
        Slot(key) = new Entry { Key = key, Number = number };
        return number;
    }

    private void SetEntries(Entry[] entries)
    {
        _entries = entries;
        _limit = entries.Length / 2;
        _shift = 64 - BitOperations.Log2((uint)entries.Length);
        entries.AsSpan().Fill(new Entry { Key = -1, Number = Empty });
    }

    private struct Entry
    {
        public long Key;
        public int Number;
    }
}
