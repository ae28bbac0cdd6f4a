using System;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Modules;

/// <summary>Writes the values of a tensor.</summary>
/// <typeparam name="T">float or long.</typeparam>
/// <param name="values">All of them, the last axis running fastest.</param>
internal delegate void TensorFiller<T>(Span<T> values);

/// <summary>
/// Brings numbers into tensors without a detour through managed memory. <c>torch.tensor(array)</c> clones the array for each tensor;
/// clones of batches and images end on the large object heap, which is only swept by full collections: the memory of a training
/// grew by a batch a step until one came.
/// </summary>
internal static class TensorMemory
{
    /// <summary>A new tensor that holds a copy of the values.</summary>
    /// <param name="values">As many as the shape says, the last axis running fastest.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="device">Where it lies. A GPU reads it from pinned memory, while the caller goes on.</param>
    public static Tensor Copy<T>(T[] values, long[] shape, Device device)
        where T : unmanaged => Fill<T>(shape, device, values.CopyTo);

    /// <summary>A new tensor whose values are written in place.</summary>
    /// <param name="shape">The shape; at most 2 GiB.</param>
    /// <param name="device">Where it lies. A GPU reads it from pinned memory, while the caller goes on.</param>
    /// <param name="fill">Writes the values.</param>
    public static Tensor Fill<T>(long[] shape, Device device, TensorFiller<T> fill)
        where T : unmanaged
    {
        using var scope = NewDisposeScope();
        var filled = empty(shape, typeof(T) == typeof(float) ? ScalarType.Float32 : ScalarType.Int64);
        fill(MemoryMarshal.Cast<byte, T>(filled.bytes));
        return (device.type == DeviceType.CUDA ? filled.pin_memory().to(device, non_blocking: true) : filled).MoveToOuterDisposeScope();
    }
}
