using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using Google.Protobuf;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// Caffe's models: a protocol buffers message of layers with their blobs. The blobs of layer <c>conv1_1</c> have the keys
/// <c>conv1_1.0</c> (weights), <c>conv1_1.1</c> (bias). Read in the layout of today and of 2014 (V1), whose blobs all have
/// four dimensions; written in that of today.
/// </summary>
internal static class CaffeModel
{
    // Field numbers of caffe.proto.
    private const int NetName = 1;
    private const int NetLayersV1 = 2;
    private const int NetLayers = 100;
    private const int LayerName = 1;
    private const int LayerType = 2;
    private const int LayerBlobs = 7;
    private const int LayerV0 = 1;
    private const int LayerNameV1 = 4;
    private const int LayerTypeV1 = 5;
    private const int LayerBlobsV1 = 6;
    private const int BlobData = 5;
    private const int BlobShape = 7;
    private const int BlobDoubles = 8;
    private const int ShapeExtents = 1;

    private const string Convolution = "Convolution";
    private const int MaximumRank = 32;

    private static readonly Dictionary<long, string> TypesV1 = new() { [4] = Convolution, [14] = "InnerProduct", [39] = "Deconvolution" };

    /// <summary>Opens a file; null, with the reason, where it is none of the format.</summary>
    public static WeightsContent? TryOpen(string path, out string? reason)
    {
        using var stream = new BufferedStream(File.OpenRead(path), 1 << 16);
        try
        {
            var net = new ProtoMessage(stream, 0, stream.Length);
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            var tensors = new List<StoredTensor>();
            var layers = 0;
            foreach (var field in net.Fields())
            {
                if (field.Number == NetName)
                    metadata["name"] = net.Text(field);
                else if (field.Number is NetLayers or NetLayersV1)
                    tensors.AddRange(ReadLayer(path, net.Message(field), field.Number == NetLayersV1));
                // Layers without blobs take memory too.
                layers += field.Number is NetLayers or NetLayersV1 ? 1 : 0;
                if (Math.Max(layers, tensors.Count) > WeightsContent.MaximumTensors)
                    throw new FormatException(WeightsContent.TooMany);
            }
            reason = tensors.Count == 0 ? "it has no layers with blobs" : null;
            return tensors.Count == 0 ? null : new WeightsContent(path, WeightsFormat.Caffe, tensors, metadata);
        }
        catch (Exception e) when (e is FormatException or InvalidProtocolBufferException or DecoderFallbackException)
        {
            reason = e.Message.TrimEnd('.');
            return null;
        }
    }

    /// <summary>Writes tensors, whole or not at all; their keys are <c>LAYER.0</c>, <c>LAYER.1</c> and so on.</summary>
    public static void Write(string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var layers = tensors.GroupBy(t => Split(path, t.Name).Layer)
            .Select(g => (Name: g.Key, Blobs: g.OrderBy(t => Split(path, t.Name).Blob).ToList())).ToList();
        foreach (var (name, blobs) in layers)
        {
            if (Enumerable.Range(0, blobs.Count).Any(i => Split(path, blobs[i].Name).Blob != i))
                throw new WeightsException($"{path}: the blobs of Caffe's layer '{name}' are not numbered 0 to {blobs.Count - 1}.");
            if (blobs.Find(b => b.Type.Type is not (ScalarType.Float32 or ScalarType.Float64)) is { } other)
                throw new WeightsException($"{path}: '{other.Name}' is of {other.Type.Name}; Caffe's blobs are float32.");
        }
        AtomicFile.Write(path, stream =>
        {
            using var output = new CodedOutputStream(stream, leaveOpen: true);
            output.WriteTag(NetName, WireFormat.WireType.LengthDelimited);
            output.WriteString(
                metadata?.GetValueOrDefault("name") ?? metadata?.GetValueOrDefault("network") ?? Path.GetFileNameWithoutExtension(path));
            foreach (var (name, blobs) in layers)
                WriteLayer(output, stream, name, blobs);
        });
    }

    private static List<StoredTensor> ReadLayer(string path, ProtoMessage layer, bool isV1)
    {
        string? name = null;
        var type = "";
        var blobs = new List<ProtoMessage>();
        foreach (var field in layer.Fields())
        {
            if (field.Number == (isV1 ? LayerNameV1 : LayerName))
                name = isV1 || field.Type == WireFormat.WireType.LengthDelimited ? layer.Text(field) : null;
            else if (isV1 && field.Number == LayerV0)
            {
                throw new FormatException(
                    "its layers are of Caffe's layout before 2014 (V0); convert it with Caffe's upgrade_net_proto_binary");
            }
            else if (field.Number == (isV1 ? LayerTypeV1 : LayerType))
                type = isV1 ? TypesV1.GetValueOrDefault((long)field.Value, "") : layer.Text(field);
            else if (field.Number == (isV1 ? LayerBlobsV1 : LayerBlobs))
            {
                blobs.Add(layer.Message(field));
                if (blobs.Count > WeightsContent.MaximumTensors)
                    throw new FormatException(WeightsContent.TooMany);
            }
        }
        if (blobs.Count > 0 && name is null)
            throw new FormatException($"a layer without a name at {layer.Begin}");
        return [.. blobs
            .Select((b, i) => ReadBlob(
                path, FormattableString.Invariant($"{name}.{i}"), b, type is Convolution or "Deconvolution" && i == 0))];
    }

