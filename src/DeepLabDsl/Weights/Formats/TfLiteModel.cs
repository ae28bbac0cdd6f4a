using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using Google.FlatBuffers;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// The constants of TensorFlow Lite's models (<c>.tflite</c>): tensors whose buffers hold numbers, by the tables of <c>schema.fbs</c>.
/// What is quantised is read as the numbers that it stands for. Kernels are laid out as out, height, width, in, and norms are folded
/// into them, so that the names and shapes are those of the converted model.
/// </summary>
internal static class TfLiteModel
{
    // Fields by their order in the schema.
    private const int ModelGraphs = 2;
    private const int ModelBuffers = 4;
    private const int GraphTensors = 0;
    private const int TensorShape = 0;
    private const int TensorType = 1;
    private const int TensorBuffer = 2;
    private const int TensorName = 3;
    private const int TensorQuantization = 4;
    private const int TensorSparsity = 6;
    private const int QuantizationScale = 2;
    private const int QuantizationZero = 3;
    private const int QuantizationAxis = 6;
    private const int BufferData = 0;

    private const int MaximumBytes = 1_073_741_824;
    private const int MaximumName = 4096;

    /// <summary>Of all names together: tensors may share one.</summary>
    private const int MaximumNames = 16_777_216;

    private static readonly Dictionary<byte, ScalarType> Types = new()
    {
        [0] = ScalarType.Float32,
        [1] = ScalarType.Float16,
        [2] = ScalarType.Int32,
        [3] = ScalarType.Byte,
        [4] = ScalarType.Int64,
        [6] = ScalarType.Bool,
        [7] = ScalarType.Int16,
        [8] = ScalarType.ComplexFloat32,
        [9] = ScalarType.Int8,
        [10] = ScalarType.Float64,
    };

    /// <summary>Whether a file begins as a model does.</summary>
    public static bool BeginsLike(ReadOnlySpan<byte> prefix) => prefix.Length > 8 && prefix[4..8].SequenceEqual("TFL3"u8);

