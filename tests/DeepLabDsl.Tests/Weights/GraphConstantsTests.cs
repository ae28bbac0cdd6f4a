using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Formats;
using Google.Protobuf;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Weights;

/// <summary>TensorFlow's frozen graphs: constants in each way in which a graph may hold its numbers.</summary>
public sealed class GraphConstantsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Constants_that_were_variables_are_read()
    {
        using var scope = NewDisposeScope();
        var path = _folder.Write("frozen_inference_graph.pb", Message(
            Node("ImageTensor", "Placeholder"),
            Node("conv/weights", "Const", Tensor(1, [2, 1, 1, 2], (4, [.. Floats(1, 2, 3, 4)]))),
            Node("conv/weights/read", "Identity", input: "conv/weights"),
            Node("conv/biases", "Const", Tensor(1, [2], (5, [.. Floats(5, 6)]))),
            Node("conv/biases/read", "Identity", input: "conv/biases"),
            // One number stands for all.
            Node("bn/gamma", "Const", Tensor(1, [3], (5, [.. Floats(7)]))),
            Node("bn/gamma/read", "Identity", input: "bn/gamma"),
            Node("size", "Const", Tensor(3, [2], (7, [0x81, 0x04, 0x82, 0x04]))),
            Field(4, Varint(1, 134))));

        var file = WeightsFile.Open(path);

        Assert.Equal(WeightsFormat.TensorFlowGraph, file.Format);
        Assert.Equal(["conv/weights", "conv/biases", "bn/gamma"], file.Tensors.Select(t => t.Name));
        Assert.Equal([2, 1, 1, 2], file.Tensors[0].Shape);
        Assert.Equal([1f, 2, 3, 4, 5, 6, 7, 7, 7], file.Tensors.SelectMany(t => t.Load().data<float>().ToArray()));
        Assert.Equal(["left aside: 1 constants that were no variables"], file.Notes);
    }

    [Theory]
    [InlineData(3, 7, new byte[] { 0x81, 0x04, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, "513, -1")]
    [InlineData(9, 10, new byte[] { 0x05, 0x06 }, "5, 6")]
    [InlineData(10, 11, new byte[] { 0x01, 0x00 }, "1, 0")]
    [InlineData(19, 13, new byte[] { 0x80, 0x78, 0x80, 0x80, 0x01 }, "1, 2")]
    public void Numbers_of_each_field_are_read(int type, int field, byte[] bytes, string expected)
    {
        using var scope = NewDisposeScope();
        var path = _folder.Write("graph.pb", Message(Node("a", "Const", Tensor(type, [2], (field, bytes)))));

        var tensor = Assert.Single(WeightsFile.Open(path).Tensors).Load();

        Assert.Equal(expected, FormattableString.Invariant($"{string.Join(", ", tensor.to(ScalarType.Int64).data<long>().ToArray())}"));
    }

    [Theory]
    [InlineData(4, new byte[] { 1, 2, 3 }, "'a' [2] of float32 has 3 bytes")]
    [InlineData(5, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, "'a' has more numbers than its shape")]
    public void A_constant_that_does_not_fit_is_refused(int field, byte[] bytes, string expected)
    {
        var path = _folder.Write("graph.pb", Message(Node("a", "Const", Tensor(1, [2], (field, bytes)))));

        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Open(path).Tensors[0].Load());

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_file_does_not_become_a_large_tensor()
    {
        var path = _folder.Write("graph.pb", Message(Node("a", "Const", Tensor(1, [1 << 14, 1 << 14], (5, [.. Floats(1)])))));

        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Open(path));

        Assert.Contains("repeats one number in more than 67108864 bytes", fault.Message, StringComparison.Ordinal);
    }

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Node(string name, string operation, byte[]? value = null, string? input = null) => Field(1,
    [
        .. Text(1, name), .. Text(2, operation), .. input is null ? [] : Text(3, input),
        .. value is null ? [] : Field(5, [.. Text(1, "value"), .. Field(2, Field(8, value))]),
    ]);

    private static byte[] Tensor(int type, long[] shape, (int Field, byte[] Bytes) numbers) =>
    [
        .. Varint(1, (ulong)type), .. Field(2, [.. shape.SelectMany(e => Field(2, Varint(1, (ulong)e)))]),
        .. Field(numbers.Field, numbers.Bytes),
    ];

    private static byte[] Text(int number, string text) => Field(number, System.Text.Encoding.UTF8.GetBytes(text));

    private static byte[] Message(params byte[][] fields) => [.. fields.SelectMany(f => f)];

    private static byte[] Field(int number, byte[] content) => Write(o =>
    {
        o.WriteTag(number, WireFormat.WireType.LengthDelimited);
        o.WriteBytes(ByteString.CopyFrom(content));
    });

    private static byte[] Varint(int number, ulong value) => Write(o =>
    {
        o.WriteTag(number, WireFormat.WireType.Varint);
        o.WriteUInt64(value);
    });

    private static byte[] Write(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
            write(output);
        return stream.ToArray();
    }
}
