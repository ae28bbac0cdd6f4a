using System.Collections.Generic;

namespace DeepLabDsl.Modules;

/// <summary>
/// What a network tells a stage of its backbone: the strides and atrous rates of its units, which the compiler works out from the output
/// stride (DeepLab v3, section 3.1) or which someone sets who builds a network by hand.
/// </summary>
/// <param name="firstStride">The stride of the first unit.</param>
/// <param name="lastStride">The stride of the last unit.</param>
/// <param name="rate">The atrous rate of the units.</param>
/// <param name="firstRate">The atrous rate of the first unit; null: that of all.</param>
/// <param name="rates">The atrous rate of each unit, in place of the other two (multi-grid, hybrid dilated convolution); null:
/// none.</param>
public sealed class StagePlan(int firstStride = 1, int lastStride = 1, int rate = 1, int? firstRate = null,
    IReadOnlyList<int>? rates = null)
{
    /// <summary>The stride of a unit.</summary>
    /// <param name="unit">Its index.</param>
    /// <param name="count">How many there are.</param>
    public int Stride(int unit, int count) => (unit == 0 ? firstStride : 1) * (unit == count - 1 ? lastStride : 1);

    /// <summary>The atrous rate of a unit.</summary>
    /// <param name="unit">Its index.</param>
    public int Rate(int unit) => rates is not null ? rates[unit] : unit == 0 ? firstRate ?? rate : rate;
}
