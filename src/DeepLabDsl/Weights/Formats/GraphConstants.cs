using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;
using Google.Protobuf;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// TensorFlow's frozen graphs (<c>frozen_inference_graph.pb</c>): a <c>GraphDef</c> in which variables have become constants of their
/// own names. The graph is not run; its constants are read.
/// </summary>
internal static class GraphConstants
{
    // graph.proto, node_def.proto, attr_value.proto, tensor.proto.
    private const int GraphNodes = 1;
    private const int GraphVersions = 4;
    private const int GraphLibrary = 2;
    private const int NodeName = 1;
    private const int NodeOperation = 2;
    private const int NodeInput = 3;
    private const int NodeAttributes = 5;
    private const int EntryKey = 1;
    private const int EntryValue = 2;
    private const int ValueTensor = 8;
    private const int TensorType = 1;
    private const int TensorShape = 2;
    private const int TensorContent = 4;
    private const int TensorFloats = 5;
    private const int TensorDoubles = 6;
    private const int TensorInts = 7;
    private const int TensorInt64s = 10;
    private const int TensorBools = 11;
    private const int TensorHalves = 13;

    private const string Constant = "Const";
    private const string Identity = "Identity";
    private const string Read = "/read";
    private const int MaximumNodes = 200_000;

    /// <summary>Opens a file; null, with the reason, where it is none of the format.</summary>
    /// <exception cref="WeightsException">It is a graph without constants.</exception>
    public static WeightsContent? TryOpen(string path, out string? reason)
    {
        using var stream = new BufferedStream(File.OpenRead(path), 1 << 16);
        var nodes = 0;
        try
        {
            var tensors = new List<StoredTensor>();
            // Where variables were, the graph reads their constants through an identity.
            var read = new HashSet<string>(StringComparer.Ordinal);
            foreach (var field in new ProtoMessage(stream, 0, stream.Length).Fields())
            {
                if (field.Number is not (GraphNodes or GraphVersions or GraphLibrary) || field.Type == WireFormat.WireType.Fixed32)
                    throw new FormatException($"a field {field.Number} at {field.Offset}");
                if (field.Number != GraphNodes)
                    continue;
                if (++nodes > MaximumNodes)
                    throw new FormatException($"it has more than {MaximumNodes} nodes");
                ReadNode(path, new ProtoMessage(stream, field.Offset, field.Offset + (long)field.Value), tensors, read);
                if (tensors.Count > WeightsContent.MaximumTensors)
                    throw new FormatException(WeightsContent.TooMany);
            }
            reason = "it has no nodes with constants";
            return tensors.Count == 0 ? null : Choose(path, tensors, read);
        }
        catch (Exception e)
            when (e is FormatException or InvalidProtocolBufferException or DecoderFallbackException or EndOfStreamException)
        {
            reason = e.Message.TrimEnd('.');
            return null;
        }
    }

    private static WeightsContent Choose(string path, List<StoredTensor> tensors, HashSet<string> read)
    {
        var variables = tensors.Where(t => read.Contains(t.Name)).ToList();
        return variables.Count == 0 || variables.Count == tensors.Count
            ? new WeightsContent(path, WeightsFormat.TensorFlowGraph, tensors)
            : new WeightsContent(
                path, WeightsFormat.TensorFlowGraph, variables,
                notes: [$"left aside: {tensors.Count - variables.Count} constants that were no variables"]);
    }

    private static void ReadNode(string path, ProtoMessage node, List<StoredTensor> tensors, HashSet<string> read)
    {
        string? name = null, operation = null, input = null;
        ProtoMessage? value = null;
        foreach (var field in node.Fields())
        {
            switch (field.Number)
            {
                case NodeName: name = node.Text(field); break;
                case NodeOperation: operation = node.Text(field); break;
                case NodeInput: input ??= node.Text(field); break;
                case NodeAttributes when operation is null or Constant: value = ReadAttribute(node.Message(field)) ?? value; break;
            }
        }
        if (operation is null || name is null)
            throw new FormatException($"a node without a name or an operation at {node.Begin}");
        if (name.Any(char.IsControl))
            throw new FormatException($"a name with control characters at {node.Begin}");
        if (operation == Identity && input is not null && name == input + Read)
            read.Add(input);
        if (operation == Constant && value is { } tensor && ReadTensor(path, name, tensor) is { } stored)
            tensors.Add(stored);
    }

    /// <summary>The tensor of the attribute <c>value</c>; null: another attribute.</summary>
    private static ProtoMessage? ReadAttribute(ProtoMessage entry)
    {
        ProtoMessage? value = null;
        foreach (var field in entry.Fields())
        {
            if (field.Number == EntryKey && entry.Text(field) != "value")
                return null;
            if (field.Number != EntryValue)
                continue;
            var message = entry.Message(field);
            foreach (var kind in message.Fields())
            {
                if (kind.Number == ValueTensor)
                    value = message.Message(kind);
            }
        }
        return value;
    }

