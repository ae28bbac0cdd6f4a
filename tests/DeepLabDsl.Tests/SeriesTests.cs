using System.Linq;
using DeepLabDsl.Training;
using DeepLabDsl.Zoo;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>Networks of the series at work beside what the reference outputs cover.</summary>
public class SeriesTests
{
    [Theory]
    // Sizes that are no 8 k + 1, where strides, ceil-mode pools, scales and pixel shuffles do not agree by themselves.
    [InlineData("deeplabv1-msc", 50, 75)]
    [InlineData("deeplabv1-msc-largefov", 50, 75)]
    [InlineData("deeplabv2-resnet101-msc", 66, 91)]
    [InlineData("hdc-duc-resnet101", 61, 83)]
    [InlineData("deeplabv3-cascade-resnet50", 70, 52)]
    public void Any_size_will_do(string name, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var descriptor = NetworkCatalog.All.Single(n => n.Name == name);
        using var network = descriptor.Create(4);
        network.eval();

        var output = network.call(rand(1, 3, height, width));

        Assert.Equal([1, 4, height, width], output.Logits.shape);
        Assert.All(output.Named, o => Assert.True(o.Value.isfinite().all().ToBoolean(), o.Key));
    }

    [Fact]
    public void V2_trains_on_four_losses_and_leaves_its_batch_norms_alone()
    {
        using var scope = NewDisposeScope();
        using var network = new DeepLabV2ResNet101Msc(classes: 3);
        network.train();
        var labels = randint(0, 3, [1, 49, 49], ScalarType.Int64);

        var supervised = network.forward(rand(1, 3, 49, 49)).Supervised;
        var losses = supervised.Select(s => SegmentationLoss.CrossEntropy(s, labels)).ToList();
        stack(losses).sum().backward();

        Assert.Equal(["whole", "fused", "three_quarters", "half"], supervised.Select(s => s.Name));
        Assert.All(losses, l => Assert.True(l.isfinite().item<bool>()));
        Assert.All(
            network.named_parameters(),
            p => Assert.Equal(
                p.parameter.dim() > 1 || p.name.StartsWith("aspp", System.StringComparison.Ordinal), p.parameter.grad is not null));
        Assert.True(network.Backbone.Bn1!.running_mean!.equal(zeros(64)).all().item<bool>());
    }
}
