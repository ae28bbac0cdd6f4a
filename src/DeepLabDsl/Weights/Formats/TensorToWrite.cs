using System;
using System.Collections.Generic;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Formats;

/// <summary>A tensor to write: what a file's head says of it, and its numbers when their turn comes.</summary>
internal sealed class TensorToWrite
{
    private readonly Func<Tensor> _load;

    public TensorToWrite(string name, ElementType type, IReadOnlyList<long> shape, Func<Tensor> load)
    {
        Name = name;
        Type = type;
        Shape = shape;
        _load = load;
    }

    /// <summary>A tensor in memory, on any device.</summary>
    public TensorToWrite(string name, Tensor tensor)
        : this(name, ElementType.Of(tensor.dtype), tensor.shape, () => tensor.alias())
    {
    }

    public string Name { get; }

    public ElementType Type { get; }

    public IReadOnlyList<long> Shape { get; }

    public long Count => ElementType.Count(Shape)!.Value;

    public long Bytes => Count * Type.Size;

    /// <summary>Passes on the numbers' bytes, in row-major order.</summary>
    public void WriteTo(System.IO.Stream stream)
    {
        using var scope = NewDisposeScope();
        using var unrecorded = no_grad();
        stream.Write(_load().detach().cpu().to(Type.Type).contiguous().bytes);
    }
}
