using System;
using System.Collections.Generic;
using static TorchSharp.torch;

namespace DeepLabDsl.SelfChecks;

/// <summary>Something that is computed twice: as a training or a prediction does it, and in float64 on the CPU.</summary>
/// <param name="Group">What kind of computation it is, such as <c>convolution</c>.</param>
internal abstract record NumberCase(string Group)
{
    /// <summary>What sets it apart within its group, such as <c>3x3 rate 12, batch 2, 32 to 48 channels, 17x19</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Computes and compares.</summary>
    /// <param name="device">Where it is computed. The float64 reference is computed on the CPU.</param>
    /// <param name="entering">
    /// Told what comes next, before it is computed: what is looked for can end the process, and whoever watches must know in what.
    /// </param>
    public abstract IEnumerable<Deviation> Run(Device device, Action<string> entering);
}
