using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>Which unit strides and which takes which rate, in the conventions that published networks follow.</summary>
public class AtrousPlanTests
{
    private static readonly StagePlanInput[] ResNet = [new(3, 1), new(4, 2), new(6, 2), new(3, 2)];
    private static readonly StagePlanInput[] Slim = [new(3, 1, 2), new(4, 1, 2), new(6, 1, 2), new(3, 1)];

    /// <summary>Units of a stage as <c>stride/rate</c>.</summary>
    private static string Plan(StagePlanInput[] stages, int outputStride, bool fromStridedUnit, int stage, params int[]? grid) =>
        string.Join(" ",
        AtrousPlan.Compute(4, stages, outputStride, fromStridedUnit, s => s == stage && grid is { Length: > 0 } ? grid : null)[stage]
            .Select(u => $"{u.Stride}/{u.Rate}"));

    [Fact]
    public void Without_dilation_stages_stride_as_they_say()
    {
        Assert.Equal("2/1 1/1 1/1", Plan(ResNet, 32, false, 3));
    }

    [Theory]
    // torchvision: the unit that loses its stride keeps the rate before it.
    [InlineData(8, false, 2, "1/1 1/2 1/2 1/2 1/2 1/2")]
    [InlineData(8, false, 3, "1/2 1/4 1/4")]
    [InlineData(16, false, 3, "1/1 1/2 1/2")]
    // Caffe: every unit of a stage runs at its rate.
    [InlineData(8, true, 2, "1/2 1/2 1/2 1/2 1/2 1/2")]
    [InlineData(8, true, 3, "1/4 1/4 1/4")]
    public void The_first_unit_of_a_dilated_stage_follows_the_convention(int outputStride, bool fromStridedUnit, int stage, string expected)
    {
        Assert.Equal(expected, Plan(ResNet, outputStride, fromStridedUnit, stage));
    }

    [Theory]
    // TensorFlow slim: the last unit of a block strides, so that at output stride 8 block3 runs at 2 and block4 at 4.
    [InlineData(8, 0, "1/1 1/1 2/1")]
    [InlineData(8, 1, "1/1 1/1 1/1 1/1")]
    [InlineData(8, 2, "1/2 1/2 1/2 1/2 1/2 1/2")]
    [InlineData(8, 3, "1/4 1/4 1/4")]
    public void In_slim_the_last_unit_strides(int outputStride, int stage, string expected)
    {
        Assert.Equal(expected, Plan(Slim, outputStride, false, stage));
    }

    [Theory]
    [InlineData(16, "1/2 1/4 1/8")]
    [InlineData(8, "1/4 1/8 1/16")]
    [InlineData(32, "2/1 1/2 1/4")]
    public void Multi_grid_multiplies_the_stages_rate_in_every_unit(int outputStride, string expected)
    {
        // DeepLab v3, section 3.1: at output stride 16, (1, 2, 4) gives 2, 4, 8, whichever unit strides.
        Assert.Equal(expected, Plan(ResNet, outputStride, false, 3, 1, 2, 4));
        Assert.Equal(expected, Plan(ResNet, outputStride, true, 3, 1, 2, 4));
    }

    [Fact]
    public void An_output_stride_is_reachable_where_the_strides_add_up_to_it()
    {
        Assert.Equal([4, 8, 16, 32], AtrousPlan.Reachable(4, ResNet));
    }
}
