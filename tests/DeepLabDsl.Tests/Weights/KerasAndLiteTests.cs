using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Formats;
using Google.FlatBuffers;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Weights;

/// <summary>Keras' HDF5 files and TensorFlow Lite's models.</summary>
public sealed class KerasAndLiteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Fixtures/keras.h5, written by h5py 3.7: the oldest layout, one dataset in packed and shuffled chunks.
    /// </summary>
    [Fact]
    public void Datasets_of_numbers_are_read_by_their_paths()
    {
        using var scope = NewDisposeScope();

        var file = WeightsFile.Open(Path.Combine(AppContext.BaseDirectory, "weights", "keras.h5"));

        Assert.Equal(WeightsFormat.Keras, file.Format);
        Assert.Equal(["left aside: 1 objects that are no tensors of numbers"], file.Notes);
        Assert.Equal(
            [
                "model_weights/bn1/bn1/gamma:0 float32 [5] 0 0.25 0.5 0.75 1",
                "model_weights/bn1/bn1/half:0 float16 [2] 1 2",
                "model_weights/bn1/bn1/moving_variance:0 float64 [2] 1 2",
                "model_weights/conv1/conv1/bias:0 float32 [3] 0.5 -1 2",
                "model_weights/conv1/conv1/kernel:0 float32 [2, 2, 2, 3] " + string.Join(' ', Enumerable.Range(0, 24)),
                "optimizer_weights/iterations:0 int64 [] 7",
            ],
            file.Tensors.Select(Text).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_part_of_a_file_is_an_entry()
    {
        var file = WeightsFile.Open(Path.Combine(AppContext.BaseDirectory, "weights", "keras.h5"), "model_weights/conv1");

        Assert.Equal(["conv1/bias:0", "conv1/kernel:0"], file.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(400)]
    [InlineData(2000)]
    public void A_cut_file_is_refused(int length)
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "weights", "keras.h5"));
        var path = _folder.Write("cut.h5", bytes[..length]);

        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Open(path));

        Assert.StartsWith($"{path}: it is an HDF5 file (Keras) that can't be read", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constants_of_a_model_are_read_and_dequantised()
    {
        using var scope = NewDisposeScope();
        var path = _folder.Write("model.tflite", Model());

        var file = WeightsFile.Open(path);

        Assert.Equal(WeightsFormat.TensorFlowLite, file.Format);
        Assert.Equal(
            [
                "plain float32 [2] 1.5 -2",
                // (3 - 1) * 0.5 and so on.
                "whole float32 [2, 2] 1 -1 0 0.5",
                // Row 0 by 0.5, row 1 by 2.
                "rows float32 [2, 2] 0.5 1 6 -2",
            ],
            file.Tensors.Select(Text));
    }

    [Fact]
    public void A_model_that_is_cut_is_refused()
    {
        var path = _folder.Write("model.tflite", Model()[..60]);

        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Open(path));

        Assert.Contains("it is a TensorFlow Lite model, and damaged", fault.Message, StringComparison.Ordinal);
    }

    private static string Text(StoredTensor tensor)
    {
        var numbers = tensor.Load().to(ScalarType.Float64).data<double>().ToArray()
            .Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return $"{tensor.Name} {tensor.TypeName} [{string.Join(", ", tensor.Shape)}] {string.Join(' ', numbers)}";
    }

    /// <summary>A model of one graph with three constants, as the schema lays it out.</summary>
    private static byte[] Model()
    {
        var builder = new FlatBufferBuilder(1024);
        byte[][] contents =
        [
            [], [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)], [3, unchecked((byte)-1), 1, 2],
            [1, 2, 3, unchecked((byte)-1)],
        ];
        var buffers = contents.Select(c => Table(builder, 1, (0, Vector(builder, c)))).ToArray();
        var input = Tensor("input", [1, 4], 0, 0, 0);
        var plain = Tensor("plain", [2], 0, 1, 0);
        var whole = Tensor("whole", [2, 2], 9, 2, Quantization([0.5f], [1], 0));
        var rows = Tensor("rows", [2, 2], 9, 3, Quantization([0.5f, 2], [0, 0], 0));
        var graph = Table(builder, 1, (0, Vector(builder, input, plain, whole, rows)));
        var model = Table(builder, 5, (2, Vector(builder, graph)), (4, Vector(builder, buffers)));
        builder.Finish(model, "TFL3");
        return builder.SizedByteArray();

        int Tensor(string name, int[] shape, byte type, uint buffer, int quantization)
        {
            var text = builder.CreateString(name).Value;
            var sides = Vector(builder, sizeof(int), shape, builder.AddInt);
            builder.StartTable(5);
            builder.AddOffset(0, sides, 0);
            builder.AddByte(1, type, 0);
            builder.AddUint(2, buffer, 0);
            builder.AddOffset(3, text, 0);
            builder.AddOffset(4, quantization, 0);
            return builder.EndTable();
        }

        int Quantization(float[] scales, long[] zeros, int axis)
        {
            var first = Vector(builder, sizeof(float), scales, builder.AddFloat);
            var second = Vector(builder, sizeof(long), zeros, builder.AddLong);
            builder.StartTable(7);
            builder.AddOffset(2, first, 0);
            builder.AddOffset(3, second, 0);
            builder.AddInt(6, axis, 0);
            return builder.EndTable();
        }
    }

    private static int Table(FlatBufferBuilder builder, int fields, params (int Field, int Offset)[] values)
    {
        builder.StartTable(fields);
        foreach (var (field, offset) in values)
            builder.AddOffset(field, offset, 0);
        return builder.EndTable();
    }

    private static int Vector(FlatBufferBuilder builder, byte[] bytes) => Vector(builder, 1, bytes, builder.AddByte);

    private static int Vector(FlatBufferBuilder builder, params int[] tables) =>
        Vector(builder, sizeof(int), tables, table => builder.AddOffset(table));

    // From its end to its beginning, as the format is written.
    private static int Vector<T>(FlatBufferBuilder builder, int size, T[] items, Action<T> add)
    {
        builder.StartVector(size, items.Length, size);
        foreach (var item in items.Reverse())
            add(item);
        return builder.EndVector().Value;
    }
}
