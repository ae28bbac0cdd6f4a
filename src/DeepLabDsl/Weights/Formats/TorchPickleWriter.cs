using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// Writes the pickle of a state dict as PyTorch does: version 2, an ordered dictionary of tensors, one storage a tensor,
/// named by its place.
/// </summary>
internal static class TorchPickleWriter
{
    /// <summary>Writes the pickle.</summary>
    public static void Write(Stream stream, IReadOnlyList<TensorToWrite> tensors)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write([0x80, 2]);
        EmptyDictionary(writer);
        writer.Write('(');
        for (var i = 0; i < tensors.Count; i++)
        {
            Text(writer, tensors[i].Name);
            Tensor(writer, tensors[i], i.ToString(CultureInfo.InvariantCulture));
        }
        writer.Write('u');
        writer.Write('.');
    }

    private static void Tensor(BinaryWriter writer, TensorToWrite tensor, string key)
    {
        Global(writer, "torch._utils", "_rebuild_tensor_v2");
        writer.Write('(');
        writer.Write('(');
        Text(writer, "storage");
        Global(writer, "torch", tensor.Type.Storage);
        Text(writer, key);
        Text(writer, "cpu");
        Number(writer, tensor.Count);
        writer.Write('t');
        writer.Write('Q');
        Number(writer, 0);
        Tuple(writer, tensor.Shape);
        Tuple(writer, Strides(tensor.Shape));
        // No gradient is asked for, and no hooks are set.
        writer.Write((byte)0x89);
        EmptyDictionary(writer);
        writer.Write('t');
        writer.Write('R');
    }

    private static IReadOnlyList<long> Strides(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        long step = 1;
        for (var i = shape.Count - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(1, shape[i]);
        }
        return strides;
    }

    private static void EmptyDictionary(BinaryWriter writer)
    {
        Global(writer, "collections", "OrderedDict");
        writer.Write(')');
        writer.Write('R');
    }

    private static void Tuple(BinaryWriter writer, IReadOnlyList<long> numbers)
    {
        writer.Write('(');
        foreach (var number in numbers)
            Number(writer, number);
        writer.Write('t');
    }

    private static void Global(BinaryWriter writer, string module, string name) =>
        writer.Write(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    private static void Text(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write('X');
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static void Number(BinaryWriter writer, long number)
    {
        if (number is >= 0 and <= int.MaxValue)
        {
            writer.Write('J');
            writer.Write((int)number);
            return;
        }
        writer.Write((byte)0x8a);
        writer.Write((byte)sizeof(long));
        writer.Write(number);
    }
}
