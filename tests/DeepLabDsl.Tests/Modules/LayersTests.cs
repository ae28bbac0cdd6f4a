using System.Linq;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>Primitives that TorchSharp words otherwise or lacks.</summary>
public class LayersTests
{
    [Fact]
    public void A_frozen_batch_norm_is_a_batch_norm_in_eval_mode_whatever_the_mode()
    {
        using var scope = NewDisposeScope();
        using var reference = Layers.BatchNorm2d(5, epsilon: 1e-3);
        using var frozen = new FrozenBatchNorm2d(5, epsilon: 1e-3);
        using (no_grad())
        {
            FillProtocol.Fill(reference);
            FillProtocol.Fill(frozen);
        }
        reference.eval();
        frozen.train();
        var x = randn(2, 5, 4, 3);
        x.requires_grad = true;

        var y = frozen.call(x);
        y.square().mean().backward();

        Assert.True(y.allclose(reference.call(x)));
        Assert.NotNull(x.grad);
        Assert.All(frozen.parameters(), p => Assert.False(p.requires_grad));
        Assert.Equal(
            ModuleState.Of(reference).Select(e => (e.Name, e.Tensor.dtype)), ModuleState.Of(frozen).Select(e => (e.Name, e.Tensor.dtype)));
        Assert.All(
            ModuleState.Of(reference).Zip(ModuleState.Of(frozen)),
            p => Assert.True(p.First.Tensor.equal(p.Second.Tensor).all().ToBoolean(), p.First.Name));
    }

    [Fact]
    public void A_frozen_batch_norm_moves_to_another_type_whole()
    {
        using var scope = NewDisposeScope();
        using var frozen = new FrozenBatchNorm2d(3);
        frozen.to(ScalarType.Float64);

        Assert.Equal(ScalarType.Float64, frozen.call(rand(1, 3, 2, 2, dtype: ScalarType.Float64)).dtype);
        Assert.Equal(ScalarType.Float64, frozen.running_var!.dtype);
    }

    [Theory]
    [InlineData(ResizeGrid.Size, false, 321, 0.75, 240)]
    [InlineData(ResizeGrid.Factor, false, 321, 0.75, 240)]
    [InlineData(ResizeGrid.Corners, true, 321, 0.75, 241)]
    [InlineData(ResizeGrid.Corners, true, 41, 8, 321)]
    public void A_factor_gives_the_size_of_its_convention(ResizeGrid grid, bool alignCorners, int from, double factor, int expected)
    {
        using var scope = NewDisposeScope();

        Assert.Equal([1, 1, expected, expected], Layers.Resize(rand(1, 1, from, from), factor, alignCorners, grid).shape);
    }

    [Fact]
    public void Pixels_lie_exactly_one_over_the_factor_apart_where_the_grid_is_the_factors()
    {
        using var scope = NewDisposeScope();
        var ramp = arange(5, dtype: ScalarType.Float32).reshape(1, 1, 1, 5).expand(1, 1, 5, 5);

        // 5 * 0.5 is 2.5: two pixels, at (i + 0.5) / 0.5 - 0.5 or at (i + 0.5) * 5 / 2 - 0.5.
        Assert.Equal([0.5f, 2.5f], Layers.Resize(ramp, 0.5, grid: ResizeGrid.Factor)[0, 0, 0].data<float>().ToArray());
        Assert.Equal([0.75f, 3.25f], Layers.Resize(ramp, 0.5)[0, 0, 0].data<float>().ToArray());
    }

    [Fact]
    public void A_resize_to_the_same_size_is_a_tensor_of_its_own()
    {
        using var scope = NewDisposeScope();
        using var x = rand(1, 2, 3, 4);

        using (var same = Layers.Resize(x, to: x))
            Assert.NotSame(x, same);

        Assert.Equal([1, 2, 3, 4], x.shape);
    }
}
