using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>The batch norms of a network, which take the statistics of all ranks' images together until this is disposed.</summary>
internal sealed class SharedNorms : IDisposable
{
    private readonly IReadOnlyList<BatchNorm2d> _norms;

    public SharedNorms(nn.Module network, RankGroup ranks)
    {
        _norms = [.. network.modules().OfType<BatchNorm2d>()];
        foreach (var norm in _norms)
            norm.Synchronize = ranks.Sum;
    }

    public void Dispose()
    {
        foreach (var norm in _norms)
            norm.Synchronize = null;
    }
}
