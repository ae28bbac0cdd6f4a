using System;
using System.IO;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Formats;

/// <summary>Reads tensors out of storages: contiguous ones straight, other looks by their strides.</summary>
internal static class TorchStorage
{
    /// <summary>The tensor of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The tensor's key.</param>
    /// <param name="tensor">What the pickle says of it.</param>
    /// <param name="isBigEndian">Whether the file's numbers are big-endian.</param>
    /// <param name="open">Opens the storage and passes on its bytes, from the first.</param>
    public static StoredTensor Tensor(string path, string name, PickleTensor tensor, bool isBigEndian, Action<Action<Stream>> open) =>
        new(path, name, tensor.Type, tensor.Shape, () =>
        {
            using var scope = NewDisposeScope();
            var first = tensor.Storage.Start + tensor.Offset;
            var isContiguous = IsContiguous(tensor);
            var elements = isContiguous ? ElementType.Count(tensor.Shape)!.Value : Span(tensor);
            var values = empty(elements, dtype: tensor.Type.Type);
            open(stream =>
            {
                Skip(stream, first * tensor.Type.Size);
                stream.ReadExactly(values.bytes);
            });
            if (isBigEndian && tensor.Type.WordSize > 1)
                Swap(values.bytes, tensor.Type.WordSize);
            var shaped = isContiguous
                ? values.reshape([.. tensor.Shape])
                : values.as_strided([.. tensor.Shape], [.. tensor.Strides]).contiguous();
            return shaped.MoveToOuterDisposeScope();
        });

    private static bool IsContiguous(PickleTensor tensor)
    {
        long step = 1;
        for (var i = tensor.Shape.Count - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != step)
                return ElementType.Count(tensor.Shape) == 0;
            step *= tensor.Shape[i];
        }
        return true;
    }

    /// <summary>How many elements lie between the first and the last.</summary>
    private static long Span(PickleTensor tensor)
    {
        long last = 0;
        for (var i = 0; i < tensor.Shape.Count; i++)
            last += (tensor.Shape[i] - 1) * tensor.Strides[i];
        return last + 1;
    }

    private static void Swap(Span<byte> bytes, int word)
    {
        for (var i = 0; i < bytes.Length; i += word)
            bytes.Slice(i, word).Reverse();
    }

    private static void Skip(Stream stream, long count)
    {
        if (stream.CanSeek)
        {
            stream.Position += count;
            return;
        }
        var rest = new byte[Math.Min(count, 1 << 16)];
        for (; count > 0; count -= Math.Min(count, rest.Length))
            stream.ReadExactly(rest, 0, (int)Math.Min(count, rest.Length));
    }
}
