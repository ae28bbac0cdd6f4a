using System;
using System.Collections.Generic;

namespace DeepLabDsl;

/// <summary>
/// Samples that are trained on together. Disposing it gives its arrays back to its loader for a later batch; read them
/// before that. A batch that is never disposed is left to the garbage collector.
/// </summary>
public sealed class Batch : IDisposable
{
    /// <summary>Normalised images <c>[Count, Channels, Height, Width]</c>; exactly that long.</summary>
    public float[] Images => throw new NotImplementedException();

    /// <summary>Classes <c>[Count, Height, Width]</c>, void is 255 (<see cref="LabelMap.Void"/>); exactly that long.</summary>
    public long[] Labels => throw new NotImplementedException();

    /// <summary>The number of samples.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>The number of planes an image: 3.</summary>
    public int Channels => throw new NotImplementedException();

    /// <summary>Rows of each crop.</summary>
    public int Height => throw new NotImplementedException();

    /// <summary>Columns of each crop.</summary>
    public int Width => throw new NotImplementedException();

    /// <summary>The names of the samples in the order of the images.</summary>
    public IReadOnlyList<string> Names => throw new NotImplementedException();

    /// <summary>How long the consumer waited for the batch.</summary>
    public TimeSpan Waited => throw new NotImplementedException();

    /// <summary>Gives the arrays back to the loader.</summary>
    public void Dispose() => throw new NotImplementedException();
}
