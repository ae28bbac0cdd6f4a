namespace DeepLabDsl;

/// <summary>The numbers that a network's maps and kernels are held in while it is applied.</summary>
public enum InferencePrecision
{
    /// <summary>32 bits: the numbers of the module, but for rounding.</summary>
    Float32,

    /// <summary>
    /// 16 bits, 8 of them for the fraction: about three decimal digits a value. Faster on processors that compute in it
    /// (<c>InferenceNetwork.ComputesBFloat16</c>), slower on all others.
    /// </summary>
    BFloat16,
}
