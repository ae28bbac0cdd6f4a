using System;
using System.Runtime.InteropServices;

namespace DeepLabDsl.Crf;

/// <summary>Memory outside the garbage collector's, aligned to cache lines. Grows, never shrinks.</summary>
/// <typeparam name="T">The elements.</typeparam>
internal sealed unsafe class AlignedBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int CacheLine = 64;

    ~AlignedBuffer() => Free();

    /// <summary>The first element; null while nothing was asked for.</summary>
    public T* Pointer { get; private set; }

    /// <summary>The number of elements there is room for.</summary>
    public long Capacity { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => Capacity * sizeof(T);

    /// <summary>Makes room. What was in it is lost where it has to grow.</summary>
    /// <param name="count">The number of elements.</param>
    public T* Ensure(long count)
    {
        if (count > Capacity)
        {
            Free();
            Pointer = (T*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(T)), CacheLine);
            Capacity = count;
        }
        return Pointer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
        Capacity = 0;
    }
}