    /// <summary>Opens a model.</summary>
    /// <exception cref="WeightsException">It is damaged, or holds no constants.</exception>
    public static WeightsContent Open(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaximumBytes)
                throw new FormatException($"it is larger than {MaximumBytes} bytes");
            var buffer = new ByteBuffer(File.ReadAllBytes(path));
            return Read(path, new Table(buffer.GetInt(0), buffer));
        }
        catch (Exception e)
            when (e is FormatException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw new WeightsException($"{path}: it is a TensorFlow Lite model, and damaged: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static WeightsContent Read(string path, Table model)
    {
        var buffers = Tables(model, ModelBuffers);
        var tensors = new List<StoredTensor>();
        var (seen, aside, names) = (0, 0, 0L);
        foreach (var graph in Tables(model, ModelGraphs))
        {
            foreach (var table in Tables(graph, GraphTensors))
            {
                if (++seen > WeightsContent.MaximumTensors)
                    throw new FormatException(WeightsContent.TooMany);
                var number = Number(table, TensorBuffer, t => t.bb.GetUint(t.bb_pos));
                if (number >= (uint)buffers.Count)
                    throw new FormatException($"a tensor's numbers lie in buffer {number} of {buffers.Count}");
                var (offset, length) = Vector(buffers[(int)number], BufferData, 1);
                if (length == 0)
                    continue;
                names += Vector(table, TensorName, 1).Length;
                if (names > MaximumNames)
                    throw new FormatException($"its names come to more than {MaximumNames} bytes");
                if (ReadTensor(path, table, offset, length) is { } tensor)
                    tensors.Add(tensor);
                else
                    aside++;
            }
        }
        return tensors.Count > 0
            ? new WeightsContent(
                path, WeightsFormat.TensorFlowLite, tensors,
                notes: aside == 0 ? [] : [$"left aside: {aside} constants that are sparse, or no numbers"])
            : throw new WeightsException($"{path}: the TensorFlow Lite model holds no constants.");
    }

    /// <summary>A constant; null where it holds no numbers one after the other.</summary>
    private static StoredTensor? ReadTensor(string path, Table table, int offset, int length)
    {
        var name = Name(table);
        if (table.__offset(Slot(TensorSparsity)) != 0
            || !Types.TryGetValue((byte)Number(table, TensorType, t => t.bb.Get(t.bb_pos)), out var scalar))
            return null;
        var type = ElementType.Of(scalar);
        var (shapeAt, rank) = Vector(table, TensorShape, sizeof(int));
        if (rank > ElementType.MaximumRank)
            throw new FormatException($"'{name}' has {rank} dimensions");
        long[] shape = [.. Enumerable.Range(0, rank).Select(i => (long)table.bb.GetInt(shapeAt + i * sizeof(int)))];
        if (ElementType.Count(shape) is not { } count || (Int128)count * type.Size != length)
            throw new FormatException($"'{name}' [{string.Join(", ", shape)}] of {type.Name} has {length} bytes");
        if (scalar is not (ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32)
            || Child(table, TensorQuantization) is not { } quantization
            || Vector(quantization, QuantizationScale, sizeof(float)) is not { Length: > 0 } scales)
            return StoredTensor.InFile(path, name, type, shape, offset);
        var zeros = Vector(quantization, QuantizationZero, sizeof(long));
        var axis = (int)Number(quantization, QuantizationAxis, t => t.bb.GetInt(t.bb_pos));
        if ((scales.Length > 1 && (axis < 0 || axis >= rank || shape[axis] != scales.Length))
            || (zeros.Length > 0 && zeros.Length != scales.Length))
        {
            throw new FormatException(
                $"'{name}' [{string.Join(", ", shape)}] is quantised by {scales.Length} scales and {zeros.Length} zeros on axis {axis}");
        }
        var quantised = StoredTensor.InFile(path, name, type, shape, offset);
        return new StoredTensor(
            path, name, ElementType.Of(ScalarType.Float32), shape, () => Dequantise(path, quantised, scales, zeros, axis));
    }

    /// <summary>
    /// What quantised numbers stand for: <c>(q - zero) * scale</c>, with one pair for all or one for each place on an axis.
    /// </summary>
    private static Tensor Dequantise(
        string path, StoredTensor quantised, (int Offset, int Length) scales, (int Offset, int Length) zeros, int axis)
    {
        using var scope = NewDisposeScope();
        var numbers = quantised.Load().to(ScalarType.Float32);
        var sides = Enumerable.Repeat(1L, quantised.Shape.Count).ToArray();
        if (scales.Length > 1)
            sides[axis] = scales.Length;
        using var scale = StoredTensor.InFile(path, quantised.Name, ElementType.Of(ScalarType.Float32), sides, scales.Offset).Load();
        if (zeros.Length > 0)
            numbers -= StoredTensor.InFile(path, quantised.Name, ElementType.Of(ScalarType.Int64), sides, zeros.Offset).Load();
        return (numbers * scale).MoveToOuterDisposeScope();
    }

    private static string Name(Table table)
    {
        var (offset, length) = Vector(table, TensorName, 1);
        if (length is 0 or > MaximumName)
            throw new FormatException($"a name of {length} bytes at {offset}");
        var name = table.bb.GetStringUTF8(offset, length);
        return name.Any(char.IsControl) ? throw new FormatException($"a name with control characters at {offset}") : name;
    }

    private static int Slot(int field) => 2 * sizeof(ushort) + field * sizeof(ushort);

    private static Table? Child(Table table, int field) => table.__offset(Slot(field)) is not 0 and var offset
        ? new Table(table.__indirect(table.bb_pos + offset), table.bb)
        : null;

    private static long Number(Table table, int field, Func<Table, long> read) => table.__offset(Slot(field)) is not 0 and var offset
        ? read(new Table(table.bb_pos + offset, table.bb))
        : 0;

    private static List<Table> Tables(Table table, int field)
    {
        var (offset, length) = Vector(table, field, sizeof(int));
        if (length > WeightsContent.MaximumTensors)
            throw new FormatException($"a list of {length} tables at {offset}");
        return [.. Enumerable.Range(0, length).Select(i => new Table(table.__indirect(offset + i * sizeof(int)), table.bb))];
    }

    /// <summary>Where the items of a list begin, and how many there are; none where it is left out.</summary>
    private static (int Offset, int Length) Vector(Table table, int field, int size)
    {
        var slot = table.__offset(Slot(field));
        if (slot == 0)
            return (0, 0);
        var (offset, length) = (table.__vector(slot), table.__vector_len(slot));
        return offset >= 0 && length >= 0 && (long)length * size <= table.bb.Length - offset
            ? (offset, length)
            : throw new FormatException($"a list of {length} items does not fit at {offset}");
    }
}
