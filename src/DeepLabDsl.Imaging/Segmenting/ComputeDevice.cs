namespace DeepLabDsl;

/// <summary>What computes.</summary>
public enum ComputeDevice
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU; needs libtorch with CUDA.</summary>
    Cuda,
}