    private static StoredTensor ReadBlob(string path, string key, ProtoMessage blob, bool keepsFour)
    {
        // The layout of 2014: num, channels, height, width, ones where a blob has fewer dimensions.
        long[] four = [0, 0, 0, 0];
        List<long>? shape = null;
        var runs = new List<(long Offset, long Bytes)>();
        var type = ElementType.Of(ScalarType.Float32);
        foreach (var field in blob.Fields())
        {
            switch (field.Number)
            {
                case >= 1 and <= 4 when field.Type == WireFormat.WireType.Varint:
                    four[field.Number - 1] = (int)field.Value;
                    break;
                case BlobShape:
                    var extents = blob.Message(field);
                    shape = [.. extents.Fields().Where(f => f.Number == ShapeExtents).SelectMany(f => extents.Numbers(f))];
                    break;
                case BlobData or BlobDoubles:
                    type = ElementType.Of(field.Number == BlobData ? ScalarType.Float32 : ScalarType.Float64);
                    runs.Add((field.Offset, field.Type == WireFormat.WireType.LengthDelimited ? (long)field.Value : type.Size));
                    break;
            }
        }
        if (shape is null)
        {
            shape = [.. four];
            while (!keepsFour && shape.Count > 1 && shape[0] == 1)
                shape.RemoveAt(0);
        }
        var bytes = runs.Sum(r => r.Bytes);
        if (shape.Count > MaximumRank || ElementType.Count(shape) is not { } count || (Int128)count * type.Size != bytes)
            throw new FormatException($"the blob '{key}' [{string.Join(", ", shape)}] has {bytes} bytes of numbers");
        return new StoredTensor(path, key, type, shape, () =>
        {
            var tensor = empty([.. shape], dtype: type.Type);
            using var stream = File.OpenRead(path);
            var rest = tensor.bytes;
            foreach (var (offset, length) in runs)
            {
                stream.Position = offset;
                stream.ReadExactly(rest[..(int)length]);
                rest = rest[(int)length..];
            }
            return tensor;
        });
    }

    private static void WriteLayer(CodedOutputStream output, Stream stream, string name, List<TensorToWrite> blobs)
    {
        var type = blobs[0].Shape.Count switch { 4 => Convolution, 2 => "InnerProduct", _ => null };
        var length = Sized(LayerName, CodedOutputStream.ComputeStringSize(name))
            + (type is null ? 0 : Sized(LayerType, CodedOutputStream.ComputeStringSize(type)))
            + blobs.Sum(b => Sized(LayerBlobs, Prefixed(BlobLength(b))));
        Begin(output, NetLayers, length);
        output.WriteTag(LayerName, WireFormat.WireType.LengthDelimited);
        output.WriteString(name);
        if (type is not null)
        {
            output.WriteTag(LayerType, WireFormat.WireType.LengthDelimited);
            output.WriteString(type);
        }
        foreach (var blob in blobs)
        {
            Begin(output, LayerBlobs, BlobLength(blob));
            Begin(output, BlobShape, ShapeLength(blob));
            Begin(output, ShapeExtents, blob.Shape.Sum(CodedOutputStream.ComputeInt64Size));
            foreach (var extent in blob.Shape)
                output.WriteInt64(extent);
            Begin(output, DataField(blob), blob.Bytes);
            output.Flush();
            blob.WriteTo(stream);
        }
    }

    private static void Begin(CodedOutputStream output, int field, long length)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteLength(checked((int)length));
    }

    private static long BlobLength(TensorToWrite blob) =>
        Sized(BlobShape, Prefixed(ShapeLength(blob))) + Sized(DataField(blob), Prefixed(blob.Bytes));

    private static long ShapeLength(TensorToWrite blob) =>
        Sized(ShapeExtents, Prefixed(blob.Shape.Sum(CodedOutputStream.ComputeInt64Size)));

    private static int DataField(TensorToWrite blob) => blob.Type.Type == ScalarType.Float32 ? BlobData : BlobDoubles;

    private static long Sized(int field, long length) => CodedOutputStream.ComputeTagSize(field) + length;

    private static long Prefixed(long length) => CodedOutputStream.ComputeLengthSize(checked((int)length)) + length;

    private static (string Layer, int Blob) Split(string path, string key)
    {
        var dot = key.LastIndexOf('.');
        return dot > 0 && int.TryParse(key.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var blob)
            ? (key[..dot], blob)
            : throw new WeightsException(
                $"{path}: '{key}' is no key of Caffe's; its layers' blobs are called LAYER.0, LAYER.1 and so on. "
                + "Name a name map to these, and write the publisher's names.")
            {
                Remedy = ErrorRemedy.WritePublisherNames,
            };
    }
}
