using System;
using System.Linq;
using CsCheck;
using DeepLabDsl.Modules;
using DeepLabDsl.Tests.Networks;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>TensorFlow's SAME padding against its definition, written out value by value along one axis.</summary>
public class SamePaddingTests
{
    private static readonly Gen<(int Size, int Kernel, int Stride, int Rate)> Windows =
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 7], Gen.Int[1, 4], Gen.Int[1, 6]);

    /// <summary>What each window sees: positions in the map, those outside left out.</summary>
    private static int[][] Taps(int size, int kernel, int stride, int rate)
    {
        var count = (size + stride - 1) / stride;
        var border = Math.Max(0, ((count - 1) * stride) + ((kernel - 1) * rate) + 1 - size);
        return [.. Enumerable.Range(0, count)
            .Select(i => Enumerable.Range(0, kernel).Select(t => (i * stride) + (t * rate) - (border / 2)).ToArray())];
    }

    private static double[] Values(int size) => [.. Enumerable.Range(0, size).Select(i => Math.Sin(i + 1))];

    private static Tensor Row(double[] values) => tensor(values, [1, 1, 1, values.Length], dtype: ScalarType.Float32);

    private static void AssertClose(double[] expected, Tensor actual)
    {
        Assert.Equal([1, 1, 1, expected.Length], actual.shape);
        Assert.All(expected.Zip(actual.data<float>()), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-4));
    }

    [Fact]
    public void A_convolution_sees_the_zeros_that_its_windows_need() => Windows.Sample(w =>
    {
        using var scope = NewDisposeScope();
        using var unrecorded = no_grad();
        var x = Values(w.Size);
        var conv = Layers.Conv2d(1, 1, kernel: (1, w.Kernel), stride: (1, w.Stride), rate: (1, w.Rate), padding: 0);
        var weights = conv.weight!.data<float>().ToArray();

        var expected = Taps(w.Size, w.Kernel, w.Stride, w.Rate)
            .Select(taps => taps.Select((at, t) => at >= 0 && at < w.Size ? x[at] * weights[t] : 0).Sum());
        AssertClose([.. expected], conv.call(Layers.PadSame(Row(x), conv)));
    }, iter: 200);

    [Fact]
    public void Pools_take_nothing_from_the_border() => Windows.Sample(w =>
    {
        using var scope = NewDisposeScope();
        var x = Values(w.Size);
        var inside = Taps(w.Size, w.Kernel, w.Stride, 1)
            .Select(taps => taps.Where(at => at >= 0 && at < w.Size).Select(at => x[at]).ToArray()).ToArray();

        AssertClose([.. inside.Select(v => v.Max())], Layers.MaxPoolSame(Row(x), (1, w.Kernel), (1, w.Stride)));
        AssertClose([.. inside.Select(v => v.Average())], Layers.AvgPoolSame(Row(x), (1, w.Kernel), (1, w.Stride), countPadding: false));
        AssertClose([.. inside.Select(v => v.Sum() / w.Kernel)], Layers.AvgPoolSame(Row(x), (1, w.Kernel), (1, w.Stride)));
    }, iter: 200);

    [Theory]
    [InlineData(64, 96)]
    [InlineData(65, 97)]
    [InlineData(33, 50)]
    public void A_generated_module_pads_for_the_size_it_gets(int height, int width)
    {
        using var scope = NewDisposeScope();
        using var network = new TensorflowPadding();
        network.eval();

        var output = network.call(rand(2, 3, height, width));

        Assert.Equal([2, 4, height, width], output.Logits.shape);
        Assert.Equal([2, 16, (height + 7) / 8, (width + 7) / 8], ((TensorflowPadding.Output)output).Features.shape);
    }
}
