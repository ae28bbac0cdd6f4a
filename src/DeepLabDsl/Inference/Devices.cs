using System;
using DeepLabDsl.Errors;
using static TorchSharp.torch;

namespace DeepLabDsl.Inference;

/// <summary>Devices of libtorch, and its threads.</summary>
internal static class Devices
{
    /// <summary>Opens a device.</summary>
    /// <param name="device">Which.</param>
    /// <param name="threads">Threads of one operation on the CPU; see <see cref="SetThreads"/>.</param>
    /// <exception cref="SetupException">The machine has none, or libtorch can't use it.</exception>
    public static Device Open(ComputeDevice device, int? threads)
    {
        if (device == ComputeDevice.Cpu)
        {
            SetThreads(threads);
            return CPU;
        }
        return cuda.is_available()
            ? CUDA
            : throw new SetupException(
                "No CUDA device is available: the machine has no NVIDIA GPU, or this libtorch is built for the CPU. "
                + "docs/native-library.md says how to get one with CUDA; the CPU computes the same.");
    }

    /// <summary>Sets libtorch's threads of one operation, for the whole process.</summary>
    /// <param name="threads">The number; null: OpenMP's own variable is left to it, and without it one a core.</param>
    public static void SetThreads(int? threads)
    {
        if ((threads
            ?? (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 } ? null : Environment.ProcessorCount)) is { } count)
            set_num_threads(count);
    }
}
