using System.Linq;
using DeepLabDsl.Networks;
using DeepLabDsl.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>Where logits meet labels of another size.</summary>
public class SegmentationLossTests
{
    [Fact]
    public void Labels_shrink_to_every_eighth_pixel_where_corners_stay()
    {
        // DeepLab v1 trains on 321x321 labels subsampled by 8.
        using var scope = NewDisposeScope();
        var labels = arange(321, dtype: ScalarType.Int64).reshape(1, 321, 1).expand(1, 321, 321);

        var small = SegmentationLoss.ResizeLabels(labels, 41, 41, alignCorners: true);

        Assert.Equal(Enumerable.Range(0, 41).Select(i => 8L * i), small[0, TensorIndex.Colon, 7].data<long>().ToArray());
    }

    [Theory]
    [InlineData(9, 3, new long[] { 1, 4, 7 })]
    [InlineData(5, 2, new long[] { 1, 3 })]
    [InlineData(2, 4, new long[] { 0, 0, 1, 1 })]
    public void Labels_are_taken_at_half_pixel_centres_elsewhere(int from, int to, long[] expected)
    {
        using var scope = NewDisposeScope();
        var labels = arange(from, dtype: ScalarType.Int64).reshape(1, 1, from).expand(1, 3, from);

        Assert.Equal(expected, SegmentationLoss.ResizeLabels(labels, 3, to)[0, 0].data<long>().ToArray());
    }

    [Fact]
    public void The_loss_at_the_output_counts_the_labels_there_only()
    {
        using var scope = NewDisposeScope();
        var logits = zeros(1, 2, 2, 2);
        logits[0, 1, 0, 0] = 20f;
        var labels = full([1, 3, 3], 255, ScalarType.Int64);
        labels[0, 0, 0] = 1;
        labels[0, 1, 1] = 0;

        var atOutput = SegmentationLoss.CrossEntropy(new SupervisedOutput("a", logits, 1, AtOutput: true, AlignCorners: true), labels);
        var atInput = SegmentationLoss.CrossEntropy(new SupervisedOutput("a", logits, 1, AlignCorners: true), labels);

        Assert.True(atOutput.ToSingle() < 1e-6);
        Assert.True(atInput.ToSingle() > 1);
    }
}