    /// <summary>A constant; null where it holds no numbers.</summary>
    private static StoredTensor? ReadTensor(string path, string name, ProtoMessage message)
    {
        ulong typeNumber = 0;
        IReadOnlyList<long> shape = [];
        (long Offset, long Bytes)? content = null;
        var runs = new List<ProtoField>();
        foreach (var field in message.Fields())
        {
            switch (field.Number)
            {
                case TensorType: typeNumber = field.Value; break;
                case TensorShape: shape = TensorFlowTypes.ReadShape(message.Message(field)); break;
                case TensorContent when field.Type == WireFormat.WireType.LengthDelimited:
                    content = (field.Offset, (long)field.Value);
                    break;
                default:
                    // One by one or all together, as protocol buffers may write them.
                    if (runs.Count < WeightsContent.MaximumTensors)
                        runs.Add(field);
                    else
                        throw new FormatException($"'{name}' has its numbers in more than {WeightsContent.MaximumTensors} pieces");
                    break;
            }
        }
        if (TensorFlowTypes.Find(typeNumber) is not { } type)
            return null;
        if (ElementType.Count(shape) is not { } count)
            throw new FormatException($"'{name}' [{string.Join(", ", shape)}] is no shape");
        if (content is { } place && (place.Bytes > 0 || count == 0))
        {
            return (Int128)count * type.Size == place.Bytes
                ? StoredTensor.InFile(path, name, type, shape, place.Offset)
                : throw new FormatException($"'{name}' [{string.Join(", ", shape)}] of {type.Name} has {place.Bytes} bytes");
        }
        var (number, size) = FieldOf(type.Type);
        if (number == 0)
            return null;
        var own = runs.Where(r => r.Number == number).ToList();
        // The last number stands for all that are not written.
        if ((Int128)count * type.Size > TorchPickle.MaximumRepeated + own.Sum(r => Bytes(r, size)))
        {
            throw new FormatException(
                $"'{name}' [{string.Join(", ", shape)}] of {type.Name} repeats one number in more than "
                + $"{TorchPickle.MaximumRepeated} bytes");
        }
        return new StoredTensor(path, name, type, shape, () => Load(path, name, type, shape, count, own, size));
    }

    private static long Bytes(ProtoField field, int size) =>
        field.Type == WireFormat.WireType.LengthDelimited ? (long)field.Value * (size == 0 ? sizeof(long) : 1) : sizeof(long);

    /// <summary>The field of a type's numbers, and how many bytes each has there; 0: as varints.</summary>
    private static (int Number, int Size) FieldOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => (TensorFloats, sizeof(float)),
        ScalarType.Float64 => (TensorDoubles, sizeof(double)),
        ScalarType.Int32 or ScalarType.Int16 or ScalarType.Int8 or ScalarType.Byte => (TensorInts, 0),
        ScalarType.Int64 => (TensorInt64s, 0),
        ScalarType.Bool => (TensorBools, 0),
        ScalarType.Float16 or ScalarType.BFloat16 => (TensorHalves, 0),
        _ => (0, 0),
    };

    private static Tensor Load(
        string path, string name, ElementType type, IReadOnlyList<long> shape, long count, IReadOnlyList<ProtoField> runs, int size)
    {
        using var stream = new BufferedStream(File.OpenRead(path), 1 << 16);
        var tensor = zeros([.. shape], dtype: type.Type);
        try
        {
            var bytes = tensor.bytes;
            long written = 0;
            foreach (var run in runs)
            {
                stream.Position = run.Offset;
                var end = run.Offset + (run.Type == WireFormat.WireType.LengthDelimited ? (long)run.Value : 0);
                do
                {
                    if (written == count)
                        throw new InvalidDataException($"'{name}' has more numbers than its shape");
                    var target = bytes.Slice((int)(written++ * type.Size), type.Size);
                    if (run.Type != WireFormat.WireType.LengthDelimited)
                        BitConverter.GetBytes(run.Value).AsSpan(0, type.Size).CopyTo(target);
                    else if (size > 0)
                        stream.ReadExactly(target);
                    else
                        BitConverter.GetBytes(ProtoMessage.Varint(stream)).AsSpan(0, type.Size).CopyTo(target);
                }
                while (stream.Position < end);
                if (stream.Position > end && run.Type == WireFormat.WireType.LengthDelimited)
                    throw new InvalidDataException($"'{name}' has a number that does not fit at {end}");
            }
            for (; written > 0 && written < count; written++)
                bytes.Slice((int)((written - 1) * type.Size), type.Size).CopyTo(bytes[(int)(written * type.Size)..]);
            return tensor;
        }
        catch (FormatException e)
        {
            tensor.Dispose();
            throw new InvalidDataException(e.Message, e);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }
}
